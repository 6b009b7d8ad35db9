/*
 * Two campaigns: which runs are partners, which test is made, and that a change is found where there is one
 * and only there.
 */
#include "campaign/comparison.h"
#include "made_rows.h"
#include "sim/rng.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 60 };

typedef struct {
    result_row rows[2 * RUNS];
    results r;
} side;

/* Fault-free runs, then as many with faults; errors, coverage and times are drawn by the seed. */
static side *side_create(uint64_t seed)
{
    side *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    s->r = (results){.name = "x", .plan_path = "", .version = "", .rows = s->rows, .count = (size_t)2 * RUNS};
    for (int i = 0; i < 2 * RUNS; i++) {
        rng r = rng_seed(seed, (uint64_t)i);
        s->rows[i] = i < RUNS ? made_row(i, i % 2 ? "town" : "ring", "all", "")
                              : made_fault(i, "jump", rng_chance(&r, 0.6), false, rng_between(&r, 1, 2));
        s->rows[i].horizontal_p95_m = exp(rng_normal(&r, 0.5));
        s->rows[i].coverage95 = rng_between(&r, 0.90, 1.0);
    }
    return s;
}

static comparison compared(const side *a, const side *b, summary_by only)
{
    comparison c;
    error e = {""};
    ck_assert_msg(comparison_make(&c, &a->r, &b->r, only, &e), "%s", e.text);
    return c;
}

static const change *find(const comparison *c, const char *name, summary_by by, bool faulted)
{
    for (size_t i = 0; i < c->count; i++) {
        const change *x = &c->changes[i];
        if (x->by == by && x->faulted == faulted && strcmp(x->metric->name, name) == 0)
            return x;
    }
    return NULL;
}

START_TEST (the_same_is_the_same) {
    side *a = side_create(1);
    comparison c = compared(a, a, SUMMARY_BY_COUNT);
    ck_assert_uint_eq(c.matched, (size_t)2 * RUNS);
    ck_assert_uint_gt(c.tests, 20);
    ck_assert(c.only_a == 0 && c.only_b == 0 && c.better == 0 && c.worse == 0);
    for (size_t i = 0; i < c.count; i++)
        ck_assert_msg(!(c.changes[i].p < 1), "%s: %g", c.changes[i].metric->name, c.changes[i].p);
    comparison_finish(&c);
    free(a);
}
END_TEST

/* Rows in another order, with other numbers, are the same runs if scenario, sensors, fault and seed are. */
START_TEST (partners_are_found) {
    side *a = side_create(1), *b = side_create(1);
    for (size_t i = 0; i < (size_t)2 * RUNS; i++) {
        b->rows[i] = a->rows[(size_t)2 * RUNS - 1 - i];
        b->rows[i].run = (int64_t)i;
    }
    b->rows[0].seed = 9999;
    comparison c = compared(a, b, SUMMARY_BY_COUNT);
    ck_assert(c.matched == (size_t)2 * RUNS - 1 && c.only_a == 1 && c.only_b == 1);
    ck_assert(c.better == 0 && c.worse == 0);
    const change *x = find(&c, "horizontal error p95", BY_TOTAL, true);
    ck_assert(x->paired && x->pairs == RUNS - 1 && x->p == 1);
    comparison_finish(&c);
    free(a);
    free(b);
}
END_TEST

/* Two percent more in each run: nothing beside the spread between runs, and yet sure, because runs are
 * paired. */
START_TEST (a_small_change_in_every_run) {
    side *a = side_create(1), *b = side_create(1);
    for (size_t i = 0; i < RUNS; i++)
        b->rows[i].horizontal_p95_m *= 1.02;
    comparison c = compared(a, b, SUMMARY_BY_COUNT), back = compared(b, a, SUMMARY_BY_COUNT);
    const change *x = find(&c, "horizontal error p95", BY_TOTAL, false);
    ck_assert(x->kind == CHANGE_WORSE && x->effect == 1 && x->difference > 0 && x->p_holm >= x->p);
    ck_assert_int_eq(find(&back, "horizontal error p95", BY_TOTAL, false)->kind, CHANGE_BETTER);
    ck_assert_int_eq(find(&c, "horizontal error p95", BY_TOTAL, true)->kind, CHANGE_NONE);
    ck_assert(c.better == 0 && c.worse == 4 && back.worse == 0 &&
              back.better == 4); /* all, ring, town, sensors */
    comparison_finish(&c);
    comparison_finish(&back);
    free(a);
    free(b);
}
END_TEST

/* The same two percent in other drives are lost in the spread; twice the error is not. */
START_TEST (other_drives) {
    side *a = side_create(1), *b = side_create(2);
    for (size_t i = 0; i < (size_t)2 * RUNS; i++) {
        b->rows[i].seed += 1000000;
        b->rows[i].horizontal_p95_m *= 1.02;
    }
    comparison c = compared(a, b, SUMMARY_BY_COUNT);
    const change *x = find(&c, "horizontal error p95", BY_TOTAL, false);
    ck_assert(!x->paired && x->runs_a == RUNS && x->runs_b == RUNS && c.matched == 0 && c.worse == 0);
    comparison_finish(&c);
    for (size_t i = 0; i < (size_t)2 * RUNS; i++)
        b->rows[i].horizontal_p95_m *= 2;
    c = compared(a, b, SUMMARY_BY_COUNT);
    ck_assert_int_eq(find(&c, "horizontal error p95", BY_TOTAL, false)->kind, CHANGE_WORSE);
    comparison_finish(&c);
    free(a);
    free(b);
}
END_TEST

