/*
 * The evaluation against cases whose answer is known without it.
 */
#include "evaluation/evaluation.h"
#include "fusion/geodesy.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POSES = 1001, TRUTHS = 101 }; /* 10 s at 100 Hz and at 10 Hz */

static const double latitude = 0.85, longitude = 0.2, height = 100;

typedef struct {
    double e, n, u;  /* position at t = 0, from the datum, m */
    double v_e, v_n; /* m/s */
    double heading;  /* at t = 0, clockwise from north */
    double turn;     /* yaw rate, left positive, rad/s */
    double sigma_e, sigma_n, rho, sigma_heading;
} course;

static const course still_north = {.v_n = 10, .sigma_e = 1, .sigma_n = 1};

/* Places ENU metres at the datum; flat within its axes, as the evaluation sees them. */
static void place(double e, double n, double u, double ecef[3])
{
    double axes[3][3];
    geodetic_to_ecef(latitude, longitude, height, ecef);
    enu_axes(latitude, longitude, axes);
    for (int i = 0; i < 3; i++)
        ecef[i] += axes[0][i] * e + axes[1][i] * n + axes[2][i] * u;
}

static fusion_pose pose_on(const course *c, int64_t stamp_ns)
{
    double t = 1e-9 * (double)stamp_ns, yaw = M_PI / 2 - c->heading + c->turn * t;
    fusion_pose p;
    memset(&p, 0, sizeof p);
    p.stamp_ns = stamp_ns;
    place(c->e + c->v_e * t, c->n + c->v_n * t, c->u, p.position_ecef_m);
    ecef_to_geodetic(p.position_ecef_m, &p.latitude_rad, &p.longitude_rad, &p.height_m);
    p.q_body_enu[2] = (float)sin(yaw / 2);
    p.q_body_enu[3] = (float)cos(yaw / 2);
    p.velocity_enu_mps[0] = (float)c->v_e;
    p.velocity_enu_mps[1] = (float)c->v_n;
    p.rate_body_radps[2] = (float)c->turn;
    p.covariance[0][0] = (float)(c->sigma_e * c->sigma_e);
    p.covariance[1][1] = (float)(c->sigma_n * c->sigma_n);
    p.covariance[0][1] = p.covariance[1][0] = (float)(c->rho * c->sigma_e * c->sigma_n);
    p.covariance[2][2] = 1;
    p.covariance[5][5] = (float)(c->sigma_heading * c->sigma_heading);
    p.mode = MODE_NOMINAL;
    p.usable = true;
    return p;
}

static truth_point truth_on(const course *c, int64_t stamp_ns)
{
    fusion_pose p = pose_on(c, stamp_ns);
    truth_point t = {.stamp_ns = stamp_ns,
                     .latitude_rad = p.latitude_rad,
                     .longitude_rad = p.longitude_rad,
                     .height_m = p.height_m,
                     .sigma_m = NAN};
    memcpy(t.velocity_enu_mps, p.velocity_enu_mps, sizeof t.velocity_enu_mps);
    t.heading_rad = (float)(c->heading - c->turn * 1e-9 * (double)stamp_ns);
    return t;
}

typedef struct {
    fusion_pose poses[POSES];
    truth_point truth[TRUTHS];
    evaluation_input in;
} scene;

/* The estimate runs along one course, the truth along another. */
static scene *make_scene(const course *estimate, const course *truth)
{
    scene *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    for (int i = 0; i < POSES; i++)
        s->poses[i] = pose_on(estimate, i * INT64_C(10000000));
    for (int i = 0; i < TRUTHS; i++)
        s->truth[i] = truth_on(truth, i * INT64_C(100000000));
    s->in =
        (evaluation_input){.poses = s->poses, .pose_count = POSES, .truth = s->truth, .truth_count = TRUTHS};
    return s;
}

static evaluation evaluate_scene(scene *s)
{
    evaluation out;
    ck_assert(evaluate(&s->in, &out, NULL));
    return out;
}

static evaluation evaluate_courses(const course *estimate, const course *truth)
{
    scene *s = make_scene(estimate, truth);
    evaluation out = evaluate_scene(s);
    free(s);
    return out;
}

