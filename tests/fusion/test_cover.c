/* The map as a whole: what is assumed of a survey, and what a sub-solution without the map shows.
 * What was covered before: what heals it. */
#include "fusion/core.h"

#include <check.h>
#include <math.h>

enum { NOW_NS = 1000000000, CAMERA = 2, SECOND = 4 };

static const map_view nothing;
static settings set;
static fusion *core;

static const float full[BANK_DIRECTIONS] = {0.04f * 0.04f, 0.03f * 0.03f, 0.05f * 0.05f, 1e-6f};

static void setup(const char *second)
{
    const fusion_sinks sinks = {0};
    settings_default(&set);
    settings_add_source(&set, "gnss/roof");
    settings_add_source(&set, "camera/front");
    if (second)
        settings_add_source(&set, second);
    core = fusion_create_on_map(&set, &sinks, &nothing);
    integrity_set_factors(core);
    core->map.held_ns = NOW_NS;
}

/* Sub-solutions without these sources' word on the map are off_m beside the filter, and their own sigma is
 * sigma_m. */
static void measure(uint32_t sources, float off_m, float sigma_m)
{
    for (int h = 0; h < core->bank.count; h++) {
        bank_hypothesis *of = &core->bank.of[h];
        if (!bank_rests_on_map(core, of) || of->sources != sources)
            continue;
        of->live = of->looked = of->live_looks = true;
        for (int i = 0; i < BANK_DIRECTIONS; i++) {
            of->separation[i] = of->last[i] = i == BANK_CROSS ? off_m : 0.0f;
            of->variance[i] = of->separation_variance[i] = sigma_m * sigma_m;
        }
    }
}

static float cross_level(void)
{
    core->bank.level[BANK_CROSS] = 0.0f;
    cover_more(core, NOW_NS, full);
    return core->bank.level[BANK_CROSS];
}

static float assumed(void)
{
    return core->factor.map * hypotf(0.03f, (float)set.integrity.hidden_map_m);
}

START_TEST (a_receiver_of_metres_leaves_it_to_the_survey) {
    setup(NULL);
    measure(CAMERA, 0.3f, 1.0f);
    ck_assert_float_eq_tol(cross_level(), assumed(), 1e-4);
    ck_assert_float_eq_tol(core->bank.map[BANK_CROSS], assumed(), 1e-4);
    core->map.held_ns = INT64_MIN; /* no map is in use */
    ck_assert(cross_level() == 0.0f && core->bank.map[BANK_CROSS] == 0.0f);
    fusion_destroy(core);
}
END_TEST

START_TEST (a_receiver_of_centimetres_measures_it) {
    setup(NULL);
    measure(CAMERA, 0.02f, 0.04f);
    ck_assert_float_eq_tol(cross_level(), 0.02f + core->factor.map * 0.04f, 1e-4);
    ck_assert_float_lt(core->bank.level[BANK_CROSS], 0.3f * assumed());
    fusion_destroy(core);
}
END_TEST

START_TEST (what_it_contradicts_is_not_assumed) {
    setup(NULL);
    measure(CAMERA, 0.5f, 0.04f);
    ck_assert(cross_level() == 0.0f); /* its own level counts */
    for (int h = 0; h < core->bank.count; h++) {
        if (bank_rests_on_map(core, &core->bank.of[h]))
            ck_assert_float_gt(integrity_level(core, &core->bank.of[h], BANK_CROSS), 0.5f);
    }
    fusion_destroy(core);
}
END_TEST

START_TEST (another_has_the_same_map) {
    static const char *const others[] = {"camera/rear", "radar/front"};
    for (int i = 0; i < 2; i++) {
        setup(others[i]);
        measure(CAMERA, 0.02f, 0.04f); /* the other one has it still */
        ck_assert_float_eq_tol(cross_level(), assumed(), 1e-4);
        measure(CAMERA | SECOND, 0.02f, 0.04f);
        ck_assert_float_eq_tol(cross_level(), 0.02f + core->factor.map * 0.04f, 1e-4);
        fusion_destroy(core);
    }
}
END_TEST

/* ---- what was covered before the bank started anew */

enum { GNSS = 0 };

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
    setup(NULL);
    ck_assert_float_eq_tol(healed_s(1.0f), 1.0f, 1e-3);
    ck_assert_float_eq_tol(healed_s(0.5f), 1.0f, 1e-3); /* no more than it claims */
    ck_assert_float_eq_tol(healed_s(4.0f), 1.0f / 16.0f, 1e-3);
    fusion_destroy(core);
}
END_TEST

START_TEST (what_motion_contradicts_does_not_heal) {
    setup("wheel/rear");
    source_run *wheels = &core->source[2];
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
    setup(NULL);
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
    TCase *cases = tcase_create("map");
    tcase_add_test(cases, a_receiver_of_metres_leaves_it_to_the_survey);
    tcase_add_test(cases, a_receiver_of_centimetres_measures_it);
    tcase_add_test(cases, what_it_contradicts_is_not_assumed);
    tcase_add_test(cases, another_has_the_same_map);
    tcase_add_test(cases, scatter_heals_less);
    tcase_add_test(cases, without_a_heading_it_goes_anywhere);
    tcase_add_test(cases, what_motion_contradicts_does_not_heal);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
