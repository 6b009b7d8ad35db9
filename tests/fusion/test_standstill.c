/*
 * What an IMU at rest tells of itself before there is a pose, and when it must not be believed.
 */
#include "fusion/motion/standstill.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

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
    lie(3.9, still, STANDSTILL_WHEELS, 0.01f, 0.1f);
    ck_assert(!is_known(bias, &sigma));
    lie(6.0, still, STANDSTILL_WHEELS, 0.01f, 0.1f);
    ck_assert(is_known(bias, &sigma));
    ck_assert_float_lt(sigma, 0.002f);
    for (int i = 0; i < 3; i++)
        ck_assert_float_le(fabsf(bias[i] - gyro_off[i]), 3.0f * sigma);
}
END_TEST

START_TEST (by_a_receiver_it_takes_longer_and_must_be_quiet) {
    float bias[3], sigma;
    lie(9.0, still, STANDSTILL_RECEIVER, 0.003f, 0.03f);
    ck_assert(!is_known(bias, &sigma));
    lie(6.0, still, STANDSTILL_RECEIVER, 0.003f, 0.03f);
    ck_assert(is_known(bias, &sigma));
    setup();
    lie(60.0, still, STANDSTILL_RECEIVER, 0.03f, 0.3f); /* a road */
    ck_assert(!is_known(bias, &sigma));
}
END_TEST

/* A crawl that the receiver holds for rest, and a driver who keeps to the lane. */
START_TEST (a_quiet_crawl_is_no_rest) {
    float bias[3], sigma;
    for (int k = 0; k < 600; k++) {
        const float rate[3] = {0.0f, 0.0f, 0.004f * sinf(0.9f * 0.1f * (float)k)};
        lie(0.1, rate, STANDSTILL_RECEIVER, 0.003f, 0.05f);
        ck_assert(!is_known(bias, &sigma));
    }
}
END_TEST

START_TEST (samples_alone_are_no_rest) {
    float bias[3], sigma;
    lie(60.0, still, STANDSTILL_NOBODY, 0.003f, 0.03f);
    ck_assert(!is_known(bias, &sigma));
}
END_TEST

START_TEST (a_turntable_that_stops_is_noticed) {
    const float turning[3] = {0.0f, 0.0f, 0.1f};
    float bias[3], sigma;
    lie(20.0, turning, STANDSTILL_WHEELS, 0.003f, 0.03f);
    ck_assert(is_known(bias, &sigma)); /* as long as nothing tells it from a bias */
    lie(2.0, still, STANDSTILL_WHEELS, 0.003f, 0.03f);
    lie(1.0, still, STANDSTILL_NOBODY, 0.003f, 0.03f);
    ck_assert(!is_known(bias, &sigma));
    setup();
    lie(20.0, turning, STANDSTILL_WHEELS, 0.003f, 0.03f);
    lie(1.5, still, STANDSTILL_WHEELS, 0.003f, 0.03f);
    lie(1.0, still, STANDSTILL_NOBODY, 0.003f, 0.03f);
    ck_assert(!is_known(bias, &sigma));
    lie(8.0, still, STANDSTILL_WHEELS, 0.003f, 0.03f);
    ck_assert(is_known(bias, &sigma));
    ck_assert_float_eq_tol(bias[2], gyro_off[2], 0.002f);
}
END_TEST

START_TEST (what_turns_faster_than_a_gyro_is_off_is_turned) {
    const float turning[3] = {0.0f, 0.0f, 0.4f};
    float bias[3], sigma;
    lie(20.0, turning, STANDSTILL_WHEELS, 0.003f, 0.03f);
    ck_assert(!is_known(bias, &sigma));
}
END_TEST

/* One sigma is one: rests with much noise, as of an engine that idles, and just two blocks. */
START_TEST (sigma_says_how_well_it_is_known) {
    enum { RUNS = 60 };
    double sum = 0.0;
    for (int k = 0; k < RUNS; k++) {
        float bias[3], sigma;
        standstill_forget(&watch);
        do
            lie(2.0, still, STANDSTILL_WHEELS, 0.02f, 0.2f);
        while (!is_known(bias, &sigma));
        for (int i = 0; i < 3; i++)
            sum += pow((double)(bias[i] - gyro_off[i]) / (double)sigma, 2.0) / (3.0 * RUNS);
    }
    ck_assert_double_lt(sum, 1.2);
}
END_TEST

START_TEST (it_is_forgotten_with_time) {
    float bias[3], sigma, later;
    lie(10.0, still, STANDSTILL_WHEELS, 0.002f, 0.02f);
    ck_assert(is_known(bias, &sigma));
    now_ns += INT64_C(300) * 1000000000;
    ck_assert(is_known(bias, &later));
    ck_assert_float_lt(sigma, 0.001f);
    ck_assert_float_gt(later, 0.003f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("standstill");
    tcase_add_checked_fixture(cases, setup, NULL);
    tcase_add_test(cases, wheels_that_stand_teach_the_bias);
    tcase_add_test(cases, by_a_receiver_it_takes_longer_and_must_be_quiet);
    tcase_add_test(cases, a_quiet_crawl_is_no_rest);
    tcase_add_test(cases, samples_alone_are_no_rest);
    tcase_add_test(cases, a_turntable_that_stops_is_noticed);
    tcase_add_test(cases, what_turns_faster_than_a_gyro_is_off_is_turned);
    tcase_add_test(cases, sigma_says_how_well_it_is_known);
    tcase_add_test(cases, it_is_forgotten_with_time);
    return run_cases("standstill", cases);
}
