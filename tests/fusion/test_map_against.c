/*
 * A road whose lanes run both ways: who drives on its other side, overtaking, sees lines like those of the
 * lane beside, and the map's lines where others would be.
 */
#include "fusion/core/core.h"
#include "fusion/geodesy.h"
#include "fusion/map/map_bounds.h"
#include "fusion/map/map_lanes.h"
#include "fusion/map/map_paint.h"
#include "tests/fusion/lane_map.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

/* From right to left: the edge of the own lane (0), the middle of the road (1), the other edge (2), and the
 * middle once more, for a lane that shares no line (3). */
enum { LINES = 4 };
static const double wide_m = 3.5;

static lane_map road;
static settings set;
static fusion *core;
static double at[3];
static int64_t now_ns;

/* A straight road along x; the vehicle is in the middle of the own lane at y = 0. */
static void draw(void)
{
    const double y[LINES] = {-0.5 * wide_m, 0.5 * wide_m, 1.5 * wide_m, 0.5 * wide_m};
    lane_map_begin(&road);
    for (uint32_t i = 0; i < LINES; i++) {
        road.lines[lane_map_line(&road, i % 2 ? MAP_LINE_DASHED : MAP_LINE_SOLID)].sigma_m = 0.03f;
        for (int k = 0; k < 2; k++)
            lane_map_point(&road, at, k ? 100.0 : -100.0, y[i]);
    }
    lane_map_lane(&road, 901, 1, 0);
    map_lane *other = &road.lanes[lane_map_lane(&road, 902, 1, 2)];
    other->left_reversed = other->right_reversed = true;
    lane_map_end(&road, at);
}

/* The vehicle y_m to the left of its lane's middle, as the pose has it. */
static void stand(double y_m)
{
    const double axes[4] = {0, 0, 0, 1}, v[3] = {10, 0, 0}, there[3] = {at[0], at[1] + y_m, at[2]};
    filter_place(&core->f, now_ns, there, v, axes);
}

static void know_to(float sigma_m)
{
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_POSITION + i, sigma_m * sigma_m);
}

static void setup(void)
{
    const fusion_sinks none = {0};
    settings_default(&set);
    settings_add_source(&set, "camera/front");
    geodetic_to_ecef(0.0, 0.0, 100.0, at);
    draw();
    now_ns = 1000000000;
    core = fusion_create_on_map(&set, &none, &road.view);
    ck_assert_ptr_nonnull(core);
    core->running = true;
    stand(0.0);
    know_to(2.0f);
}

static void teardown(void)
{
    fusion_destroy(core);
}

/* One picture from the middle of a lane, after period_s. */
static void see(const char *left, const char *right, double period_s)
{
    frame in = {.kind = FRAME_LANES};
    now_ns += (int64_t)(period_s * 1e9);
    core->f.stamp_ns = in.stamp_ns = now_ns;
    for (int side = 0; side < 2; side++) {
        camera_lane *l = &in.u.lanes.lanes[in.u.lanes.count++];
        *l = (camera_lane){.side = side ? LANE_SIDE_RIGHT : LANE_SIDE_LEFT,
                           .offset_m = (float)(side ? -0.5 * wide_m : 0.5 * wide_m),
                           .curvature_1pm = NAN,
                           .sigma_m = NAN,
                           .score = 1.0f};
        memcpy(l->type, side ? right : left, strlen(side ? right : left) + 1);
    }
    map_lanes_fuse(core, &core->source[0], &in);
}

/* After how many seconds of such pictures the lines are fused; INFINITY: not within a minute. */
static double fused_after(const char *left, const char *right, double period_s)
{
    for (double t = period_s; t < 60.0; t += period_s) {
        see(left, right, period_s);
        if (core->map.lane_merged != MAP_NONE)
            return t;
    }
    return INFINITY;
}

static float sure_of_own(void)
{
    uint64_t id;
    float probability;
    map_lane_at(core, now_ns, &id, &probability);
    return id == 901 ? probability : 0.0f;
}

/* Lines alone: what is solid on the right and dashed on the left is the own lane, the other way round it is
 * the other side of the road. And where lines look alike nobody can say. */
