/*
 * Elements that are not where the map has them: what agrees makes one trusted, what contradicts gives it up,
 * and what the pose has taken from it is taken back.
 */
#include "fusion/core/core.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/bank_layout.h"
#include "fusion/map/map_slots.h"
#include "fusion/map/map_trust.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { MARKS = 4 };
static map_mark marks[MARKS];
static map_view map;
static settings set;
static fusion *core;
static int slot;
static const float survey_m = 0.03f, prior_odds = 1.0f / 19.0f;

/* A pose known to sigma_m per axis, and one element in use. */
static void begin(float sigma_m)
{
    const fusion_sinks sinks = {0};
    settings_default(&set);
    settings_add_source(&set, "camera/front");
    settings_add_source(&set, "gnss/roof");
    map = (map_view){.marks = marks, .mark_count = MARKS};
    core = fusion_create_on_map(&set, &sinks, &map);
    core->running = true;
    core->source[0].interval_s = 0.1f;
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_POSITION + i, sigma_m * sigma_m);
    slot = map_slot_take(core, MAP_SLOT_MARK, 0, survey_m, 0);
}

static void teardown(void)
{
    fusion_destroy(core);
}

/* How far the element is along the first axis, m: it may be off, and so may the pose. */
static void element_ahead(float off_m, measurement *m)
{
    measurement_start(m, 1);
    measurement_column(m, STATE_POSITION, -1.0f, 0.0f, 0.0f);
    measurement_column(m, map_slot_state(core, slot), 1.0f, 0.0f, 0.0f);
    m->innovation[0] = off_m;
    m->noise[0][0] = 0.01f;
}

static void hear(const measurement *m)
{
    projection j;
    covariance_project(&core->f.p, m, &j);
    map_trust_hear(core, &core->source[0], m, &j);
}

static void fuse(const measurement *m)
{
    projection j;
    float dx[STATE_MAX] __attribute__((aligned(32))), s[3][3] = {{0.0f}};
    covariance_project(&core->f.p, m, &j);
    s[0][0] = j.s[0][0] + m->noise[0][0];
    ck_assert(covariance_update(&core->f.p, m, &j, s, dx, core->f.considered));
}

static const map_trust *trust(void)
{
    return &core->map.slots[slot].trust;
}

static float pose_variance(void)
{
    return covariance_at(&core->f.p, STATE_POSITION, STATE_POSITION);
}

START_TEST (what_agrees_is_trusted) {
    measurement m;
    begin(0.05f);
    element_ahead(0.02f, &m);
    for (int i = 0; i < 20; i++)
        hear(&m);
    ck_assert_float_lt(trust()->log_ratio, -1.5f);
    ck_assert(!trust()->given_up);
    ck_assert_float_lt(sqrtf(trust()->spread[0][0]), 0.2f); /* were it elsewhere, not along this axis */
    ck_assert_float_gt(sqrtf(trust()->spread[1][1]), 1.9f); /* nothing was said of that one */
    ck_assert_float_eq(core->map.elsewhere, 0.0f);
}
END_TEST

START_TEST (what_contradicts_is_given_up) {
    measurement m;
    int looks = 0;
    begin(0.05f);
    element_ahead(2.0f, &m);
    for (; looks < 50 && !trust()->given_up; looks++)
        hear(&m);
    ck_assert_int_le(looks, 5);
    ck_assert_float_eq_tol(trust()->off[0], 2.0f, 0.2f);
    ck_assert(map_trust_hidden(core) == 0.0f); /* the pose is not held by the map */
    const map_trust before = *trust();
    hear(&m); /* the case is closed */
    ck_assert_mem_eq(trust(), &before, sizeof before);
}
END_TEST

/* It may be of something else. */
START_TEST (one_look_says_so_much) {
    measurement m;
    begin(0.05f);
    element_ahead(1000.0f, &m);
    hear(&m);
    ck_assert_float_eq(trust()->log_ratio, 3.0f);
}
END_TEST

