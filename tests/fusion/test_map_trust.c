/*
 * Elements that are not where the map has them: what agrees makes one trusted, what contradicts gives it up,
 * and what the pose has taken from it is taken back.
 */
#include "fusion/core_map.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MARKS = 2 };
static map_mark marks[MARKS];
static map_view map;
static settings set;
static fusion *core;
static int slot;
static const float survey_m = 0.03f;

/* A pose known to sigma_m per axis, and one element in use. */
static void begin(float sigma_m)
{
    const fusion_sinks sinks = {0};
    settings_default(&set);
    settings_add_source(&set, "camera/front");
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

START_TEST (what_contradicts_early_is_put_down_to_the_map_once) {
    const int64_t second = 1000000000;
    begin(0.05f);
    core->map.tied_ns = core->map.held_ns = 10 * second;
    core->map.blamed_ns = INT64_MIN;
    ck_assert(map_trust_explains(core, 1u, 15 * second));
    ck_assert(!map_trust_explains(core, 2u, 15 * second)); /* no camera */
    map_trust_blame(core, 15 * second);
    ck_assert(!map_trust_explains(core, 1u, 15 * second)); /* nothing holds it any more */
    core->map.tied_ns = core->map.held_ns = 20 * second;
    ck_assert(!map_trust_explains(core, 1u, 25 * second)); /* once, and then it is the camera */
    core->map.blamed_ns = INT64_MIN;
    core->map.held_ns = 50 * second;
    ck_assert(!map_trust_explains(core, 1u, 50 * second)); /* tied for long, and nothing was given up */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("map_trust");
    TCase *cases = tcase_create("map_trust");
    tcase_add_checked_fixture(cases, NULL, teardown);
    tcase_add_test(cases, what_agrees_is_trusted);
    tcase_add_test(cases, what_contradicts_is_given_up);
    tcase_add_test(cases, a_pose_that_follows_it_says_nothing_of_it);
    tcase_add_test(cases, what_the_pose_took_from_it_is_taken_back);
    tcase_add_test(cases, the_pose_says_what_it_rests_on);
    tcase_add_test(cases, a_map_is_known_by_its_elements);
    tcase_add_test(cases, what_contradicts_early_is_put_down_to_the_map_once);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
