/*
 * Distributions, intervals and histograms against published values and against drawn numbers.
 */
#include "campaign/distributions.h"
#include "campaign/histogram.h"
#include "campaign/statistics.h"
#include "sim/rng.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool near(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance || (isnan(a) && isnan(b));
}

/* Abramowitz and Stegun 1964, tables 26.8 (chi-square), 26.10 (t), 26.5 (normal). */
START_TEST (quantiles_as_in_the_tables) {
    const struct {
        double share, degrees, chi2;
    } chi2[] = {{0.95, 1, 3.84146},   {0.95, 2, 5.99146},     {0.95, 10, 18.3070},   {0.95, 100, 124.342},
                {0.025, 10, 3.24697}, {0.975, 10, 20.4831},   {0.025, 100, 74.2219}, {0.975, 100, 129.561},
                {0.999, 2, 13.8155},  {0.005, 1, 3.92704e-5}, {0.5, 2, 1.386294}};
    for (size_t i = 0; i < sizeof chi2 / sizeof *chi2; i++)
        ck_assert_msg(near(chi2_quantile(chi2[i].share, chi2[i].degrees) / chi2[i].chi2, 1, 2e-5),
                      "row %zu: %g", i, chi2_quantile(chi2[i].share, chi2[i].degrees));
    const struct {
        double share, degrees, t;
    } t[] = {{0.975, 1, 12.706}, {0.975, 2, 4.303}, {0.975, 5, 2.571}, {0.975, 10, 2.228},
             {0.975, 30, 2.042}, {0.995, 4, 4.604}, {0.5, 7, 0},       {0.025, 120, -1.980}};
    for (size_t i = 0; i < sizeof t / sizeof *t; i++)
        ck_assert_msg(near(t_quantile(t[i].share, t[i].degrees), t[i].t, 6e-4), "row %zu", i);
    ck_assert(near(normal_quantile(0.975), 1.959963985, 1e-8));
    ck_assert(near(normal_quantile(1e-10), -6.361340902, 1e-8));
    ck_assert(near(binomial_cdf(2, 10, 0.5), 56.0 / 1024, 1e-12));
    ck_assert(near(binomial_cdf(0, 3, 0.2), 0.512, 1e-12));
    /* Many degrees, as a campaign of thousands of drives has. Wilson and Hilferty 1931 is good to 1e-6 here.
     */
    double d = 200000, cube = 1 - 2 / (9 * d) + 1.959963985 * sqrt(2 / (9 * d));
    ck_assert(near(chi2_quantile(0.975, d) / (d * cube * cube * cube), 1, 1e-6));
}
END_TEST

START_TEST (quantiles_fail_closed) {
    ck_assert(isnan(chi2_quantile(0, 1)) && isnan(chi2_quantile(1, 1)) && isnan(chi2_quantile(0.5, 0)));
    ck_assert(isnan(chi2_quantile(NAN, 1)) && isnan(chi2_quantile(0.5, NAN)));
    ck_assert(isnan(t_quantile(0.5, -1)) && isnan(normal_quantile(0)) && isnan(gamma_p(1, -1)));
    ck_assert(isnan(beta_i(2, 1, 1)) && isnan(beta_i(NAN, 1, 1)) && isnan(binomial_cdf(1, 2, NAN)));
}
END_TEST

/* Newcombe 1998, Statistics in Medicine 17, table I, method 3. */
START_TEST (wilson) {
    const struct {
        size_t happened, count;
        double low, high;
    } rows[] = {
        {81, 263, 0.2553, 0.3662}, {15, 148, 0.0624, 0.1605}, {0, 20, 0, 0.1611}, {1, 29, 0.0061, 0.1718}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        estimate e = share_wilson(rows[i].happened, rows[i].count);
        ck_assert_msg(near(e.low, rows[i].low, 6e-5) && near(e.high, rows[i].high, 6e-5), "row %zu: %g %g", i,
                      e.low, e.high);
    }
    ck_assert(isnan(share_wilson(0, 0).value));
    estimate all = share_wilson(20, 20);
    ck_assert(near(all.low, 1 - 0.1611, 6e-5) && near(all.high, 1, 1e-12));
}
END_TEST

