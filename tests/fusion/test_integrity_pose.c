/* What a pose says of its bounds: by numbers that are worked out by hand. */
#include "fusion/integrity/bank.h"
#include "fusion/integrity/integrity.h"
#include "tests/fusion/bank_host.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static const float close = 1e-3f;
static settings set;
static fusion *core;

static void teardown(void)
{
    fusion_destroy(core);
    core = NULL;
}

/* Heading 30 degrees from north; along it 4/4 + 2 (sqrt(3)/4) 0.5 + 2 (3/4) = 2.9330 m^2, across 3.0670. */
static fusion_pose facing(void)
{
    fusion_pose p = {.heading_rad = 0.5235988f, .confidence = 0.9f, .usable = true};
    p.covariance[0][0] = 4.0f;
    p.covariance[0][1] = p.covariance[1][0] = 0.5f;
    p.covariance[1][1] = 2.0f;
    p.covariance[2][2] = 9.0f;
    return p;
}

static void judge(void)
{
    core = bank_host_core(&set, NULL, "gnss/roof wheel/abs");
    core->f.stamp_ns = 1000000000;
    core->bank.judged = true;
    core->bank.length = 1000.0f;
}

START_TEST (without_a_bank_it_is_the_filters) {
    core = bank_host_core(&set, NULL, "gnss/roof");
    core->bank.count = 0;
    fusion_pose p = facing();
    integrity_protect(core, &p);
    ck_assert_float_eq_tol(p.protection_along_m, 5.3267f * 1.71260f, 5.0f * close);
    ck_assert_float_eq_tol(p.protection_cross_m, 5.3267f * 1.75128f, 5.0f * close);
    ck_assert_float_eq_tol(p.protection_vertical_m, 5.3267f * 3.0f, 5.0f * close);
    ck_assert_float_eq_tol(p.protection_horizontal_m, 5.3267f * 2.44949f, 5.0f * close);
    ck_assert_float_eq(p.protection_heading_rad, 0.0f);
    ck_assert_float_eq_tol(p.confidence, 0.9f, 1e-6f);
}
END_TEST

START_TEST (a_bank_that_has_not_looked_says_nothing) {
    judge();
    core->bank.judged = false;
    fusion_pose p = facing();
    integrity_protect(core, &p);
    ck_assert(isnan(p.protection_along_m) && isnan(p.protection_cross_m) && isnan(p.protection_vertical_m) &&
              isnan(p.protection_heading_rad) && isnan(p.protection_horizontal_m));
    ck_assert(!p.usable); /* fails closed */
    ck_assert(isinf(integrity_horizontal(core)));
    ck_assert(integrity_reaches(core, 1e9f));
}
END_TEST

/* In each direction the larger of what the filter asks for and what the look found. */
START_TEST (the_larger_counts) {
    judge();
    for (int i = 0; i < BANK_DIRECTIONS; i++)
        core->bank.free_sigmas[i] = (float)(2 + i);
    fusion_pose p = facing();
    p.covariance[5][5] = 1e-4f;
    integrity_protect(core, &p);
    ck_assert_float_eq_tol(p.protection_heading_rad, 0.05f, 1e-6f); /* 5 times 0.01 */
    ck_assert_float_eq_tol(p.protection_vertical_m, 4.0f * 3.0f, close);
    const float along = 2.0f * 1.71260f, cross = 3.0f * 1.75128f, turn = 0.0499792f;
    ck_assert_float_eq_tol(p.protection_along_m, along + turn * cross, close);
    ck_assert_float_eq_tol(p.protection_cross_m, cross + turn * along, close);
    core->bank.level[BANK_ALONG] = 30.0f;
    core->bank.level[BANK_CROSS] = 40.0f;
    core->bank.level[BANK_VERTICAL] = 50.0f;
    core->bank.level[BANK_HEADING] = 0.5f;
    integrity_protect(core, &p);
    ck_assert_float_eq_tol(p.protection_along_m, 30.0f + 0.479426f * 40.0f, close); /* 49.18, below 50 */
    ck_assert_float_eq_tol(p.protection_cross_m, 50.0f, close);                     /* not over the length */
    ck_assert_float_eq_tol(p.protection_horizontal_m, 50.0f, close);
    ck_assert_float_eq_tol(p.protection_vertical_m, 50.0f, close);
    ck_assert_float_eq_tol(integrity_horizontal(core), 50.0f, close);
    core->bank.length = 45.0f;
    integrity_protect(core, &p);
    ck_assert_float_eq_tol(p.protection_horizontal_m, 45.0f, close);
    ck_assert_float_eq_tol(p.protection_along_m, 45.0f, close);
    core->bank.length = 1.0f; /* the filter itself asks for more: hypot(3.425, 5.254) */
    integrity_protect(core, &p);
    ck_assert_float_eq_tol(p.protection_horizontal_m, 6.2717f, close);
}
END_TEST

