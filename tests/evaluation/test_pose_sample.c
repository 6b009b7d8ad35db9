/*
 * The estimate between poses and at a lever arm.
 */
#include "evaluation/pose_sample.h"
#include "fusion/geodesy.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

static const double latitude = 0.85, longitude = 0.2, height = 100;

/* ENU metres at the datum, as ECEF. */
static void place(double e, double n, double u, double ecef[3])
{
    double axes[3][3];
    geodetic_to_ecef(latitude, longitude, height, ecef);
    enu_axes(latitude, longitude, axes);
    for (int i = 0; i < 3; i++)
        ecef[i] += axes[0][i] * e + axes[1][i] * n + axes[2][i] * u;
}

/* At the datum, heading east, with these sigmas. */
static fusion_pose pose_east(int64_t stamp_ns, double sigma_e, double sigma_n, double sigma_heading)
{
    fusion_pose p;
    memset(&p, 0, sizeof p);
    p.stamp_ns = stamp_ns;
    p.latitude_rad = latitude;
    p.longitude_rad = longitude;
    p.height_m = height;
    place(0, 0, 0, p.position_ecef_m);
    p.q_body_enu[3] = 1;
    p.covariance[0][0] = (float)(sigma_e * sigma_e);
    p.covariance[1][1] = (float)(sigma_n * sigma_n);
    p.covariance[2][2] = 1;
    p.covariance[5][5] = (float)(sigma_heading * sigma_heading);
    p.mode = MODE_NOMINAL;
    p.usable = true;
    return p;
}

/* The truth point sits 2 m ahead and 1 m left of a body that heads east and turns left at 0.5 rad/s. */
START_TEST (lever_arm) {
    const double lever[3] = {2, 1, 0.5};
    fusion_pose poses[2] = {pose_east(0, 1, 1, 0.1), pose_east(10000000, 1, 1, 0.1)};
    poses[0].rate_body_radps[2] = poses[1].rate_body_radps[2] = 0.5f;
    pose_sample s;
    size_t hint = 0;
    double expected[3];
    ck_assert(pose_sample_at(poses, 2, &hint, 5000000, &s));
    pose_sample_move(&s, lever);
    place(2, 1, 0.5, expected); /* heading east: forward is east, left is north */
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(s.position_ecef_m[i], expected[i], 1e-5);
    /* w x r = 0.5 * (-1, 2) */
    ck_assert_double_eq_tol(s.velocity_enu_mps[0], -0.5, 1e-6);
    ck_assert_double_eq_tol(s.velocity_enu_mps[1], 1.0, 1e-6);
    /* heading error d moves the point by d * (-1, 2) */
    ck_assert_double_eq_tol(s.covariance[0][0], 1 + 0.01 * 1, 1e-6);
    ck_assert_double_eq_tol(s.covariance[1][1], 1 + 0.01 * 4, 1e-6);
    ck_assert_double_eq_tol(s.covariance[0][1], -0.01 * 2, 1e-6);
    ck_assert_double_eq_tol(s.covariance[0][5], -0.01, 1e-6);
    ck_assert_double_eq_tol(s.covariance[5][0], -0.01, 1e-6);
    ck_assert_double_eq_tol(s.covariance[5][5], 0.01, 1e-6);
}
END_TEST

/* Position and rotation errors that belong together: an error of the body origin that the rotation undoes at
 * the lever. */
START_TEST (lever_arm_cross_covariance) {
    const double lever[3] = {2, 0, 0};
    fusion_pose poses[2] = {pose_east(0, 1, 0.2, 0.1), pose_east(10000000, 1, 0.2, 0.1)};
    pose_sample s;
    size_t hint = 0;
    for (int i = 0; i < 2; i++)
        poses[i].covariance[1][5] = poses[i].covariance[5][1] = -0.02f; /* fully against each other */
    ck_assert(pose_sample_at(poses, 2, &hint, 0, &s));
    pose_sample_move(&s, lever);
    ck_assert_double_eq_tol(s.covariance[1][1], 0, 1e-6);
}
END_TEST

