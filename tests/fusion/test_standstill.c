/*
 * What an IMU at rest tells of itself before there is a pose, and when it must not be believed.
 */
#include "fusion/core/core.h"
#include "fusion/motion/rest.h"
#include "fusion/motion/standstill.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const unsigned seed = 5;
static settings defaults;
static imu_settings set;
static standstill_watch watch;
static int64_t now_ns;
static const float gyro_off[3] = {0.004f, -0.01f, 0.03f};

static void setup(void)
{
    srand(seed);
    settings_default(&defaults);
    set = settings_add_source(&defaults, "imu/main")->of.imu;
    standstill_forget(&watch);
    now_ns = 1000000000;
}

static float noise(float sigma)
{
    float sum = -6.0f;
    for (int i = 0; i < 12; i++)
        sum += (float)rand() / (float)RAND_MAX;
    return sigma * sum;
}

/* An IMU that turns about its axes by `rate`, on a slope, for so long. */
static void lie(double time_s, const float rate[3], standstill_word word, float gyro_noise, float accel_noise)
{
    const float force[3] = {0.5f, -0.3f, 9.8f};
    for (int k = 0; k < (int)(time_s * 100.0 + 0.5); k++) {
        float sample[STANDSTILL_AXES];
        now_ns += 10000000;
        for (int i = 0; i < 3; i++) {
            sample[i] = gyro_off[i] + rate[i] + noise(gyro_noise);
            sample[i + 3] = force[i] + noise(accel_noise);
        }
        standstill_take(&watch, &set, now_ns, sample, word);
    }
}

static const float still[3] = {0.0f, 0.0f, 0.0f};

static bool is_known(float bias[3], float *sigma)
{
    return standstill_bias(&watch, &set, now_ns, bias, sigma);
}

START_TEST (wheels_that_stand_teach_the_bias) {
    float bias[3], sigma;
    lie(3.9, still, STANDSTILL_SAID, 0.01f, 0.1f);
    ck_assert(!is_known(bias, &sigma));
    lie(6.0, still, STANDSTILL_SAID, 0.01f, 0.1f);
    ck_assert(is_known(bias, &sigma));
    ck_assert_float_lt(sigma, 0.002f);
    for (int i = 0; i < 3; i++)
        ck_assert_float_le(fabsf(bias[i] - gyro_off[i]), 3.0f * sigma);
}
END_TEST

START_TEST (alone_it_takes_longer_and_must_be_quiet) {
    float bias[3], sigma;
    lie(9.0, still, STANDSTILL_OPEN, 0.003f, 0.03f);
    ck_assert(!is_known(bias, &sigma));
    lie(6.0, still, STANDSTILL_OPEN, 0.003f, 0.03f);
    ck_assert(is_known(bias, &sigma));
    setup();
    lie(60.0, still, STANDSTILL_OPEN, 0.03f, 0.3f); /* a road */
    ck_assert(!is_known(bias, &sigma));
}
END_TEST

/* Constant speed, and a driver who keeps to the lane. */
START_TEST (a_quiet_drive_is_no_rest) {
    float bias[3], sigma;
    for (int k = 0; k < 600; k++) {
        const float rate[3] = {0.0f, 0.0f, 0.004f * sinf(0.9f * 0.1f * (float)k)};
        lie(0.1, rate, STANDSTILL_OPEN, 0.003f, 0.05f);
        ck_assert(!is_known(bias, &sigma));
    }
}
END_TEST

START_TEST (who_moves_by_anybodys_word_does_not_rest) {
    float bias[3], sigma;
    lie(60.0, still, STANDSTILL_DENIED, 0.003f, 0.03f);
    ck_assert(!is_known(bias, &sigma));
}
END_TEST