/* What one error of the pose does to many measurements counts as one. */
START_TEST (what_comes_often_says_little) {
    static const float interval_s[] = {1.0f, 0.02f};
    float says[2];
    measurement m;
    for (int i = 0; i < 2; i++) {
        begin(0.3f);
        element_ahead(2.0f, &m);
        core->source[0].interval_s = interval_s[i];
        hear(&m);
        says[i] = trust()->log_ratio;
        if (i == 0)
            fusion_destroy(core);
    }
    ck_assert_float_eq(says[0], 3.0f);
    ck_assert_float_lt(says[1], 0.0f);
}
END_TEST

/* Upwards nothing stands far from where it was surveyed. */
START_TEST (things_stand_elsewhere_on_the_ground) {
    const double up[3] = {0.36, 0.48, 0.8};
    begin(0.05f);
    memcpy(core->f.r_enu_ecef[2], up, sizeof up);
    map_trust_begin(core, slot);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) {
            const double u = up[i] * up[k], square = 4.0 * ((i == k) - u) + 0.09 * u;
            ck_assert_double_eq_tol((double)trust()->spread[i][k], square, 1e-5);
        }
    }
}
END_TEST

/* Two looks from two directions against both hypotheses, as one measurement of two values with its full
 * covariance: S = s I where it is where the map has it, and S + H D H' where it is not. */
START_TEST (all_that_was_seen_is_weighed_at_once) {
    const double h[2][3] = {{0.36, -0.48, 0.8}, {0.6, 0.8, 0.0}}, v[2] = {0.3, -0.2};
    const double d[3] = {4.0, 1.0, 0.25}, s = 0.01 + 11.0 * 0.0009; /* noise, survey as often as it repeats */
    double a[2][2] = {{s, 0.0}, {0.0, s}};
    begin(0.0f);
    for (int i = 0; i < 9; i++)
        core->map.slots[slot].trust.spread[i / 3][i % 3] = i % 4 ? 0.0f : (float)d[i / 3];
    for (int k = 0; k < 2; k++) {
        measurement m;
        measurement_start(&m, 1);
        for (int i = 0; i < 3; i++)
            measurement_column(&m, map_slot_state(core, slot) + i, (float)h[k][i], 0.0f, 0.0f);
        m.innovation[0] = (float)v[k];
        m.noise[0][0] = 0.01f;
        for (int l = 0; l < 2; l++)
            a[k][l] += h[k][0] * h[l][0] * d[0] + h[k][1] * h[l][1] * d[1] + h[k][2] * h[l][2] * d[2];
        core->source[0].interval_s = 0.1f;
        hear(&m);
    }
    const double det = a[0][0] * a[1][1] - a[0][1] * a[1][0];
    const double nis = (v[0] * v[0] * a[1][1] - 2.0 * v[0] * v[1] * a[0][1] + v[1] * v[1] * a[0][0]) / det;
    const double here = (v[0] * v[0] + v[1] * v[1]) / s;
    ck_assert_double_eq_tol((double)trust()->log_ratio, 0.5 * (here - nis + log(s * s / det)), 2e-3);
}
END_TEST

/* Where the pose has come from the element itself, the element agrees with it wherever it stands. */
START_TEST (a_pose_that_follows_it_says_nothing_of_it) {
    measurement m;
    begin(10.0f);
    element_ahead(0.0f, &m);
    for (int i = 0; i < 50; i++)
        fuse(&m);
    ck_assert_float_lt(sqrtf(pose_variance()), 0.05f);
    for (int i = 0; i < 50; i++)
        hear(&m);
    ck_assert_float_gt(trust()->log_ratio, -0.1f);
    ck_assert_float_gt(sqrtf(trust()->spread[0][0]), 1.8f);
}
END_TEST