/* Garwood 1936, table of limits at 95 %; Hanley and Lippman-Hand 1983. */
START_TEST (garwood) {
    const struct {
        size_t events;
        double low, high;
    } rows[] = {{1, 0.0253, 5.572},  {2, 0.2422, 7.225},   {5, 1.623, 11.668},
                {10, 4.795, 18.390}, {20, 12.217, 30.888}, {100, 81.36, 121.63}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        estimate e = rate_poisson(rows[i].events, 2);
        ck_assert_msg(near(2 * e.low / rows[i].low, 1, 2e-3) && near(2 * e.high / rows[i].high, 1, 1e-4),
                      "row %zu: %g %g", i, 2 * e.low, 2 * e.high);
    }
    estimate none = rate_poisson(0, 10);
    ck_assert(none.value == 0 && none.low == 0 && near(none.high, 0.29957, 1e-5));
    ck_assert(isnan(rate_poisson(0, 0).value) && isnan(rate_poisson(1, NAN).value));
}
END_TEST

START_TEST (of_nothing) {
    ck_assert(near(share_bound_of_none(100), 0.02951, 1e-5)); /* "3/n": 0.03 */
    ck_assert(near(share_bound_of_none(1), 0.95, 1e-12));
    estimate none = share_rare(0, 1000);
    ck_assert(none.low == 0 && near(none.high, 0.0029912, 1e-7));
    ck_assert(near(share_rare(1, 29).high, 0.1718, 6e-5));
    ck_assert(isnan(share_rare(0, 0).value));
}
END_TEST

START_TEST (dispersion) {
    const double even[] = {1, 1, 1, 1}, burst[] = {4, 0, 0, 0}, hours[] = {1, 1, 1, 1};
    ck_assert(near(rate_dispersion(even, hours, 4), 0, 1e-12));
    ck_assert(near(rate_dispersion(burst, hours, 4), 4, 1e-12));
    ck_assert(isnan(rate_dispersion((const double[]){0, 0}, hours, 2)));
}
END_TEST

/* With equal weights it is the t interval of any textbook: 9 values of mean 5, s = 2.7386, t(8) = 2.306. */
START_TEST (mean_with_t) {
    const double values[] = {1, 2, 3, 4, 5, 6, 7, 8, 9}, heavy[] = {2, 2, 2, 2, 2, 2, 2, 2, 2};
    estimate e = mean_of_drives(values, NULL, 9, -INFINITY, INFINITY),
             same = mean_of_drives(values, heavy, 9, 0, 100);
    ck_assert(near(e.value, 5, 1e-12) && near(e.high - 5, 2.3060 * 2.73861 / 3, 1e-4));
    ck_assert(near(same.low, e.low, 1e-12) && near(same.high, e.high, 1e-12));
    const double gaps[] = {1, NAN, 3}, weights[] = {1, 100, 3};
    ck_assert(near(mean_of_drives(gaps, weights, 3, 0, 10).value, 2.5, 1e-12));
    ck_assert(isnan(mean_of_drives(values, NULL, 1, 0, 10).low));
    ck_assert(isnan(mean_of_drives(gaps + 1, NULL, 1, 0, 10).value));
    ck_assert(isnan(mean_of_drives(NULL, NULL, 0, 0, 1).value));
}
END_TEST

/* Drives that are all perfect say something about others, but not that there is no other. */
START_TEST (mean_at_its_end) {
    double ones[40];
    for (size_t i = 0; i < 40; i++)
        ones[i] = 1;
    estimate e = mean_of_drives(ones, NULL, 40, 0, 1);
    ck_assert(e.value == 1 && e.high == 1 && near(e.low, pow(0.025, 1.0 / 40), 1e-12));
    for (size_t i = 0; i < 40; i++)
        ones[i] = 0;
    e = mean_of_drives(ones, NULL, 40, 0, 1);
    ck_assert(e.value == 0 && e.low == 0 && near(e.high, 1 - pow(0.025, 1.0 / 40), 1e-12));
    ck_assert(isnan(mean_of_drives(ones, NULL, 40, 0, INFINITY).high));
}
END_TEST

