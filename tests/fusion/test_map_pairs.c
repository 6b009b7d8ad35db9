/* What may be paired: all that comes into question for a detection, or none of it. */
#include "fusion/core/source_run.h"
#include "fusion/filter/covariance.h"
#include "fusion/map/map_match.h"
#include "fusion/map/map_pairs.h"
#include "fusion/map/map_run.h"
#include "fusion/sight/sight.h"
#include "tests/suite.h"

#include <check.h>

enum { MARKS = MATCH_ELEMENTS + MATCH_CANDIDATES };

static map_mark marks[MARKS];
static const map_view map = {.marks = marks, .mark_count = MARKS};
static settings set;
static fusion *core;
static int predicted;

/* All of them stand at the same place. */
static bool predict(const fusion *c, const source_run *s, sight *from, const map_mark *mark, measurement *m,
                    float at[3])
{
    (void)c, (void)s, (void)from, (void)mark;
    measurement_start(m, MATCH_DIM);
    at[0] = at[1] = at[2] = 0.0f;
    predicted++;
    return true;
}

static void setup(void)
{
    const fusion_sinks sinks = {0};
    const float bearing[3] = {0.0f, 0.0f, 10.0f};
    settings_default(&set);
    settings_add_source(&set, "camera/front");
    core = fusion_create_on_map(&set, &sinks, &map);
    map_pairs_begin(core, core->work, predict, 0);
    for (uint32_t i = 0; i < MARKS; i++)
        map_pairs_view(core->work, i, bearing);
    predicted = 0;
}

/* One more element where the detection is. */
static bool add(int detection, int view)
{
    map_work *w = core->work;
    element_terms *e = map_pairs_element(core, &core->source[0], w, detection, view);
    if (!e)
        return false;
    e->m.innovation[0] = e->m.innovation[1] = 0.0f;
    e->m.noise[0][0] = e->m.noise[1][1] = 1e-4f;
    return map_pairs_add(w, detection, e);
}

START_TEST (a_few_are_all_there) {
    setup();
    for (int i = 0; i < MATCH_CANDIDATES; i++)
        ck_assert(add(0, i));
    ck_assert_int_eq(core->work->match.pair_count, MATCH_CANDIDATES);
    fusion_destroy(core);
}
END_TEST

START_TEST (what_is_out_of_reach_is_no_pairing) {
    setup();
    map_work *w = core->work;
    element_terms *e = map_pairs_element(core, &core->source[0], w, 0, 0);
    ck_assert_ptr_nonnull(e);
    e->m.innovation[0] = 0.06f; /* six sigmas */
    e->m.noise[0][0] = e->m.noise[1][1] = 1e-4f;
    ck_assert(map_pairs_add(w, 0, e));
    ck_assert_int_eq(w->match.pair_count, 0);
    fusion_destroy(core);
}
END_TEST

START_TEST (an_element_is_predicted_once_for_all) {
    setup();
    for (int d = 0; d < 3; d++) {
        for (int i = 0; i < 4; i++)
            ck_assert(add(d, 4 + i));
    }
    const map_work *w = core->work;
    ck_assert_int_eq(predicted, 4);
    ck_assert_int_eq(w->match.pair_count, 12);
    for (int p = 0; p < 12; p++)
        ck_assert_uint_eq(map_pairs_mark(w, &w->match.pairs[p]), 4 + (uint32_t)p % 4);
    fusion_destroy(core);
}
END_TEST

START_TEST (too_many_are_none) {
    setup();
    ck_assert(add(0, MATCH_CANDIDATES + 1));
    for (int i = 0; i < MATCH_CANDIDATES; i++)
        ck_assert(add(1, i));
    ck_assert(!add(1, MATCH_CANDIDATES));
    ck_assert_int_eq(core->work->match.pair_count, 1); /* the other one's is still there */
    ck_assert_uint_eq(map_pairs_mark(core->work, &core->work->match.pairs[0]), MATCH_CANDIDATES + 1);
    fusion_destroy(core);
}
END_TEST

START_TEST (elements_beyond_what_there_is_room_for_are_none) {
    setup();
    int detection = 0, view = 0;
    for (; view < MATCH_ELEMENTS - 1; view++) {
        detection = view / 8;
        ck_assert(add(detection, view));
    }
    int before = core->work->match.pair_count;
    ck_assert(add(detection + 1, view));
    ck_assert(add(detection + 1, 0)); /* it is known already */
    ck_assert(!add(detection + 1, view + 1));
    ck_assert_int_eq(core->work->match.pair_count, before);
    fusion_destroy(core);
}
END_TEST

START_TEST (the_frame_has_its_end_too) {
    int detection = 0;
    setup();
    while (core->work->match.pair_count + MATCH_CANDIDATES <= MATCH_PAIRS) {
        for (int i = 0; i < MATCH_CANDIDATES; i++)
            ck_assert(add(detection, i));
        detection++;
    }
    int full = core->work->match.pair_count;
    for (int i = 0; full + i < MATCH_PAIRS; i++)
        ck_assert(add(detection, i));
    ck_assert(!add(detection, MATCH_CANDIDATES));
    ck_assert_int_eq(core->work->match.pair_count, full);
    fusion_destroy(core);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map_pairs");
    tcase_add_test(cases, a_few_are_all_there);
    tcase_add_test(cases, what_is_out_of_reach_is_no_pairing);
    tcase_add_test(cases, an_element_is_predicted_once_for_all);
    tcase_add_test(cases, too_many_are_none);
    tcase_add_test(cases, elements_beyond_what_there_is_room_for_are_none);
    tcase_add_test(cases, the_frame_has_its_end_too);
    return run_cases("map_pairs", cases);
}
