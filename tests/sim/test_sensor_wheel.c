/*
 * Simulated wheel speeds against their settings.
 */
#include "tests/sim/sensor_rig.h"
#include "tests/suite.h"

#include <check.h>

static rig *g;
static sim_wheel_errors *set;
static const frame_wheel *read;

static void setup(void)
{
    g = rig_open(&sim_sensor_wheel);
    set = &g->set->of.wheel;
    read = &g->frames[FRAME_WHEEL].u.wheel;
}

static void teardown(void)
{
    rig_close(g);
}

static void drive_at(double speed_mps)
{
    for (int i = 0; i < 4; i++)
        g->now.wheel_mps[i] = speed_mps;
}

START_TEST (scale_of_all_and_of_each) {
    stats all = {0}, each = {0}, yaw = {0};
    drive_at(50);
    for (int drive = 0; drive < 4000; drive++) {
        rig_start(g, (uint64_t)drive);
        rig_sample(g);
        stats_add(&all, (double)read->wheel_mps[0] / 50 - 1);
        stats_add(&each, (double)(read->wheel_mps[0] - read->wheel_mps[3]) / 50);
        stats_add(&yaw, (double)read->yaw_rate_radps);
    }
    double white = hypot(0.03, 0.0156 / sqrt(12)) / 50;
    ck_assert_double_eq_tol(stats_rms(&all), hypot(hypot(0.01, 0.002), white), 0.0005);
    ck_assert_double_eq_tol(stats_rms(&each), sqrt(2) * hypot(0.002, white), 0.0002);
    ck_assert_double_eq_tol(stats_rms(&yaw), hypot(0.003, 0.003), 0.0002);
}
END_TEST

START_TEST (noise_and_steps) {
    stats wheel = {0}, yaw = {0};
    drive_at(20);
    g->now.rate_radps[2] = 0.3;
    rig_start(g, 1);
    for (int i = 0; i < 20000; i++) {
        rig_sample(g);
        double steps = (double)read->wheel_mps[2] / set->quantum_mps;
        if (fabs(steps - round(steps)) > 1e-3)
            ck_abort_msg("%g steps", steps);
        stats_add(&wheel, (double)read->wheel_mps[2]);
        stats_add(&yaw, (double)read->yaw_rate_radps);
    }
    ck_assert_double_eq_tol(stats_sigma(&wheel), hypot(0.03, 0.0156 / sqrt(12)), 0.001);
    ck_assert_double_eq_tol(stats_sigma(&yaw), 0.003, 0.0001);
    ck_assert_double_eq_tol(stats_mean(&yaw), 0.3, 0.01);
}
END_TEST

START_TEST (slow_wheels_stand) {
    drive_at(0.25);
    rig_start(g, 1);
    for (int i = 0; i < 1000; i++) {
        rig_sample(g);
        ck_assert(read->wheel_mps[0] == 0 && read->speed_mps == 0);
    }
    drive_at(-2);
    rig_sample(g);
    ck_assert_double_eq_tol((double)read->speed_mps, -2, 0.2);
}
END_TEST

/* 20 a km at 20 m/s are one in 2.5 s: leaps that the noise would not make. */
START_TEST (bumps_throw_the_wheels_off) {
    int bumps = 0;
    double last = 20, all = 0;
    drive_at(20);
    g->now.velocity_mps[0] = 20;
    set->bumps_per_km = 20;
    set->bump_mps = 2;
    set->scale = set->scale_each = 0;
    rig_start(g, 1);
    for (int i = 0; i < 50000; i++) { /* 20 km */
        rig_step(g, 0.02);
        rig_sample(g);
        double now = (double)read->wheel_mps[1];
        bumps += fabs(now - last) > 0.6;
        all += now - 20;
        last = now;
    }
    /* Three quarters of normal numbers of 2.2 m/s and their decay are that large. */
    ck_assert_msg(bumps > 250 && bumps < 450, "%d bumps", bumps);
    ck_assert_double_lt(fabs(all / 50000), 0.05);
}
END_TEST

START_TEST (without_a_yaw_rate) {
    drive_at(20);
    set->yaw_rate = 0;
    rig_start(g, 1);
    rig_sample(g);
    ck_assert(isnan(read->yaw_rate_radps) && isfinite(read->speed_mps));
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("wheel");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, scale_of_all_and_of_each);
    tcase_add_test(t, noise_and_steps);
    tcase_add_test(t, slow_wheels_stand);
    tcase_add_test(t, bumps_throw_the_wheels_off);
    tcase_add_test(t, without_a_yaw_rate);
    return run_cases("sensor_wheel", t);
}
