/* The stream: order, times, seeds, what is left alone, bounds; and the map. */
#include "inject/kind.h"
#include "inject/plan.h"
#include "inject/queue.h"
#include "fusion/faults.h"
#include "tests/inject/fixture.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 200, MOST = STEPS * FRAME_KIND_COUNT, FROM_STEP = 100, TO_STEP = 150 };

static settings *s;
static frame *out, *again;
static config_problems problems;

static void setup(void)
{
    s = malloc(sizeof *s);
    out = calloc(MOST, sizeof *out);
    again = calloc(MOST, sizeof *again);
    ck_assert(s && out && again);
    fixture_settings(s);
    memset(&problems, 0, sizeof problems);
}

static void teardown(void)
{
    free(s);
    free(out);
    free(again);
}

/* Keys with which a kind changes something. */
static const struct {
    const char *kind, *keys;
} needed[] = {
    {"offset", ", %s: 1"},
    {"ramp", ""},
    {"scale", ""},
    {"noise", ", times: 3"},
    {"time_step", ", by_s: 0.1"},
    {"saturation", ", accel_range_mps2: 3"},
    {"swapped", ", mirrored: true"},
    {"remount", ", yaw_deg: 3"},
};

static const char *first_key(const inject_kind *kind, frame_kind of)
{
    for (size_t i = 0; i < kind->keys.count; i++) {
        if (!kind->key_frames || kind->key_frames(i) & 1u << of)
            return kind->keys.keys[i].name;
    }
    return NULL;
}

static const char *keys_of(char out_text[64], const inject_kind *kind, frame_kind of)
{
    out_text[0] = '\0';
    if (!kind->needs_key)
        return out_text;
    for (size_t i = 3; i < sizeof needed / sizeof *needed; i++) {
        if (strcmp(needed[i].kind, kind->word) == 0)
            return strcpy(out_text, needed[i].keys);
    }
    snprintf(out_text, 64, ", %s: 2", first_key(kind, of));
    return out_text;
}

static inject_plan *plan_of(const inject_kind *kind, frame_kind of)
{
    char yaml[256], keys[64];
    snprintf(yaml, sizeof yaml, "faults: [{fault: %s, source: %s, from_s: 10, for_s: 5%s}]", kind->word,
             of == FRAME_LANDMARKS || of == FRAME_LANES || of == FRAME_CAMERA_HEALTH
                 ? frame_kind_word(of)
                 : source_kind_word(frame_kind_source(of)),
             keys_of(keys, kind, of));
    return fixture_plan(yaml);
}

/* How many frames of that kind came out as they went in, in the given steps. */
static int same_in(size_t count, frame_kind of, int from, int to)
{
    int same = 0;
    for (size_t i = 0; i < count; i++) {
        int step = (int)out[i].sequence;
        if (out[i].kind != of || step < from || step >= to)
            continue;
        frame original = fixture_frame(s, of, step);
        same += fixture_same(&out[i], &original);
    }
    return same;
}

/* What each kind of fault does to each kind of frame that it may act on: something between its times, nothing
 * outside, nothing to others. */
static void check_kind(const inject_kind *kind, frame_kind of)
{
    inject_plan *p = plan_of(kind, of);
    size_t count = fixture_run(p, s, 7, STEPS, out, MOST);
    const char *word = frame_kind_word(of);
    ck_assert_msg(same_in(count, of, 0, FROM_STEP) == FROM_STEP, "%s of %s: before", kind->word, word);
    ck_assert_msg(same_in(count, of, FROM_STEP, TO_STEP) < TO_STEP - FROM_STEP, "%s of %s: nothing",
                  kind->word, word);
    /* A delay leaves as much behind. */
    int settled = kind == &inject_delayed ? TO_STEP + 3 : TO_STEP;
    ck_assert_msg(same_in(count, of, settled, STEPS) == STEPS - settled, "%s of %s: after", kind->word, word);
    for (int k = 0; k < FRAME_KIND_COUNT; k++)
        ck_assert_msg(k == (int)of || same_in(count, (frame_kind)k, 0, STEPS) == STEPS, "%s of %s: %s",
                      kind->word, word, frame_kind_word((frame_kind)k));
    for (size_t i = 1; i < count; i++)
        ck_assert_msg(out[i].received_ns >= out[i - 1].received_ns, "%s of %s: order", kind->word, word);
    inject_plan_destroy(p);
}