/* Poses 60 ms apart are not interpolated between, and nothing is extrapolated. */
START_TEST (gaps_are_not_bridged) {
    fusion_pose poses[3] = {pose_east(0, 1, 1, 0), pose_east(50000000, 1, 1, 0),
                            pose_east(110000000, 1, 1, 0)};
    pose_sample s;
    size_t hint = 0;
    ck_assert(!pose_sample_at(poses, 3, &hint, -1, &s));
    ck_assert(pose_sample_at(poses, 3, &hint, 0, &s));
    ck_assert(pose_sample_at(poses, 3, &hint, 25000000, &s));
    ck_assert(pose_sample_at(poses, 3, &hint, 50000000, &s));
    ck_assert(!pose_sample_at(poses, 3, &hint, 50000001, &s));
    ck_assert(!pose_sample_at(poses, 3, &hint, 110000001, &s));
}
END_TEST

/* Half way between two poses everything is half way, and the attitude by the shorter way round. */
START_TEST (half_way) {
    fusion_pose poses[2] = {pose_east(0, 1, 1, 0), pose_east(10000000, 3, 1, 0)};
    pose_sample s;
    size_t hint = 0;
    double expected[3];
    place(0.2, 0, 0, poses[1].position_ecef_m);
    place(0.1, 0, 0, expected);
    poses[1].velocity_enu_mps[1] = 4;
    /* 10 deg to the left, as -q */
    poses[1].q_body_enu[2] = -(float)sin(5 * M_PI / 180);
    poses[1].q_body_enu[3] = -(float)cos(5 * M_PI / 180);
    ck_assert(pose_sample_at(poses, 2, &hint, 5000000, &s));
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(s.position_ecef_m[i], expected[i], 1e-6);
    ck_assert_double_eq_tol(s.velocity_enu_mps[1], 2, 1e-6);
    ck_assert_double_eq_tol(s.heading_rad, (90 - 5) * M_PI / 180, 1e-6);
    ck_assert_double_eq_tol(s.covariance[0][0], 5, 1e-6);
}
END_TEST

/* A sample claims no more than either of its poses. */
START_TEST (worse_of_two) {
    const struct {
        uint8_t a, b, mode;
    } rows[] = {
        {MODE_NOMINAL, MODE_NOMINAL, MODE_NOMINAL},
        {MODE_INITIALIZING, MODE_NOMINAL, MODE_INITIALIZING},
        {MODE_NOMINAL, MODE_INITIALIZING, MODE_INITIALIZING},
        {MODE_LOST, MODE_NOMINAL, MODE_LOST},
        {MODE_NOMINAL, MODE_LOST, MODE_LOST},
        {MODE_NOMINAL, MODE_DEGRADED, MODE_DEGRADED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fusion_pose poses[2] = {pose_east(0, 1, 1, 0), pose_east(10000000, 1, 1, 0)};
        pose_sample s;
        size_t hint = 0;
        poses[0].mode = rows[i].a;
        poses[1].mode = rows[i].b;
        poses[i % 2].usable = false;
        ck_assert(pose_sample_at(poses, 2, &hint, 5000000, &s));
        ck_assert_uint_eq(s.mode, rows[i].mode);
        ck_assert(!s.usable);
    }
}
END_TEST

/* Stamps at both ends of int64 are far apart, not one apart. */
START_TEST (gap_does_not_overflow) {
    fusion_pose poses[2] = {pose_east(INT64_MIN, 1, 1, 0), pose_east(INT64_MAX, 1, 1, 0)};
    pose_sample s;
    size_t hint = 0;
    ck_assert(!pose_sample_at(poses, 2, &hint, 0, &s));
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("pose_sample");
    tcase_add_test(all, lever_arm);
    tcase_add_test(all, lever_arm_cross_covariance);
    tcase_add_test(all, half_way);
    tcase_add_test(all, worse_of_two);
    tcase_add_test(all, gaps_are_not_bridged);
    tcase_add_test(all, gap_does_not_overflow);
    return run_cases("pose_sample", all);
}