/* Drives of one honest filter with correlated errors: 95 of 100 intervals hold the truth; one that counted
 * samples would hold it far less often. */
START_TEST (mean_holds_the_truth) {
    rng r = rng_seed(7, 0);
    int held = 0, rounds = 2000;
    for (int round = 0; round < rounds; round++) {
        double shares[40], weights[40];
        for (size_t i = 0; i < 40; i++) {
            shares[i] = 0;
            for (int k = 0; k < 5; k++) /* five independent stretches per drive */
                shares[i] += rng_chance(&r, 0.9) ? 0.2 : 0;
            weights[i] = rng_between(&r, 50, 100);
        }
        estimate e = mean_of_drives(shares, weights, 40, 0, 1);
        held += e.low <= 0.9 && 0.9 <= e.high;
    }
    ck_assert_msg(held > 0.925 * rounds && held < 0.97 * rounds, "%d of %d", held, rounds);
}
END_TEST

/* Bar-Shalom, Li and Kirubarajan 2001: 50 runs of a two-dimensional error: 1.5 to 2.6. */
START_TEST (nees_in_its_band) {
    estimate band = nees_band(50, 1, 2);
    ck_assert(near(band.low, 1.484, 1e-3) && near(band.high, 2.591, 1e-3) && near(band.value, 2, 0));
    ck_assert(isnan(nees_band(0, 1, 2).low) && isnan(nees_band(10, NAN, 2).low));
    rng r = rng_seed(11, 0);
    int inside = 0, rounds = 1000;
    double worth = 0;
    for (int round = 0; round < rounds; round++) {
        double nees[100], sum = 0;
        for (size_t i = 0; i < 100; i++) {
            nees[i] = 0;
            for (int k = 0; k < 4; k++) /* worth four samples; each chi-square of two */
                nees[i] += -2 * log(1 - rng_uniform(&r)) / 4;
            sum += nees[i] / 100;
        }
        double w = nees_worth(nees, 100, 2);
        estimate b = nees_band(100, w, 2);
        worth += w / rounds;
        inside += b.low <= sum && sum <= b.high;
    }
    ck_assert_msg(fabs(worth - 4) < 0.3, "%g", worth);
    ck_assert_msg(inside > 0.93 * rounds && inside < 0.97 * rounds, "%d of %d", inside, rounds);
}
END_TEST

/* A filter that is too sure must not get a wider band for it. */
START_TEST (worth_is_free_of_scale) {
    const double nees[] = {1, 2, 3, 2.5, 1.5}, tenfold[] = {10, 20, 30, 25, 15};
    ck_assert(near(nees_worth(nees, 5, 2), nees_worth(tenfold, 5, 2), 1e-9));
    ck_assert(isnan(nees_worth(nees, 1, 2)));
}
END_TEST

/* Conover 1999, table A3 by way of section 3.2: of 20 values the 6th and 15th bound the median. */
START_TEST (order_statistics) {
    double values[100];
    for (size_t i = 0; i < 100; i++)
        values[i] = (double)(i + 1);
    estimate median = quantile_sorted(values, 20, 0.5);
    ck_assert_msg(median.value == 10 && median.low == 6 && median.high == 15, "%g %g %g", median.value,
                  median.low, median.high);
    /* 0.95^n <= 0.025 from n = 72 on: fewer cannot bound the 95 % quantile from above. */
    ck_assert(isnan(quantile_sorted(values, 71, 0.95).high));
    ck_assert(quantile_sorted(values, 72, 0.95).high == 72);
    ck_assert(quantile_sorted(values, 100, 0.95).value == 95);
    ck_assert(quantile_sorted(values, 1, 0.5).value == 1 && isnan(quantile_sorted(values, 1, 0.5).low));
    ck_assert(isnan(quantile_sorted(values, 0, 0.5).value));
}
END_TEST

