/*
 * What levels are made of: of the map as a whole what is assumed of a survey and what a sub-solution without
 * the map shows; and what hypotheses have of the risk.
 */
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/integrity/bank_steer.h"
#include "fusion/integrity/integrity.h"
#include "fusion/integrity/levels.h"
#include "tests/fusion/bank_host.h"
#include "tests/suite.h"

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

/* ---- what several measure together, in numbers. P(|x| > K) of a normal is 1e-6 at K = 4.8916, 9e-5 at
 * 3.9161, 5e-5 at 4.0556, 1e-5 at 4.4172. Levels are found to a 300th, and rounded up. */

enum { ROOF_ONLY = 1, WHEELS_ONLY = 2 };

static void begin(const char *sources)
{
    core = bank_host_core(&set, NULL, sources);
    integrity_set_factors(core);
}

/* Sub-solutions without these sources are beside the filter by off_m, with a sigma of it of sigma_m; the part
 * of that which is assumed. */
static bank_hypothesis *beside(uint32_t sources, float off_m, float sigma_m, float assumed_m2)
{
    bank_hypothesis *of = bank_host_without(core, sources);
    of->live = of->looked = of->live_looks = true;
    for (int i = 0; i < BANK_DIRECTIONS; i++) {
        of->variance[i] = of->separation_variance[i] = sigma_m * sigma_m;
        of->separation[i] = of->last[i] = i == BANK_CROSS ? off_m : 0.0f;
    }
    of->start_variance = assumed_m2;
    return of;
}

static void check_level(float level, float expected)
{
    ck_assert_msg(level > 0.9999f * expected && level < 1.0035f * expected, "%g, not %g", (double)level,
                  (double)expected);
}

START_TEST (the_filter_alone_has_all_of_it) {
    const float metres[BANK_DIRECTIONS] = {1.0f, 4.0f, 0.25f, 0.0f};
    begin("gnss/roof");
    levels_find(core, NOW_NS, metres);
    check_level(core->bank.level[BANK_ALONG], 4.8916f);
    check_level(core->bank.level[BANK_CROSS], 2.0f * 4.8916f);
    check_level(core->bank.free_sigmas[BANK_VERTICAL], 4.8916f);
    ck_assert_float_eq(core->bank.free_sigmas[BANK_HEADING], core->factor.fault_free); /* it has no sigma */
    ck_assert_float_eq_tol(core->bank.length,
                           hypotf(core->bank.level[BANK_ALONG], core->bank.level[BANK_CROSS]), 1e-4f);
    beside(ROOF_ONLY, 0.0f, 100.0f, 0.0f); /* a wide one asks for no more of the filter than its own share */
    levels_find(core, NOW_NS, metres);
    ck_assert_float_eq(core->bank.free_sigmas[BANK_ALONG], core->factor.fault_free);
    fusion_destroy(core);
}
END_TEST

/* Two with a prior of 1e-2 each: 5e-5 is left for one. */
START_TEST (two_share_it) {
    begin("gnss/roof wheel/abs");
    beside(ROOF_ONLY, 0.0f, 1.0f, 0.0f);
    beside(WHEELS_ONLY, 0.0f, 1.0f, 0.0f);
    check_level(cross_level(), 4.0556f);
    bank_host_without(core, WHEELS_ONLY)->looked = false;
    check_level(cross_level(), 3.8906f);
    fusion_destroy(core);
}
END_TEST

/* What is assumed has a tenth each, of which the others have nothing; but a tenth is left, however many. */
START_TEST (who_assumes_takes_a_tenth) {
    static const float left[] = {3.8906f, 3.9161f, 4.0556f, 4.4172f, 4.4172f};
    static const int assumed_by[] = {0, 1, 5, 9, 11};
    for (int i = 0; i < 5; i++) {
        begin("wheel/abs roadside/a roadside/b roadside/c roadside/d roadside/e roadside/f roadside/g "
              "roadside/h roadside/i roadside/j roadside/k");
        beside(1, 0.0f, 1.0f, 0.0f);
        for (int k = 0; k < assumed_by[i]; k++)
            beside(2u << k, 0.0f, 0.1f, 0.005f);
        check_level(cross_level(), left[i]);
        fusion_destroy(core);
    }
}
END_TEST