START_TEST (a_turntable_that_stops_is_noticed) {
    const float turning[3] = {0.0f, 0.0f, 0.1f};
    float bias[3], sigma;
    lie(20.0, turning, STANDSTILL_SAID, 0.003f, 0.03f);
    ck_assert(is_known(bias, &sigma)); /* as long as nothing tells it from a bias */
    lie(2.0, still, STANDSTILL_SAID, 0.003f, 0.03f);
    lie(1.0, still, STANDSTILL_DENIED, 0.003f, 0.03f);
    ck_assert(!is_known(bias, &sigma));
    setup();
    lie(20.0, turning, STANDSTILL_SAID, 0.003f, 0.03f);
    lie(1.5, still, STANDSTILL_SAID, 0.003f, 0.03f);
    lie(1.0, still, STANDSTILL_DENIED, 0.003f, 0.03f);
    ck_assert(!is_known(bias, &sigma));
    lie(8.0, still, STANDSTILL_SAID, 0.003f, 0.03f);
    ck_assert(is_known(bias, &sigma));
    ck_assert_float_eq_tol(bias[2], gyro_off[2], 0.002f);
}
END_TEST

START_TEST (what_turns_faster_than_a_gyro_is_off_is_turned) {
    const float turning[3] = {0.0f, 0.0f, 0.4f};
    float bias[3], sigma;
    lie(20.0, turning, STANDSTILL_SAID, 0.003f, 0.03f);
    ck_assert(!is_known(bias, &sigma));
}
END_TEST

/* A quarter of a turn about up, then about y: the plumb line goes along. */
START_TEST (the_plumb_line_is_carried_along) {
    const float about_up[3] = {0.0f, 0.0f, 0.5f * 1.5707963f}, tilting[3] = {0.0f, 0.05f, 0.0f};
    float force[3], sigma, before;
    double turn[3][3];
    lie(8.01, still, STANDSTILL_SAID, 0.0f, 0.0f);
    ck_assert(standstill_plumb(&watch, &set, now_ns, force, turn, &before));
    lie(2.0, about_up, STANDSTILL_DENIED, 0.0f, 0.0f);
    lie(2.0, tilting, STANDSTILL_DENIED, 0.0f, 0.0f);
    ck_assert(standstill_plumb(&watch, &set, now_ns, force, turn, &sigma));
    ck_assert_float_gt(sigma, before);
    const double then[3] = {(double)force[0], (double)force[1], (double)force[2]};
    double now[3];
    rows_mulv(turn, then, now);
    /* (0.5, -0.3, 9.8) as an axis frame turned by 90 deg to the left has it: (-0.3, -0.5, 9.8); nose down by
     * 0.1 rad: x loses 9.8 sin(0.1) */
    ck_assert_double_eq_tol(now[0], -0.3 * cos(0.1) - 9.8 * sin(0.1), 0.02);
    ck_assert_double_eq_tol(now[1], -0.5, 0.02);
    now_ns += 1000000000; /* a gap */
    ck_assert(!standstill_plumb(&watch, &set, now_ns, force, turn, &sigma));
}
END_TEST

/* ---- in the core: from rest to a start */

static fusion *core;
static uint32_t sequence;

static void push(frame *f)
{
    f->stamp_ns = f->received_ns = now_ns;
    f->sequence = ++sequence;
    ck_assert(fusion_push(core, f));
}

/* East, on the equator, an IMU tilted to the left by 0.06 rad on a level vehicle, at 100 Hz, wheels at 20 Hz,
 * fixes at 10. */
