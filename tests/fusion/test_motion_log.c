/* The motion of the last second against trajectories that are known in closed form. */
#include "fusion/filter/motion_log.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

typedef void motion(double t, double accel[3]);

/* Runs a log over `seconds`; each step has the acceleration of its middle. */
static void run(motion_log *log, motion *of, double dt, double seconds)
{
    motion_log_clear(log);
    for (int i = 0; i < (int)lround(seconds / dt); i++) {
        double accel[3];
        of((i + 0.5) * dt, accel);
        motion_log_step(log, accel, dt);
    }
}

static void braking(double t, double accel[3])
{
    (void)t;
    accel[0] = -3.0;
    accel[1] = 0.5;
    accel[2] = 0.0;
}

static void swaying(double t, double accel[3])
{
    accel[0] = 2.0 * cos(3.0 * t);
    accel[1] = -2.0 * sin(3.0 * t);
    accel[2] = 0.1 * t;
}

/* Constant acceleration: v(now) - v(then) = a L, L v(now) - (p(now) - p(then)) = a L^2 / 2, whatever the
 * start. */
START_TEST (constant_acceleration) {
    static const double latencies[] = {0.0, 0.001, 0.0137, 0.1, 0.5, 1.0, 1.2};
    static const double steps[] = {0.001, 0.01, 0.02};
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
        motion_log log;
        run(&log, braking, steps[k], 3.0);
        for (size_t i = 0; i < sizeof latencies / sizeof *latencies; i++) {
            double l = latencies[i];
            motion_delta d;
            motion_log_delta(&log, l, &d);
            ck_assert_double_eq_tol(d.velocity_change[0], -3.0 * l, 1e-11);
            ck_assert_double_eq_tol(d.velocity_change[1], 0.5 * l, 1e-11);
            ck_assert_double_eq_tol(d.way_change[0], -1.5 * l * l, 1e-10);
            ck_assert_double_eq_tol(d.accel_then[0], -3.0, 1e-9);
            ck_assert_double_eq_tol(d.accel_then[2], 0.0, 1e-9);
        }
    }
}
END_TEST

/* accel = 2 cos 3t: v = (2/3) sin 3t, x = (2/9)(1 - cos 3t). */
START_TEST (varying_acceleration) {
    motion_log log;
    run(&log, swaying, 0.005, 7.0);
    for (double l = 0.0; l < 1.2; l += 0.0371) {
        motion_delta d;
        double then = 7.0 - l;
        motion_log_delta(&log, l, &d);
        double v = 2.0 / 3.0 * (sin(21.0) - sin(3.0 * then));
        double way = l * 2.0 / 3.0 * sin(21.0) - 2.0 / 9.0 * (cos(3.0 * then) - cos(21.0));
        /* straight lines between points of up to 10 ms: jerk * h^2 / 8 */
        ck_assert_double_eq_tol(d.velocity_change[0], v, 8e-5);
        ck_assert_double_eq_tol(d.way_change[0], way, 8e-5);
        if (l > 0.03) /* at the newest end only half of the average has happened */
            ck_assert_double_eq_tol(d.accel_then[0], 2.0 * cos(3.0 * then), 0.02);
    }
}
END_TEST

/* The integration constants cancel: a log that has run for an hour says the same, to the precision left. */
START_TEST (long_run) {
    motion_log log;
    run(&log, braking, 0.01, 3600.0);
    motion_delta d;
    motion_log_delta(&log, 0.3, &d);
    ck_assert_double_eq_tol(d.velocity_change[0], -0.9, 1e-8);
    ck_assert_double_eq_tol(d.way_change[0], -0.135, 1e-6);
}
END_TEST

START_TEST (beyond_reach) {
    motion_log log;
    motion_delta d;
    run(&log, braking, 0.01, 10.0);
    motion_log_delta(&log, 5.0, &d); /* the nearest acceleration is held */
    ck_assert_double_eq_tol(d.velocity_change[0], -15.0, 1e-9);
    ck_assert_double_eq_tol(d.way_change[0], -37.5, 1e-8);
    ck_assert_double_eq_tol(d.accel_then[0], -3.0, 1e-9);
}
END_TEST

START_TEST (negative_latency) {
    motion_log log;
    motion_delta d;
    run(&log, braking, 0.01, 2.0);
    motion_log_delta(&log, -0.2, &d);
    ck_assert_double_eq_tol(d.velocity_change[0], 0.6, 1e-10);
    ck_assert_double_eq_tol(d.way_change[0], -3.0 * 0.02, 1e-10);
}
END_TEST

/* Nothing has been logged, or one step: finite, and nothing happened before. */
START_TEST (young_logs) {
    motion_log log;
    motion_delta d;
    motion_log_clear(&log);
    motion_log_delta(&log, 0.1, &d);
    for (int i = 0; i < 3; i++) {
        ck_assert_double_eq(d.velocity_change[i], 0.0);
        ck_assert_double_eq(d.way_change[i], 0.0);
        ck_assert_double_eq(d.accel_then[i], 0.0);
    }
    const double accel[3] = {1.0, 0.0, 0.0};
    motion_log_step(&log, accel, 0.01);
    motion_log_delta(&log, 0.005, &d);
    ck_assert_double_eq_tol(d.velocity_change[0], 0.005, 1e-12);
    motion_log_delta(&log, 0.01, &d);
    ck_assert_double_eq_tol(d.velocity_change[0], 0.01, 1e-12);
}
END_TEST

/* A log that holds its most, at 1 kHz and at 100 Hz, still reaches a second back. */
START_TEST (reach) {
    static const double steps[] = {0.0005, 0.001, 0.005, 0.01};
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
        motion_log log;
        motion_delta d;
        run(&log, swaying, steps[k], 5.0);
        motion_log_delta(&log, 1.0, &d);
        ck_assert_double_eq_tol(d.velocity_change[0], 2.0 / 3.0 * (sin(15.0) - sin(12.0)), 1e-4);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("motion log");
    tcase_add_test(cases, constant_acceleration);
    tcase_add_test(cases, varying_acceleration);
    tcase_add_test(cases, long_run);
    tcase_add_test(cases, beyond_reach);
    tcase_add_test(cases, negative_latency);
    tcase_add_test(cases, young_logs);
    tcase_add_test(cases, reach);
    return run_cases("motion log", cases);
}
