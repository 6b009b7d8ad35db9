/* What the samples of an IMU tell of it by themselves: noise, and an axis that hangs. */
#include "fusion/inertial/inertial_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

static const double rate_hz = 100.0;
static uint32_t random_state;

static double uniform(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return ((double)(random_state >> 8) + 0.5) / 16777216.0;
}

static double normal(void)
{
    return sqrt(-2.0 * log(uniform())) * cos(6.283185307179586 * uniform());
}

typedef struct {
    imu_settings set;
    inertial_watch watch;
    frame in;
    double t_s;
} bench;

static void start(bench *b, uint32_t seed)
{
    static settings s;
    memset(b, 0, sizeof *b);
    settings_default(&s);
    const source_settings *imu = settings_add_source(&s, "imu/box");
    ck_assert_ptr_nonnull(imu);
    b->set = imu->of.imu;
    b->in.kind = FRAME_IMU;
    random_state = seed;
}

/* A vehicle that weaves and bounces, with this many times the noise of the settings. */
static void sample(bench *b, double times)
{
    double root = sqrt(rate_hz) * times, t = b->t_s;
    float *w = b->in.u.imu.gyro_radps, *f = b->in.u.imu.accel_mps2;
    for (int i = 0; i < 3; i++) {
        w[i] = (float)(0.3 * sin(1.5 * t + i) + b->set.gyro_noise_radps_rthz * root * normal());
        f[i] = (float)((i == 2 ? 9.8 : 0.0) + 2.0 * sin(4.0 * t + i) +
                       b->set.accel_noise_mps2_rthz * root * normal());
    }
    b->in.stamp_ns = llround(t * 1e9);
    b->t_s += 1.0 / rate_hz;
}

static void run(bench *b, double seconds, double times)
{
    for (double until = b->t_s + seconds; b->t_s < until;) {
        sample(b, times);
        inertial_watch_take(&b->watch, &b->set, &b->in, true);
    }
}

static bool is_noisy(const bench *b, float *factor)
{
    float limit;
    return inertial_watch_is_noisy(&b->watch, factor, &limit);
}

START_TEST (noise_is_measured) {
    static const struct {
        double times;
        bool noisy;
    } rows[] = {{0.1, false}, {1.0, false}, {3.0, false}, {10.0, true}};
    for (uint32_t seed = 1; seed <= 20; seed++) {
        bench b;
        float factor;
        start(&b, seed);
        run(&b, 3.0, 1.0);
        run(&b, 1.5, rows[_i].times);
        ck_assert_msg(is_noisy(&b, &factor) == rows[_i].noisy, "%g times, seed %u: %g", rows[_i].times, seed,
                      factor);
        if (rows[_i].times >= 3.0)
            ck_assert(factor > 0.6 * rows[_i].times && factor < 1.5 * rows[_i].times);
    }
}
END_TEST

/* A pothole is a few samples; a road that shakes up and down, one axis. */
START_TEST (road_is_no_noise) {
    bench b;
    float factor;
    start(&b, 7);
    run(&b, 3.0, 1.0);
    for (int i = 0; i < 4; i++) {
        sample(&b, 1.0);
        for (int k = 0; k < 3; k++)
            b.in.u.imu.accel_mps2[k] += i % 2 ? 30.0f : -30.0f;
        inertial_watch_take(&b.watch, &b.set, &b.in, true);
        ck_assert(!is_noisy(&b, &factor));
    }
    for (int i = 0; i < 300; i++) {
        sample(&b, 1.0);
        b.in.u.imu.accel_mps2[2] += (float)(4.0 * normal());
        inertial_watch_take(&b.watch, &b.set, &b.in, true);
    }
    ck_assert(!is_noisy(&b, &factor));
}
END_TEST

/* What the vehicle does between samples that are far apart is no noise of theirs. */
START_TEST (gaps) {
    bench b;
    float factor;
    start(&b, 9);
    for (int i = 0; i < 200; i++) {
        sample(&b, 1.0);
        b.in.u.imu.accel_mps2[0] = b.in.u.imu.accel_mps2[1] = i % 2 ? 5.0f : -5.0f;
        b.t_s += 0.1;
        inertial_watch_take(&b.watch, &b.set, &b.in, true);
    }
    ck_assert(!is_noisy(&b, &factor));
}
END_TEST

/* From here on the rate is cut off at `most`. */
static double seconds_until_hang(bench *b, float most, bool moves)
{
    double from = b->t_s;
    while (b->t_s < from + 10.0) {
        sample(b, 1.0);
        float *w = &b->in.u.imu.gyro_radps[2];
        *w = fmaxf(fminf(*w, most), -most);
        inertial_watch_take(&b->watch, &b->set, &b->in, moves);
        if (inertial_watch_hangs(&b->watch))
            return b->t_s - from;
    }
    return INFINITY;
}

START_TEST (axis_hangs) {
    bench b;
    start(&b, 3);
    run(&b, 10.0, 1.0);
    ck_assert(!inertial_watch_hangs(&b.watch));
    ck_assert_double_lt(seconds_until_hang(&b, 0.1f, true), 4.5);
    start(&b, 3);
    run(&b, 10.0, 1.0);
    ck_assert(isinf(seconds_until_hang(&b, 0.1f, false))); /* a vehicle that rests says the same again */
    start(&b, 3);
    run(&b, 10.0, 1.0);
    ck_assert(isinf(seconds_until_hang(&b, 10.0f, true)));
}
END_TEST

