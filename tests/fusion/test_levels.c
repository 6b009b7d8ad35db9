/*
 * What levels are made of: of the map as a whole what is assumed of a survey and what a sub-solution without
 * the map shows; and how hypotheses share the risk.
 */
#include "tests/fusion/bank_host.h"

#include <check.h>
#include <math.h>

enum { NOW_NS = 1000000000, CAMERA = 2, SECOND = 4 };

static const map_view nothing;
static settings set;
static fusion *core;

static const float full[BANK_DIRECTIONS] = {0.04f * 0.04f, 0.03f * 0.03f, 0.05f * 0.05f, 1e-6f};

static void setup(const char *sources)
{
    core = bank_host_core(&set, &nothing, sources);
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
    levels_find(core, NOW_NS, full);
    return core->bank.level[BANK_CROSS];
}

static float assumed(void)
{
    return core->factor.map * hypotf(0.03f, (float)set.integrity.hidden_map_m);
}

START_TEST (a_receiver_of_metres_leaves_it_to_the_survey) {
    setup("gnss/roof camera/front");
    measure(CAMERA, 0.3f, 1.0f);
    ck_assert_float_eq_tol(cross_level(), assumed(), 1e-4);
    ck_assert_float_eq_tol(core->bank.map[BANK_CROSS], assumed(), 1e-4);
    core->map.held_ns = INT64_MIN; /* no map is in use: the sub-solution without it is one like others */
    ck_assert_float_gt(cross_level(), 2.0f);
    ck_assert(core->bank.map[BANK_CROSS] == 0.0f);
    fusion_destroy(core);
}
END_TEST

START_TEST (a_receiver_of_centimetres_measures_it) {
    setup("gnss/roof camera/front");
    measure(CAMERA, 0.02f, 0.06f);
    ck_assert_float_gt(cross_level(), 2.5f * 0.06f);
    ck_assert_float_le(core->bank.level[BANK_CROSS], 0.02f + core->factor.map * 0.06f);
    ck_assert_float_lt(core->bank.level[BANK_CROSS], 0.3f * assumed());
    fusion_destroy(core);
}
END_TEST

START_TEST (what_it_contradicts_is_not_assumed) {
    setup("gnss/roof camera/front");
    measure(CAMERA, 0.5f, 0.04f);
    ck_assert_float_gt(cross_level(), 0.5f + 2.5f * 0.04f);
    ck_assert(core->bank.map[BANK_CROSS] == 0.0f); /* its own level counts */
    for (int h = 0; h < core->bank.count; h++) {
        if (bank_rests_on_map(core, &core->bank.of[h]))
            ck_assert_float_gt(levels_of(core, &core->bank.of[h], BANK_CROSS), 0.5f);
    }
    fusion_destroy(core);
}
END_TEST

START_TEST (another_has_the_same_map) {
    static const char *const others[] = {"gnss/roof camera/front camera/rear",
                                         "gnss/roof camera/front radar/front"};
    for (int i = 0; i < 2; i++) {
        setup(others[i]);
        measure(CAMERA, 0.02f, 0.06f); /* the other one has it still */
        ck_assert_float_eq_tol(cross_level(), assumed(), 1e-4);
        measure(CAMERA | SECOND, 0.02f, 0.06f);
        ck_assert_float_le(cross_level(), 0.02f + core->factor.map * 0.06f);
        fusion_destroy(core);
    }
}
END_TEST

/* What a receiver may have hidden is assumed, and has a tenth of the risk for itself. */
START_TEST (what_is_assumed_shares_with_nobody) {
    setup("gnss/roof camera/front");
    core->map.held_ns = INT64_MIN;
    bank_hypothesis *of = &core->bank.of[0];
    ck_assert_uint_eq(of->sources, 1);
    of->live = of->looked = of->live_looks = true;
    of->variance[BANK_CROSS] = 25.0f;
    ck_assert_float_lt(cross_level(), 0.9f * of->missed * 5.0f); /* measured */
    of->start_variance = 24.9f;
    ck_assert_float_eq_tol(cross_level(), of->missed * 5.0f, 1e-3);
    fusion_destroy(core);
}
END_TEST

/* Of an error in the plane the length is above its level with the probability that each direction has, and
 * not with less: no hypotenuse of two levels. What is covered beside it has no such shape. */
