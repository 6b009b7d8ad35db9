/*
 * Statistics of errors over time, against signals whose parameters are known.
 */
#include "sim/rng.h"
#include "sim/series.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { COUNT = 20000 };

static double t[COUNT], value[COUNT];

/* White noise on a Gauss-Markov process on a constant, ten a second. */
static series make(double white, double sigma, double tau_s, double constant, uint64_t seed)
{
    rng r = rng_seed(seed, 1);
    drift d = drift_start(&r, sigma, tau_s);
    for (int i = 0; i < COUNT; i++) {
        t[i] = 0.1 * i;
        value[i] = constant + rng_normal(&r, white) + (sigma > 0 ? drift_next(&d, &r, 0.1) : 0);
    }
    return (series){t, value, COUNT};
}

static void ck_near(const char *what, double is, double should, double share)
{
    ck_assert_msg(fabs(is - should) <= share * fabs(should), "%s: %g, expected %g", what, is, should);
}

static const struct {
    double white, sigma, tau_s, constant;
} signals[] = {{0.2, 1, 10, 0}, {0.2, 1, 10, 50}, {1, 0.7, 5, -3}, {0.05, 2, 30, 1}};

/* Over 20 s to 60 s of correlation in 2000 s a tenth is what chance does to sigma, a third to tau. */
START_TEST (parts_come_apart) {
    double sigma, tau;
    series x = make(signals[_i].white, signals[_i].sigma, signals[_i].tau_s, signals[_i].constant, 3);
    double white = series_white(&x);
    /* The lasting part changes from value to value, too: by sigma^2 step / tau. */
    double leak = signals[_i].sigma * sqrt(0.1 / signals[_i].tau_s);
    ck_assert_msg(fabs(white - signals[_i].white) < 0.1 * signals[_i].white + 0.3 * leak, "white %g", white);
    series_lasting(&x, white, &sigma, &tau);
    ck_near("sigma", sigma, signals[_i].sigma, 0.25);
    ck_near("tau", tau, signals[_i].tau_s, 0.45);
    ck_near("mean", series_mean(&x) + 10, signals[_i].constant + 10, 0.15);
    double variance = signals[_i].white * signals[_i].white + signals[_i].sigma * signals[_i].sigma;
    ck_near("deviation", series_deviation(&x), sqrt(variance), 0.2);
}
END_TEST

START_TEST (correlation_and_memory) {
    series x = make(0, 1, 4, 5, 8);
    ck_near("at 1 s", series_correlation(&x, 1), exp(-0.25), 0.05);
    ck_near("memory", series_memory(&x), 4, 0.3);
    ck_near("structure", series_structure(&x, 2), 1 - exp(-0.5), 0.25);
    x = make(1, 0, 1, 0, 8);
    ck_assert_double_lt(fabs(series_correlation(&x, 1)), 0.03);
    ck_assert_double_lt(series_memory(&x), 0.1);
}
END_TEST

START_TEST (tails) {
    series x = make(2, 0, 1, 7, 4);
    ck_near("kurtosis", series_kurtosis(&x), 3, 0.05);
    ck_assert_double_lt(fabs(series_beyond(&x, 3) - 0.0027), 0.0015);
    for (int i = 0; i < COUNT; i += 50) /* 2 % outliers */
        value[i] += 30;
    ck_assert_double_gt(series_kurtosis(&x), 6);
    ck_assert_double_lt(fabs(series_beyond(&x, 3) - 0.022), 0.003);
}
END_TEST

/* White noise on a smooth motion with gaps and leaps. */
START_TEST (roughness) {
    series x = make(0.3, 0, 1, 0, 5);
    double gone = 0;
    for (int i = 0; i < COUNT; i++) {
        gone += i % 100 == 0 ? 3 : 0;
        t[i] += gone;
        value[i] += 20 * sin(0.5 * t[i]) + (i % 1000 == 0 ? 50 : 0);
    }
    ck_near("rough", series_rough(&x), 0.3, 0.05);
    ck_near("step", series_step(&x), 0.1, 1e-6);
}
END_TEST

START_TEST (quanta) {
    series x = make(1, 2, 10, 0, 6);
    ck_assert(isnan(series_quantum(&x)));
    for (int i = 0; i < COUNT; i++)
        value[i] = round(value[i] / 0.0156) * 0.0156;
    ck_near("quantum", series_quantum(&x), 0.0156, 1e-3);
}
END_TEST

/* A shift of a motion that speeds up and slows down, and one that does not. */
static double swing = 3;
static double off_by(void *context, double shift_s)
{
    double sum = 0;
    rng r = rng_seed(9, 9);
    (void)context;
    for (int i = 0; i < 2000; i++) {
        double at = 0.05 * i, seen = swing * sin(0.3 * (at - 0.123)) + rng_normal(&r, 0.1);
        sum += pow(seen - swing * sin(0.3 * (at - shift_s)), 2);
    }
    return sum;
}

START_TEST (shifts) {
    swing = 3;
    ck_assert_double_lt(fabs(series_shift(off_by, NULL, 0, 0.5) - 0.123), 0.01);
    swing = 0.01;
    ck_assert(isnan(series_shift(off_by, NULL, 0, 0.5)));
}
END_TEST

START_TEST (too_little) {
    series none = {t, value, 0}, few = {t, value, 3};
    double sigma, tau;
    ck_assert(isnan(series_mean(&none)) && isnan(series_deviation(&none)) && isnan(series_step(&none)));
    ck_assert(isnan(series_kurtosis(&few)) && isnan(series_beyond(&few, 3)) && isnan(series_memory(&few)));
    ck_assert(isnan(series_white(&few)) && isnan(series_structure(&few, 0.1)));
    ck_assert(isnan(series_rough(&few)) && isnan(series_quantum(&few)) && isnan(series_correlation(&few, 1)));
    series_lasting(&few, 0.1, &sigma, &tau);
    ck_assert(isnan(sigma) && isnan(tau));
    double numbers[] = {3, 1, 2, 4};
    ck_near("median", series_median(numbers, 4), 2.5, 1e-12);
    ck_assert(isnan(series_median(numbers, 0)));
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("series");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, parts_come_apart, 0, sizeof signals / sizeof *signals);
    tcase_add_test(c, correlation_and_memory);
    tcase_add_test(c, tails);
    tcase_add_test(c, roughness);
    tcase_add_test(c, quanta);
    tcase_add_test(c, shifts);
    tcase_add_test(c, too_little);
    return run_cases("series", c);
}