START_TEST (what_the_pose_took_from_it_is_taken_back) {
    measurement m, other;
    begin(10.0f);
    element_ahead(0.0f, &m);
    for (int i = 0; i < 50; i++)
        fuse(&m);
    ck_assert_float_lt(sqrtf(pose_variance()), 0.05f);
    measurement_start(&other, 1); /* the pose, by others */
    measurement_column(&other, STATE_POSITION, 1.0f, 0.0f, 0.0f);
    other.innovation[0] = 2.0f;
    other.noise[0][0] = 0.01f;
    for (int i = 0; i < 5; i++)
        hear(&other);
    ck_assert(trust()->given_up);
    ck_assert_float_gt(sqrtf(pose_variance()), 1.5f);
    ck_assert_float_lt(sqrtf(pose_variance()), 3.0f); /* where it stands, and how sure that is */
    const float before = pose_variance();
    fuse(&m); /* it says nothing new: it may stand anywhere near */
    ck_assert_float_gt(pose_variance(), 0.95f * before);
}
END_TEST

START_TEST (the_pose_says_what_it_rests_on) {
    measurement m;
    fusion_pose p;
    memset(&p, 0, sizeof p);
    begin(10.0f);
    element_ahead(0.0f, &m);
    for (int i = 0; i < 50; i++)
        fuse(&m);
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++)
            core->f.r_enu_ecef[i][k] = i == k ? 1.0 : 0.0;
    }
    map_trust_doubt(core, &p);
    ck_assert_float_eq_tol(sqrtf(p.covariance[0][0]), 2.0f * sqrtf(1.0f / 20.0f), 0.02f);
    ck_assert_float_lt(p.covariance[1][1], 1e-6f);
}
END_TEST

/* In local axes, which are others than the state's; what its element does to the attitude too. */
START_TEST (the_pose_says_it_in_local_axes) {
    const int local[3] = {1, 2, 0};
    fusion_pose p;
    begin(1.0f);
    const int state = map_slot_state(core, slot);
    for (int i = 0; i < 9;
         i++) /* the element's error in that of position and attitude, as if it had been fused */
        core->f.r_enu_ecef[i / 3][i % 3] = local[i / 3] == i % 3 ? 1.0 : 0.0;
    for (int i = 0; i < 18; i++) {
        const int row = i < 9 ? STATE_POSITION + i / 3 : STATE_ATTITUDE + i / 3 - 3, of = state + i % 3;
        covariance_row(&core->f.p, row)[of] = covariance_row(&core->f.p, of)[row] = 1e-4f * (float)(i + 1);
    }
    memset(&p, 0, sizeof p);
    core->running = false;
    map_trust_doubt(core, &p);
    ck_assert_float_eq(p.covariance[0][0], 0.0f);
    core->running = true;
    map_trust_doubt(core, &p);
    for (int i = 0; i < 6; i++) {
        for (int k = i / 3 * 3; k < i / 3 * 3 + 3; k++) {
            const int row = (i < 3 ? STATE_POSITION : STATE_ATTITUDE) + local[i % 3],
                      column = (k < 3 ? STATE_POSITION : STATE_ATTITUDE) + local[k % 3];
            double sum = 0.0;
            for (int l = 0; l < 3; l++)
                sum += (double)covariance_at(&core->f.p, row, state + l) *
                       (double)covariance_at(&core->f.p, column, state + l);
            sum *= 4.0 / (0.0009 * 0.0009) / 20.0;
            ck_assert_double_eq_tol((double)p.covariance[i][k], sum, 1e-4 * sum);
        }
    }
}
END_TEST

/* ---- a slot is given to another element */

