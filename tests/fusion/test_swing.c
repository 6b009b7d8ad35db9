/*
 * The yaw rate without a gyro, on a map: it keeps the size that it had, and changes as steering does.
 */
#include "fusion/core/core.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

static map_view map;
static settings set;
static fusion *core;
static const int turn = STATE_GYRO_BIAS + 2;

/* On a map or not, at that speed. */
static void setup(bool on_map, double speed_mps)
{
    const fusion_sinks sinks = {0};
    const double axes[4] = {0, 0, 0, 1}, speed[3] = {speed_mps, 0, 0};
    double at[3];
    settings_default(&set);
    settings_add_source(&set, "camera/front");
    core = fusion_create_on_map(&set, &sinks, on_map ? &map : NULL);
    geodetic_to_ecef(0.0, 0.0, 100.0, at);
    filter_place(&core->f, 1000000000, at, speed, axes);
    core->running = true;
}

/* Steps of 10 ms, at the same speed all the time. */
static void pass(double time_s)
{
    const inertial_input none = {{0}, {0}};
    for (int i = 0; i < (int)(time_s / 0.01 + 0.5); i++) {
        const double keep[3] = {core->f.velocity_ecef_mps[0], core->f.velocity_ecef_mps[1],
                                core->f.velocity_ecef_mps[2]};
        filter_predict(&core->f, &none, 0.01);
        memcpy(core->f.velocity_ecef_mps, keep, sizeof keep);
        for (int k = 0; k < 3; k++)
            covariance_reset(&core->f.p, STATE_VELOCITY + k, 0.01f);
    }
}

START_TEST (a_turn_is_as_large_as_before) {
    setup(true, 13.0);
    pass(30.0);
    /* 1.5 m/s^2 to the side */
    ck_assert_double_eq_tol(sqrt((double)covariance_at(&core->f.p, turn, turn)), 1.5 / 13.0, 0.01);
    fusion_destroy(core);
}
END_TEST

/* How much the rate may have changed in a tenth of a second, and in two seconds, once it was known. */
static void spread_after(bool on_map, double out[2])
{
    setup(on_map, 13.0);
    pass(30.0);
    covariance_reset(&core->f.p, turn, 1e-10f);
    pass(0.1);
    out[0] = sqrt((double)covariance_at(&core->f.p, turn, turn));
    pass(1.9);
    out[1] = sqrt((double)covariance_at(&core->f.p, turn, turn));
    fusion_destroy(core);
}

START_TEST (it_changes_smoothly) {
    double with[2], without[2];
    spread_after(true, with);
    spread_after(false, without);
    ck_assert_double_lt(with[0], 0.3 * without[0]);
    ck_assert_double_gt(with[1], 0.5 * 1.5 / 13.0);
}
END_TEST

START_TEST (what_is_turned_in_goes_on) {
    setup(true, 13.0);
    core->f.source[core->f.swing_state - STATE_SOURCES] = 0.2; /* rad/s^2, of the bias: to the right */
    pass(0.2);
    ck_assert_double_eq_tol(core->f.rate_b[2], 0.2 * 0.2, 0.008);
    fusion_destroy(core);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("swing");
    tcase_add_test(cases, a_turn_is_as_large_as_before);
    tcase_add_test(cases, it_changes_smoothly);
    tcase_add_test(cases, what_is_turned_in_goes_on);
    return run_cases("swing", cases);
}
