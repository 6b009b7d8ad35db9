/*
 * Tests of difference against published examples, against one another, and of no difference at all.
 */
#include "campaign/hypothesis.h"
#include "sim/rng.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static bool near(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance;
}

START_TEST (signs) {
    ck_assert(near(test_signs(9, 1), 22.0 / 1024,
                   1e-12)); /* Conover 1999, section 3.4: (1 + 10) 2^-10, both sides */
    ck_assert(test_signs(5, 5) == 1 && test_signs(0, 0) == 1);
    ck_assert(near(test_signs(0, 20), 2 * pow(0.5, 20), 1e-15));
    ck_assert(test_signs(400, 100) < 1e-40);
}
END_TEST

/* Fisher's lady tasting tea, 1935: 3 of 4 right, p = 0.4857; all right, p = 2/70. */
START_TEST (shares) {
    ck_assert(near(test_shares(3, 4, 1, 4), 0.485714, 1e-6));
    ck_assert(near(test_shares(4, 4, 0, 4), 2.0 / 70, 1e-9));
    ck_assert(near(test_shares(5, 10, 50, 100), 1, 1e-9));
    ck_assert(near(test_shares(0, 10, 0, 7), 1, 1e-9));
    ck_assert(test_shares(4000, 5000, 3500, 5000) < 1e-20);
}
END_TEST

/* Wilcoxon 1945, Darwin's plants: 15 differences, rank sum 24 of the negative ones, two-sided p = 0.0413. */
START_TEST (signed_ranks) {
    const double darwin[] = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};
    double p, effect;
    ck_assert(test_signed_ranks(darwin, 15, &p, &effect));
    ck_assert_msg(near(p, 0.0413, 5e-4), "%g", p);
    ck_assert(near(effect, (96.0 - 24.0) / 120, 1e-12));
    /* All of one sign: 2 / 2^n; zeros do not count. */
    const double up[] = {1, 1, 2, 0, 3, 0};
    ck_assert(test_signed_ranks(up, 6, &p, &effect) && near(p, 2.0 / 16, 1e-12) && effect == 1);
    ck_assert(test_signed_ranks(up, 0, &p, &effect) && p == 1 && effect == 0);
}
END_TEST

/* Exact and normal agree where one gives way to the other. */
START_TEST (signed_ranks_of_many) {
    double d[61], p, exact, effect;
    for (int i = 0; i < 61; i++)
        d[i] = i == 60 ? 0.5 : (i % 3 == 0 ? -1 : 1) * (1.0 + i);
    ck_assert(test_signed_ranks(d, 60, &exact, &effect) && test_signed_ranks(d, 61, &p, &effect));
    ck_assert_msg(fabs(log(p / exact)) < 0.1, "%g %g", p, exact);
}
END_TEST

/* Where all differences are alike, ranks say what signs say: of 60 up and 40 down z = 2, p = 0.0455. */
START_TEST (signed_ranks_that_are_equal) {
    double d[100], p, effect;
    for (int i = 0; i < 100; i++)
        d[i] = i < 60 ? 3 : -3;
    ck_assert(test_signed_ranks(d, 100, &p, &effect));
    ck_assert_msg(near(p, 0.0455, 5e-4) && near(effect, 0.2, 1e-12), "%g %g", p, effect);
}
END_TEST

/* Mann and Whitney 1947: of 3 and 4 values without overlap the chance is 2 / 35. */
START_TEST (ranks) {
    const double low[] = {1, 2, 3}, high[] = {4, 5, 6, 7};
    double p, effect, many_a[100], many_b[100];
    ck_assert(test_ranks(low, 3, high, 4, &p, &effect) && near(p, 2.0 / 35, 6e-3) && effect == 1);
    ck_assert(test_ranks(high, 4, low, 3, &p, &effect) && effect == -1);
    ck_assert(test_ranks(low, 0, high, 4, &p, &effect) && isnan(p));
    rng r = rng_seed(5, 0);
    for (int i = 0; i < 100; i++) {
        many_a[i] = rng_normal(&r, 1);
        many_b[i] = rng_normal(&r, 1) + 1;
    }
    ck_assert(test_ranks(many_a, 100, many_b, 100, &p, &effect) && p < 1e-6 && effect > 0.3);
    ck_assert(test_ranks(many_a, 100, many_a, 100, &p, &effect) && p > 0.99 && near(effect, 0, 1e-12));
}
END_TEST

/* Fisher 1935, Darwin's plants: of 2^15 signs 1726 are as far: p = 0.0527. */
START_TEST (mean_difference) {
    const double darwin[] = {49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48};
    ck_assert_msg(near(test_mean_difference(darwin, 15), 1726.0 / 32768, 1e-9), "%g",
                  test_mean_difference(darwin, 15));
    ck_assert(test_mean_difference(darwin, 0) == 1);
    const double zeros[30] = {0};
    ck_assert(test_mean_difference(zeros, 30) == 1 && test_mean_difference(zeros, 3) == 1);
}
END_TEST

/* Welch, with numbers whose t and degrees follow by hand: means 3 and 6, variances of the means 0.5 and 1.0.
 */
START_TEST (means) {
    const double a[] = {1, 2, 3, 4, 5}, b[] = {6 - sqrt(2) * 2, 6 - sqrt(2), 6, 6 + sqrt(2), 6 + sqrt(2) * 2};
    ck_assert_msg(near(test_means(a, 5, b, 5), 0.0427, 3e-3), "%g", test_means(a, 5, b, 5));
    ck_assert(test_means(a, 5, a, 5) > 0.999 && isnan(test_means(a, 1, b, 5)));
}
END_TEST

START_TEST (holm) {
    double p[] = {0.01, NAN, 0.04, 0.03, 0.005}; /* Holm 1979: x 4, 3, 2, 1, never falling */
    ck_assert(holm_adjust(p, 5));
    ck_assert(near(p[4], 0.02, 1e-12) && near(p[0], 0.03, 1e-12) && near(p[3], 0.06, 1e-12) &&
              near(p[2], 0.06, 1e-12));
    ck_assert(isnan(p[1]));
}
END_TEST

/* Where nothing differs, 5 in 100 tests say that something does. */
START_TEST (no_difference) {
    rng r = rng_seed(2, 0);
    int found[3] = {0}, rounds = 2000;
    for (int round = 0; round < rounds; round++) {
        double a[30], b[30], d[30], p, effect;
        for (int i = 0; i < 30; i++) {
            a[i] = exp(rng_normal(&r, 1));
            b[i] = exp(rng_normal(&r, 1));
            d[i] = b[i] - a[i];
        }
        ck_assert(test_signed_ranks(d, 30, &p, &effect));
        found[0] += p < 0.05;
        ck_assert(test_ranks(a, 30, b, 30, &p, &effect));
        found[1] += p < 0.05;
        found[2] += test_mean_difference(d, 30) < 0.05;
    }
    for (int i = 0; i < 3; i++)
        ck_assert_msg(found[i] > 0.03 * rounds && found[i] < 0.065 * rounds, "test %d: %d of %d", i, found[i],
                      rounds);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, signs);
    tcase_add_test(c, shares);
    tcase_add_test(c, signed_ranks);
    tcase_add_test(c, signed_ranks_of_many);
    tcase_add_test(c, signed_ranks_that_are_equal);
    tcase_add_test(c, ranks);
    tcase_add_test(c, mean_difference);
    tcase_add_test(c, means);
    tcase_add_test(c, holm);
    tcase_add_test(c, no_difference);
    return run_cases("hypothesis", c);
}
