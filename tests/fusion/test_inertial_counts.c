/* What the samples of an IMU tell of it by themselves, in numbers: how much is noise, how often is too often.
 */
#include "fusion/inertial/inertial_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

typedef struct {
    imu_settings set;
    inertial_watch watch;
    frame in;
    double t_s;
} bench;

static void start(bench *b)
{
    static settings s;
    memset(b, 0, sizeof *b);
    settings_default(&s);
    b->set = settings_add_source(&s, "imu/box")->of.imu;
    b->in.kind = FRAME_IMU;
    b->t_s = 1.0;
}

/* ---- gyro and accelerometer by turns to one side and to the other of these, each that many
 * seconds after the one before */

static void swing(bench *b, double dt_s, int samples, float gyro_radps, float accel_mps2)
{
    for (int i = 0; i < samples; i++) {
        b->t_s += dt_s;
        b->in.stamp_ns = llround(b->t_s * 1e9);
        for (int k = 0; k < 3; k++) {
            b->in.u.imu.gyro_radps[k] = i % 2 ? gyro_radps : -gyro_radps;
            b->in.u.imu.accel_mps2[k] = i % 2 ? accel_mps2 : -accel_mps2;
        }
        inertial_watch_take(&b->watch, &b->set, &b->in, true);
    }
}

/* Of the noise of the settings, white, a difference of samples has this factor in the mean. */
static float one_sigma(double noise, double dt_s, double factor)
{
    return (float)(noise / sqrt(dt_s) * factor);
}

/* Second differences are four times what they swing by: sqrt(6) sqrt(2 / pi) = 1.9544 of one sigma. Over 0.3
 * s 1 - (1 - 1/30)^30 = 0.6383 of it are reached; no sample counts for more than 20. */
START_TEST (scatter_of_samples_that_are_near) {
    static const float times[] = {8.0f, 40.0f}, reached[] = {0.6383f * 8.0f, 0.6383f * 20.0f};
    for (int i = 0; i < 2; i++) {
        bench b;
        start(&b);
        swing(&b, 0.01, 32, 0.25f * times[i] * one_sigma(b.set.gyro_noise_radps_rthz, 0.01, 1.9544),
              0.125f * times[i] * one_sigma(b.set.accel_noise_mps2_rthz, 0.01, 1.9544));
        ck_assert(!b.watch.far);
        ck_assert_float_eq_tol(inertial_watch_scatter(&b.watch, 0), reached[i], 0.01f);
        if (i == 0)
            ck_assert_float_eq_tol(inertial_watch_scatter(&b.watch, 1), 0.5f * reached[i], 0.01f);
    }
}
END_TEST

/* Far apart it is first differences, sqrt(2) sqrt(2 / pi) = 1.1284, over 2 s, and none is too large. */
START_TEST (scatter_of_samples_that_are_far_apart) {
    bench b;
    start(&b);
    swing(&b, 0.1, 21, 0.5f * 40.0f * one_sigma(b.set.gyro_noise_radps_rthz, 0.1, 1.1284), 0.0f);
    ck_assert(b.watch.far);
    ck_assert_float_eq_tol(inertial_watch_scatter(&b.watch, 0), 40.0f * (1.0f - powf(0.95f, 20.0f)), 0.05f);
    ck_assert_float_eq(inertial_watch_scatter(&b.watch, 1), 1.0f); /* at least: nothing changed */
    const float before = b.watch.scatter[0];
    swing(&b, 0.5, 1, 100.0f, 100.0f); /* one was lost */
    ck_assert_float_eq(b.watch.scatter[0], before);
}
END_TEST

