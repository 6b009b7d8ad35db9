/*
 * Where a lane parts into two: which bounds a line that is seen may be, of which of them the vehicle is in,
 * and what is not painted.
 */
#include "fusion/core/core.h"
#include "fusion/geodesy.h"
#include "fusion/map/map_bounds.h"
#include "fusion/map/map_lanes.h"
#include "fusion/map/map_places.h"
#include "tests/fusion/lane_map.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static const double half_m = 1.75, radius_m = 25.0;

static lane_map road;
static settings set;
static fusion *core;
static double at[3];
static int64_t now_ns;

/* Where the straight lane and the one that turns left are in `road`. */
static uint32_t ahead, turning;

static void draw_straight(double from_m, double to_m)
{
    for (int side = 0; side < 2; side++) {
        lane_map_line(&road, MAP_LINE_SOLID);
        for (double x = from_m; x < to_m + 0.1; x += 2.0)
            lane_map_point(&road, at, x, side ? -half_m : half_m);
    }
}

static void draw_turn(void)
{
    for (int side = 0; side < 2; side++) {
        const double r = radius_m + (side ? half_m : -half_m);
        lane_map_line(&road, MAP_LINE_SOLID);
        for (double turn = 0.0; turn < 1.5; turn += 0.05)
            lane_map_point(&road, at, r * sin(turn), radius_m - r * cos(turn));
    }
}

/* A lane along x up to x = 0, and two that follow it: one goes on, the other turns left. */
static void draw(bool turn_first)
{
    lane_map_begin(&road);
    draw_straight(-60.0, 0.0);
    for (int i = 0; i < 2; i++) {
        if ((i == 0) == turn_first)
            draw_turn();
        else
            draw_straight(0.0, 60.0);
    }
    for (uint32_t i = 0; i < 3; i++)
        lane_map_lane(&road, 901 + i, 2 * i, 2 * i + 1);
    lane_map_follow(&road, 0, 1);
    lane_map_follow(&road, 0, 2);
    lane_map_end(&road, at);
    ahead = turn_first ? 2 : 1;
    turning = turn_first ? 1 : 2;
}

static void paint(uint32_t lane, uint8_t type)
{
    road.lines[2 * lane].type = road.lines[2 * lane + 1].type = type;
}

/* The vehicle at x_m, along x, known to across_m and along_m. */
static void stand(double x_m, float across_m, float along_m)
{
    const double axes[4] = {0, 0, 0, 1}, v[3] = {10, 0, 0}, there[3] = {at[0] + x_m, at[1], at[2]};
    filter_place(&core->f, now_ns, there, v, axes);
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_POSITION + i, i ? across_m * across_m : along_m * along_m);
}

static void setup(void)
{
    const fusion_sinks none = {0};
    settings_default(&set);
    settings_add_source(&set, "camera/front");
    geodetic_to_ecef(0.0, 0.0, 100.0, at);
    draw(false);
    now_ns = 1000000000;
    core = fusion_create_on_map(&set, &none, &road.view);
    ck_assert_ptr_nonnull(core);
    core->running = true;
}

static void teardown(void)
{
    fusion_destroy(core);
}

static lane_cut own_cut(void)
{
    lane_cut cuts[CUTS_MOST];
    int count = cut_lanes(core, 0.0, cuts), own = cut_own(cuts, count);
    ck_assert_int_ge(own, 0);
    return cuts[own];
}

/* One picture of both lines from the middle of the lane. */
static void see(float sigma_m)
{
    frame in = {.kind = FRAME_LANES};
    now_ns += 100000000;
    core->f.stamp_ns = in.stamp_ns = in.received_ns = now_ns;
    for (int side = 0; side < 2; side++)
        in.u.lanes.lanes[in.u.lanes.count++] = (camera_lane){.side = side ? LANE_SIDE_RIGHT : LANE_SIDE_LEFT,
                                                             .offset_m = (float)(side ? -half_m : half_m),
                                                             .curvature_1pm = NAN,
                                                             .sigma_m = sigma_m,
                                                             .score = 0.9f};
    core->map.tied = 20;
    core->map.held_ns = now_ns;
    map_lanes_fuse(core, &core->source[0], &in);
}

/* Where two lanes are not apart yet, the vehicle is in the one that runs as it does, whichever is first in
 * the map. */
START_TEST (the_one_that_runs_as_it_does) {
    for (int first = 0; first < 2; first++) {
        draw(first);
        stand(3.0, 0.1f, 0.1f);
        ck_assert_uint_eq(own_cut().lane, ahead);
    }
}
END_TEST

/* A line may be that of either; what is not painted is none, and each line counts once. */
START_TEST (what_may_be_seen) {
    bound_at of[PLACES_MOST];
    stand(3.0, 0.1f, 0.1f);
    lane_cut cut = own_cut();
    ck_assert_int_eq(bound_places(core, 0.0, &cut, 0, of), 2);
    ck_assert_float_eq_tol(of[0].offset_m, (float)half_m, 1e-3f);
    const float r = (float)(radius_m - half_m);
    ck_assert_float_eq_tol(of[1].offset_m, (float)radius_m - sqrtf(r * r - 9.0f), 0.01f);
    ck_assert_float_eq_tol(of[1].heading_rad, asinf(3.0f / r), 0.01f);
    road.lanes[turning].left_line = road.lanes[ahead].left_line;
    ck_assert_int_eq(bound_places(core, 0.0, &cut, 0, of), 1);
    ck_assert_int_eq(bound_places(core, 0.0, &cut, 1, of), 2);
    paint(turning, MAP_LINE_VIRTUAL);
    ck_assert_int_eq(bound_places(core, 0.0, &cut, 1, of), 1);
    paint(ahead, MAP_LINE_VIRTUAL);
    ck_assert_int_eq(bound_places(core, 0.0, &cut, 1, of), 0);
    ck_assert_int_eq(bound_places(core, 100.0, &cut, 1, of), -1);
}
END_TEST

