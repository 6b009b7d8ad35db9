/*
 * A pose that a camera's lines deny: when it is in doubt, for how long, and that it is then as unsure as the
 * pose without the map is.
 */
#include "fusion/core/core.h"
#include "fusion/filter/covariance.h"
#include "fusion/integrity/bank.h"
#include "fusion/map/map_adrift.h"
#include "fusion/map/map_landmarks.h"
#include "fusion/map/map_lanes.h"
#include "fusion/map/map_trust.h"
#include "fusion/map/map_watch.h"
#include "fusion/rotation.h"
#include "tests/fusion/bank_host.h"
#include "tests/fusion/lane_map.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

enum { CAMERA = 1 };
static const double at[3] = {6378237.0, 0.0, 0.0};

static lane_map road;
static settings set;
static fusion *core;

/* At the equator x is up, y east and z north: the vehicle looks north, on a lane 3.5 m wide along z. */
static void draw(void)
{
    lane_map_begin(&road);
    for (int side = 0; side < 2; side++) {
        road.lines[lane_map_line(&road, MAP_LINE_SOLID)].sigma_m = 0.03f;
        for (int k = 0; k < 2; k++) {
            lane_map_point(&road, at, 0.0, side ? 1.75 : -1.75);
            road.points[road.view.point_count - 1][2] += k ? 100.0 : -100.0;
        }
    }
    lane_map_lane(&road, 901, 0, 1);
    lane_map_end(&road, at);
}

static void setup(void)
{
    /* forward is z, left is -y, up is x */
    double rows[3][3] = {{0, 0, 1}, {0, -1, 0}, {1, 0, 0}}, north[4];
    const double v[3] = {0.0, 0.0, 10.0};
    quat_from_rows(rows, north);
    draw();
    core = bank_host_core(&set, &road.view, "gnss/roof camera/front");
    bank_host_place(core, north, v);
}

static void teardown(void)
{
    fusion_destroy(core);
}

/* Without the map the pose is this far from it, along and across, and known to so much, m. */
static void without_map(float along_m, float cross_m, float sigma_m)
{
    bank_hypothesis *h = bank_host_without(core, 1u << CAMERA);
    h->live = h->looked = h->live_looks = true;
    h->separation[BANK_ALONG] = along_m;
    h->separation[BANK_CROSS] = cross_m;
    h->variance[BANK_ALONG] = h->variance[BANK_CROSS] = sigma_m * sigma_m;
}

static fusion_pose pose_looking(float heading_rad)
{
    fusion_pose p = {.heading_rad = heading_rad};
    p.covariance[0][0] = p.covariance[1][1] = 0.01f;
    map_adrift_doubt(core, &p);
    return p;
}

static void look(float misfit, double for_s)
{
    for (double t = 0.0; t < for_s - 1e-9; t += 0.1)
        map_adrift_look(core, misfit, -0.5f, 0.1f);
}

START_TEST (lines_that_fit_leave_a_pose_as_it_is) {
    without_map(2.0f, 1.0f, 1.5f);
    look(15.0f, 20.0);
    ck_assert(!core->map.adrift);
    ck_assert_float_eq(pose_looking(0.0f).covariance[0][0], 0.01f);
}
END_TEST

START_TEST (one_wild_look_does_so_too) {
    for (int i = 0; i < 20; i++) {
        look(500.0f, 0.2);
        ck_assert(!core->map.adrift);
        look(1.0f, 0.3);
    }
}
END_TEST

START_TEST (lines_that_deny_it_put_it_in_doubt_until_they_fit_again) {
    look(100.0f, 0.3);
    ck_assert(core->map.adrift);
    look(1.0f, 0.2);
    ck_assert(core->map.adrift);
    look(1.0f, 0.2);
    ck_assert(!core->map.adrift);
    look(100.0f, 30.0);
    look(1.0f, 0.8);
    ck_assert(core->map.adrift);
    look(1.0f, 0.3); /* no longer than a second, however long it was */
    ck_assert(!core->map.adrift);
}
END_TEST

/* Along is where it looks, and what it knows worse itself stays. */
START_TEST (it_is_as_unsure_as_without_the_map) {
    without_map(2.0f, -1.0f, 1.5f);
    look(100.0f, 1.0);
    fusion_pose p = pose_looking(0.0f);
    ck_assert_float_eq_tol(p.covariance[1][1], 2.0f * 2.0f + 2.25f, 1e-5f);
    ck_assert_float_eq_tol(p.covariance[0][0], 1.0f + 2.25f, 1e-5f);
    ck_assert_float_eq_tol(p.covariance[0][1], 0.0f, 1e-5f);
    p = pose_looking(1.5707963f); /* east */
    ck_assert_float_eq_tol(p.covariance[0][0], 6.25f, 1e-4f);
    ck_assert_float_eq_tol(p.covariance[1][1], 3.25f, 1e-4f);
    p = pose_looking(0.78539816f);
    ck_assert_float_eq_tol(p.covariance[0][1], 0.5f * (6.25f - 3.25f), 1e-4f);
    without_map(0.0f, 0.0f, 0.05f);
    ck_assert_float_eq(pose_looking(0.0f).covariance[0][0], 0.01f);
}
END_TEST