/* Separated by 2 sigmas, or more: shares are equal, and of those the largest level counts. */
START_TEST (what_is_strange_has_equal_shares) {
    begin("gnss/roof wheel/abs");
    beside(ROOF_ONLY, 0.08f, 0.04f, 0.0f);
    beside(WHEELS_ONLY, 0.0f, 0.01f, 0.0f);
    ck_assert_float_eq_tol(cross_level(), 0.08f + 4.4172f * 0.04f, 1e-4f);
    ck_assert(core->bank.strange);
    beside(ROOF_ONLY, 0.0799f, 0.04f, 0.0f);
    check_level(cross_level(), 0.0799f + 0.04f * 3.7190f); /* P(x > K) = 1e-4: no error to the other side */
    ck_assert(!core->bank.strange);
    fusion_destroy(core);
}
END_TEST

/* Moved from 5 cm to 2 cm: 2 and 3 more; the heading has a margin of 1.3. */
START_TEST (a_bound_of_its_own) {
    begin("gnss/roof");
    bank_hypothesis *of = beside(ROOF_ONLY, -0.02f, 0.1f, 0.0f);
    of->last[BANK_CROSS] = -0.05f;
    ck_assert_float_eq_tol(levels_measured(core, of, BANK_CROSS), 0.05f + 3.8906f * 0.1f, 1e-4f);
    ck_assert_float_eq_tol(levels_measured(core, of, BANK_HEADING), 1.3f * 3.8906f * 0.1f, 1e-4f);
    of->start_variance = 0.005f;
    ck_assert_float_eq_tol(levels_measured(core, of, BANK_CROSS), 0.05f + 4.4172f * 0.1f, 1e-4f);
    of->start_variance = 0.0f;
    core->bank.strange = true;
    ck_assert_float_eq_tol(levels_measured(core, of, BANK_CROSS), 0.05f + 4.4172f * 0.1f, 1e-4f);
    fusion_destroy(core);
}
END_TEST

/* Of the two without the IMU the one with the smaller sigma counts, whatever they say. */
START_TEST (the_surer_of_two_counts) {
    static const float sigmas[] = {1.0f, 3.0f};
    for (int i = 0; i < 2; i++) {
        core = bank_host_core(&set, &nothing, "imu/box wheel/abs");
        integrity_set_factors(core);
        bank_hypothesis *own = beside(1, 0.0f, 2.0f, 0.0f);
        for (bank_hypothesis *of = own; of < core->bank.of + core->bank.count; of++) {
            if (!bank_is_steered(of))
                continue;
            *of = *own;
            of->quantities = 1u << QUANTITY_INERTIAL;
            of->variance[BANK_CROSS] = sigmas[i] * sigmas[i];
            of->separation[BANK_CROSS] = of->last[BANK_CROSS] = 0.5f;
        }
        core->steer.source = 1;
        core->steer.stamp_ns = core->f.stamp_ns;
        /* of 1e-3 for one side 3.0902, for both 3.2905 */
        check_level(cross_level(), i == 0 ? 0.5f + 3.0902f * 1.0f : 3.2905f * 2.0f);
        fusion_destroy(core);
    }
}
END_TEST

/* ---- on a map, in numbers: it hides 0.25 m, so that K_map = 3.2905 of hypot(0.03, 0.25) are assumed */

/* Off by 1.8 sigmas: nothing is strange, and the level no less than what receivers see. */
START_TEST (no_less_than_what_is_seen) {
    setup("gnss/roof camera/front");
    measure(CAMERA, -2.0f, 1.1f);
    ck_assert_float_eq_tol(cross_level(), 2.0f, 1e-4f);
    ck_assert_float_eq_tol(core->bank.map[BANK_CROSS], 3.2905f * 0.251794f, 1e-3f);
    ck_assert_float_eq_tol(core->bank.map[BANK_HEADING], 3.2905f * 1e-3f, 1e-6f); /* it turns nobody */
    for (int h = 0; h < core->bank.count; h++) {
        if (bank_rests_on_map(core, &core->bank.of[h]))
            ck_assert_float_eq_tol(levels_of(core, &core->bank.of[h], BANK_CROSS), 2.0f, 1e-4f);
    }
    measure(CAMERA, 2.2f, 1.1f); /* 2 sigmas: what is assumed no longer counts */
    ck_assert_float_eq_tol(cross_level(), 2.2f + 3.2905f * 1.1f, 1e-3f);
    ck_assert_float_eq(core->bank.map[BANK_CROSS], 0.0f);
    fusion_destroy(core);
}
END_TEST