/* 10 m on the lanes are 2 m apart: only the one that the vehicle would be in there comes into question. */
START_TEST (those_that_are_apart_are_told) {
    bound_at of[PLACES_MOST];
    stand(-1.0, 0.1f, 0.1f);
    lane_cut cut = own_cut();
    ck_assert_uint_eq(cut.lane, 0);
    ck_assert_int_eq(bound_places(core, 3.0, &cut, 0, of), 2);
    ck_assert_int_eq(bound_places(core, 11.0, &cut, 0, of), 1);
    ck_assert_float_eq_tol(of[0].offset_m, (float)half_m, 1e-3f);
    ck_assert_int_eq(bound_places(core, -20.0, &cut, 0, of), 1);
}
END_TEST

/* By how much they differ a line tells nothing. */
START_TEST (how_far_they_differ_is_noise) {
    bound_spread both, one;
    stand(3.0, 0.1f, 0.01f);
    lane_cut cut = own_cut();
    ck_assert(bound_spread_of(core, &cut, 0, &both));
    paint(turning, MAP_LINE_VIRTUAL);
    ck_assert(bound_spread_of(core, &cut, 0, &one));
    const float r = (float)(radius_m - half_m), apart = (float)radius_m - sqrtf(r * r - 9.0f) - (float)half_m,
                turned = asinf(3.0f / r);
    ck_assert_float_eq_tol(both.rest[0][0], 0.25f * apart * apart, 1e-3f);
    ck_assert_float_eq_tol(both.rest[1][1], 0.25f * turned * turned, 1e-3f);
    ck_assert_float_eq_tol(both.mean[0], (float)half_m + 0.5f * apart, 0.01f);
    ck_assert_float_eq_tol(one.rest[0][0], 0.0f, 1e-6f);
    ck_assert_float_eq_tol(one.mean[0], (float)half_m, 1e-3f);
    stand(-3.0, 0.1f, 4.0f); /* nor where it may be in either */
    cut = own_cut();
    ck_assert(bound_spread_of(core, &cut, 0, &one));
    paint(turning, MAP_LINE_SOLID);
    ck_assert(bound_spread_of(core, &cut, 0, &both));
    ck_assert_float_gt(both.rest[0][0], one.rest[0][0] + 1e-3f);
}
END_TEST

/* A line that is seen where the map has none is something else: the pose does not follow it. */
START_TEST (what_is_not_painted_is_not_followed) {
    for (int painted = 0; painted < 2; painted++) {
        draw(false);
        paint(turning, MAP_LINE_VIRTUAL);
        paint(ahead, painted ? MAP_LINE_SOLID : MAP_LINE_VIRTUAL);
        stand(20.0, 0.1f, 0.1f);
        const float before = covariance_at(&core->f.p, STATE_POSITION + 1, STATE_POSITION + 1);
        see(NAN);
        const float after = covariance_at(&core->f.p, STATE_POSITION + 1, STATE_POSITION + 1);
        if (painted)
            ck_assert_float_lt(after, 0.8f * before);
        else
            ck_assert_float_eq(after, before);
    }
}
END_TEST

/* What a picture says to be worse than the settings is worse in what lasts as well: seen again and again, it
 * does not go away. */
START_TEST (what_is_said_to_be_worse_lasts) {
    const camera_settings *own = &set.sources[0].of.camera;
    const float slow = (float)own->lane_slow_m, both = hypotf(slow, (float)own->lane_sigma_m);
    const camera_lane silent = {.sigma_m = NAN}, good = {.sigma_m = 0.5f * both},
                      bad = {.sigma_m = 3.0f * both};
    ck_assert_float_eq(bound_worse(own, &silent), 1.0f);
    ck_assert_float_eq(bound_worse(own, &good), 1.0f);
    ck_assert_float_eq_tol(bound_worse(own, &bad), 9.0f, 1e-4f);
    const source_run *s = &core->source[0];
    measurement m[2];
    stand(-30.0, 1.0f, 0.01f);
    lane_cut cut = own_cut();
    ck_assert(bound_measure(core, s, &silent, &cut, 0, &m[0]) &&
              bound_measure(core, s, &bad, &cut, 0, &m[1]));
    ck_assert_float_eq_tol(m[1].noise[0][0], 9.0f * m[0].noise[0][0], 1e-4f);
    const slow_state *state = &core->f.slow[s->first_state + CAMERA_LINES - STATE_SOURCES];
    float left[2];
    for (int i = 0; i < 2; i++) {
        stand(-30.0, 1.0f, 0.1f);
        core->map.lane_merged = MAP_NONE;
        for (int n = 0; n < 200; n++)
            see(i ? 3.0f * both : NAN);
        ck_assert_float_eq_tol(state->stationary, (i ? 9.0f : 1.0f) * slow * slow, 1e-4f);
        left[i] = sqrtf(covariance_at(&core->f.p, STATE_POSITION + 1, STATE_POSITION + 1));
    }
    ck_assert_float_gt(left[0], 0.6f * slow);
    ck_assert_float_gt(left[1], 2.5f * left[0]);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("places");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_add_test(c, the_one_that_runs_as_it_does);
    tcase_add_test(c, what_may_be_seen);
    tcase_add_test(c, those_that_are_apart_are_told);
    tcase_add_test(c, how_far_they_differ_is_noise);
    tcase_add_test(c, what_is_not_painted_is_not_followed);
    tcase_add_test(c, what_is_said_to_be_worse_lasts);
    return run_cases("map_places", c);
}
