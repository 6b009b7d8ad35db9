/*
 * What is wrong with a map and how it is told: lines that were painted anew, a map that lies elsewhere, what
 * stands along another road.
 */
#include "fusion/core/source_run.h"
#include "fusion/filter/covariance.h"
#include "fusion/filter/filter.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/map/map_bounds.h"
#include "fusion/map/map_paint.h"
#include "fusion/map/map_route.h"
#include "fusion/map/map_shift.h"
#include "fusion/map/map_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

static map_view map;
static settings set;
static fusion *core;

/* A vehicle on a map of two lanes that follow each other and one that does not, along the x axis (metres). */
static const double points[][3] = {{0, 2, 0},   {50, 2, 0},   {0, -2, 0},   {50, -2, 0}, {50, 2, 0},
                                   {100, 2, 0}, {50, -2, 0},  {100, -2, 0}, {0, 60, 0},  {100, 60, 0},
                                   {0, 56, 0},  {100, 56, 0}, {0, 50, 0},   {100, 50, 0}};
static map_line lines[6];
static map_lane lanes[3];

static void setup(void)
{
    const fusion_sinks sinks = {0};
    const double axes[4] = {0, 0, 0, 1}, at[3] = {6378237.0, 0, 0}, speed[3] = {10, 0, 0};
    settings_default(&set);
    settings_add_source(&set, "camera/front");
    settings_add_source(&set, "gnss/roof");
    map = (map_view){.points = points, .lines = lines, .lanes = lanes, .line_count = 6, .lane_count = 3};
    for (uint32_t i = 0; i < 6; i++)
        lines[i] = (map_line){.id = 500 + i, .first_point = 2 * i, .point_count = 2, .sigma_m = 0.03f};
    for (uint32_t i = 0; i < 3; i++) {
        lanes[i] = (map_lane){.id = 900 + i, .left_line = 2 * i, .right_line = 2 * i + 1};
        lanes[i].left_lane = lanes[i].right_lane = MAP_NONE;
        for (int k = 0; k < MAP_MAX_FOLLOWERS; k++)
            lanes[i].followers[k] = lanes[i].predecessors[k] = MAP_NONE;
    }
    lanes[0].followers[0] = 1;
    core = fusion_create_on_map(&set, &sinks, &map);
    filter_place(&core->f, 1000000000, at, speed, axes);
    core->running = true;
    core->map.held_ns = 1000000000;
}

/* The lines on the left and on the right are seen so far beside their places for time_s. */
static void see_each(double left_m, double right_m, double time_s, uint32_t lane)
{
    const lane_cut cut = {.lane = lane, .offset_m = {2.0f, -2.0f}};
    camera_lane left = {.offset_m = 2.0f + (float)left_m, .sigma_m = 0.05f, .curvature_1pm = NAN},
                right = left;
    const camera_lane *const seen[2] = {&left, &right};
    right.offset_m = -2.0f + (float)right_m;
    for (int side = 0; side < 2; side++) {
        int state = core->source[0].first_state + CAMERA_LINES + side;
        core->f.slow[state - STATE_SOURCES].stationary = 0.0034f;
    }
    for (int i = 0; i < (int)(time_s / 0.1 + 0.5); i++)
        map_paint_look(core, &core->source[0], 1000000000, 0.1f, seen, &cut);
}

static void see_lines(double off_m, double time_s, uint32_t lane)
{
    see_each(off_m, off_m, time_s, lane);
}

START_TEST (a_line_that_moved_is_named) {
    uint64_t ids[4];
    setup();
    see_lines(0.03, 20.0, 0); /* as good lines are */
    ck_assert_uint_eq(fusion_map_missed(core, ids, 4), 0);
    see_lines(0.7, 1.0, 0); /* another edge for a second */
    ck_assert_uint_eq(fusion_map_missed(core, ids, 4), 0);
    see_lines(0.03, 5.0, 0);
    see_lines(0.5, 4.0, 1);
    ck_assert_uint_eq(fusion_map_missed(core, ids, 4), 2);
    ck_assert(ids[0] == 502 && ids[1] == 503);
    ck_assert_int_eq(map_paint_count(core, 1000000000), 2);
    ck_assert(map_paint_moved(core, 0) && map_paint_moved(core, 1));
    fusion_destroy(core);
}
END_TEST