/* P + U D U', every element of it, of the filter and of the sub-solutions. */
START_TEST (what_it_may_have_spoilt_stays) {
    static double before[STATE_MAX][STATE_MAX];
    measurement m;
    begin(10.0f);
    const int n = core->f.p.n, state = map_slot_state(core, slot);
    measurement_start(&m, 1);
    for (int i = 0; i < 3; i++) {
        measurement_column(&m, STATE_POSITION + i, i == 1 ? 0.8f : -0.6f, 0.0f, 0.0f);
        measurement_column(&m, state + i, i == 1 ? 0.8f : 0.6f, 0.0f, 0.0f);
    }
    m.innovation[0] = 0.0f;
    m.noise[0][0] = 0.01f;
    for (int i = 0; i < 10; i++)
        fuse(&m);
    bank_copy(core, 0);
    core->map.slots[slot].trust.log_ratio = 2.0f;
    core->map.slots[slot].trust.off[1] = 0.5f;
    for (int i = 0; i < n * n; i++)
        before[i / n][i % n] = (double)covariance_at(&core->f.p, i / n, i % n);
    map_trust_end(core, slot);
    const double odds = exp(2.0) / 19.0, share = odds / (1.0 + odds), variance = before[state][state];
    const covariance own = bank_covariance(core, 0);
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++) {
            double sum = before[i][k];
            for (int l = 0; l < 3; l++)
                sum += share * (l == 1 ? 4.25 : 4.0) * before[i][state + l] * before[k][state + l] /
                       (variance * variance);
            ck_assert_double_eq_tol((double)covariance_at(&core->f.p, i, k), sum, 1e-4 * fabs(sum) + 1e-6);
            ck_assert_double_eq_tol((double)covariance_at(&own, i, k), sum, 1e-4 * fabs(sum) + 1e-6);
        }
    }
    ck_assert_float_eq(core->map.judged, 1.0f);
    ck_assert_float_eq_tol(core->map.elsewhere, (float)share, 1e-5f);
}
END_TEST

/* ---- one of several */

/* Says nothing of any element. */
static void hear_nothing(void)
{
    measurement m;
    measurement_start(&m, 1);
    measurement_column(&m, STATE_POSITION, 1.0f, 0.0f, 0.0f);
    m.innovation[0] = 0.0f;
    m.noise[0][0] = 0.01f;
    hear(&m);
}

/* As many elements in use as there are values; what was seen says that much against each. */
static void suspect(const float *log_ratio, int count)
{
    begin(0.05f);
    for (int i = 0; i < count; i++) {
        const int at = i == 0 ? slot : map_slot_take(core, MAP_SLOT_MARK, (uint32_t)i, survey_m, 0);
        core->map.slots[at].trust.log_ratio = log_ratio[i];
    }
}

static bool is_given_up(int which)
{
    return core->map.slots[map_slot_find(core, MAP_SLOT_MARK, (uint32_t)which)].trust.given_up;
}

static float log_ratio_of(int which)
{
    return core->map.slots[map_slot_find(core, MAP_SLOT_MARK, (uint32_t)which)].trust.log_ratio;
}

START_TEST (it_takes_more_than_not) {
    suspect((float[]){2.9f}, 1); /* odds of 0.96 */
    hear_nothing();
    ck_assert(!is_given_up(0));
    core->map.slots[slot].trust.log_ratio = 3.0f; /* of 1.06 */
    hear_nothing();
    ck_assert(is_given_up(0));
    fusion_destroy(core);
    suspect((float[]){500.0f}, 1); /* more than a float holds */
    hear_nothing();
    ck_assert(is_given_up(0));
}
END_TEST

START_TEST (of_three_the_worst_goes) {
    suspect((float[]){6.0f, 6.1f, 5.9f, -0.5f}, 4);
    core->map.tied = 3;
    core->f.stamp_ns = 7000000000;
    hear_nothing();
    ck_assert(!is_given_up(0) && is_given_up(1) && !is_given_up(2) && !is_given_up(3));
    ck_assert_float_eq(log_ratio_of(0), 0.0f); /* it may have been the first one's doing */
    ck_assert_float_eq(log_ratio_of(2), 0.0f);
    ck_assert_float_eq(log_ratio_of(3), -0.5f); /* that it agreed was its own */
    ck_assert_uint_eq(core->map.tied, 0);
    ck_assert_int_eq(core->unsettled_ns, 7000000000);
}
END_TEST

