/*
 * The bounds of a lane where the vehicle's y axis cuts them: their direction between the points that they are
 * drawn with, and what is seen of them by a pose that is unsure along its way, against the curve itself and a
 * Monte Carlo of it.
 */
#include "fusion/core/source_run.h"
#include "fusion/filter/covariance.h"
#include "fusion/filter/filter.h"
#include "fusion/geodesy.h"
#include "fusion/map/map_bounds.h"
#include "fusion/map/map_lanes.h"
#include "fusion/map/map_run.h"
#include "tests/fusion/lane_map.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 2 };
static const double half_m = 1.75;

static lane_map road;
static settings set;
static fusion *core;
static double at[3];

/* A curve that is straight up to x = from_m; then its curvature grows to `most_1pm` within spiral_m, and
 * stays. */
typedef struct {
    double from_m, spiral_m, most_1pm;
} curve;

static double heading_at(const curve *k, double s_m)
{
    double in = fmin(fmax(s_m - k->from_m, 0.0), k->spiral_m),
           rest = fmax(s_m - k->from_m - k->spiral_m, 0.0);
    double spiral = k->spiral_m > 0.0 ? k->most_1pm * in * in / (2.0 * k->spiral_m) : 0.0;
    return spiral + rest * k->most_1pm;
}

/* The curve itself, and `left_m` to its left. */
static void place_at(const curve *k, double s_m, double left_m, double out[2])
{
    const double step = 0.01;
    double x = fmin(s_m, k->from_m), y = 0.0;
    for (double s = k->from_m; s < s_m; s += step) {
        double part = fmin(step, s_m - s), h = heading_at(k, s + 0.5 * part);
        x += part * cos(h);
        y += part * sin(h);
    }
    out[0] = x - left_m * sin(heading_at(k, s_m));
    out[1] = y + left_m * cos(heading_at(k, s_m));
}

/* A lane along the curve from s = -60 m, drawn with a point each chord_m; from cut_m on it is another lane.
 */
static void draw(const curve *k, double chord_m, double cut_m)
{
    lane_map_begin(&road);
    for (int lane = 0; lane < LANES; lane++) {
        for (int side = 0; side < 2; side++) {
            double from_m = lane ? cut_m : -60.0, to_m = lane ? 60.0 : cut_m;
            lane_map_line(&road, MAP_LINE_SOLID);
            for (double s = from_m; s < to_m + 1e-9; s += chord_m) {
                double p[2];
                place_at(k, s, side ? -half_m : half_m, p);
                lane_map_point(&road, at, p[0], p[1]);
            }
        }
        lane_map_lane(&road, (uint64_t)lane + 1, (uint32_t)(2 * lane), (uint32_t)(2 * lane) + 1);
    }
    lane_map_follow(&road, 0, 1);
    lane_map_end(&road, at);
}

static void setup_with(double lane_heading_deg)
{
    const fusion_sinks none = {0};
    const double axes[4] = {0, 0, 0, 1}, speed[3] = {8, 0, 0};
    settings_default(&set);
    settings_add_source(&set, "camera/front")->of.camera.lane_heading_deg = lane_heading_deg;
    geodetic_to_ecef(0.0, 0.0, 100.0, at);
    core = fusion_create_on_map(&set, &none, &road.view);
    ck_assert_ptr_nonnull(core);
    filter_place(&core->f, 1000000000, at, speed, axes);
    core->running = true;
}

static void setup(void)
{
    setup_with(0.3);
}

static void teardown(void)
{
    fusion_destroy(core);
}

/* The vehicle on the curve at s = 0, along it. */
static void stand_on(const curve *k)
{
    double p[2], there[3], h = heading_at(k, 0.0), q[4] = {0, 0, sin(h / 2), cos(h / 2)}, v[3] = {8, 0, 0};
    place_at(k, 0.0, 0.0, p);
    for (int i = 0; i < 3; i++)
        there[i] = at[i] + (i < 2 ? p[i] : 0.0);
    road.tiles[0].key = map_tile_key(there);
    filter_place(&core->f, 1000000000, there, v, q);
}

static lane_cut own_cut(void)
{
    lane_cut cuts[CUTS_MOST];
    int count = cut_lanes(core, 0.0, cuts), own = cut_own(cuts, count);
    ck_assert_int_ge(own, 0);
    return cuts[own];
}