START_TEST (no_error_is_no_error) {
    evaluation v = evaluate_courses(&still_north, &still_north);
    ck_assert_uint_eq(v.samples, TRUTHS);
    ck_assert_double_eq_tol(v.horizontal_max_m, 0, 1e-4);
    ck_assert_double_eq_tol(v.vertical_rmse_m, 0, 1e-4);
    ck_assert_double_eq_tol(v.heading_rmse_deg, 0, 1e-4);
    ck_assert_double_eq(v.coverage95_horizontal, 1);
    ck_assert_double_eq(v.availability, 1);
}
END_TEST

/* 3 m east and 4 m ahead of a vehicle that drives north, 2 m above it, with known sigmas. */
START_TEST (constant_offset) {
    course estimate = still_north;
    estimate.e = 3;
    estimate.n = 4;
    estimate.u = 2;
    estimate.sigma_e = 1.5;
    estimate.sigma_n = 2;
    evaluation v = evaluate_courses(&estimate, &still_north);
    ck_assert_double_eq_tol(v.horizontal_rmse_m, 5, 1e-3);
    ck_assert_double_eq_tol(v.horizontal_p50_m, 5, 1e-3);
    ck_assert_double_eq_tol(v.horizontal_p95_m, 5, 1e-3);
    ck_assert_double_eq_tol(v.horizontal_max_m, 5, 1e-3);
    ck_assert_double_eq_tol(v.vertical_rmse_m, 2, 1e-3);
    ck_assert_double_eq_tol(v.along_p95_m, 4, 1e-3);
    ck_assert_double_eq_tol(v.cross_p95_m, 3, 1e-3);
    /* (3 / 1.5)^2 + (4 / 2)^2 */
    ck_assert_double_eq_tol(v.nees_horizontal_mean, 8, 1e-2);
    ck_assert_double_eq(v.coverage95_horizontal, 0);
}
END_TEST

START_TEST (velocity_by_axis) {
    course estimate = still_north;
    estimate.v_e = 0.3;
    estimate.v_n = 10.4;
    evaluation v = evaluate_courses(&estimate, &still_north);
    ck_assert_double_eq_tol(v.velocity_east_rmse_mps, 0.3, 1e-4);
    ck_assert_double_eq_tol(v.velocity_north_rmse_mps, 0.4, 1e-4);
}
END_TEST

/* e = (1, 1), sigmas 1, correlation 0.5: e' P^-1 e = 2 / 1.5. The truth's own sigma of 1 m makes P = [2 .5;
 * .5 2]: 2 / 2.5. */
START_TEST (correlated_covariance) {
    course estimate = still_north;
    estimate.e = estimate.n = 1;
    estimate.rho = 0.5;
    scene *s = make_scene(&estimate, &still_north);
    evaluation v = evaluate_scene(s);
    ck_assert_double_eq_tol(v.nees_horizontal_mean, 2 / 1.5, 1e-3);
    ck_assert_double_eq(v.coverage95_horizontal, 1);
    for (int i = 0; i < TRUTHS; i++)
        s->truth[i].sigma_m = 1;
    v = evaluate_scene(s);
    ck_assert_double_eq_tol(v.nees_horizontal_mean, 2 / 2.5, 1e-3);
    free(s);
}
END_TEST

/* The 95 % region ends at sqrt(5.991) sigma. */
START_TEST (coverage_at_the_edge) {
    course estimate = still_north;
    estimate.e = 2.4477 - 0.001;
    ck_assert_double_eq(evaluate_courses(&estimate, &still_north).coverage95_horizontal, 1);
    estimate.e = 2.4477 + 0.001;
    ck_assert_double_eq(evaluate_courses(&estimate, &still_north).coverage95_horizontal, 0);
}
END_TEST

/* A covariance that is none covers nothing. */
START_TEST (bad_covariance_covers_nothing) {
    const float bad[] = {NAN, -1, 0, INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        scene *s = make_scene(&still_north, &still_north);
        for (int k = 0; k < POSES; k++)
            s->poses[k].covariance[0][0] = s->poses[k].covariance[1][1] = bad[i];
        evaluation v = evaluate_scene(s);
        ck_assert_double_eq(v.coverage95_horizontal, 0);
        free(s);
    }
    course impossible = still_north; /* a correlation above 1: the determinant is negative */
    impossible.rho = 1.1;
    impossible.e = 0.1;
    ck_assert_double_eq(evaluate_courses(&impossible, &still_north).coverage95_horizontal, 0);
}
END_TEST