START_TEST (acts_between_its_times_and_on_nothing_else) {
    const inject_kind *kind = inject_kinds[_i];
    for (int of = 0; of < FRAME_KIND_COUNT; of++) {
        bool can = kind->frames & 1u << of && (!kind->needs_key || first_key(kind, (frame_kind)of));
        if (can)
            check_kind(kind, (frame_kind)of);
    }
}
END_TEST

START_TEST (the_seed_decides) {
    inject_plan *p =
        fixture_plan("faults: [{fault: noise, source: imu, times: 3}, {fault: garbage, source: radar},\n"
                     "{fault: delayed, source: wheel, jitter_s: 1}, {fault: dirt, source: camera}]");
    size_t count = fixture_run(p, s, 7, STEPS, out, MOST);
    ck_assert_uint_eq(count, MOST);
    ck_assert_uint_eq(fixture_run(p, s, 7, STEPS, again, MOST), count);
    for (size_t i = 0; i < count; i++)
        ck_assert(fixture_same(&out[i], &again[i]));
    size_t same = 0;
    ck_assert_uint_eq(fixture_run(p, s, 8, STEPS, again, MOST), count);
    for (size_t i = 0; i < count; i++)
        same += fixture_same(&out[i], &again[i]);
    ck_assert_uint_lt(same, count * 3 / 4);
    inject_plan_destroy(p);
}
END_TEST

/* One fault's numbers do not depend on another fault before it in time, nor on other sources. */
START_TEST (faults_draw_from_streams_of_their_own) {
    inject_plan *one = fixture_plan("faults: [{fault: noise, source: imu, times: 3}]");
    inject_plan *two =
        fixture_plan("faults: [{fault: noise, source: imu, times: 3}, {fault: garbage, source: gnss}]");
    size_t count = fixture_run(one, s, 7, STEPS, out, MOST);
    ck_assert_uint_eq(fixture_run(two, s, 7, STEPS, again, MOST), count);
    for (size_t i = 0; i < count; i++)
        ck_assert(out[i].kind != FRAME_IMU || fixture_same(&out[i], &again[i]));
    inject_plan_destroy(one);
    inject_plan_destroy(two);
}
END_TEST

START_TEST (frames_may_wait_to_be_taken) {
    inject_plan *p = fixture_plan("faults: [{fault: delayed, source: gnss, by_s: 0.25}]");
    inject *n = inject_create(p, s, 1);
    size_t count = 0;
    for (int step = 0; step < 20; step++) {
        frame f = fixture_frame(s, step % 2 ? FRAME_IMU : FRAME_GNSS, step);
        inject_push(n, &f);
    }
    while (inject_pull(n, &out[count]))
        count++;
    ck_assert_uint_eq(count, 19); /* the fix of step 18 is not due at step 19 */
    inject_finish(n);
    while (inject_pull(n, &out[count]))
        count++;
    ck_assert_uint_eq(count, 20);
    for (size_t i = 1; i < count; i++)
        ck_assert(out[i].received_ns >= out[i - 1].received_ns);
    ck_assert_uint_eq(out[19].sequence, 18);
    ck_assert_uint_eq(inject_overflow(n), 0);
    inject_destroy(n);
    inject_plan_destroy(p);
}
END_TEST

START_TEST (the_queue_is_bounded) {
    inject_plan *p = fixture_plan("faults: [{fault: delayed, source: imu, by_s: 10}]");
    inject *n = inject_create(p, s, 1);
    frame f = fixture_frame(s, FRAME_IMU, 0), taken;
    for (int i = 0; i < INJECT_MAX_WAITING + 100; i++)
        inject_push(n, &f);
    ck_assert_uint_eq(inject_overflow(n), 100);
    inject_finish(n);
    size_t count = 0;
    while (inject_pull(n, &taken))
        count++;
    ck_assert_uint_eq(count, INJECT_MAX_WAITING);
    inject_destroy(n);
    inject_plan_destroy(p);
}
END_TEST