static void drive(double time_s, double *east_m, double *speed_mps, double accel_mps2)
{
    for (int k = 0; k < (int)(time_s * 100.0 + 0.5); k++) {
        now_ns += 10000000;
        *speed_mps += accel_mps2 * 0.01;
        *east_m += *speed_mps * 0.01;
        frame imu = {.kind = FRAME_IMU, .source = 0};
        const float g = 9.78f;
        for (int i = 0; i < 3; i++)
            imu.u.imu.gyro_radps[i] = gyro_off[i] + noise(0.002f);
        imu.u.imu.accel_mps2[0] = (float)accel_mps2 + noise(0.02f);
        imu.u.imu.accel_mps2[1] = g * sinf(0.06f) + noise(0.02f);
        imu.u.imu.accel_mps2[2] = g * cosf(0.06f) + noise(0.02f);
        push(&imu);
        if (k % 5 == 0) {
            frame wheel = {.kind = FRAME_WHEEL, .source = 1};
            for (int i = 0; i < 4; i++)
                wheel.u.wheel.wheel_mps[i] = NAN;
            wheel.u.wheel.speed_mps = (float)*speed_mps;
            wheel.u.wheel.yaw_rate_radps = wheel.u.wheel.steering_wheel_rad = NAN;
            push(&wheel);
        }
        if (k % 10 == 0) {
            frame fix = {.kind = FRAME_GNSS, .source = 2};
            frame_gnss *of = &fix.u.gnss;
            *of = (frame_gnss){.longitude_rad = *east_m / 6378137.0, .height_m = 100.0, .fix = GNSS_FIX_3D};
            of->h_acc_m = 1.0f;
            of->v_acc_m = 2.0f;
            of->velocity_enu_mps[0] = (float)*speed_mps;
            of->speed_mps = of->course_rad = of->hdop = NAN;
            of->speed_acc_mps = 0.1f;
            of->jamming = of->spoofing = NAN;
            push(&fix);
        }
    }
    fusion_advance(core, now_ns);
}

static float sigma_of(int state)
{
    return sqrtf(covariance_at(&core->f.p, state, state));
}

static void stand_and_drive(double rest_s)
{
    const fusion_sinks none = {0};
    double east_m = 0.0, speed_mps = 0.0;
    settings_default(&defaults);
    settings_add_source(&defaults, "imu/main");
    settings_add_source(&defaults, "wheel/can");
    settings_add_source(&defaults, "gnss/roof");
    core = fusion_create(&defaults, &none);
    sequence = 0;
    drive(rest_s, &east_m, &speed_mps, 0.0);
    drive(3.0, &east_m, &speed_mps, 1.5);
    ck_assert(core->running);
}

START_TEST (a_start_from_rest_knows_gyro_and_plumb_line) {
    stand_and_drive(12.0);
    for (int i = 0; i < 3; i++) {
        float off = (float)core->f.gyro_bias[i] - gyro_off[i];
        ck_assert_float_lt(sigma_of(STATE_GYRO_BIAS + i), 0.001f);
        ck_assert_float_le(fabsf(off), 3.0f * sigma_of(STATE_GYRO_BIAS + i));
    }
    /* level or biased, it cannot tell which: but how the two go together */
    double up[3], roll;
    rows_mulv_transposed(core->f.r_b_ecef, core->f.r_enu_ecef[2], up);
    roll = asin(up[1]);
    ck_assert_double_eq_tol(9.78 * roll + core->f.accel_bias[1], 9.78 * sin(0.06), 0.1);
    fusion_destroy(core);
}
END_TEST

START_TEST (a_start_without_rest_knows_nothing_of_it) {
    stand_and_drive(1.0);
    ck_assert_float_gt(sigma_of(STATE_GYRO_BIAS + 2), 0.002f);
    fusion_destroy(core);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("standstill");
    TCase *cases = tcase_create("standstill");
    tcase_add_checked_fixture(cases, setup, NULL);
    tcase_add_test(cases, wheels_that_stand_teach_the_bias);
    tcase_add_test(cases, alone_it_takes_longer_and_must_be_quiet);
    tcase_add_test(cases, a_quiet_drive_is_no_rest);
    tcase_add_test(cases, who_moves_by_anybodys_word_does_not_rest);
    tcase_add_test(cases, a_turntable_that_stops_is_noticed);
    tcase_add_test(cases, what_turns_faster_than_a_gyro_is_off_is_turned);
    tcase_add_test(cases, the_plumb_line_is_carried_along);
    tcase_add_test(cases, a_start_from_rest_knows_gyro_and_plumb_line);
    tcase_add_test(cases, a_start_without_rest_knows_nothing_of_it);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