/* Detected in fewer runs: worse. In as many, but others: no change. */
START_TEST (detected) {
    side *a = side_create(1), *b = side_create(1), *other = side_create(1);
    for (size_t i = RUNS; i < (size_t)2 * RUNS; i++) {
        a->rows[i].detected = i % 2;
        b->rows[i].detected = i % 6 == 1;
        other->rows[i].detected = !(i % 2);
        a->rows[i].detect_s = b->rows[i].detect_s = other->rows[i].detect_s = 1;
    }
    comparison c = compared(a, b, BY_FAULT), same = compared(a, other, BY_FAULT);
    const change *x = find(&c, "detected", BY_FAULT, true);
    ck_assert(x->kind == CHANGE_WORSE && x->p < 1e-5);
    ck_assert_double_eq_tol(x->difference, -1.0 / 3, 1e-12);
    ck_assert_double_eq_tol(x->p, 2 * pow(0.5, 20), 1e-12); /* 20 went, none came */
    ck_assert_int_eq(find(&same, "detected", BY_FAULT, true)->kind, CHANGE_NONE);
    ck_assert_ptr_null(find(&c, "horizontal error p95", BY_TOTAL, true)); /* only by fault */
    comparison_finish(&c);
    comparison_finish(&same);
    free(a);
    free(b);
    free(other);
}
END_TEST

/* A run in which nothing was flagged named nothing; one that was not judged says nothing. */
START_TEST (named_needs_detected) {
    result_row r = made_fault(0, "jump", false, true, 1), judged = made_fault(1, "jump", true, true, 1);
    result_row unknown = made_fault(2, "jump", true, true, 1), trouble = judged;
    unknown.detected = -1;
    trouble.trouble = "x";
    for (size_t i = 0; i < metric_count; i++) {
        if (strstr(metrics[i].name, "named") == NULL)
            continue;
        ck_assert(metrics[i].get(&r) == 0 && metrics[i].get(&judged) == 1);
        ck_assert(isnan(metrics[i].get(&unknown)) && isnan(metrics[i].get(&trouble)));
    }
}
END_TEST

/* From 0.95 to 0.99 is worse, and from 0.90 to 0.99 too little different to be called so: as far off, on the
 * other side. */
START_TEST (honest_is_better_than_more) {
    side *a = side_create(1), *b = side_create(1);
    for (size_t i = 0; i < RUNS; i++) {
        a->rows[i].coverage95 = i % 2 ? 0.94 : 0.96;
        b->rows[i].coverage95 = i % 2 ? 0.985 : 0.995;
    }
    comparison c = compared(a, b, BY_TOTAL);
    ck_assert_int_eq(find(&c, "coverage 95", BY_TOTAL, false)->kind, CHANGE_WORSE);
    comparison_finish(&c);
    for (size_t i = 0; i < RUNS; i++)
        a->rows[i].coverage95 = i % 3 ? 0.90 : 0.93;
    c = compared(a, b, BY_TOTAL);
    ck_assert_int_eq(find(&c, "coverage 95", BY_TOTAL, false)->kind, CHANGE_NONE);
    comparison_finish(&c);
    for (size_t i = 0; i < RUNS; i++)
        a->rows[i].coverage95 = i % 3 ? 0.80 : 0.83;
    c = compared(a, b, BY_TOTAL);
    ck_assert_int_eq(find(&c, "coverage 95", BY_TOTAL, false)->kind, CHANGE_BETTER);
    comparison_finish(&c);
    free(a);
    free(b);
}
END_TEST

/* Another order of summation is no change, however many runs show it. */
START_TEST (last_digits_are_nothing) {
    side *a = side_create(1), *b = side_create(1);
    for (size_t i = 0; i < (size_t)2 * RUNS; i++) {
        b->rows[i].nees = a->rows[i].nees * (1 + 4e-16);
        b->rows[i].horizontal_p95_m *= 1 + 4e-16;
    }
    comparison c = compared(a, b, SUMMARY_BY_COUNT);
    ck_assert(c.better == 0 && c.worse == 0);
    comparison_finish(&c);
    free(a);
    free(b);
}
END_TEST

/* Campaigns of nothing but other seeds: of 40 comparisons with hundreds of tests hardly one says anything. */
START_TEST (chance_is_not_a_change) {
    size_t said = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        side *a = side_create(100 + 2 * seed), *b = side_create(101 + 2 * seed);
        comparison c = compared(a, b, SUMMARY_BY_COUNT);
        said += c.better + c.worse > 0;
        comparison_finish(&c);
        free(a);
        free(b);
    }
    ck_assert_msg(said <= 5, "%zu of 40", said);
}
END_TEST

START_TEST (nothing_to_compare) {
    side *a = side_create(1), *none = side_create(1);
    none->r.count = 0;
    comparison c = compared(a, none, SUMMARY_BY_COUNT);
    ck_assert(c.tests == 0 && c.count == 0 && c.only_a == (size_t)2 * RUNS);
    comparison_finish(&c);
    c = compared(none, none, SUMMARY_BY_COUNT);
    ck_assert(c.tests == 0);
    comparison_finish(&c);
    free(a);
    free(none);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("all");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, the_same_is_the_same);
    tcase_add_test(c, partners_are_found);
    tcase_add_test(c, a_small_change_in_every_run);
    tcase_add_test(c, other_drives);
    tcase_add_test(c, detected);
    tcase_add_test(c, named_needs_detected);
    tcase_add_test(c, honest_is_better_than_more);
    tcase_add_test(c, last_digits_are_nothing);
    tcase_add_test(c, chance_is_not_a_change);
    tcase_add_test(c, nothing_to_compare);
    return run_cases("comparison", c);
}
