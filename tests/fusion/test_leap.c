/* What says one thing and then another has leapt; what has held a value, or begins to move, has not. */
#include "fusion/motion/leap.h"
#include "tests/draws.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static const leap_limits speeds = {.near_s = 0.06, .least = 0.1, .least_sigma = 0.01, .most_slope = 12.0};

typedef double speed_of(double t_s);

typedef struct {
    int leaps, doubts; /* samples at which one was found, or may have begun */
    double doubted_s;  /* the first of these */
    leap_found last;
} found;

/* Four seconds at 50 Hz. */
static found run(speed_of *speed, double sigma, uint64_t seed)
{
    found f = {0};
    leap_watch w;
    leap_reset(&w);
    for (int k = 0; k < 200; k++) {
        const double t_s = k / 50.0;
        f.leaps +=
            leap_take(&w, &speeds, llround(t_s * 1e9) + 1, speed(t_s) + draw_noise(&seed, sigma), &f.last);
        if (leap_may_begin(&w, &speeds) && f.doubts++ == 0)
            f.doubted_s = t_s;
    }
    return f;
}

static double driven(double t_s)
{
    return 15.0 + 2.0 * t_s;
}

static double slips(double t_s)
{
    return driven(t_s) * (t_s > 1.999 ? 1.2 : 1.0);
}

/* As hard as tyres do, all at once. */
static double brakes(double t_s)
{
    return 25.0 - 11.0 * fmin(fmax(t_s - 1.5, 0.0), 2.0);
}

/* A bus that repeats a speed for a quarter of a second, of a vehicle that brakes. */
static double repeated(double t_s)
{
    return 20.0 - 3.0 * (floor(t_s / 0.25 + 1e-9) * 0.25);
}

static double spike(double t_s)
{
    return driven(t_s) + (t_s > 1.999 && t_s < 2.05 ? 3.0 : 0.0);
}

START_TEST (a_leap_is_found_and_doubted_at_once) {
    for (uint64_t seed = 1; seed <= 50; seed++) {
        const found f = run(slips, 0.03, seed);
        ck_assert_int_eq(f.leaps, 1);
        ck_assert_double_eq_tol(f.last.by, 0.2 * driven(2.0), 0.15);
        ck_assert_double_eq_tol(f.last.before, driven(2.0), 0.15);
        ck_assert_double_lt(f.last.sigma, 0.1);
        ck_assert_double_eq_tol(f.doubted_s, 2.0, 1e-6);
    }
}
END_TEST

START_TEST (a_vehicle_has_none) {
    static speed_of *const of[] = {driven, brakes, repeated, spike};
    for (uint64_t seed = 1; seed <= 50; seed++)
        ck_assert_int_eq(run(of[_i], of[_i] == repeated ? 0.0 : 0.03, seed).leaps, 0);
}
END_TEST

/* Chance alone is not doubted: each doubt costs some samples. */
START_TEST (noise_is_rarely_doubted) {
    int doubts = 0;
    for (uint64_t seed = 1; seed <= 100; seed++)
        doubts += run(driven, 0.03, seed).doubts;
    ck_assert_int_lt(doubts, 20); /* of 20,000 samples */
}
END_TEST

/* A clock that is set between its samples hides no leap. */
START_TEST (a_clock_that_is_set_hides_none) {
    const int64_t hour_ns = INT64_C(3600000000000);
    leap_watch w;
    leap_found last;
    int leaps = 0;
    leap_reset(&w);
    for (int k = 0; k < 200; k++) {
        const int64_t stamp_ns = llround(k * 2e7) + 1 + (k >= 98 ? hour_ns : 0);
        if (k == 98)
            leap_shift(&w, hour_ns);
        leaps += leap_take(&w, &speeds, stamp_ns, slips(k / 50.0), &last);
    }
    ck_assert_int_eq(leaps, 1);
    ck_assert_double_lt(last.since_s, 1.0);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("leap");
    tcase_add_test(tests, a_leap_is_found_and_doubted_at_once);
    tcase_add_loop_test(tests, a_vehicle_has_none, 0, 4);
    tcase_add_test(tests, noise_is_rarely_doubted);
    tcase_add_test(tests, a_clock_that_is_set_hides_none);
    return run_cases("leap", tests);
}