/* A line that begins is held against its place by its own looks, not by those of the line before. */
START_TEST (a_new_line_is_looked_at_for_itself) {
    setup();
    see_lines(0.03, 20.0, 0);
    see_lines(0.6, 0.1, 0); /* one wild look at a line that has been good */
    ck_assert_float_lt(map_paint_doubt(core, 0), 1.5f);
    see_lines(0.03, 5.0, 0);
    see_lines(0.6, 0.1, 1); /* the first at the next */
    ck_assert_float_gt(map_paint_doubt(core, 0), 10.0f);
    see_lines(0.03, 1.5, 0);
    ck_assert_float_lt(map_paint_doubt(core, 0), 1.5f);
    fusion_destroy(core);
}
END_TEST

START_TEST (one_line_alone_is_named_later) {
    setup();
    see_each(0.03, 0.03, 20.0, 0);
    see_each(0.03, 0.7, 12.0, 0);        /* a seam along the road */
    ck_assert(map_paint_moved(core, 1)); /* it is not fused */
    ck_assert_int_eq(map_paint_count(core, 1000000000), 0);
    see_each(0.03, 0.7, 5.0, 0);
    ck_assert_int_eq(map_paint_count(core, 1000000000), 1);
    fusion_destroy(core);
    setup();
    see_each(0.03, 0.03, 20.0, 0);
    see_each(-0.7, 0.7, 4.0, 0); /* nobody paints a lane wider */
    ck_assert_int_eq(map_paint_count(core, 1000000000), 0);
    fusion_destroy(core);
}
END_TEST

/* A kerb on the left, not far enough from the line to be named, and before it ends another on the right: what
 * the left one was a second ago does not make two of the right one. */
START_TEST (edges_one_after_the_other_are_each_alone) {
    double left_m = 0.3;
    setup();
    see_each(left_m, 0.03, 10.0, 0);
    left_m *= 2.6 / fabs((double)core->map.paint_off[0]);
    fusion_destroy(core);
    setup();
    see_each(left_m, 0.03, 10.0, 0);
    see_each(left_m, 0.7, 1.0, 0);
    see_each(0.03, 0.7, 1.0, 0);
    ck_assert(map_paint_moved(core, 1));
    ck_assert_int_eq(map_paint_count(core, 1000000000), 0);
    fusion_destroy(core);
}
END_TEST

START_TEST (without_landmarks_nobody_knows) {
    setup();
    core->map.held_ns = INT64_MIN;
    see_lines(0.5, 10.0, 0);
    ck_assert_int_eq(map_paint_count(core, 1000000000), 0);
    ck_assert(!map_paint_moved(core, 0));
    fusion_destroy(core);
}
END_TEST

/* All lanes are in the one tile that is looked at first. */
static void list_lanes(const double ecef_m[3])
{
    static const uint32_t all[] = {0, 1, 2};
    static map_tile tile;
    tile = (map_tile){.key = map_tile_key(ecef_m), .lane_count = 3};
    map.tiles = &tile;
    map.tile_lanes = all;
    map.tile_count = 1;
    map.tile_lane_count = 3;
}

static bool passes(const map_route *r, double x_m, double y_m, map_passing *by)
{
    const double at[3] = {x_m, y_m, 2};
    list_lanes(at);
    return map_route_passes(&map, r, at, 8.0, by);
}

