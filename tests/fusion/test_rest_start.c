/*
 * A start: the gyro begins with the turn that it shows.
 */
#include "fusion/core/core.h"
#include "fusion/inertial/inertial.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static settings defaults;
static fusion *core;
static int64_t now_ns;

static void setup(void)
{
    const fusion_sinks none = {0};
    settings_default(&defaults);
    settings_add_source(&defaults, "imu/main");
    settings_add_source(&defaults, "wheel/can");
    settings_add_source(&defaults, "gnss/roof");
    core = fusion_create(&defaults, &none);
    now_ns = 1000000000;
}

static void teardown(void)
{
    fusion_destroy(core);
}

/* Measurements of the stamp at which a gyro begins are compared with the turn that it shows. */
START_TEST (the_first_sample_shows_the_turn) {
    const double axes[4] = {0, 0, 0, 1}, still[3] = {0, 0, 0};
    double at[3];
    geodetic_to_ecef(0.0, 0.0, 100.0, at);
    filter_place(&core->f, now_ns, at, still, axes);
    core->running = true;
    frame f = {.kind = FRAME_IMU, .source = 0, .stamp_ns = now_ns, .received_ns = now_ns};
    for (int i = 0; i < 3; i++)
        f.u.imu.gyro_radps[i] = 0.1f * (float)(i + 1);
    f.u.imu.accel_mps2[2] = 9.78f;
    core->saved_gyro_bias[0][2] = 0.05;
    core->bias_saved[0] = true;
    inertial_take(core, &core->source[0], &f);
    ck_assert_double_eq_tol(core->f.rate_b[0], 0.1, 1e-6);
    ck_assert_double_eq_tol(core->f.rate_b[1], 0.2, 1e-6);
    ck_assert_double_eq_tol(core->f.rate_b[2], 0.3 - 0.05, 1e-6);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rest_start");
    TCase *cases = tcase_create("rest_start");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, the_first_sample_shows_the_turn);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