START_TEST (who_overtakes_is_not_in_the_lane_beside) {
    ck_assert(isinf(fused_after("solid", "dashed", 0.1)));
    ck_assert_float_le(sure_of_own(), 0.99f);
    teardown();
    setup();
    ck_assert(isinf(fused_after("unknown", "unknown", 0.1)));
    teardown();
    setup();
    ck_assert_double_lt(fused_after("dashed", "solid", 0.1), 20.0);
    ck_assert_float_gt(sure_of_own(), 0.5f);
}
END_TEST

/* So it is where the two lanes have drawings of the middle of their own. */
START_TEST (lanes_that_share_no_line_are_of_one_road) {
    road.lanes[1].left_line = 3;
    ck_assert(isinf(fused_after("solid", "dashed", 0.1)));
}
END_TEST

/* A lane of its own, and one that runs against it across a median, is where it seems to be. */
START_TEST (the_other_carriageway_is_no_lane_to_overtake_on) {
    know_to(5.0f);
    road.lanes[1].left_line = 3;
    for (int i = 0; i < 2; i++) {
        road.points[2 * 2 + i][1] += 2.0;
        road.points[2 * 3 + i][1] += 2.0;
    }
    ck_assert_double_lt(fused_after("unknown", "unknown", 0.1), 20.0);
}
END_TEST

/* A pose that knows where it is need not be told by what lines look like. */
START_TEST (a_pose_that_is_tied_knows_the_side) {
    know_to(0.2f);
    core->map.tied = 20;
    core->map.held_ns = now_ns;
    see("solid", "dashed", 0.1);
    ck_assert_uint_eq(core->map.lane_merged, 0);
}
END_TEST

/* It is the time that counts for which a lane has won, and not how many pictures a camera takes. */
START_TEST (a_fast_camera_is_sure_no_sooner) {
    double slow_s = fused_after("dashed", "solid", 0.1);
    teardown();
    setup();
    ck_assert_double_ge(fused_after("dashed", "solid", 0.025), slow_s - 0.5);
}
END_TEST

/* Twenty seconds of these lines, held against the own lane by a pose that landmarks hold. */
static int named_after(double y_m, float left_m, float right_m)
{
    lane_cut cuts[CUTS_MOST];
    camera_lane left = {.offset_m = left_m, .sigma_m = 0.05f, .curvature_1pm = NAN}, right = left;
    const camera_lane *const seen[2] = {&left, &right};
    right.offset_m = right_m;
    core->map.held_ns = now_ns;
    stand(y_m);
    know_to(0.05f);
    ck_assert_int_ge(cut_lanes(core, 0.0, cuts), 1);
    ck_assert_uint_eq(cuts[0].lane, 0);
    for (int side = 0; side < 2; side++)
        core->f.slow[core->source[0].first_state + CAMERA_LINES + side - STATE_SOURCES].stationary = 0.0034f;
    for (int i = 0; i < 200; i++)
        map_paint_look(core, &core->source[0], now_ns, 0.1f, seen, &cuts[0]);
    return map_paint_count(core, now_ns);
}

/* Lines of the other side of the road, where the map has them, are not those of the own lane painted anew;
 * nor is what is seen from beside the road. Lines half a metre aside of the own lane are. */
START_TEST (lines_of_the_map_are_not_painted_anew) {
    const float half = (float)(0.5 * wide_m);
    ck_assert_int_eq(named_after(wide_m, half, -half), 0);
    ck_assert_int_eq(named_after(0.45 * wide_m, (float)(1.05 * wide_m), (float)(0.05 * wide_m)), 0);
    ck_assert_int_eq(named_after(-0.7 * wide_m, half, -half), 0);
    ck_assert_int_eq(named_after(0.0, half + 0.5f, -half + 0.5f), 2);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("against");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, who_overtakes_is_not_in_the_lane_beside);
    tcase_add_test(t, lanes_that_share_no_line_are_of_one_road);
    tcase_add_test(t, the_other_carriageway_is_no_lane_to_overtake_on);
    tcase_add_test(t, a_pose_that_is_tied_knows_the_side);
    tcase_add_test(t, a_fast_camera_is_sure_no_sooner);
    tcase_add_test(t, lines_of_the_map_are_not_painted_anew);
    return run_cases("map_against", t);
}
