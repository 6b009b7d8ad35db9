/*
 * Simulated visual odometry: increments that follow each other, their errors, what the dark does to them.
 */
#include "tests/sim/sensor_rig.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static rig *g;
static sim_odometry_errors *set;
static const frame_odometry *said;
static const frame *sent;
static const double way_m = 1.5;

static void setup(void)
{
    g = rig_open(&sim_sensor_odometry);
    set = &g->set->of.odometry;
    sent = &g->frames[FRAME_ODOMETRY];
    said = &sent->u.odometry;
}

static void teardown(void)
{
    rig_close(g);
}

/* One picture, way_m and a tenth of a second after the one before; the road's bends turn the vehicle. */
static void step(double s_m, double before[3][3], double turned[3])
{
    double between[3][3];
    memcpy(before, g->now.R, sizeof between);
    rig_place(g, s_m, 0, 15);
    rig_step(g, 0.1);
    rig_sample(g);
    for (int i = 0; i < 3; i++) {
        double axis[3] = {g->now.R[0][i], g->now.R[1][i], g->now.R[2][i]}, seen[3];
        turn_back(before, axis, seen);
        for (int k = 0; k < 3; k++)
            between[k][i] = seen[k];
    }
    turned[0] = (between[2][1] - between[1][2]) / 2;
    turned[1] = (between[0][2] - between[2][0]) / 2;
    turned[2] = (between[1][0] - between[0][1]) / 2;
}

START_TEST (increments_follow_each_other) {
    int64_t end_ns = 0;
    double before[3][3], turned[3];
    rig_start(g, 1);
    for (int i = 0; i < 200; i++) {
        step(way_m * i, before, turned);
        ck_assert(g->got[FRAME_ODOMETRY] == (i > 0));
        if (i > 1)
            ck_assert_int_eq(sent->stamp_ns - said->interval_ns, end_ns);
        end_ns = g->moment.stamp_ns;
        ck_assert(i == 0 || sent->stamp_ns == end_ns);
        ck_assert(i == 0 || sent->received_ns > end_ns + 60000000);
    }
}
END_TEST

START_TEST (errors) {
    stats along = {0}, turn = {0}, claim = {0}, bend = {0}, scale = {0};
    double before[3][3], turned[3];
    set->gross = 0;
    set->gross_dark = 0;
    g->set->mount_sigma_deg = g->set->mount_sigma_m = 0;
    for (int drive = 0; drive < 200; drive++) {
        stats x = {0}, z = {0};
        rig_start(g, (uint64_t)drive);
        for (int i = 0; i < 100; i++) {
            step(way_m * i, before, turned);
            if (i == 0)
                continue;
            stats_add(&x, (double)said->translation_m[0]);
            stats_add(&z, (double)said->rotation_rad[2] - turned[2]);
        }
        stats_add(&along, stats_sigma(&x));
        stats_add(&turn, stats_sigma(&z));
        stats_add(&claim, sqrt((double)said->covariance[0]) / hypot(0.01 * way_m, 0.003));
        stats_add(&bend, stats_mean(&z) / way_m * 100);
        stats_add(&scale, stats_mean(&x) / way_m - 1);
    }
    ck_assert_double_eq_tol(stats_mean(&along), hypot(0.01 * way_m, 0.003), 0.002);
    ck_assert_double_eq_tol(stats_mean(&turn), radians(0.02), radians(0.001));
    ck_assert_double_eq_tol(stats_mean(&claim), 1, 0.05);
    ck_assert_double_eq_tol(stats_rms(&bend), radians(0.2), radians(0.04));
    ck_assert_double_eq_tol(stats_rms(&scale), 0.005, 0.001);
    ck_assert_float_eq(said->scale_sigma, 0.005f);
    ck_assert_float_eq(said->covariance[1], 0.0f);
}
END_TEST

START_TEST (one_camera_knows_no_scale) {
    stats ratio = {0};
    double before[3][3], turned[3];
    set->monocular = 1;
    for (int drive = 0; drive < 300; drive++) {
        rig_start(g, (uint64_t)drive);
        step(0, before, turned);
        step(way_m, before, turned);
        ck_assert(isnan(said->scale_sigma));
        stats_add(&ratio, log((double)said->translation_m[0] / way_m));
    }
    ck_assert_double_eq_tol(stats_sigma(&ratio), 1, 0.15);
}
END_TEST

static double share_at(sim_light light)
{
    double before[3][3], turned[3];
    int got = 0;
    g->scenario.weather.light = light;
    rig_start(g, 3);
    for (int i = 0; i <= 2000; i++) {
        step(0.1 * i, before, turned);
        got += i > 0 && g->got[FRAME_ODOMETRY];
        g->got[FRAME_ODOMETRY] = false;
    }
    return got / 2000.0;
}

START_TEST (the_dark_takes_some) {
    ck_assert_double_gt(share_at(SIM_LIGHT_DAY), 0.999);
    ck_assert_double_eq_tol(share_at(SIM_LIGHT_NIGHT), 0.85, 0.03);
    ck_assert(g->kind->disturbed(g->self));
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("odometry");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, increments_follow_each_other);
    tcase_add_test(t, errors);
    tcase_add_test(t, one_camera_knows_no_scale);
    tcase_add_test(t, the_dark_takes_some);
    return run_cases("sensor_odometry", t);
}