/* Lines have fitted for long, and a kerb is taken for one: the pose is off by what they say at most; until it
 * is tied anew. */
START_TEST (a_pose_that_lines_have_proven_is_off_by_what_they_say) {
    without_map(2.0f, 1.0f, 1.5f);
    look(1.0f, 12.0);
    look(100.0f, 1.0);
    fusion_pose p = pose_looking(0.0f);
    ck_assert_float_eq_tol(p.covariance[0][0], 0.25f, 1e-5f);
    ck_assert_float_eq_tol(p.covariance[1][1], 0.25f, 1e-5f);
    frame landmarks = {.kind = FRAME_LANDMARKS, .stamp_ns = core->f.stamp_ns};
    map_landmarks_fuse(core, &core->source[CAMERA], &landmarks);
    ck_assert_float_eq_tol(pose_looking(0.0f).covariance[1][1], 6.25f, 1e-5f);
}
END_TEST

/* The flag of the map that is up stays so meanwhile; that alone does not raise it. */
START_TEST (a_mismatch_is_not_over_while_lines_deny_the_pose) {
    look(100.0f, 1.0);
    for (int k = 0; k < 100; k++)
        map_watch_end(core, &core->source[CAMERA], core->f.stamp_ns += 100000000);
    ck_assert(!fault_is_raised(&core->map.faults, FAULT_MAP_MISMATCH));
    core->map.blamed_ns = core->f.stamp_ns;
    for (int k = 0; k < 1000; k++)
        map_watch_end(core, &core->source[CAMERA], core->f.stamp_ns += 100000000);
    ck_assert(fault_is_raised(&core->map.faults, FAULT_MAP_MISMATCH));
    look(1.0f, 2.0);
    for (int k = 0; k < 100; k++)
        map_watch_end(core, &core->source[CAMERA], core->f.stamp_ns += 100000000);
    ck_assert(!fault_is_raised(&core->map.faults, FAULT_MAP_MISMATCH));
}
END_TEST

/* Nobody knows the place without the map: what elements may hide. */
START_TEST (where_nothing_else_says_a_place_it_is_what_elements_may_hide) {
    bank_host_without(core, 1u << CAMERA)->live_looks = false;
    look(100.0f, 1.0);
    const float hidden = map_trust_hidden(core);
    ck_assert_float_eq_tol(pose_looking(0.0f).covariance[0][0], fmaxf(hidden * hidden, 0.01f), 1e-6f);
}
END_TEST

/* A picture from `off_m` to the left of the middle of the lane, as the lines have it. */
static void see(double off_m)
{
    frame in = {.kind = FRAME_LANES};
    core->f.stamp_ns += 100000000;
    in.stamp_ns = core->f.stamp_ns;
    for (int side = 0; side < 2; side++) {
        in.u.lanes.lanes[in.u.lanes.count++] =
            (camera_lane){.side = side ? LANE_SIDE_RIGHT : LANE_SIDE_LEFT,
                          .offset_m = (float)((side ? -1.75 : 1.75) - off_m),
                          .curvature_1pm = NAN,
                          .sigma_m = NAN,
                          .score = 1.0f};
    }
    map_lanes_fuse(core, &core->source[CAMERA], &in);
}

START_TEST (what_a_camera_sees_of_the_lane_is_what_denies) {
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_POSITION + i, 0.05f * 0.05f);
    for (int k = 0; k < 30; k++)
        see(0.0);
    ck_assert(!core->map.adrift);
    for (int k = 0; k < 10; k++)
        see(1.5);
    ck_assert(core->map.adrift);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("adrift");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, lines_that_fit_leave_a_pose_as_it_is);
    tcase_add_test(t, one_wild_look_does_so_too);
    tcase_add_test(t, lines_that_deny_it_put_it_in_doubt_until_they_fit_again);
    tcase_add_test(t, it_is_as_unsure_as_without_the_map);
    tcase_add_test(t, a_pose_that_lines_have_proven_is_off_by_what_they_say);
    tcase_add_test(t, a_mismatch_is_not_over_while_lines_deny_the_pose);
    tcase_add_test(t, where_nothing_else_says_a_place_it_is_what_elements_may_hide);
    tcase_add_test(t, what_a_camera_sees_of_the_lane_is_what_denies);
    return run_cases("map_adrift", t);
}