/* A heading that is bounded by more than 0.6 rad may be any. */
START_TEST (a_heading_that_may_be_any) {
    judge();
    fusion_pose p = facing();
    core->bank.level[BANK_HEADING] = 0.59f;
    integrity_protect(core, &p);
    ck_assert_float_eq_tol(p.protection_heading_rad, 0.59f, 1e-6f);
    core->bank.level[BANK_HEADING] = 0.61f;
    core->bank.level[BANK_ALONG] = 0.3f;
    core->bank.level[BANK_CROSS] = 4.0f;
    integrity_protect(core, &p);
    ck_assert_float_eq_tol(p.protection_heading_rad, 3.1415927f, 1e-6f);
    ck_assert_float_eq_tol(p.protection_along_m, 4.0112f, close); /* 0.3 + 4, but no more than the length */
    core->bank.level[BANK_HEADING] = 0.0f;
    core->heading_lost_ns = core->f.stamp_ns;
    integrity_protect(core, &p);
    ck_assert_float_eq_tol(p.protection_heading_rad, 3.1415927f, 1e-6f);
}
END_TEST

/* Beyond 2 rad/s the input turns, not the vehicle: 3 rad/s for a tenth of a second since the last frame. */
START_TEST (a_wild_turn_is_in_the_pose) {
    judge();
    fusion_pose p = facing();
    p.stamp_ns = core->f.stamp_ns + 100000000;
    core->f.rate_b[0] = 2.0;
    core->f.rate_b[1] = -2.0;
    core->f.rate_b[2] = 1.0;
    integrity_protect(core, &p);
    ck_assert_float_eq_tol(p.protection_heading_rad, 0.3f, 1e-6f);
    core->f.rate_b[1] = core->f.rate_b[2] = 0.0;
    integrity_protect(core, &p);
    ck_assert_float_eq(p.protection_heading_rad, 0.0f);
}
END_TEST

START_TEST (a_claim_that_nothing_confirms_has_no_level) {
    judge();
    fusion_pose p = facing();
    core->claim.open = true;
    integrity_protect(core, &p);
    ck_assert(isnan(p.protection_along_m) && isnan(p.protection_cross_m) && isnan(p.protection_vertical_m) &&
              isnan(p.protection_heading_rad) && isnan(p.protection_horizontal_m) && !p.usable);
    core->claim.agreed = 1;
    integrity_protect(core, &p);
    ck_assert_float_eq(p.protection_heading_rad, 0.0f);
}
END_TEST

/* (0.9 + 0.05) / (1 + 0.1), and never above 1. */
START_TEST (confidence_is_of_the_mixture) {
    judge();
    fusion_pose p = facing();
    core->bank.inside = 0.05f;
    core->bank.weight = 0.1f;
    integrity_protect(core, &p);
    ck_assert_float_eq_tol(p.confidence, 0.863636f, 1e-5f);
    core->bank.inside = 0.3f;
    integrity_protect(core, &p);
    ck_assert_float_eq(p.confidence, 1.0f);
}
END_TEST

/* One level that reaches its limit is enough. */
START_TEST (usable_is_what_is_inside_all_limits) {
    static const float most[] = {1.5f, 1.0f, 2.0f, 0.0349066f}; /* 2 degrees */
    judge();
    fusion_pose p = {.usable = true};
    core->set.alert[core->set.road] =
        (alert_limits){.lateral_m = 1.0, .longitudinal_m = 1.5, .vertical_m = 2.0, .heading_deg = 2.0};
    integrity_protect(core, &p);
    ck_assert_float_eq_tol(p.alert_along_m, most[0], 1e-6f);
    ck_assert_float_eq_tol(p.alert_cross_m, most[1], 1e-6f);
    ck_assert_float_eq_tol(p.alert_vertical_m, most[2], 1e-6f);
    ck_assert_float_eq_tol(p.alert_heading_rad, most[3], 1e-6f);
    ck_assert(p.usable);
    core->bank.level[_i] = 0.99f * most[_i];
    integrity_protect(core, &p);
    ck_assert(p.usable);
    core->bank.level[_i] = _i == BANK_HEADING ? p.alert_heading_rad : most[_i];
    integrity_protect(core, &p);
    ck_assert(!p.usable);
    core->set.integrity.gate_usable = false;
    p.usable = true;
    integrity_protect(core, &p);
    ck_assert(p.usable);
}
END_TEST

START_TEST (what_is_in_reach) {
    judge();
    core->bank.level[BANK_ALONG] = 3.0f;
    core->bank.level[BANK_CROSS] = 4.0f;
    ck_assert(integrity_reaches(core, 5.0f));
    ck_assert(!integrity_reaches(core, 5.01f));
    core->bank.held_ns = core->f.stamp_ns; /* the bank has begun anew and vouches for nothing */
    ck_assert(integrity_reaches(core, 1e6f));
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("pose");
    tcase_add_checked_fixture(cases, NULL, teardown);
    tcase_add_test(cases, without_a_bank_it_is_the_filters);
    tcase_add_test(cases, a_bank_that_has_not_looked_says_nothing);
    tcase_add_test(cases, the_larger_counts);
    tcase_add_test(cases, a_heading_that_may_be_any);
    tcase_add_test(cases, a_wild_turn_is_in_the_pose);
    tcase_add_test(cases, a_claim_that_nothing_confirms_has_no_level);
    tcase_add_test(cases, confidence_is_of_the_mixture);
    tcase_add_loop_test(cases, usable_is_what_is_inside_all_limits, 0, BANK_DIRECTIONS);
    tcase_add_test(cases, what_is_in_reach);
    return run_cases("integrity of the pose", cases);
}