/* A circle that is drawn with long chords has the circle's direction between its points, and nothing is open.
 */
START_TEST (chords_of_a_circle) {
    for (double shift_m = 0.0; shift_m < 4.0; shift_m += 0.25) {
        const curve k = {-58.0 + shift_m, 0.0, 0.02};
        draw(&k, 4.0, 40.0);
        stand_on(&k);
        lane_cut cut = own_cut();
        for (int side = 0; side < 2; side++) {
            double left = side ? -half_m : half_m;
            ck_assert_float_eq_tol(cut.offset_m[side], (float)left, 0.045f);
            ck_assert_float_eq_tol(cut.bend[side].heading_rad, 0.0f, 3e-4f);
            ck_assert_float_eq_tol(cut.bend[side].curvature_1pm, (float)(0.02 / (1.0 - 0.02 * left)), 4e-4f);
            ck_assert_float_lt(cut.bend[side].doubt_rad, 3e-4f);
        }
    }
}
END_TEST

/* Where a bend begins inside a chord the drawing leaves the direction open, by about as much as is said. */
START_TEST (what_a_drawing_leaves_open) {
    double wrong = 0.0, said = 0.0;
    int n = 0;
    for (double from_m = -8.0; from_m < 8.0; from_m += 0.1) {
        const curve k = {from_m, 0.0, 0.05};
        draw(&k, 4.0, 40.0);
        stand_on(&k);
        lane_cut cut = own_cut();
        for (int side = 0; side < 2; side++, n++) {
            wrong += pow((double)cut.bend[side].heading_rad, 2.0);
            said += pow((double)cut.bend[side].doubt_rad, 2.0);
        }
    }
    ck_assert_double_gt(sqrt(wrong / n), 0.005);
    ck_assert_double_gt(sqrt(said / wrong), 0.7);
    ck_assert_double_lt(sqrt(said / wrong), 1.5);
}
END_TEST

static double normal(void)
{
    double u = (rand() + 1.0) / (RAND_MAX + 2.0), v = (rand() + 1.0) / (RAND_MAX + 2.0);
    return sqrt(-2.0 * log(u)) * cos(6.283185307179586 * v);
}

/* Where the y axis cuts the curve's left bound with the vehicle u further along x: by stepping along it. */
static void cut_of_curve(const curve *k, double u, double out[2])
{
    double s = u, p[2];
    for (int i = 0; i < 20; i++) {
        place_at(k, s, half_m, p);
        s += (u - p[0]) / fmax(cos(heading_at(k, s)), 0.3);
    }
    out[0] = p[1];
    out[1] = heading_at(k, s);
}

/* Mean, slope and what that leaves out against draws of how far along the vehicle is. */
static void compare_with_draws(const curve *k, double sigma_m, double cut_m)
{
    enum { DRAWS = 4000 };
    static double u[DRAWS], z[DRAWS][2];
    double mean[2] = {0}, slope[2] = {0}, rest[2][2] = {{0}};
    bound_spread over;
    const double axes[4] = {0, 0, 0, 1}, v[3] = {8, 0, 0};
    filter_place(&core->f, 1000000000, at, v, axes);
    draw(k, 1.0, cut_m);
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_POSITION + i, i == 0 ? (float)(sigma_m * sigma_m) : 1e-4f);
    srand(7);
    for (int i = 0; i < DRAWS; i++) { /* antithetic */
        u[i] = i % 2 ? -u[i - 1] : sigma_m * normal();
        cut_of_curve(k, u[i], z[i]);
        for (int m = 0; m < 2; m++) {
            mean[m] += z[i][m] / DRAWS;
            slope[m] += z[i][m] * u[i] / DRAWS / (sigma_m * sigma_m);
        }
    }
    for (int i = 0; i < DRAWS; i++) {
        for (int m = 0; m < 4; m++)
            rest[m / 2][m % 2] += (z[i][m / 2] - mean[m / 2] - slope[m / 2] * u[i]) *
                                  (z[i][m % 2] - mean[m % 2] - slope[m % 2] * u[i]) / DRAWS;
    }
    lane_cut cut = own_cut();
    bound_spread_of(core, &cut, 0, &over);
    ck_assert_float_eq_tol(over.sigma_m, (float)sigma_m, 1e-3f);
    ck_assert_float_eq_tol(over.mean[0], (float)mean[0], 0.02f);
    ck_assert_float_eq_tol(over.mean[1], (float)mean[1], 0.01f);
    ck_assert_float_eq_tol(over.slope[0], (float)slope[0], 0.02f);
    ck_assert_float_eq_tol(over.slope[1], (float)slope[1], 0.15f * (float)fabs(slope[1]) + 0.002f);
    for (int m = 0; m < 2; m++) {
        double seen = sqrt((double)over.rest[m][m]), drawn = sqrt(rest[m][m]);
        ck_assert_double_eq_tol(seen, drawn, 0.3 * drawn + 0.003);
    }
}