/* Stamps at the ends of time, a source that nobody knows, counts that are too large. */
START_TEST (damaged_frames_do_no_harm) {
    inject_plan *p = fixture_plan(
        "faults: [{fault: delayed, source: \"*\", by_s: 1, restamp: true},\n"
        "{fault: time_step, source: \"*\", by_s: -3}, {fault: offset, source: gnss, left_m: 1},\n"
        "{fault: remount, source: radar, yaw_deg: 1}, {fault: interference, source: radar}]");
    inject *n = inject_create(p, s, 1);
    static const int64_t times[] = {INT64_MIN, INT64_MIN + 1, 0, INT64_MAX - 1, INT64_MAX};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        for (int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
            frame f = fixture_frame(s, (frame_kind)kind, 0);
            f.stamp_ns = times[i];
            f.received_ns = times[sizeof times / sizeof *times - 1 - i];
            if (kind == FRAME_RADAR)
                f.u.radar.count = UINT16_MAX;
            inject_push(n, &f);
            f.source = 31;
            inject_push(n, &f);
        }
    }
    inject_finish(n);
    size_t count = 0;
    while (inject_pull(n, &out[0]))
        count++;
    ck_assert_uint_eq(count, 2 * FRAME_KIND_COUNT * (sizeof times / sizeof *times));
    inject_destroy(n);
    inject_plan_destroy(p);
}
END_TEST

START_TEST (the_start_is_the_first_reception) {
    inject_plan *p = fixture_plan("faults: [{fault: off, source: imu, from_s: 1}]");
    inject *n = inject_create(p, s, 1);
    int passed = 0;
    for (int step = 0; step < 20; step++) {
        frame f = fixture_frame(s, FRAME_IMU, step), taken;
        inject_push(n, &f);
        passed += inject_pull(n, &taken);
    }
    ck_assert_int_eq(passed, 11); /* received 50 ms after it was measured */
    inject_destroy(n);
    inject_plan_destroy(p);
}
END_TEST

START_TEST (a_period_comes_and_goes) {
    inject_plan *p =
        fixture_plan("faults: [{fault: off, source: imu, from_s: 5, for_s: 10, period_s: 2, duty: 0.25}]");
    size_t count = fixture_run(p, s, 1, STEPS, out, MOST);
    ck_assert_uint_eq(count, MOST - 5 * 5); /* five times 0.5 s */
    inject_plan_destroy(p);
}
END_TEST

START_TEST (patterns_fit) {
    static const struct {
        const char *source;
        const char
            *concerned; /* a letter for each source: gnss, imu, wheel, radar, camera, roadside, odometry */
    } patterns[] = {{"gnss", "g......"},   {"gnss/*", "g......"},    {"gnss/a", "g......"},
                    {"gnss/b", "......."}, {"landmarks", "....c.."}, {"\"*\"", "giwrcso"}};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        char yaml[128];
        snprintf(yaml, sizeof yaml, "faults: [{fault: off, source: %s}]", patterns[i].source);
        inject_plan *p = fixture_plan(yaml);
        for (uint16_t k = 0; k < s->source_count; k++)
            ck_assert_msg(inject_plan_concerns(p, 0, s, k) == (patterns[i].concerned[k] != '.'),
                          "%s, source %d", patterns[i].source, k);
        ck_assert(!inject_plan_concerns(p, 0, s, FAULT_SOURCE_MAP));
        bool fits = strcmp(patterns[i].concerned, ".......") != 0;
        memset(&problems, 0, sizeof problems);
        ck_assert(inject_apply_settings(p, s, NULL, 1, &problems) == fits);
        ck_assert_uint_eq(problems.count, fits ? 0 : 1);
        inject_plan_destroy(p);
    }
}
END_TEST

/* ---- the map ---- */

