/*
 * Elements that should be seen and are not: how often one has to be overlooked, and when that says nothing.
 */
#include "fusion/core/core.h"
#include "fusion/map/map_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

enum { MARKS = 6 };
static map_mark marks[MARKS];
static map_view map;
static settings set;
static fusion *core;
static int64_t now_ns;
static float beside; /* of the sixth */

/* A camera, and poles 25 m ahead of it on a map that has no lanes. */
static void setup(void)
{
    const fusion_sinks sinks = {0};
    settings_default(&set);
    settings_add_source(&set, "camera/front");
    map = (map_view){.marks = marks, .mark_count = MARKS};
    for (uint32_t i = 0; i < MARKS; i++)
        marks[i] = (map_mark){.id = 100 + i, .kind = MAP_CLASS_POLE};
    core = fusion_create_on_map(&set, &sinks, &map);
    now_ns = 1000000000;
    beside = 0.0f;
}

static void teardown(void)
{
    fusion_destroy(core);
}

static void show(uint32_t mark, float seen)
{
    const view_mark v = {.mark = mark,
                         .bearing = {0.1f, 0.05f, 25.0f},
                         .seen = seen,
                         .beside = mark == 5 ? beside : 0.0f,
                         .beside_view = 1.0f,
                         .apart = true};
    ck_assert(map_watch_is_expected(core, &core->source[0], &v));
    map_watch_mark(core, &core->source[0], now_ns, &v);
}

/* One picture; bit i of `seen`: element i was. Of the elements the first `count` are in view. */
static void look(int count, unsigned seen)
{
    now_ns += 100000000;
    map_watch_begin(core, &core->source[0], now_ns, 0.1f, 0.001f);
    for (int i = 0; i < count; i++)
        show((uint32_t)i, seen >> i & 1 ? 1.0f : 0.0f);
    map_watch_end(core, &core->source[0], now_ns);
}

/* The first five are seen in four pictures of five, each in its turn, for time_s; the sixth never. */
static void drive(int count, double time_s)
{
    for (int i = 0; i < (int)(time_s * 10 + 0.5); i++)
        look(count, 0x1fu & ~(1u << i % 5));
}

static size_t missed(void)
{
    uint64_t ids[MARKS];
    size_t n = fusion_map_missed(core, ids, MARKS);
    ck_assert(n == 0 || ids[0] == 105);
    return n;
}

START_TEST (one_that_is_overlooked_again_and_again_is_missed) {
    drive(5, 10.0);
    ck_assert_uint_eq(missed(), 0);
    drive(6, 1.6); /* hidden for so long once in e^1.6 x 600: not yet */
    ck_assert_uint_eq(missed(), 0);
    drive(6, 2.0);
    ck_assert_uint_eq(missed(), 1);
    ck_assert(map_watch_log_there(core, 5) < logf(0.01f)); /* and hardly paired with anything */
    ck_assert(map_watch_log_there(core, 0) > logf(0.8f));
    look(6, 0x3f); /* there it is */
    ck_assert_uint_eq(missed(), 0);
}
END_TEST

/* The sixth of them, that is. */
static map_watched *sixth(void)
{
    for (int i = 0; i < MAP_WATCHED_MOST; i++) {
        map_watched *e = &core->map.watched[i];
        if (e->seen_ns != INT64_MIN && e->mark == 5)
            return e;
    }
    ck_abort();
}

/* Two seconds behind a lorry in the lane beside say hardly more than the first half of one. */
START_TEST (one_that_was_seen_is_hidden) {
    drive(5, 10.0);
    for (int i = 0; i < 20; i++)
        look(6, 0x3f & ~(1u << i % 5));
    drive(6, 2.0);
    ck_assert_uint_eq(missed(), 0);
    ck_assert_double_gt((double)sixth()->hidden, 0.8);
    ck_assert_double_lt((double)sixth()->missed, 11.0);
    look(6, 0x3f);
    ck_assert_double_lt((double)sixth()->hidden, 0.05);
    ck_assert_double_lt((double)sixth()->missed, 0.01);
}
END_TEST

/* It was not seen, and something like it was, where nothing of the map stands. */
START_TEST (one_that_is_seen_beside_its_place_is_missed_sooner) {
    drive(5, 10.0);
    beside = 100.0f;
    drive(6, 3.0);
    ck_assert_uint_eq(missed(), 1);
    ck_assert_double_lt((double)sixth()->beside, 4.2);
    beside = 0.0f;
    drive(6, 0.8); /* nothing there any more */
    ck_assert_double_lt((double)sixth()->beside, 0.5);
}
END_TEST

START_TEST (what_nobody_has_seen_before_is_not_known) {
    for (int i = 0; i < 100; i++)
        look(6, 0); /* how often this camera sees anything is not known */
    ck_assert_uint_eq(missed(), 0);
}
END_TEST

START_TEST (a_lorry_hides_all) {
    drive(6, 0.5);
    drive(5, 5.0);
    float before = core->map.watched[5].missed;
    for (int i = 0; i < 50; i++)
        look(6, 0);
    ck_assert_uint_eq(missed(), 0);
    ck_assert_double_gt((double)core->source[0].camera.blank, 0.95);
    ck_assert_double_lt((double)core->map.watched[5].missed, (double)before + 0.01);
    ck_assert_double_lt((double)core->map.watched[0].missed, 2.0);
    look(6, 1);
    ck_assert(core->source[0].camera.blank < 0.01f);
}
END_TEST

START_TEST (a_picture_of_few_counts) {
    drive(5, 10.0);
    core->map.watched[0].sighted = true;
    float before = core->map.watched[5].missed;
    for (uint32_t i = 1; i < 5; i++) /* they are behind now: one other is in view, and overlooked too */
        core->map.watched[i].seen_ns = INT64_MIN;
    now_ns += 100000000;
    map_watch_begin(core, &core->source[0], now_ns, 0.1f, 0.001f);
    show(0, 0.0f);
    show(5, 0.0f);
    map_watch_end(core, &core->source[0], now_ns);
    ck_assert(core->source[0].camera.blank < 0.05f);
    ck_assert_double_eq((double)core->map.watched[5].missed, (double)before); /* it may have gone blind */
    now_ns += 100000000;
    map_watch_begin(core, &core->source[0], now_ns, 0.1f, 0.001f);
    show(0, 1.0f);
    show(5, 0.0f);
    map_watch_end(core, &core->source[0], now_ns);
    ck_assert(sixth()->missed > before + 1.4f); /* both */
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map_watch");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, one_that_is_overlooked_again_and_again_is_missed);
    tcase_add_test(cases, one_that_was_seen_is_hidden);
    tcase_add_test(cases, one_that_is_seen_beside_its_place_is_missed_sooner);
    tcase_add_test(cases, what_nobody_has_seen_before_is_not_known);
    tcase_add_test(cases, a_lorry_hides_all);
    tcase_add_test(cases, a_picture_of_few_counts);
    return run_cases("map_watch", cases);
}
