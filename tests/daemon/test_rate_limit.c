/* So many a second, so many at once. */
#include "daemon/run/rate_limit.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static const int64_t start_ns = INT64_C(1700000000000000000), second_ns = 1000000000;

/* How many of `count` tries, `step_ns` apart from `at_ns` on, pass. */
static int passes(rate_limit *l, double rate_hz, double burst_s, int64_t at_ns, int64_t step_ns, int count)
{
    int passed = 0;
    for (int i = 0; i < count; i++)
        passed += rate_limit_pass(l, rate_hz, burst_s, at_ns + i * step_ns);
    return passed;
}

/* rate, burst, step between tries, tries; how many pass: the burst at first, then the rate. */
static const struct {
    double rate_hz, burst_s;
    int64_t step_ns;
    int tries, passed;
} rows[] = {
    {100, 0.5, 0, 1000, 50},                /* at once: the burst and no more */
    {100, 0.5, 10000000, 1000, 1000},       /* at the rate: all */
    {100, 0.5, 1000000, 1000, 149},         /* ten times too often for 0.999 s: 99 earned, and the burst */
    {1, 0.5, 0, 100, 4},                    /* no fewer than four */
    {0, 1.0, 1000000000, 100, 4},           /* nothing is earned */
    {(double)NAN, 1.0, 1000000000, 100, 4}, /* nor by a rate that is none */
};

START_TEST (bucket) {
    rate_limit l = {0};
    ck_assert_int_eq(
        passes(&l, rows[_i].rate_hz, rows[_i].burst_s, start_ns, rows[_i].step_ns, rows[_i].tries),
        rows[_i].passed);
}
END_TEST

START_TEST (fills_again) {
    rate_limit l = {0};
    ck_assert_int_eq(passes(&l, 100, 0.5, start_ns, 0, 100), 50);
    ck_assert_int_eq(passes(&l, 100, 0.5, start_ns + second_ns / 10, 0, 100), 10);
    ck_assert_int_eq(passes(&l, 100, 0.5, start_ns + 1000 * second_ns, 0, 100), 50); /* no more than full */
}
END_TEST

/* A clock that goes back earns nothing, and takes nothing: from there it goes on. */
START_TEST (clock_goes_back) {
    rate_limit l = {0};
    ck_assert_int_eq(passes(&l, 100, 0.5, start_ns, 0, 100), 50);
    ck_assert(!rate_limit_pass(&l, 100, 0.5, start_ns - 1000 * second_ns));
    ck_assert_int_eq(passes(&l, 100, 0.5, start_ns - 1000 * second_ns + second_ns / 10, 0, 100), 10);
}
END_TEST

START_TEST (shifted) {
    rate_limit l = {0}, fresh = {0};
    ck_assert_int_eq(passes(&l, 100, 0.5, start_ns, 0, 100), 50);
    rate_limit_shift(&l, 3600 * second_ns);
    ck_assert_int_eq(passes(&l, 100, 0.5, start_ns + 3600 * second_ns + second_ns / 10, 0, 100), 10);
    rate_limit_shift(&fresh, second_ns);
    ck_assert_int_eq(fresh.last_ns, 0); /* never stays never */
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("rate limit");
    tcase_add_loop_test(cases, bucket, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(cases, fills_again);
    tcase_add_test(cases, clock_goes_back);
    tcase_add_test(cases, shifted);
    return run_cases("rate limit", cases);
}