/* A constant 2 deg between reference and vehicle is found and taken off; what swings around it stays. */
START_TEST (heading_offset_is_taken_off) {
    course turned = still_north;
    turned.heading = 2 * M_PI / 180;
    scene *s = make_scene(&turned, &still_north);
    evaluation v = evaluate_scene(s);
    ck_assert_double_eq_tol(v.heading_offset_deg, 2, 1e-3);
    ck_assert_double_eq_tol(v.heading_rmse_deg, 0, 1e-3);
    for (int i = 0; i < TRUTHS; i++)
        s->truth[i].heading_rad = (float)((i % 2 ? 1 : -1) * 0.5 * M_PI / 180);
    v = evaluate_scene(s); /* 101 values: one more of the one than of the other */
    ck_assert_double_eq_tol(v.heading_offset_deg, 2, 0.006);
    ck_assert_double_eq_tol(v.heading_rmse_deg, 0.5, 1e-3);
    s->in.mount.yaw_deg = -2; /* now known: the reference points 2 deg to the right */
    v = evaluate_scene(s);
    ck_assert_double_eq_tol(v.heading_offset_deg, 4, 0.006);
    free(s);
}
END_TEST

/* A heading that is off by 20 deg all the time is wrong, and no reference is mounted so. */
START_TEST (wrong_heading_is_no_mount) {
    course turned = still_north;
    turned.heading = 20 * M_PI / 180;
    scene *s = make_scene(&turned, &still_north);
    evaluation v = evaluate_scene(s);
    ck_assert(isnan(v.heading_offset_deg));
    ck_assert_double_eq_tol(v.heading_rmse_deg, 20, 1e-3);
    free(s);
}
END_TEST

/* Across north, 359 deg and 1 deg are 2 deg apart. */
START_TEST (heading_wraps) {
    course left = still_north, right = still_north;
    left.heading = 2 * M_PI - M_PI / 180;
    right.heading = M_PI / 180;
    evaluation v = evaluate_courses(&left, &right);
    ck_assert_double_eq_tol(v.heading_offset_deg, -2, 1e-3);
}
END_TEST

/* What a vehicle that stands says about the mount of the reference does not count; without motion there is no
 * offset. */
START_TEST (no_offset_at_standstill) {
    course standing = {.sigma_e = 1, .sigma_n = 1}, turned = standing;
    turned.heading = 2 * M_PI / 180;
    evaluation v = evaluate_courses(&turned, &standing);
    ck_assert(isnan(v.heading_offset_deg));
    ck_assert_double_eq_tol(v.heading_rmse_deg, 2, 1e-3);
}
END_TEST

/* Along and cross at a standstill follow the heading; unknown heading, unknown share. */
START_TEST (along_and_cross_at_standstill) {
    course standing = {.heading = M_PI / 2, .sigma_e = 1, .sigma_n = 1}, estimate = standing;
    estimate.e = 2;
    estimate.n = 1;
    scene *s = make_scene(&estimate, &standing);
    evaluation v = evaluate_scene(s);
    ck_assert_double_eq_tol(v.along_p95_m, 2, 1e-4);
    ck_assert_double_eq_tol(v.cross_p95_m, 1, 1e-4);
    for (int i = 0; i < TRUTHS; i++)
        s->truth[i].heading_rad = NAN;
    v = evaluate_scene(s);
    ck_assert(isnan(v.along_p95_m) && isnan(v.cross_p95_m) && isnan(v.heading_rmse_deg));
    free(s);
}
END_TEST

/* The error swings from 1 m east to 1 m west: as lengths nothing grew, as vectors 2 m. */
START_TEST (drop_growth_is_a_vector) {
    course estimate = still_north;
    estimate.e = 1;
    estimate.v_e = -0.5; /* -1 m at 4 s */
    scene *s = make_scene(&estimate, &still_north);
    const evaluation_interval interval = {0, INT64_C(4000000000)};
    evaluation_drop drop;
    evaluation v;
    s->in.intervals = &interval;
    s->in.interval_count = 1;
    ck_assert(evaluate(&s->in, &v, &drop));
    ck_assert_uint_eq(drop.samples, 41);
    ck_assert_double_eq_tol(drop.distance_m, 40, 1e-3);
    ck_assert_double_eq_tol(drop.end_error_m, 1, 1e-3);
    ck_assert_double_eq_tol(drop.max_error_m, 1, 1e-3);
    ck_assert_double_eq_tol(drop.growth_percent, 100 * 2 / 40.0, 1e-2);
    ck_assert_double_eq(drop.coverage95, 1);
    free(s);
}
END_TEST