START_TEST (what_stands_along_the_lanes_ahead) {
    const double at[3] = {12, 1, 0};
    map_route r;
    map_passing by;
    setup();
    map_route_from(&map, 0, 100.0, &r);
    ck_assert_int_eq(r.count, 2);
    ck_assert_double_eq_tol(r.begin_m[1], 50.0, 1e-9);
    ck_assert(passes(&r, 80, 7, &by));
    ck_assert(by.direction[0] > 0.999f && fabsf(by.direction[1]) < 1e-6f);
    ck_assert_double_eq_tol(by.way_m, 80.0, 1e-9);
    ck_assert_double_eq_tol(map_route_way(&map, &r, at), 12.0, 1e-9);
    ck_assert(!passes(&r, 80, 14, &by));
    ck_assert(!passes(&r, 80, 58, &by)); /* of the other road */
    lanes[1].left_reversed = lanes[1].right_reversed = 1;
    ck_assert(passes(&r, 80, 7, &by) && by.direction[0] < -0.999f);
    ck_assert_double_eq_tol(by.way_m, 50.0 + 20.0, 1e-9); /* of the 50 m that it is long */
    fusion_destroy(core);
}
END_TEST

START_TEST (a_way_leaves_the_line_of_sight) {
    const double from[3] = {0, 0, 0}, to[3] = {30, 0, 0};
    ck_assert(map_route_is_straight(30.0, from, to, 8.0));
    ck_assert(map_route_is_straight(33.9, from, to, 8.0)); /* 15^2 + 8^2 = 17^2 */
    ck_assert(!map_route_is_straight(34.1, from, to, 8.0));
    ck_assert(map_route_is_straight(29.0, from, to, 8.0)); /* beside the road, or on the inner side of it */
}
END_TEST

/* Whether an element there is looked for from a place of the vehicle. */
static bool is_looked_for(double x_m, double y_m, double from_x_m, double from_y_m)
{
    static map_mark mark;
    const double at[3] = {x_m, y_m, 2};
    const int64_t now_ns = core->map.lane_ns = core->f.stamp_ns;
    view_mark v = {.bearing = {0.0f, 0.0f, 30.0f}, .apart = true};
    mark = (map_mark){.id = 100, .kind = MAP_CLASS_POLE, .position_ecef_m = {x_m, y_m, 2}};
    map.marks = &mark;
    map.mark_count = 1;
    list_lanes(at);
    core->f.position_ecef_m[0] = from_x_m;
    core->f.position_ecef_m[1] = from_y_m;
    core->f.position_ecef_m[2] = 0.0;
    core->map.lane_merged = 0;
    map_watch_begin(core, &core->source[0], now_ns, 0.1f, 0.001f);
    ck_assert(map_watch_is_expected(core, &core->source[0], &v));
    map_watch_mark(core, &core->source[0], now_ns, &v);
    return core->map.watched[0].looked_at;
}

START_TEST (what_the_way_goes_round_to_is_hidden) {
    setup();
    lanes[1].followers[0] = 2; /* the other road is where the way comes back, and begins at 100 m */
    ck_assert(is_looked_for(60, 6, 12, 0));
    core->map.watched[0].seen_ns = INT64_MIN;
    ck_assert(!is_looked_for(60, 62, 12, 0)); /* 78 m as the crow flies, and 148 along the way */
    core->odometer_m += 118.0;                /* it has come round */
    ck_assert(is_looked_for(60, 62, 30, 58));
    fusion_destroy(core);
}
END_TEST

START_TEST (what_may_be_of_another_road_is_not_expected) {
    map_route r;
    map_passing by;
    setup();
    map_route_from(&map, 2, 100.0, &r); /* bounds at y 60 and 56 */
    ck_assert(passes(&r, 80, 52, &by));
    lines[2].first_point = 6; /* the second lane's left bound is at y -2 now, and the other one at 50 */
    lines[3].first_point = 12;
    ck_assert(!passes(&r, 80, 52, &by));
    ck_assert(!passes(&r, 80, 55, &by)); /* nearer to its own, and near that one all the same */
    ck_assert(passes(&r, 80, 59, &by));
    lanes[1].left_line = 4; /* they are the two directions of one road */
    ck_assert(passes(&r, 80, 55, &by));
    fusion_destroy(core);
}
END_TEST

START_TEST (a_way_that_comes_back_is_not_ahead) {
    map_route r;
    setup();
    lanes[1].followers[0] = 2;
    map_route_from(&map, 0, 200.0, &r);
    ck_assert_int_eq(r.count, 3);
    map_route_from(&map, 0, 40.0, &r); /* from the first one's end on the second one is still within reach */
    ck_assert_int_eq(r.count, 2);
    fusion_destroy(core);
}
END_TEST