/* A sensor of coarse steps repeats itself all the time, one that hangs as a whole is FROZEN, an axis that is
 * not there is 0 or not a number. */
START_TEST (habits) {
    bench b;
    start(&b, 5);
    for (int i = 0; i < 6000; i++) {
        sample(&b, 1.0);
        for (int k = 0; k < 3; k++)
            b.in.u.imu.gyro_radps[k] = roundf(b.in.u.imu.gyro_radps[k] / 0.05f) * 0.05f;
        b.in.u.imu.accel_mps2[0] = 0.0f;
        b.in.u.imu.accel_mps2[1] = NAN;
        inertial_watch_take(&b.watch, &b.set, &b.in, true);
        ck_assert_msg(!inertial_watch_hangs(&b.watch), "at %g s", b.t_s);
    }
    for (int i = 0; i < 200; i++) {
        b.in.stamp_ns += 10000000;
        inertial_watch_take(&b.watch, &b.set, &b.in, true);
    }
    ck_assert(!inertial_watch_hangs(&b.watch));
}
END_TEST

/* What is felt upwards, from `start_mps2` on; the time after which it is no vehicle on a road, s. */
static double seconds_until_fallen(float start_mps2, float then_mps2, double most_s)
{
    inertial_watch w = {0};
    for (int64_t ns = 0; ns < 2000000000; ns += 10000000)
        if (!inertial_watch_stands(&w, ns, start_mps2))
            return 0.0;
    for (int64_t ns = 2000000000; ns < 2000000000 + (int64_t)(most_s * 1e9); ns += 10000000) {
        if (!inertial_watch_stands(&w, ns, then_mps2))
            return (double)(ns - 2000000000) * 1e-9;
    }
    return INFINITY;
}

START_TEST (gravity_is_felt_upwards) {
    ck_assert(isinf(seconds_until_fallen(9.8f, 4.0f, 60.0)));          /* the worst road */
    ck_assert(isinf(seconds_until_fallen(9.8f, 0.0f, 0.5)));           /* a crest */
    ck_assert_double_lt(seconds_until_fallen(9.8f, -9.8f, 60.0), 0.5); /* turned over */
    /* on its side: 9.8 0.99^n is below 3.3 from the 109th sample on, and the first comes at 0 s */
    ck_assert_double_eq_tol(seconds_until_fallen(9.8f, 0.0f, 60.0), 1.08, 1e-6);
    ck_assert_double_eq(seconds_until_fallen(-9.8f, -9.8f, 60.0), 0.0);
    ck_assert_double_eq(seconds_until_fallen(0.1f, 0.1f, 60.0), 0.0); /* gravity taken off */
    ck_assert(isinf(seconds_until_fallen(NAN, NAN, 60.0)));           /* a gyro alone */
}
END_TEST

/* Ten samples a second that each have this many times the noise of the settings. */
static void run_slowly(bench *b, double seconds, double times)
{
    const double dt_s = 0.1, root = times / sqrt(dt_s);
    for (double until = b->t_s + seconds; b->t_s < until; b->t_s += dt_s) {
        for (int i = 0; i < 3; i++) {
            b->in.u.imu.gyro_radps[i] = (float)(b->set.gyro_noise_radps_rthz * root * normal());
            b->in.u.imu.accel_mps2[i] =
                (float)((i == 2 ? 9.8 : 0.0) + b->set.accel_noise_mps2_rthz * root * normal());
        }
        b->in.stamp_ns = llround(b->t_s * 1e9);
        inertial_watch_take(&b->watch, &b->set, &b->in, true);
    }
}

START_TEST (samples_that_come_far_apart) {
    bench b;
    float factor, limit;
    start(&b, (uint32_t)_i + 1);
    run_slowly(&b, 30.0, 20.0);
    ck_assert(b.watch.far);
    ck_assert_float_eq_tol(inertial_watch_scatter(&b.watch, 0), 20.0f, 8.0f);
    ck_assert_float_eq_tol(inertial_watch_scatter(&b.watch, 1), 20.0f, 8.0f);
    ck_assert(!inertial_watch_is_noisy(&b.watch, &factor, &limit));
    run(&b, 5.0, 1.0);
    ck_assert(!b.watch.far);
    ck_assert_float_lt(inertial_watch_scatter(&b.watch, 1), 3.0f);
}
END_TEST

/* One that is lost does not make them so. */
START_TEST (a_gap_is_no_slow_sensor) {
    bench b;
    start(&b, 7);
    run(&b, 5.0, 1.0);
    b.t_s += 0.2;
    run(&b, 0.1, 1.0);
    ck_assert(!b.watch.far);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("inertial watch");
    tcase_add_loop_test(cases, noise_is_measured, 0, 4);
    tcase_add_test(cases, road_is_no_noise);
    tcase_add_test(cases, gaps);
    tcase_add_test(cases, axis_hangs);
    tcase_add_test(cases, habits);
    tcase_add_test(cases, gravity_is_felt_upwards);
    tcase_add_loop_test(cases, samples_that_come_far_apart, 0, 3);
    tcase_add_test(cases, a_gap_is_no_slow_sensor);
    return run_cases("inertial watch", cases);
}