/* Metres between an element and where it was. */
static double moved(const settings *now, const settings *before, size_t i)
{
    double deg_m = 111300, east = cos(before->landmarks[i].latitude_deg * M_PI / 180);
    return hypot((now->landmarks[i].latitude_deg - before->landmarks[i].latitude_deg) * deg_m,
                 (now->landmarks[i].longitude_deg - before->landmarks[i].longitude_deg) * deg_m * east);
}

static void change_map(settings *now, const char *yaml)
{
    char text[256];
    snprintf(text, sizeof text, "faults: [{source: map, %s}]", yaml);
    inject_plan *p = fixture_plan(text);
    ck_assert_msg(inject_apply_settings(p, now, NULL, 3, &problems), "%s", problems.text[0]);
    ck_assert(inject_plan_concerns(p, 0, now, FAULT_SOURCE_MAP) && !inject_plan_concerns(p, 0, now, 0));
    inject_plan_destroy(p);
}

START_TEST (maps_change) {
    static const struct {
        const char *yaml;
        int least_moved, most_moved, least_gone, most_gone;
        double by_m;
    } maps[] = {
        {"fault: shifted, east_m: 3, north_m: -4", 40, 40, 0, 0, 5},
        {"fault: shifted, east_m: 3, elements: [7, 12]", 2, 2, 0, 0, 3},
        {"fault: moved, share: 0.5, by_m: 2", 10, 30, 0, 0, 2},
        {"fault: gone, share: 0.5", 0, 0, 10, 30, 0},
        {"fault: stale, share: 1, by_m: 3", 10, 30, 10, 30, 3},
    };
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        settings *now = malloc(sizeof *now);
        memcpy(now, s, sizeof *now);
        change_map(now, maps[i].yaml);
        int count = 0, gone = 0;
        ck_assert_uint_eq(now->landmark_count, s->landmark_count);
        for (size_t k = 0; k < s->landmark_count; k++) {
            double by_m = moved(now, s, k);
            gone += now->landmarks[k].id != s->landmarks[k].id;
            count += by_m > 0.01;
            ck_assert_msg(by_m < 1e-6 || fabs(by_m - maps[i].by_m) < 0.02, "%s: %g m", maps[i].yaml, by_m);
        }
        ck_assert_msg(count >= maps[i].least_moved && count <= maps[i].most_moved, "%s: %d", maps[i].yaml,
                      count);
        ck_assert_msg(gone >= maps[i].least_gone && gone <= maps[i].most_gone, "%s: %d", maps[i].yaml, gone);
        free(now);
    }
}
END_TEST

START_TEST (a_map_that_is_not_there) {
    inject_plan *p = fixture_plan("faults: [{fault: gone, source: map, elements: [7, 99]}]");
    settings *now = malloc(sizeof *now);
    memcpy(now, s, sizeof *now);
    ck_assert(!inject_apply_settings(p, now, NULL, 1, &problems));
    ck_assert(strstr(problems.text[0], "no element 99"));
    ck_assert(memcmp(now, s, sizeof *now) == 0);
    now->landmark_count = 0;
    ck_assert(!inject_apply_settings(p, now, NULL, 1, &problems));
    ck_assert(strstr(problems.text[1], "there is no map"));
    free(now);
    inject_plan_destroy(p);
}
END_TEST

int main(void)
{
    int frame_kinds = 0;
    TCase *cases = tcase_create("stream");
    while (inject_kinds[frame_kinds])
        frame_kinds++;
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, acts_between_its_times_and_on_nothing_else, 0, frame_kinds);
    tcase_add_test(cases, the_seed_decides);
    tcase_add_test(cases, faults_draw_from_streams_of_their_own);
    tcase_add_test(cases, frames_may_wait_to_be_taken);
    tcase_add_test(cases, the_queue_is_bounded);
    tcase_add_test(cases, damaged_frames_do_no_harm);
    tcase_add_test(cases, the_start_is_the_first_reception);
    tcase_add_test(cases, a_period_comes_and_goes);
    tcase_add_test(cases, patterns_fit);
    tcase_add_test(cases, maps_change);
    tcase_add_test(cases, a_map_that_is_not_there);
    return run_cases("inject stream", cases);
}