START_TEST (what_is_assumed_has_a_length) {
    setup("gnss/roof camera/front");
    core->map.held_ns = INT64_MIN;
    bank_hypothesis *of = &core->bank.of[0];
    const double share = set.integrity.risk / (double)INTEGRITY_RISK_PARTS;
    ck_assert_double_eq_tol((double)of->prior * exp(-0.5 * pow((double)of->missed_length, 2)), share,
                            1e-4 * share);
    of->live = of->looked = of->live_looks = true;
    of->variance[BANK_ALONG] = of->variance[BANK_CROSS] = 402.0f;
    of->start_variance = 400.0f;
    of->separation_variance[BANK_ALONG] = of->separation_variance[BANK_CROSS] = 9.0f;
    of->separation[BANK_ALONG] = of->last[BANK_ALONG] = 3.0f;
    of->separation[BANK_CROSS] = of->last[BANK_CROSS] = -4.0f;
    core->bank.level[BANK_ALONG] = core->bank.level[BANK_CROSS] = 0.0f;
    levels_find(core, NOW_NS, full);
    ck_assert_float_eq_tol(core->bank.length, 5.0f + of->missed_length * sqrtf(404.0f), 1e-2);
    ck_assert_float_lt(core->bank.length,
                       0.8f * hypotf(core->bank.level[BANK_ALONG], core->bank.level[BANK_CROSS]));
    of->separation_variance[BANK_ALONG] = 1.0f; /* strange: then it is no normal error */
    levels_find(core, NOW_NS, full);
    ck_assert_float_eq_tol(core->bank.length,
                           hypotf(core->bank.level[BANK_ALONG], core->bank.level[BANK_CROSS]), 1e-2);
    of->separation_variance[BANK_ALONG] = 9.0f;
    core->bank.level[BANK_ALONG] = 300.0f; /* held */
    levels_find(core, NOW_NS, full);
    ck_assert_float_eq_tol(core->bank.length, hypotf(300.0f, core->bank.level[BANK_CROSS]), 1e-2);
    fusion_destroy(core);
}
END_TEST

/* A pose's levels are no wider in any direction than the length. */
START_TEST (no_direction_is_longer_than_the_length) {
    fusion_pose p = {.heading_rad = 0.3f};
    setup("gnss/roof camera/front");
    core->bank.judged = true;
    core->bank.level[BANK_ALONG] = core->bank.level[BANK_CROSS] = 100.0f;
    core->bank.level[BANK_HEADING] = 0.5f;
    core->bank.length = 109.0f;
    integrity_protect(core, &p);
    ck_assert_float_eq_tol(p.protection_horizontal_m, 109.0f, 1e-3);
    ck_assert_float_eq_tol(p.protection_along_m, 109.0f, 1e-3); /* 148 m by the heading alone */
    fusion_destroy(core);
}
END_TEST

/* What drives the filter begins when the pose has just begun: nothing is lost with the first bank. Later it
 * is.
 */
START_TEST (a_start_holds_nothing) {
    static const double ago_s[] = {0.02, 5.0};
    for (int i = 0; i < 2; i++) {
        setup("gnss/roof camera/front");
        core->f.stamp_ns = NOW_NS;
        core->bank.begun_ns = NOW_NS - (int64_t)(ago_s[i] * 1e9);
        core->bank.judged = true;
        core->bank.level[BANK_ALONG] = 88.0f;
        bank_restart(core);
        ck_assert((core->bank.held_s[BANK_ALONG] > 0.0f) == (i == 1));
        fusion_destroy(core);
    }
}
END_TEST

/* ---- the risk among terms */

static double over(const risk_term *t, int count, double level)
{
    double sum = 0.0;
    for (int i = 0; i < count; i++) {
        double scale = 1.0 / ((double)t[i].sigma * sqrt(2.0));
        sum += 0.5 * (double)t[i].prior *
               (erfc((level - (double)t[i].mean) * scale) + erfc((level + (double)t[i].mean) * scale));
    }
    return sum;
}

START_TEST (all_together_have_the_risk) {
    static const risk_term terms[][3] = {
        {{1.0f, 0.0f, 1.0f, 5.33f}, {1e-2f, 0.0f, 1.0f, 4.42f}, {1e-3f, 0.0f, 1.0f, 3.89f}},
        {{1.0f, 0.0f, 1.0f, 5.33f}, {1e-2f, 0.5f, 3.0f, 4.42f}, {1e-3f, 0.0f, 3.0f, 3.89f}},
        {{1.0f, 0.0f, 1.0f, 5.33f}, {1e-2f, 7.0f, 0.1f, 4.42f}, {1e-3f, 4.0f, 1.0f, 3.89f}},
        {{1.0f, 0.0f, 0.1f, 5.33f}, {1e-4f, 0.0f, 3.0f, 3.29f}, {1e-4f, 0.0f, 3.0f, 3.29f}},
    };
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        float equal = 0.0f, level = risk_level(terms[i], 3, 1e-6f);
        for (int k = 0; k < 3; k++)
            equal = fmaxf(equal, terms[i][k].mean + terms[i][k].sigmas * terms[i][k].sigma);
        ck_assert_float_le(level, equal);
        ck_assert_double_le(over(terms[i], 3, (double)level), 1.001e-6);
        ck_assert_double_gt(over(terms[i], 3, 0.99 * (double)level), 1e-6); /* and no less than it must be */
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("levels");
    TCase *cases = tcase_create("map");
    tcase_add_test(cases, a_receiver_of_metres_leaves_it_to_the_survey);
    tcase_add_test(cases, a_receiver_of_centimetres_measures_it);
    tcase_add_test(cases, what_it_contradicts_is_not_assumed);
    tcase_add_test(cases, another_has_the_same_map);
    tcase_add_test(cases, what_is_assumed_shares_with_nobody);
    tcase_add_test(cases, what_is_assumed_has_a_length);
    tcase_add_test(cases, no_direction_is_longer_than_the_length);
    tcase_add_test(cases, a_start_holds_nothing);
    tcase_add_test(cases, all_together_have_the_risk);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