/* What is assumed of the map takes a tenth, as all that is assumed; nine are left for a receiver's 1e-2. */
START_TEST (a_map_takes_a_tenth) {
    setup("gnss/roof camera/front");
    measure(CAMERA, 0.0f, 9.0f);
    beside(ROOF_ONLY, 0.0f, 1.0f, 0.0f);
    check_level(cross_level(), 3.9161f);
    fusion_destroy(core);
}
END_TEST

/* Off without all who see the map: that bounds it; without one of two who do the rest is still the map's. */
START_TEST (who_rests_on_a_strange_map_has_no_say) {
    setup("gnss/roof camera/front camera/rear");
    measure(CAMERA, 0.1f, 3.0f);
    measure(CAMERA | SECOND, 0.5f, 0.04f);
    ck_assert_float_eq_tol(cross_level(), 0.5f + 3.2905f * 0.04f, 1e-3f);
    fusion_destroy(core);
}
END_TEST

/* ---- of the length, what is assumed alone */

START_TEST (others_do_not_lengthen_it) {
    for (int i = 0; i < 5; i++) {
        setup("gnss/roof camera/front imu/box wheel/abs");
        core->map.held_ns = i == 2 ? NOW_NS : INT64_MIN;
        core->f.stamp_ns = NOW_NS;
        bank_hypothesis *of = beside(ROOF_ONLY, 0.0f, 20.0f, 399.0f);
        const float length = of->missed_length * sqrtf(401.0f); /* 4.7985 of it: 96.1, and not 125 m */
        ck_assert_float_eq_tol(of->missed_length, 4.7985f, 1e-3f);
        if (i == 1) /* not assumed: 4.7985 of hypot(15.5, 15.5) would be 105 m, in each direction it is 60 */
            beside(8, 0.0f, 15.5f, 0.0f);
        if (i == 2) /* the survey */
            beside(2, 0.0f, 22.0f, 450.0f);
        if (i == 3) /* of before the last look */
            beside(8, 0.0f, 22.0f, 480.0f)->looked = false;
        for (int h = 0; h < core->bank.count && i == 4; h++) { /* one that turns as wheels say */
            if (bank_is_steered(&core->bank.of[h])) {
                const bank_hypothesis steered = core->bank.of[h];
                core->bank.of[h] = *beside(8, 0.0f, 22.0f, 480.0f);
                bank_host_without(core, 8)->looked = false;
                core->bank.of[h].quantities = steered.quantities;
                core->bank.of[h].sources = steered.sources;
            }
        }
        core->bank.level[BANK_ALONG] = core->bank.level[BANK_CROSS] = 0.0f;
        levels_find(core, NOW_NS, full);
        ck_assert_msg(fabsf(core->bank.length - length) < 0.01f, "case %d: %g", i, (double)core->bank.length);
        fusion_destroy(core);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map");
    tcase_add_test(cases, a_receiver_of_metres_leaves_it_to_the_survey);
    tcase_add_test(cases, a_receiver_of_centimetres_measures_it);
    tcase_add_test(cases, what_it_contradicts_is_not_assumed);
    tcase_add_test(cases, another_has_the_same_map);
    tcase_add_test(cases, what_is_assumed_shares_with_nobody);
    tcase_add_test(cases, what_is_assumed_has_a_length);
    tcase_add_test(cases, no_direction_is_longer_than_the_length);
    tcase_add_test(cases, a_start_holds_nothing);
    tcase_add_test(cases, the_filter_alone_has_all_of_it);
    tcase_add_test(cases, two_share_it);
    tcase_add_test(cases, who_assumes_takes_a_tenth);
    tcase_add_test(cases, what_is_strange_has_equal_shares);
    tcase_add_test(cases, a_bound_of_its_own);
    tcase_add_test(cases, the_surer_of_two_counts);
    tcase_add_test(cases, no_less_than_what_is_seen);
    tcase_add_test(cases, a_map_takes_a_tenth);
    tcase_add_test(cases, who_rests_on_a_strange_map_has_no_say);
    tcase_add_test(cases, others_do_not_lengthen_it);
    return run_cases("levels", cases);
}