/* A receiver that claims claim_m is held to be off_m off for time_s of driving at 10 m/s. */
static void drive_off(float claim_m, double off_m, double time_s)
{
    source_run *s = &core->source[1];
    s->gnss.slow_variance = claim_m * claim_m;
    core->f.source[s->first_state + SLOW - STATE_SOURCES] = off_m;
    for (int i = 0; i < (int)(time_s / 0.1 + 0.5); i++) {
        core->odometer_m += 1.0;
        s->fused_ns = core->map.held_ns += 100000000;
        map_shift_look(core, core->map.held_ns);
    }
}

START_TEST (a_map_that_lies_elsewhere_is_told_and_covered) {
    fusion_pose p;
    setup();
    drive_off(1.5f, 0.5, 60.0); /* an ordinary receiver cannot tell */
    ck_assert(!core->map.shifted);
    drive_off(0.02f, 0.5, 2.0);
    ck_assert(!core->map.shifted);
    memset(&p, 0, sizeof p);
    map_shift_doubt(core, &p); /* covered at once */
    ck_assert_double_eq_tol(sqrt((double)p.covariance[0][0]), 0.5, 1e-3);
    drive_off(0.02f, 0.5, 5.0);
    ck_assert(core->map.shifted);
    drive_off(0.5f, 0.5, 20.0); /* it cannot tell any more: what is known stays so */
    ck_assert(core->map.shifted);
    fusion_destroy(core);
}
END_TEST

START_TEST (a_receiver_that_leaves_a_map_is_the_receiver) {
    setup();
    drive_off(0.02f, 0.01, 15.0); /* they agree */
    drive_off(0.02f, 0.5, 30.0);
    ck_assert(!core->map.shifted);
    fusion_destroy(core);
}
END_TEST

START_TEST (a_velocity_lasts_longer_on_a_map) {
    const fusion_sinks sinks = {0};
    setup();
    int state = core->source[1].first_state + SLOW_VELOCITY - STATE_SOURCES;
    const frame_gnss claimed = {.speed_acc_mps = 0.1f};
    float white = gnss_follow_velocity(core, &core->source[1], &claimed, 0.1f);
    ck_assert_double_eq_tol(sqrt((double)core->f.slow[state].stationary), 0.045, 1e-6);
    ck_assert_double_eq_tol(hypot((double)white, 0.045), 0.1, 1e-6); /* it is a part of the whole */
    fusion_destroy(core);
    core = fusion_create(&set, &sinks);
    state = core->source[1].first_state + SLOW_VELOCITY - STATE_SOURCES;
    gnss_follow_velocity(core, &core->source[1], &claimed, 0.1f);
    ck_assert_double_eq_tol(sqrt((double)core->f.slow[state].stationary),
                            0.1 * set.sources[1].of.gnss.velocity_slow_fraction, 1e-6);
    fusion_destroy(core);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map_faults");
    tcase_add_test(cases, a_line_that_moved_is_named);
    tcase_add_test(cases, a_new_line_is_looked_at_for_itself);
    tcase_add_test(cases, one_line_alone_is_named_later);
    tcase_add_test(cases, edges_one_after_the_other_are_each_alone);
    tcase_add_test(cases, without_landmarks_nobody_knows);
    tcase_add_test(cases, what_stands_along_the_lanes_ahead);
    tcase_add_test(cases, what_may_be_of_another_road_is_not_expected);
    tcase_add_test(cases, a_way_leaves_the_line_of_sight);
    tcase_add_test(cases, what_the_way_goes_round_to_is_hidden);
    tcase_add_test(cases, a_way_that_comes_back_is_not_ahead);
    tcase_add_test(cases, a_map_that_lies_elsewhere_is_told_and_covered);
    tcase_add_test(cases, a_receiver_that_leaves_a_map_is_the_receiver);
    tcase_add_test(cases, a_velocity_lasts_longer_on_a_map);
    return run_cases("map_faults", cases);
}