START_TEST (histogram_text) {
    histogram h = {{0}};
    ck_assert(histogram_add(&h, "-40:3 0:5 40:1"));
    ck_assert(h.bins[0] == 3 && h.bins[40] == 5 && h.bins[80] == 1);
    ck_assert(histogram_add(&h, "") && histogram_add(&h, "-99:1 99:2"));
    ck_assert(h.bins[0] == 4 && h.bins[80] == 3);
    const char *const bad[] = {"x",     "1",     "1:",   "1:x",  "1:2,3:4", "1:-2",
                               "1:nan", "1:inf", "1 :2", "1:2;", "0,1:2"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!histogram_add(&h, bad[i]), "\"%s\"", bad[i]);
    histogram_grid *g = calloc(1, sizeof *g);
    ck_assert_ptr_nonnull(g);
    ck_assert(histogram_grid_add(g, "-5,3:7 -5,4:1") && !histogram_grid_add(g, "1:2") &&
              !histogram_grid_add(g, "1,:2"));
    ck_assert(g->cells[35][43] == 7 && g->cells[35][44] == 1);
    histogram errors = {{0}};
    ck_assert(histogram_add_errors(&errors, "-5,3:7 -5,4:1") && errors.bins[35] == 8);
    free(g);
}
END_TEST

/* Log-normal errors in bins: the quantiles are those of the distribution to within some percent; drives that
 * hang together give a wide interval, and it holds the truth. */
START_TEST (histogram_of_known_errors) {
    enum { DRIVES = 60, SAMPLES = 200, ROUNDS = 60 };
    static const double shares[] = {0.5, 0.95};
    histogram *drives = calloc(DRIVES, sizeof *drives);
    ck_assert_ptr_nonnull(drives);
    rng r = rng_seed(3, 0);
    int held = 0;
    double truth = exp(sqrt(0.5 * 0.5 + 0.3 * 0.3) * 1.6448536);
    const int rounds = ROUNDS / every(10);
    for (int round = 0; round < rounds; round++) {
        memset(drives, 0, DRIVES * sizeof *drives);
        for (size_t i = 0; i < DRIVES; i++) {
            double own = rng_normal(&r, 0.3);
            for (int k = 0; k < SAMPLES; k++)
                drives[i].bins[(size_t)(floor(10 * log10(exp(own + rng_normal(&r, 0.5)))) - BIN_FIRST)]++;
        }
        estimate q[2], again[2];
        ck_assert(histogram_quantiles(drives, DRIVES, shares, 2, q) &&
                  histogram_quantiles(drives, DRIVES, shares, 2, again));
        ck_assert(memcmp(q, again, sizeof q) == 0);
        ck_assert_msg(fabs(log(q[0].value)) < 0.25 && fabs(log(q[1].value / truth)) < 0.3, "%g %g",
                      q[0].value, q[1].value);
        held += q[1].low <= truth && truth <= q[1].high;
    }
    ck_assert_msg(held >= rounds * 0.83, "%d of %d", held, rounds);
    estimate one[2];
    ck_assert(histogram_quantiles(drives, 1, shares, 2, one) && isnan(one[0].low) && one[0].value > 0);
    memset(drives, 0, DRIVES * sizeof *drives);
    ck_assert(histogram_quantiles(drives, DRIVES, shares, 2, one) && isnan(one[0].value));
    free(drives);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, quantiles_as_in_the_tables);
    tcase_add_test(c, quantiles_fail_closed);
    tcase_add_test(c, wilson);
    tcase_add_test(c, garwood);
    tcase_add_test(c, of_nothing);
    tcase_add_test(c, dispersion);
    tcase_add_test(c, mean_with_t);
    tcase_add_test(c, mean_at_its_end);
    tcase_add_test(c, mean_holds_the_truth);
    tcase_add_test(c, nees_in_its_band);
    tcase_add_test(c, worth_is_free_of_scale);
    tcase_add_test(c, order_statistics);
    tcase_add_test(c, histogram_text);
    tcase_add_test(c, histogram_of_known_errors);
    return run_cases("statistics", c);
}
