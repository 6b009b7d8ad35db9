/* What was covered before the bank started anew: what heals it. */
#include "fusion/integrity/bank.h"
#include "fusion/integrity/cover.h"
#include "tests/fusion/bank_host.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { NOW_NS = 1000000000, GNSS = 0, WHEEL = 1 };

static settings set;
static fusion *core;

static void setup(void)
{
    core = bank_host_core(&set, NULL, "gnss/roof wheel/rear");
}

/* Agreement that a second brings, of a receiver that scatters by so many times what it claims. */
static float healed_s(float scatter)
{
    core->bank.held_s[BANK_CROSS] = 10.0f;
    core->bank.look_ns = NOW_NS;
    core->source[GNSS].noise_scale = scatter;
    core->source[GNSS].fused_ns = NOW_NS + NOW_NS;
    core->source[GNSS].reject_since_ns = core->source[GNSS].gnss.velocity_reject_since_ns = INT64_MIN;
    cover_held(core, NOW_NS + NOW_NS);
    return 10.0f - core->bank.held_s[BANK_CROSS];
}

START_TEST (scatter_heals_less) {
    setup();
    ck_assert_float_eq_tol(healed_s(1.0f), 1.0f, 1e-3);
    ck_assert_float_eq_tol(healed_s(0.5f), 1.0f, 1e-3); /* no more than it claims */
    ck_assert_float_eq_tol(healed_s(4.0f), 1.0f / 16.0f, 1e-3);
    fusion_destroy(core);
}
END_TEST

/* However little agreement is worth, what is held beyond what it leaves open goes. */
START_TEST (excess_goes) {
    setup();
    core->source[GNSS].place.wobble = 25.0f;
    core->source[GNSS].place.covered_m = 3.0f;
    core->source[GNSS].place.strayed_m = 20.0f;
    core->bank.held[BANK_CROSS] = 1000.0f;
    for (int i = 0; i < 100; i++)
        healed_s(8.0f);
    const float open_m = 10.0f * 5.0f + 4.0f * 20.0f;
    ck_assert_float_eq_tol(core->bank.held[BANK_CROSS], open_m, 1.0f);
    core->bank.held[BANK_CROSS] = 0.5f * open_m;
    healed_s(8.0f);
    ck_assert(core->bank.held[BANK_CROSS] == 0.5f * open_m);
    core->bank.held[BANK_CROSS] = 1000.0f;
    core->source[GNSS].reject_ratio = 0.0f;
    core->source[GNSS].out.banned = true; /* nobody agrees */
    healed_s(8.0f);
    ck_assert(core->bank.held[BANK_CROSS] == 1000.0f);
    fusion_destroy(core);
}
END_TEST

START_TEST (what_motion_contradicts_does_not_heal) {
    setup();
    source_run *wheels = &core->source[WHEEL];
    wheels->fused_ns = NOW_NS;
    wheels->reject_ratio = 0.5f;
    ck_assert(healed_s(1.0f) == 0.0f);
    wheels->reject_ratio = 0.0f;
    ck_assert_float_eq_tol(healed_s(1.0f), 1.0f, 1e-3);
    fusion_destroy(core);
}
END_TEST

/* Half a turn is covered, and no position agrees: the vehicle may go anywhere, and twice as far from where it
 * is taken to go. */
static float strayed_m(float heading_rad, bool heard)
{
    core->bank.judged = true;
    core->bank.level[BANK_CROSS] = 50.0f;
    core->bank.held_s[BANK_CROSS] = 0.0f;
    core->bank.held[BANK_HEADING] = heading_rad;
    core->bank.held_s[BANK_HEADING] = 10.0f;
    core->source[GNSS].noise_scale = 1.0f;
    core->source[GNSS].reject_since_ns = core->source[GNSS].gnss.velocity_reject_since_ns = INT64_MIN;
    core->source[GNSS].fused_ns = heard ? 2 * NOW_NS : 0;
    core->bank.look_ns = NOW_NS;
    core->bank.look_at_m = 200.0;
    core->odometer_m = 230.0;
    cover_held(core, 2 * NOW_NS);
    return core->bank.level[BANK_CROSS];
}

