/* What was covered before the bank started anew: what heals it. */
#include "fusion/core.h"

#include <check.h>
#include <math.h>

enum { NOW_NS = 1000000000, GNSS = 0, WHEEL = 1 };

static settings set;
static fusion *core;

static void setup(void)
{
    const fusion_sinks sinks = {0};
    settings_default(&set);
    settings_add_source(&set, "gnss/roof");
    settings_add_source(&set, "wheel/rear");
    core = fusion_create(&set, &sinks);
}

static float healed_s(float scatter)
{
    core->bank.held_s[BANK_CROSS] = 10.0f;
    core->bank.look_ns = NOW_NS;
    core->source[GNSS].noise_scale = scatter;
    core->source[GNSS].fused_ns = NOW_NS + NOW_NS;
    core->source[GNSS].reject_since_ns = core->source[GNSS].velocity_reject_since_ns = INT64_MIN;
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
    core->source[GNSS].wobble = 25.0f;
    core->source[GNSS].covered_m = 3.0f;
    core->source[GNSS].strayed_m = 20.0f;
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
    core->source[GNSS].banned = true; /* nobody agrees */
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
    core->source[GNSS].reject_since_ns = core->source[GNSS].velocity_reject_since_ns = INT64_MIN;
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

int main(void)
{
    Suite *suite = suite_create("cover");
    TCase *cases = tcase_create("held");
    tcase_add_test(cases, scatter_heals_less);
    tcase_add_test(cases, excess_goes);
    tcase_add_test(cases, without_a_heading_it_goes_anywhere);
    tcase_add_test(cases, what_motion_contradicts_does_not_heal);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