START_TEST (a_pose_unsure_along_a_bend) {
    compare_with_draws(&(curve){50.0, 0.0, 0.0}, 2.0, 40.0);    /* straight */
    compare_with_draws(&(curve){3.0, 12.0, 0.08}, 1.5, 40.0);   /* the bend is ahead */
    compare_with_draws(&(curve){-6.0, 10.0, -0.05}, 1.5, 40.0); /* it has begun */
    compare_with_draws(&(curve){1.0, 6.0, 0.1}, 1.5, 1.0);      /* and the lane ends before it */
    compare_with_draws(&(curve){-2.0, 6.0, 0.1}, 0.3, 40.0);
}
END_TEST

/* A lane line that is seen by a pose that may be before the bend or in it leaves it as unsure as that: the
 * direction's noise grows by what the slope does not tell. */
START_TEST (a_line_says_less_before_a_bend) {
    const curve k = {0.0, 8.0, 0.1};
    float noise[2], lasting[2];
    draw(&k, 1.0, 40.0);
    for (int unsure = 0; unsure < 2; unsure++) {
        measurement m;
        camera_lane seen = {.offset_m = 1.75f, .curvature_1pm = 0.0f, .sigma_m = 0.05f};
        for (int i = 0; i < 3; i++)
            covariance_reset(&core->f.p, STATE_POSITION + i, i == 0 && unsure ? 4.0f : 1e-4f);
        lane_cut cut = own_cut();
        bound_measure(core, &core->source[0], &seen, &cut, 0, &m);
        noise[unsure] = sqrtf(m.noise[1][1]);
        lasting[unsure] = m.lasting[1];
        ck_assert_float_gt(m.repeats, 0.0f);
    }
    ck_assert_float_gt(noise[1], 2.0f * noise[0]);
    ck_assert_float_gt(lasting[1], 4.0f * lasting[0]);
}
END_TEST

static void measure_left(measurement *m)
{
    const camera_lane seen = {.offset_m = 1.75f, .curvature_1pm = 0.0f, .sigma_m = 0.05f};
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_POSITION + i, 1e-4f);
    covariance_reset(&core->f.p, STATE_GYRO_BIAS + 2, 1e-9f); /* a gyro says how the heading changes */
    lane_cut cut = own_cut();
    bound_measure(core, &core->source[0], &seen, &cut, 0, m);
}

/* A survey that is off by 0.1 m at each end has turned a line of 20 m by 0.4 deg and one of 100 m by 0.08,
 * for as long as it is passed; how densely it is drawn is no matter. */
START_TEST (a_survey_turns_short_lines) {
    const curve straight = {50.0, 0.0, 0.0};
    teardown();
    setup_with(0.01); /* of a camera that is exact */
    for (int dense = 0; dense < 2; dense++) {
        float repeats[2];
        for (int length = 0; length < 2; length++) {
            measurement good, off;
            draw(&straight, dense ? 1.0 : 20.0, length ? 40.0 : -40.0 + 20.0 * 2.0);
            uint32_t line = length ? 0 : 2;
            if (!length) { /* the second lane begins at the vehicle and ends 20 m on */
                road.lines[2].point_count = road.lines[3].point_count = dense ? 21 : 2;
                road.lines[0].point_count = road.lines[1].point_count = dense ? 60 : 3;
            }
            road.lines[line].sigma_m = 0.0f;
            measure_left(&good);
            road.lines[line].sigma_m = 0.1f;
            measure_left(&off);
            const float span_m = length ? 100.0f : 20.0f, turned = 0.1f * 1.41421356f / span_m;
            ck_assert_float_eq_tol(sqrtf(off.lasting[1] - good.lasting[1]), turned, 0.02f * turned);
            ck_assert_float_eq_tol(off.noise[1][1] - good.noise[1][1], turned * turned,
                                   0.05f * turned * turned);
            repeats[length] = off.repeats;
        }
        ck_assert_float_gt(repeats[1], 4.0f * repeats[0]); /* five times the way */
    }
}
END_TEST