/* Near is below 0.05 s, far up to 0.5 s, and beyond that samples are not compared. */
START_TEST (how_far_is_far) {
    static const struct {
        double dt_s;
        bool far, compared;
    } rows[] = {{0.03, false, true}, {0.049, false, true}, {0.05, true, true}, {0.3, true, true},
                {0.499, true, true}, {0.5, false, false},  {0.7, false, false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        start(&b);
        swing(&b, rows[i].dt_s, 11, 1.0f, 1.0f);
        ck_assert_msg(b.watch.far == rows[i].far, "%g s", rows[i].dt_s);
        ck_assert_int_eq(b.watch.held, rows[i].dt_s < 0.05 ? 2 : 1); /* how many are near each other */
        ck_assert_msg((b.watch.scatter[0] > 0.0f) == rows[i].compared, "%g s", rows[i].dt_s);
    }
}
END_TEST

/* Of a sensor that is fast none is compared over a gap, and the first two after it with none before. */
START_TEST (a_gap_is_not_compared) {
    bench b;
    start(&b);
    swing(&b, 0.01, 30, 0.0f, 0.0f);
    swing(&b, 0.2, 1, 100.0f, 100.0f);
    ck_assert(!b.watch.far);
    swing(&b, 0.01, 1, 50.0f, 50.0f);
    ck_assert_float_eq(b.watch.scatter[0], 0.0f);
    swing(&b, 0.01, 1, 20.0f, 20.0f);
    ck_assert_float_gt(b.watch.scatter[0], 0.0f);
    swing(&b, 0.0, 1, 20.0f, 20.0f); /* twice at one time is no pair */
    ck_assert_int_eq(b.watch.held, 1);
}
END_TEST

/* ---- what is too much: 15 times for a gyro, 6 for an accelerometer, the middle one of three axes */

static bool noisy(float gyro, float accel, bool far, float *factor, float *limit)
{
    inertial_watch w = {.scatter = {gyro, 0.1f, 99.0f, 99.0f, accel, 0.1f}, .far = far};
    return inertial_watch_is_noisy(&w, factor, limit);
}

START_TEST (the_limits_of_noise) {
    static const struct {
        float gyro, accel;
        bool far, noisy;
        float factor, limit;
    } rows[] = {
        {15.0f, 5.9f, false, false, 15.0f, 15.0f}, {15.1f, 5.9f, false, true, 15.1f, 15.0f},
        {14.0f, 6.0f, false, false, 6.0f, 6.0f},   {14.0f, 6.1f, false, true, 6.1f, 6.0f},
        {20.0f, 1.0f, true, false, 20.0f, 15.0f},  {0.1f, 0.1f, false, false, 1.0f, 6.0f},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        float factor, limit;
        ck_assert_msg(noisy(rows[i].gyro, rows[i].accel, rows[i].far, &factor, &limit) == rows[i].noisy,
                      "row %zu", i);
        ck_assert_float_eq(factor, rows[i].factor);
        ck_assert_float_eq(limit, rows[i].limit);
    }
}
END_TEST

START_TEST (the_middle_axis_counts) {
    static const float orders[][3] = {{2, 5, 9}, {2, 9, 5}, {5, 2, 9}, {5, 9, 2}, {9, 2, 5}, {9, 5, 2}};
    for (int i = 0; i < 6; i++) {
        inertial_watch w = {.scatter = {orders[i][0], orders[i][1], orders[i][2]}};
        ck_assert_float_eq(inertial_watch_scatter(&w, 0), 5.0f);
        ck_assert_float_eq(inertial_watch_scatter(&w, 1), 1.0f);
    }
}
END_TEST

/* ---- an axis that hangs, sample by sample; the others never say the same twice */

static void say(bench *b, int samples, bool changes, float value, bool moves)
{
    for (int i = 0; i < samples; i++) {
        b->t_s += 0.01;
        b->in.stamp_ns = llround(b->t_s * 1e9);
        for (int k = 0; k < 3; k++)
            b->in.u.imu.gyro_radps[k] = b->in.u.imu.accel_mps2[k] = (float)(2.0 + b->t_s);
        b->in.u.imu.gyro_radps[2] = changes ? (float)(2.0 + b->t_s) : value;
        inertial_watch_take(&b->watch, &b->set, &b->in, moves);
    }
}

/* The same 15 times after the first, once 200 changes are known; the first sample is none. */
START_TEST (a_hang_is_counted) {
    bench b;
    start(&b);
    say(&b, 201, true, 0.0f, true);
    say(&b, 14, false, b.in.u.imu.gyro_radps[2], true);
    ck_assert(!inertial_watch_hangs(&b.watch));
    say(&b, 5, false, b.in.u.imu.gyro_radps[2], false); /* at rest nothing counts */
    ck_assert(!inertial_watch_hangs(&b.watch));
    say(&b, 1, false, b.in.u.imu.gyro_radps[2], true);
    ck_assert(inertial_watch_hangs(&b.watch));
    say(&b, 1, true, 0.0f, true);
    ck_assert(!inertial_watch_hangs(&b.watch));
    start(&b);
    say(&b, 200, true, 0.0f, true);
    say(&b, 100, false, b.in.u.imu.gyro_radps[2], true);
    ck_assert(!inertial_watch_hangs(&b.watch)); /* 199: too little is known of it */
    start(&b);
    say(&b, 400, true, 0.0f, false); /* at rest nothing is learned */
    say(&b, 100, false, b.in.u.imu.gyro_radps[2], true);
    ck_assert(!inertial_watch_hangs(&b.watch));
}
END_TEST

/* Ten times as often as ever before: what ended by itself, and was no hang. */
START_TEST (habits_are_counted) {
    bench b;
    start(&b);
    say(&b, 201, true, 0.0f, true);
    say(&b, 20, false, 1.0f, true); /* 1 and then 19 times the same: a hang is no habit */
    ck_assert(inertial_watch_hangs(&b.watch));
    say(&b, 1, true, 0.0f, true);
    say(&b, 16, false, 1.0f, true);
    ck_assert(inertial_watch_hangs(&b.watch));
    say(&b, 1, true, 0.0f, true);
    say(&b, 4, false, 1.0f, true); /* 3 times */
    say(&b, 1, true, 0.0f, true);
    say(&b, 3, false, 1.0f, true); /* 2: the most counts */
    say(&b, 1, true, 0.0f, true);
    say(&b, 30, false, 1.0f, true);
    ck_assert(!inertial_watch_hangs(&b.watch));
    say(&b, 1, false, 1.0f, true);
    ck_assert(inertial_watch_hangs(&b.watch));
    say(&b, 1, true, 0.0f, true);
    say(&b, 100, false, 0.0f, true); /* nothing but 0: it is not there */
    ck_assert(!inertial_watch_hangs(&b.watch));
}
END_TEST

/* ---- gravity, smoothed over 1 s; after a second or more the new sample is all that is known */

START_TEST (gravity_in_numbers) {
    inertial_watch w = {0};
    ck_assert(inertial_watch_stands(&w, 1000000000, 12.0f));
    ck_assert(inertial_watch_stands(&w, 1700000000, 0.0f)); /* 0.7 of it is gone: 3.6 */
    ck_assert_float_eq_tol(w.up_mps2, 3.6f, 1e-4f);
    ck_assert(!inertial_watch_stands(&w, 1800000000, 0.0f)); /* 3.24, below 3.3 */
    ck_assert(!inertial_watch_stands(&w, 1800000000, NAN));  /* as it was */
    ck_assert(inertial_watch_stands(&w, 6800000000, 4.0f));
    ck_assert_float_eq(w.up_mps2, 4.0f);
    ck_assert(inertial_watch_stands(&w, 6700000000, -9.8f)); /* one that is older says nothing */
    ck_assert(!inertial_watch_stands(&w, 16800000000, 2.0f));
    ck_assert(inertial_watch_stands(&w, 26800000000, 3.3f));
    ck_assert(inertial_watch_stands(&w, 26900000000, NAN));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("counts");
    tcase_add_test(cases, scatter_of_samples_that_are_near);
    tcase_add_test(cases, scatter_of_samples_that_are_far_apart);
    tcase_add_test(cases, how_far_is_far);
    tcase_add_test(cases, a_gap_is_not_compared);
    tcase_add_test(cases, the_limits_of_noise);
    tcase_add_test(cases, the_middle_axis_counts);
    tcase_add_test(cases, a_hang_is_counted);
    tcase_add_test(cases, habits_are_counted);
    tcase_add_test(cases, gravity_in_numbers);
    return run_cases("inertial counts", cases);
}