START_TEST (of_four_alike_none_goes) {
    suspect((float[]){6.0f, 6.0f, 6.0f, 6.0f}, 4);
    hear_nothing();
    for (int i = 0; i < 4; i++)
        ck_assert(!is_given_up(i));
}
END_TEST

/* With off = 0 a suspect's mean square is 4 m^2 times its share. */
static float share_of(const map_suspects *s, int which)
{
    const int state = map_slot_state(core, map_slot_find(core, MAP_SLOT_MARK, (uint32_t)which));
    for (int i = 0; i < s->count; i++) {
        if (s->of[i].state == state)
            return s->of[i].square[0][0] / 4.0f;
    }
    return 0.0f;
}

START_TEST (only_a_share_that_counts_does) {
    map_suspects s;
    suspect((float[]){0.0f}, 1); /* one of twenty */
    map_trust_suspects(core, &s);
    ck_assert_int_eq(s.count, 0);
    fusion_destroy(core);
    suspect((float[]){2.0f, 0.0f}, 2);
    const float odds = expf(2.0f) * prior_odds;
    map_trust_suspects(core, &s);
    ck_assert_int_eq(s.count, 1);
    ck_assert_float_eq_tol(share_of(&s, 0), odds / (1.0f + odds + prior_odds), 1e-5f);
    core->map.judged = 20.0f; /* ten of forty were elsewhere */
    core->map.elsewhere = 9.0f;
    core->map.slots[slot].trust.log_ratio = 0.0f;
    map_trust_suspects(core, &s);
    ck_assert_float_eq_tol(share_of(&s, 0), 1.0f / 5.0f, 1e-5f); /* odds of a third, for each of the two */
    ck_assert_float_eq_tol(share_of(&s, 1), 1.0f / 5.0f, 1e-5f);
}
END_TEST

/* g' D h, D what its place may be off by. */
START_TEST (two_predictions_share_what_an_element_does) {
    const float g[3] = {0.5f, -1.0f, 2.0f}, h[3] = {1.0f, 0.25f, -0.5f}, off[3] = {0.3f, -0.2f, 0.1f};
    const double odds = exp(3.0) / 19.0, share = odds / (1.0 + odds + 1.0 / 19.0);
    map_suspects s;
    projection a, b;
    double sum = 0.0;
    suspect((float[]){3.0f, 0.0f}, 2);
    const int state = map_slot_state(core, slot);
    memset(&a, 0, sizeof a);
    memset(&b, 0, sizeof b);
    for (int i = 0; i < core->f.p.n; i++)
        a.y[2][i] = b.y[1][i] = 1.0f; /* of the other one as well, whose share is none */
    for (int i = 0; i < 3; i++) {
        a.y[2][state + i] = g[i] * survey_m * survey_m;
        b.y[1][state + i] = h[i] * survey_m * survey_m;
        core->map.slots[slot].trust.off[i] = off[i];
        for (int k = 0; k < 3; k++)
            sum += share * (double)(g[i] * h[k] * ((i == k ? 4.0f : 0.0f) + off[i] * off[k]));
    }
    map_trust_suspects(core, &s);
    ck_assert_double_eq_tol((double)map_suspects_shared(&s, &a, 2, &b, 1), sum, 1e-4);
}
END_TEST

/* ---- */

/* One of twenty is elsewhere, as long as nothing is known of the map; each one that was adds to it. */
START_TEST (a_map_is_known_by_its_elements) {
    measurement m;
    begin(0.05f);
    element_ahead(2.0f, &m);
    for (int i = 0; i < 10; i++)
        hear(&m);
    ck_assert(trust()->given_up);
    map_trust_end(core, slot);
    ck_assert_float_eq(core->map.judged, 1.0f);
    ck_assert_float_eq(core->map.elsewhere, 1.0f);
}
END_TEST