/* A tenth of a direction's variance is the same for 50 m, as long as a gyro holds the heading meanwhile. */
START_TEST (a_direction_lasts) {
    const curve straight = {50.0, 0.0, 0.0};
    const double heading = 0.3 * 3.14159265 / 180.0;
    measurement m;
    draw(&straight, 4.0, 40.0);
    measure_left(&m);
    ck_assert_float_eq_tol(m.lasting[1], (float)(0.1 * heading * heading), 1e-8f);
    ck_assert_float_eq_tol(m.noise[1][1], (float)(heading * heading), 1e-8f);
    ck_assert_float_eq_tol(m.repeats, core_repeats(&core->source[0], 50.0f / 8.0f), 0.02f * m.repeats);
    covariance_reset(&core->f.p, STATE_GYRO_BIAS + 2, 1e-2f); /* none does */
    const camera_lane seen = {.offset_m = 1.75f, .curvature_1pm = 0.0f, .sigma_m = 0.05f};
    lane_cut cut = own_cut();
    ck_assert(bound_measure(core, &core->source[0], &seen, &cut, 0, &m));
    ck_assert_float_lt(m.repeats, core_repeats(&core->source[0], 0.1f));
}
END_TEST

/* A state of 0.2 m is the survey's, where that is 0.3 m, and the perception's, where that is 0.01 m. */
START_TEST (where_a_bound_is_held_to_be) {
    const curve straight = {50.0, 0.0, 0.0};
    source_run *s = &core->source[0];
    const int state = s->first_state + CAMERA_LINES;
    draw(&straight, 4.0, 40.0);
    core->f.source[state - STATE_SOURCES] = 0.2;
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_POSITION + i, 1e-4f);
    for (int good = 0; good < 2; good++) {
        float off, sigma;
        road.lines[0].sigma_m = good ? 0.01f : 0.3f;
        covariance_reset(&core->f.p, state, 0.01f);
        lane_cut cut = own_cut();
        bound_place(core, s, &cut, 0, &off, &sigma);
        ck_assert_float_eq_tol(off, good ? 0.0077f : 0.1946f, 1e-3f);
        /* pose, what is left of the state, and what cannot be told apart from the perception's */
        ck_assert_float_eq_tol(sigma, good ? 0.0146f : 0.1095f, 1e-3f);
        covariance_reset(&core->f.p, state, 0.0f); /* never seen: all of the survey */
        bound_place(core, s, &cut, 0, &off, &sigma);
        ck_assert_float_eq_tol(sigma, good ? 0.0141f : 0.3002f, 1e-3f);
    }
}
END_TEST

/* The lane to the left, with the left line of the other one as its right one. */
static void draw_beside(void)
{
    const curve straight = {50.0, 0.0, 0.0};
    draw(&straight, 4.0, 40.0);
    road.lines[2] = road.lines[0];
    road.lines[2].first_point = road.view.point_count;
    for (uint32_t i = 0; i < road.lines[0].point_count; i++) {
        ck_assert_uint_lt(road.view.point_count, LANE_MAP_POINTS);
        memcpy(road.points[road.view.point_count], road.points[road.lines[0].first_point + i],
               sizeof road.points[0]);
        road.points[road.view.point_count++][1] += 2.0 * half_m;
    }
    road.lanes[1].left_line = 2;
    road.lanes[1].right_line = 0;
    road.lanes[0].followers[0] = road.lanes[1].predecessors[0] = MAP_NONE;
    road.lanes[0].left_lane = 1;
    road.lanes[1].right_lane = 0;
}

/* On the way to the left across a bound that is drawn 0.3 m too far left, the other lane is not sure before
 * the vehicle is in it, and this one not when it has left. */