START_TEST (without_a_heading_it_goes_anywhere) {
    setup();
    ck_assert_float_eq_tol(strayed_m(3.1415927f, false), 50.0f + 2.0f * 30.0f, 1e-3);
    ck_assert(core->bank.look_at_m == 230.0);
    ck_assert(strayed_m(3.1415927f, true) == 0.0f); /* the hypotheses' own levels count */
    ck_assert(strayed_m(0.3f, false) == 0.0f);
    fusion_destroy(core);
}
END_TEST

/* ---- a receiver that contradicts */

/* Rejected for a second and off by 5 m, shortly after the bank started anew. */
static void contradict(void)
{
    setup();
    source_run *s = &core->source[GNSS];
    core->f.stamp_ns = 30 * (int64_t)NOW_NS;
    core->bank.held_ns = core->f.stamp_ns - 19 * (int64_t)NOW_NS;
    s->reject_since_ns = core->f.stamp_ns - NOW_NS;
    s->gnss.velocity_reject_since_ns = INT64_MIN;
    s->place.off_m = 5.0f;
    s->place.covered_m = 2.0f;
}

static float level_along(void)
{
    memset(core->bank.level, 0, sizeof core->bank.level);
    cover_more(core, core->f.stamp_ns);
    return core->bank.level[BANK_ALONG];
}

START_TEST (who_contradicts_may_be_right) {
    contradict();
    ck_assert_float_eq_tol(level_along(), 5.0f + 4.0f * 2.0f, 1e-4f);
    ck_assert_float_eq_tol(core->bank.level[BANK_CROSS], 13.0f, 1e-4f);
    ck_assert_float_eq_tol(core->bank.length, 13.0f * sqrtf(2.0f), 1e-3f);
    ck_assert_float_eq(core->bank.level[BANK_HEADING], 0.0f);
    core->source[GNSS].gnss.velocity_reject_since_ns = core->source[GNSS].reject_since_ns;
    level_along(); /* the heading as well */
    ck_assert_float_eq_tol(core->bank.level[BANK_HEADING], 3.1415927f, 1e-5f);
    core->bank.level[BANK_ALONG] = 20.0f;
    cover_more(core, core->f.stamp_ns);
    ck_assert_float_eq(core->bank.level[BANK_ALONG], 20.0f);
    fusion_destroy(core);
}
END_TEST

START_TEST (who_contradicts_in_vain) {
    contradict();
    source_run *s = &core->source[GNSS];
    core->bank.held_ns = core->f.stamp_ns - 21 * (int64_t)NOW_NS; /* the bank knows again who is right */
    ck_assert_float_eq(level_along(), 0.0f);
    core->bank.held_ns = INT64_MIN;
    ck_assert_float_eq(level_along(), 0.0f);
    core->bank.held_ns = core->f.stamp_ns;
    s->reject_since_ns = core->f.stamp_ns - NOW_NS / 2; /* one bad fix */
    ck_assert_float_eq(level_along(), 0.0f);
    s->reject_since_ns = core->f.stamp_ns - NOW_NS;
    s->out.banned = true;
    ck_assert_float_eq(level_along(), 0.0f);
    s->out.banned = false;
    s->reject_since_ns = INT64_MIN;
    core->source[WHEEL].reject_since_ns = core->f.stamp_ns - NOW_NS; /* it says nothing of the place */
    core->source[WHEEL].place.off_m = 5.0f;
    ck_assert_float_eq(level_along(), 0.0f);
    fusion_destroy(core);
}
END_TEST

START_TEST (without_an_accelerometer_roads_climb) {
    setup();
    core->since_height_m = 50.0;
    core->f.model.accel_missing = false;
    level_along();
    ck_assert_float_eq(core->bank.level[BANK_VERTICAL], 0.0f);
    core->f.model.accel_missing = true;
    level_along();
    ck_assert_float_eq_tol(core->bank.level[BANK_VERTICAL], 6.0f, 1e-4f);
    fusion_destroy(core);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("held");
    tcase_add_test(cases, scatter_heals_less);
    tcase_add_test(cases, excess_goes);
    tcase_add_test(cases, without_a_heading_it_goes_anywhere);
    tcase_add_test(cases, what_motion_contradicts_does_not_heal);
    tcase_add_test(cases, who_contradicts_may_be_right);
    tcase_add_test(cases, who_contradicts_in_vain);
    tcase_add_test(cases, without_an_accelerometer_roads_climb);
    return run_cases("cover", cases);
}