static const int64_t second_ns = 1000000000;

/* Held by the map at that time, and since then. */
static void tie(int64_t since_s, int64_t at_s)
{
    core->map.tied_ns = since_s * second_ns;
    core->map.held_ns = at_s * second_ns;
}

START_TEST (what_contradicts_early_is_put_down_to_the_map_once) {
    begin(0.05f);
    tie(10, 15);
    core->map.blamed_ns = INT64_MIN;
    ck_assert(map_trust_explains(core, 1u, 15 * second_ns));
    ck_assert(map_trust_explains(core, 3u, 15 * second_ns));
    ck_assert(!map_trust_explains(core, 2u, 15 * second_ns)); /* no camera */
    map_trust_blame(core, 15 * second_ns);
    ck_assert_int_eq(core->map.tied_ns, INT64_MIN); /* nothing holds it any more */
    ck_assert_int_eq(map_slot_find(core, MAP_SLOT_MARK, 0), MAP_NO_SLOT);
    tie(20, 25);
    ck_assert(!map_trust_explains(core, 1u, 25 * second_ns)); /* once, and then it is the camera */
    tie(70, 76);
    ck_assert(map_trust_explains(core, 1u, 76 * second_ns)); /* a minute later it is another story */
}
END_TEST

START_TEST (a_pose_that_the_map_has_held_for_long_is_not_shaken) {
    begin(0.05f);
    tie(20, 50);
    core->f.stamp_ns = 50 * second_ns;
    core->map.blamed_ns = INT64_MIN;
    ck_assert(!map_trust_explains(core, 1u, 50 * second_ns));
    ck_assert(map_trust_hidden(core) == 0.0f);
    core->map.slots[slot].kind = MAP_SLOT_SECTION; /* of which nothing is said */
    core->map.slots[slot].trust.given_up = true;
    ck_assert(!map_trust_explains(core, 1u, 50 * second_ns));
    core->map.slots[slot].kind = MAP_SLOT_MARK; /* but with an element that was given up it is */
    ck_assert(map_trust_explains(core, 1u, 50 * second_ns));
    ck_assert_float_eq(map_trust_hidden(core), 2.0f);
    core->map.tied_ns = INT64_MIN;
    ck_assert(!map_trust_explains(core, 1u, 50 * second_ns)); /* held, and not tied */
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map_trust");
    tcase_add_checked_fixture(cases, NULL, teardown);
    tcase_add_test(cases, what_agrees_is_trusted);
    tcase_add_test(cases, what_contradicts_is_given_up);
    tcase_add_test(cases, one_look_says_so_much);
    tcase_add_test(cases, what_comes_often_says_little);
    tcase_add_test(cases, things_stand_elsewhere_on_the_ground);
    tcase_add_test(cases, all_that_was_seen_is_weighed_at_once);
    tcase_add_test(cases, a_pose_that_follows_it_says_nothing_of_it);
    tcase_add_test(cases, what_the_pose_took_from_it_is_taken_back);
    tcase_add_test(cases, the_pose_says_what_it_rests_on);
    tcase_add_test(cases, the_pose_says_it_in_local_axes);
    tcase_add_test(cases, what_it_may_have_spoilt_stays);
    tcase_add_test(cases, it_takes_more_than_not);
    tcase_add_test(cases, of_three_the_worst_goes);
    tcase_add_test(cases, of_four_alike_none_goes);
    tcase_add_test(cases, only_a_share_that_counts_does);
    tcase_add_test(cases, two_predictions_share_what_an_element_does);
    tcase_add_test(cases, a_map_is_known_by_its_elements);
    tcase_add_test(cases, what_contradicts_early_is_put_down_to_the_map_once);
    tcase_add_test(cases, a_pose_that_the_map_has_held_for_long_is_not_shaken);
    return run_cases("map_trust", cases);
}