START_TEST (drop_outside_the_truth) {
    scene *s = make_scene(&still_north, &still_north);
    const evaluation_interval interval = {INT64_C(20000000000), INT64_C(30000000000)};
    evaluation_drop drop;
    evaluation v;
    s->in.intervals = &interval;
    s->in.interval_count = 1;
    ck_assert(evaluate(&s->in, &v, &drop));
    ck_assert_uint_eq(drop.samples, 0);
    ck_assert(isnan(drop.growth_percent) && isnan(drop.end_error_m) && isnan(drop.coverage95));
    free(s);
}
END_TEST

/* Before the first NOMINAL pose nothing was claimed; later, what is not usable lowers the availability. */
START_TEST (only_what_was_claimed_counts) {
    scene *s = make_scene(&still_north, &still_north);
    for (int i = 0; i < 200; i++) /* 0 to 2 s: on the way */
        s->poses[i].mode = MODE_INITIALIZING;
    for (int i = 200; i < 300; i++) /* to 3 s: claimed by nobody yet */
        s->poses[i].mode = MODE_DEAD_RECKONING;
    for (int i = 800; i < POSES; i++) { /* from 8 s */
        s->poses[i].mode = MODE_LOST;
        s->poses[i].usable = false;
    }
    evaluation v = evaluate_scene(s);
    ck_assert_uint_eq(v.samples, 50); /* 3.0 to 7.9 s; at 8.0 s one of the two poses is lost */
    ck_assert_double_eq_tol(v.availability, 50 / 71.0, 1e-9);
    free(s);
}
END_TEST

START_TEST (nothing_to_compare) {
    scene *s = make_scene(&still_north, &still_north);
    s->in.pose_count = 0;
    ck_assert_uint_eq(evaluate_scene(s).samples, 0);
    s->in.pose_count = POSES;
    s->in.truth_count = 0;
    evaluation v = evaluate_scene(s);
    ck_assert_uint_eq(v.samples, 0);
    ck_assert(isnan(v.horizontal_rmse_m) && isnan(v.coverage95_horizontal) && isnan(v.horizontal_max_m));
    free(s);
}
END_TEST

START_TEST (quantiles) {
    const double values[] = {1, 2, 3, 4};
    ck_assert_double_eq(evaluation_quantile(values, 4, 0), 1);
    ck_assert_double_eq(evaluation_quantile(values, 4, 0.5), 2.5);
    ck_assert_double_eq_tol(evaluation_quantile(values, 4, 0.95), 3.85, 1e-12);
    ck_assert_double_eq(evaluation_quantile(values, 4, 1), 4);
    ck_assert_double_eq(evaluation_quantile(values, 1, 0.95), 1);
    ck_assert(isnan(evaluation_quantile(values, 0, 0.5)));
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("evaluation");
    tcase_add_test(all, no_error_is_no_error);
    tcase_add_test(all, constant_offset);
    tcase_add_test(all, velocity_by_axis);
    tcase_add_test(all, correlated_covariance);
    tcase_add_test(all, coverage_at_the_edge);
    tcase_add_test(all, bad_covariance_covers_nothing);
    tcase_add_test(all, heading_offset_is_taken_off);
    tcase_add_test(all, wrong_heading_is_no_mount);
    tcase_add_test(all, heading_wraps);
    tcase_add_test(all, no_offset_at_standstill);
    tcase_add_test(all, along_and_cross_at_standstill);
    tcase_add_test(all, drop_growth_is_a_vector);
    tcase_add_test(all, drop_outside_the_truth);
    tcase_add_test(all, only_what_was_claimed_counts);
    tcase_add_test(all, nothing_to_compare);
    tcase_add_test(all, quantiles);
    return run_cases("evaluation", all);
}
