/*
 * A gyro that leaps while the vehicle stands is off, and learned anew; one that begins to turn may be right.
 */
#include "fusion/core/core.h"
#include "fusion/motion/vehicle.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static settings set;
static fusion *core;

/* At rest on the equator, with a gyro known to 0.001 rad/s. */
static void setup(void)
{
    const fusion_sinks none = {0};
    const double axes[4] = {0, 0.70710678, 0, 0.70710678}, still[3] = {0, 0, 0}; /* z is up */
    double at[3];
    settings_default(&set);
    settings_add_source(&set, "imu/main");
    settings_add_source(&set, "wheel/can");
    core = fusion_create(&set, &none);
    geodetic_to_ecef(0.0, 0.0, 100.0, at);
    filter_place(&core->f, 1000000000, at, still, axes);
    inertial_model model = {.gyro_psd = 1e-7f, .accel_psd = 1e-4f};
    for (int i = 0; i < 3; i++) {
        model.gyro_sigma[i] = 0.001f;
        model.accel_sigma[i] = 0.05f;
        covariance_reset(&core->f.p, STATE_VELOCITY + i, 0.01f);
        covariance_reset(&core->f.p, STATE_ATTITUDE + i, 1e-4f);
    }
    filter_set_model(&core->f, &model, NULL, NULL);
    core->inertial_source = 0;
    core->running = true;
}

static void teardown(void)
{
    fusion_destroy(core);
}

/* The gyro says from_radps and by_radps2 more each second; wheels say 50 times a second that nothing moves.
 */
static void stand(double time_s, double from_radps, double by_radps2)
{
    for (int k = 0; k < (int)(time_s * 50.0 + 0.5); k++) {
        frame f = {.kind = FRAME_WHEEL, .source = 1};
        inertial_input input = {{0, 0, from_radps + by_radps2 * 0.02 * k}, {0}};
        double up[3];
        float nis;
        rows_mulv_transposed(core->f.r_b_ecef, core->f.r_enu_ecef[2], up);
        for (int i = 0; i < 3; i++)
            input.accel_mps2[i] = 9.78 * up[i];
        filter_predict(&core->f, &input, 0.02);
        core->f.stamp_ns += 20000000;
        f.stamp_ns = core->f.stamp_ns;
        vehicle_rest(core, &core->source[1], &f, &nis);
    }
}

static float heading_sigma(void)
{
    return sqrtf(initialize_heading_variance(core));
}

START_TEST (a_leap_is_the_gyros) {
    stand(3.0, 0.0, 0.0);
    stand(0.4, 0.07, 0.0);
    ck_assert_double_gt(core->f.rate_b[2], 0.06); /* it may be a knock */
    stand(0.6, 0.07, 0.0);
    ck_assert_double_eq_tol(core->f.gyro_bias[2], 0.07, 0.005);
    ck_assert_double_lt(fabs(core->f.rate_b[2]), 0.005);
    ck_assert_float_gt(heading_sigma(), 0.03f); /* it has turned half a second by 0.07 rad/s */
    stand(2.0, 0.07, 0.0);
    stand(2.0, 0.0, 0.0); /* and back */
    ck_assert_double_eq_tol(core->f.gyro_bias[2], 0.0, 0.005);
}
END_TEST

/* Within two seconds to six degrees a second. */
START_TEST (a_turntable_turns) {
    stand(3.0, 0.0, 0.0);
    stand(2.0, 0.0, 0.05);
    stand(10.0, 0.1, 0.0);
    ck_assert_double_gt(core->f.rate_b[2], 0.09);
}
END_TEST

START_TEST (a_knock_is_none) {
    stand(3.0, 0.0, 0.0);
    stand(0.3, 0.07, 0.0);
    stand(0.3, -0.07, 0.0);
    stand(0.3, 0.07, 0.0);
    stand(1.0, 0.0, 0.0);
    ck_assert_double_lt(fabs(core->f.gyro_bias[2]), 0.005);
    ck_assert_float_lt(heading_sigma(), 0.02f);
}
END_TEST

/* Wheels that read zero below their lowest speed, in the last bend before a halt. */
START_TEST (who_comes_to_rest_may_turn) {
    stand(0.5, 0.07, 0.0);
    stand(2.0, 0.07, -0.02);
    ck_assert_double_lt(fabs(core->f.gyro_bias[2]), 0.01);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("rest_leap");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, a_leap_is_the_gyros);
    tcase_add_test(cases, a_turntable_turns);
    tcase_add_test(cases, a_knock_is_none);
    tcase_add_test(cases, who_comes_to_rest_may_turn);
    return run_cases("rest_leap", cases);
}