START_TEST (a_bound_that_is_drawn_aside_is_crossed) {
    const double axes[4] = {0, 0, 0, 1}, v[3] = {8, 0, 0};
    map_run *run = &core->map;
    draw_beside();
    run->lane_probability = 1.0f;
    run->lane_won = 0;
    run->lane_off_m[0] = -0.3f;
    run->lane_off_m[1] = 0.0f;
    run->lane_across_m[0] = run->lane_across_m[1] = 0.1f;
    run->lane_shift = 0;
    for (double y = 0.0; y < 2.0 * half_m; y += 0.05) {
        const double there[3] = {at[0], at[1] + y, at[2]};
        uint64_t id;
        float probability;
        filter_place(&core->f, 1000000000, there, v, axes);
        run->lane_ns = core->f.stamp_ns;
        map_lane_at(core, core->f.stamp_ns, &id, &probability);
        double beside = y - (half_m - 0.3); /* how far it is to the left of the bound */
        ck_assert(probability < 0.99f || id == (beside < 0.0 ? 1u : 2u));
        if (beside < -0.35 ||
            y > half_m + 0.03) /* in between the pose is in one lane, the vehicle in the other */
            ck_assert_float_gt(probability, 0.9f);
        if (fabs(beside) < 0.3)
            ck_assert_float_lt(probability, 0.999f);
    }
}
END_TEST

/* A pose that a fix has moved into the next lane since the last look is not sure of that one before the next.
 */
START_TEST (who_was_moved_is_not_sure) {
    const double axes[4] = {0, 0, 0, 1}, v[3] = {8, 0, 0};
    const double there[3] = {at[0], at[1] + 2.0 * half_m, at[2]};
    map_run *run = &core->map;
    draw_beside();
    filter_place(&core->f, 1000000000, there, v, axes);
    run->lane_probability = 1.0f;
    run->lane_across_m[0] = run->lane_across_m[1] = 0.1f;
    run->lane_ns = core->f.stamp_ns;
    for (uint32_t won = 0; won < LANES; won++) {
        uint64_t id;
        float probability;
        run->lane_won = won;
        map_lane_at(core, core->f.stamp_ns, &id, &probability);
        ck_assert_uint_eq(id, 2);
        ck_assert(won == 1 ? probability > 0.999f : probability <= 0.99f);
    }
}
END_TEST

static void move(uint32_t lane, double turn_rad, double by_m)
{
    for (uint32_t i = 0; i < road.view.point_count; i++) {
        double x = road.points[i][0] - at[0] + by_m, y = road.points[i][1] - at[1];
        if (road.point_lines[i] / 2 != lane)
            continue;
        road.points[i][0] = at[0] + cos(turn_rad) * x - sin(turn_rad) * y;
        road.points[i][1] = at[1] + sin(turn_rad) * x + cos(turn_rad) * y;
    }
}

/* Where roads cross, the lane is of the one that runs as the vehicle does, whichever is first in the map. */
START_TEST (a_road_that_crosses_is_another) {
    for (uint32_t other = 0; other < LANES; other++) {
        const curve k = {0.0, 0.0, 0.0};
        lane_cut cuts[CUTS_MOST];
        draw(&k, 5.0, 20.0);
        move(1, 0.0, -40.0);
        move(other, 0.7, 0.0);
        stand_on(&k);
        ck_assert_int_eq(cut_lanes(core, 0.0, cuts), 1);
        ck_assert_uint_eq(cuts[0].lane, 1 - other);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("bounds");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, chords_of_a_circle);
    tcase_add_test(t, what_a_drawing_leaves_open);
    tcase_add_test(t, a_pose_unsure_along_a_bend);
    tcase_add_test(t, a_line_says_less_before_a_bend);
    tcase_add_test(t, a_survey_turns_short_lines);
    tcase_add_test(t, a_direction_lasts);
    tcase_add_test(t, where_a_bound_is_held_to_be);
    tcase_add_test(t, a_bound_that_is_drawn_aside_is_crossed);
    tcase_add_test(t, who_was_moved_is_not_sure);
    tcase_add_test(t, a_road_that_crosses_is_another);
    return run_cases("map_bounds", t);
}
