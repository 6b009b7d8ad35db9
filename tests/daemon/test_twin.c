/*
 * Two drives' innovations, made with known statistics.
 */
#include "daemon/replay/twin.h"
#include "sim/rng.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT = 6000 };

static settings *config;
static twin_comparison *c;
static verdict *real, *twin;

static void setup(void)
{
    config = calloc(1, sizeof *config);
    c = calloc(1, sizeof *c);
    real = calloc(COUNT, sizeof *real);
    twin = calloc(COUNT, sizeof *twin);
    ck_assert(config && c && real && twin);
    settings_default(config);
    ck_assert(settings_add_source(config, "imu/box") && settings_add_source(config, "gnss/roof"));
}

static void teardown(void)
{
    free(config);
    free(c);
    free(real);
    free(twin);
}

/* Positions ten times a second, each axis a Gauss-Markov process about a constant. */
static void fill(verdict *v, double sigma, double tau_s, double constant, uint64_t seed)
{
    rng r = rng_seed(seed, 1);
    drift d[3];
    for (int j = 0; j < 3; j++)
        d[j] = drift_start(&r, sigma, tau_s);
    for (int i = 0; i < COUNT; i++) {
        v[i] = (verdict){.stamp_ns = (int64_t)i * 100000000,
                         .source = 1,
                         .quantity = QUANTITY_POSITION,
                         .decision = DECISION_FUSED,
                         .dim = 3,
                         .nis = 6};
        for (int j = 0; j < 3; j++)
            v[i].innovation[j] = (float)(constant + drift_next(&d[j], &r, 0.1));
    }
}

static void compare(size_t count)
{
    const twin_drive a = {config, real, COUNT}, b = {config, twin, count};
    ck_assert(twin_compare(&a, &b, c));
}

START_TEST (known_statistics) {
    fill(real, 1, 2, 0.5, 1);
    fill(twin, 2, 0.01, 0, 2);
    compare(COUNT);
    ck_assert_uint_eq(c->count, 3);
    for (int j = 0; j < 3; j++) {
        const twin_row *r = &c->rows[j];
        ck_assert_str_eq(r->source, "gnss/roof");
        ck_assert(r->quantity == QUANTITY_POSITION && r->axis == j);
        ck_assert_uint_eq(r->real.count, COUNT);
        ck_assert_double_eq_tol(r->real.sigma, 1, 0.15);
        ck_assert_double_eq_tol(r->real.mean, 0.5, 0.25);
        ck_assert_double_eq_tol(r->real.lag1s, exp(-0.5), 0.1);
        ck_assert_double_eq_tol(r->real.memory_s, 2, 0.7);
        ck_assert_double_eq_tol(r->real.nis, 2, 1e-6);
        ck_assert_double_eq_tol(r->twin.sigma, 2, 0.1);
        ck_assert_double_eq_tol(r->twin.lag1s, 0, 0.06);
        ck_assert_double_eq_tol(r->twin.kurtosis, 3, 0.3);
        ck_assert_double_eq_tol(r->twin.beyond, 0.0027, 0.003);
    }
}
END_TEST

/* What says nothing of the expectation does not count. */
START_TEST (which_verdicts_count) {
    fill(real, 1, 1, 0, 1);
    fill(twin, 1, 1, 0, 2);
    for (int i = 0; i < COUNT; i++) {
        if (i % 3 == 0)
            real[i].decision = DECISION_IGNORED;
        if (i % 3 == 1) {
            real[i].decision = DECISION_REJECTED;
            real[i].reason = i % 2 ? REASON_INNOVATION : REASON_LATE;
        }
    }
    compare(20);
    ck_assert_uint_eq(c->rows[0].real.count, COUNT / 2);
    ck_assert_uint_eq(c->rows[0].twin.count, 20); /* too few */
    ck_assert(isnan(c->rows[0].twin.sigma) && isnan(c->rows[0].twin.nis));
}
END_TEST

START_TEST (prints) {
    char *text = NULL;
    size_t size = 0;
    fill(real, 1, 1, 0, 1);
    fill(twin, 1, 1, 0, 2);
    compare(COUNT);
    FILE *out = open_memstream(&text, &size);
    ck_assert(out && twin_print_text(c, out) && twin_print_json(c, out));
    fclose(out);
    ck_assert(strstr(text, "gnss/roof position") && strstr(text, "east m") && strstr(text, "\"memory_s\""));
    ck_assert(!strstr(text, "nan"));
    free(text);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("twin");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_test(t, known_statistics);
    tcase_add_test(t, which_verdicts_count);
    tcase_add_test(t, prints);
    return run_cases("twin", t);
}
