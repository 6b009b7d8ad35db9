/*
 * MAP_MISSING: rises when nothing of the map is left around the vehicle, and clears where there is again.
 */
#include "fusion/core/core.h"
#include "fusion/map/map_missing.h"
#include "tests/fusion/sim_drive.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>

enum { MARKS_MOST = 16, EVENTS_MOST = 16 };
static map_mark marks[MARKS_MOST];
static map_tile tiles[MARKS_MOST];
static uint32_t listed[MARKS_MOST];
static map_view map;

static struct {
    double at_s;
    bool raised;
} events[EVENTS_MOST];
static int event_count;
static int64_t start_ns;

static void keep_event(void *context, const fault_event *e)
{
    (void)context;
    if (e->code != FAULT_MAP_MISSING)
        return;
    ck_assert_uint_eq(e->source, FAULT_SOURCE_MAP);
    ck_assert_int_lt(event_count, EVENTS_MOST);
    events[event_count].at_s = 1e-9 * (double)(e->stamp_ns - start_ns);
    events[event_count++].raised = e->raised;
}

/* A mark where the vehicle is at `t`, in a tile of its own. */
static void add_mark(const sim_drive *d, double t)
{
    double r[3][3], speed_mps;
    const uint32_t i = map.mark_count++;
    marks[i] = (map_mark){.id = 100 + i, .sigma_m = 0.1f, .kind = MAP_CLASS_SIGN};
    sim_truth(d, t, marks[i].position_ecef_m, r, &speed_mps);
    listed[i] = i;
    const uint64_t key = map_tile_key(marks[i].position_ecef_m);
    uint32_t at = map.tile_count++;
    for (; at > 0 && tiles[at - 1].key > key; at--)
        tiles[at] = tiles[at - 1];
    tiles[at] = (map_tile){.key = key, .first_mark = i, .mark_count = 1};
    map.tile_mark_count = map.mark_count;
}

/* Straight on at 15 m/s for a minute, on marks where it passes at `times`. */
static void drive(const double *times, int count)
{
    sim_options o = sim_usual();
    o.motion = sim_straight;
    settings *s = sim_settings_new();
    sim_drive *d = sim_drive_make(&o);
    map = (map_view){.marks = marks, .tiles = tiles, .tile_marks = listed};
    for (int i = 0; i < count; i++)
        add_mark(d, times[i]);
    const fusion_sinks sinks = {.fault = keep_event};
    fusion *core = fusion_create_on_map(s, &sinks, &map);
    start_ns = sim_start_ns(d);
    event_count = 0;
    sim_feed(d, core, 0.0, o.seconds + 1.0);
    fusion_flush(core);
    fusion_destroy(core);
    sim_drive_free(d);
    free(s);
}

START_TEST (a_map_all_along_is_there) {
    static const double times[] = {0, 8, 16, 24, 32, 40, 48, 56};
    drive(times, 8);
    ck_assert_int_eq(event_count, 0);
}
END_TEST

/* 645 m lie between the two marks: 100 m and the pose's doubt behind the first one, for a second, it rises;
 * so far before the second one, for five, it clears. */
START_TEST (a_gap_is_noticed_and_ends) {
    static const double times[] = {2, 45};
    drive(times, 2);
    ck_assert_int_eq(event_count, 3);
    ck_assert(events[0].raised && !events[1].raised && events[2].raised);
    ck_assert_msg(events[0].at_s > 2 + 100 / 15.0 + 1 && events[0].at_s < 17, "%f s", events[0].at_s);
    ck_assert_msg(events[1].at_s > 37 && events[1].at_s < 45 - 100 / 15.0 + 7, "%f s", events[1].at_s);
    ck_assert_msg(events[2].at_s > 45 + 100 / 15.0 + 1 && events[2].at_s < 60, "%f s", events[2].at_s);
}
END_TEST

START_TEST (nothing_of_it_is_here) {
    drive(NULL, 0);
    ck_assert_int_eq(event_count, 1);
    ck_assert(events[0].raised);
    ck_assert_msg(events[0].at_s >= 1, "%f s", events[0].at_s); /* not before there is a pose, for a second */
}
END_TEST

/* A mark 150 m away, and the pose's worst axis: three sigmas of it are looked through as well. */
START_TEST (the_surer_the_pose_the_nearer_the_end) {
    static const struct {
        float sigma_m;
        bool missing;
        double away_m;
    } cases[] = {
        {10.0f, true, 150.0}, {20.0f, false, 150.0}, {130.0f, true, 1000.0}, {140.0f, false, 1000.0}};
    const fusion_sinks sinks = {.fault = keep_event};
    const double at[3] = {6378237.0, 0.0, 0.0}, still[3] = {0.0, 0.0, 0.0}, axes[4] = {0.0, 0.0, 0.0, 1.0};
    settings s;
    settings_default(&s);
    settings_add_source(&s, "camera/front");
    marks[0] = (map_mark){.id = 100, .sigma_m = 0.1f, .kind = MAP_CLASS_SIGN};
    marks[0].position_ecef_m[0] = at[0];
    marks[0].position_ecef_m[1] = cases[_i].away_m;
    tiles[0] = (map_tile){.key = map_tile_key(marks[0].position_ecef_m), .mark_count = 1};
    map = (map_view){.marks = marks, .tiles = tiles, .tile_marks = listed};
    map.mark_count = map.tile_count = map.tile_mark_count = 1;
    listed[0] = 0;
    fusion *core = fusion_create_on_map(&s, &sinks, &map);
    event_count = 0;
    filter_place(&core->f, 1000000000, at, still, axes);
    core->running = true;
    for (int i = 0; i < 3; i++) /* one axis is the worst */
        covariance_reset(&core->f.p, STATE_POSITION + i,
                         i == 1 ? cases[_i].sigma_m * cases[_i].sigma_m : 1.0f);
    for (int64_t t = 1; t <= 10; t++)
        map_missing_look(core, t * 1000000000);
    ck_assert_int_eq(event_count, cases[_i].missing);
    fusion_destroy(core);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("drives");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, a_map_all_along_is_there);
    tcase_add_test(c, a_gap_is_noticed_and_ends);
    tcase_add_test(c, nothing_of_it_is_here);
    tcase_add_loop_test(c, the_surer_the_pose_the_nearer_the_end, 0, 4);
    return run_cases("map missing", c);
}
