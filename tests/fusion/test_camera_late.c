/*
 * A camera whose stamps are tens of milliseconds off, on a map: what tells it, what that leaves of the pose,
 * and what is said of it.
 */
#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/integrity/shift.h"
#include "fusion/map/map_bounds.h"
#include "fusion/sight/landmarks.h"
#include "tests/fusion/lane_map.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

/* Tags beside the way, each in a tile of its own: 50 m are a tile's edge. */
enum { TAGS = 12 };
static const double apart_m = 55.0, step_s = 0.1;
static map_mark marks[TAGS];
static map_tile tiles[TAGS];
static uint32_t listed[TAGS];
static map_view map;
static settings set;
static fusion *core;
static double start_ecef[3];
static double way_m, speed_mps; /* of the vehicle, as it is */

/* The vehicle drives along the ECEF z axis, its left is -y, up is x. */
static void to_ecef(double ahead_m, double left_m, double up_m, double out[3])
{
    out[0] = start_ecef[0] + up_m;
    out[1] = start_ecef[1] - left_m;
    out[2] = start_ecef[2] + ahead_m;
}

static void place_tags(void)
{
    map = (map_view){
        .marks = marks, .tiles = tiles, .tile_marks = listed, .mark_count = TAGS, .tile_count = TAGS};
    for (uint32_t i = 0; i < TAGS; i++) {
        marks[i] = (map_mark){.id = 7 + i, .sigma_m = 0.02f, .kind = MAP_CLASS_TAG};
        to_ecef(30.0 + apart_m * i, i % 2 ? 5.0 : -5.0, 1.0, marks[i].position_ecef_m);
        uint64_t key = map_tile_key(marks[i].position_ecef_m);
        uint32_t t = i;
        for (; t > 0 && tiles[t - 1].key > key; t--)
            tiles[t] = tiles[t - 1];
        tiles[t] = (map_tile){.key = key, .first_mark = i, .mark_count = 1};
        listed[i] = i;
    }
}

static const double assumed_s = 0.02;

static void give_it_an_imu(void)
{
    inertial_model imu = {.gyro_psd = 1e-6f, .accel_psd = 1e-3f};
    filter_set_model(&core->f, &imu, NULL, NULL);
    core->f.considered = 0; /* what an accelerometer changes besides */
}

/* Known to 0.3 m, at that speed; nothing but where it is, and the camera, is unknown. */
static void begin(double latency_sigma_s, double mps)
{
    static double axes[3][3] = {{0, 0, 1}, {0, -1, 0}, {1, 0, 0}}; /* columns: forward z, left -y, up x */
    const fusion_sinks sinks = {0};
    double q[4];
    const double velocity[3] = {0, 0, mps};
    settings_default(&set);
    source_settings *s = settings_add_source(&set, "camera/front");
    s->of.camera.mount_sigma_deg = 0.0;
    s->of.camera.latency_sigma_s = latency_sigma_s;
    geodetic_to_ecef(0.0, 0.0, 100.0, start_ecef);
    place_tags();
    core = fusion_create_on_map(&set, &sinks, &map);
    quat_from_rows(axes, q);
    filter_place(&core->f, 1000000000, start_ecef, velocity, q);
    for (int i = 0; i < 3; i++)
        covariance_reset(&core->f.p, STATE_POSITION + i, 0.09f);
    give_it_an_imu();
    core->running = true;
    core->map.held_ns = core->f.stamp_ns; /* tied to the map already */
    way_m = 0.0;
    speed_mps = mps;
}

static void teardown(void)
{
    fusion_destroy(core);
}

/* What the camera sees within 60 m, from where the vehicle was `late_s` before. */
static void see(double late_s)
{
    static frame in;
    memset(&in, 0, sizeof in);
    in.kind = FRAME_LANDMARKS;
    in.stamp_ns = in.received_ns = core->f.stamp_ns;
    for (uint32_t i = 0; i < TAGS; i++) {
        const double x = 30.0 + apart_m * i - (way_m - late_s * speed_mps), y = i % 2 ? 5.0 : -5.0;
        if (x < 8.0 || x > 60.0)
            continue;
        in.u.landmarks.landmarks[in.u.landmarks.count++] =
            (camera_landmark){.id = 7 + i,
                              .azimuth_rad = (float)atan2(y, x),
                              .elevation_rad = (float)atan2(1.0, hypot(x, y)),
                              .range_m = NAN,
                              .sigma_rad = 0.002f,
                              .sigma_range_m = NAN,
                              .score = 0.95f,
                              .class_name = "tag"};
    }
    landmarks_fuse(core, &core->source[0], &in);
}

/* Drives on for that long and comes to that speed; the filter knows how it moves. */
static void drive(double seconds, double to_mps, double late_s)
{
    const double gain = (to_mps - speed_mps) / seconds;
    for (double t = 0.0; t < seconds - 1e-9; t += step_s) {
        double moved = step_s * (speed_mps + 0.5 * gain * step_s);
        way_m += moved;
        speed_mps += gain * step_s;
        core->f.position_ecef_m[2] += moved;
        core->f.velocity_ecef_mps[2] = speed_mps;
        core->f.stamp_ns += (int64_t)(step_s * 1e9);
        motion_log_step(&core->f.log, (double[3]){0, 0, gain}, step_s);
        see(late_s);
    }
}

static int late_state(void)
{
    return core->source[0].first_state + CAMERA_LATENCY;
}

static double late_found(void)
{
    return core->f.source[late_state() - STATE_SOURCES];
}

static double sigma(int state)
{
    return sqrt((double)covariance_at(&core->f.p, state, state));
}

static double off_along(void)
{
    return core->f.position_ecef_m[2] - (start_ecef[2] + way_m);
}

/* Early and late, to and fro between 20 and 5 m/s: found to some milliseconds, and the pose is where it says.
 */
START_TEST (speed_that_changes_tells) {
    for (int sign = -1; sign <= 1; sign += 2) {
        const double late_s = 0.04 * sign;
        begin(assumed_s, 20.0);
        drive(4.0, 20.0, late_s);
        for (int i = 0; i < 4; i++)
            drive(4.0, i % 2 ? 20.0 : 5.0, late_s);
        ck_assert_double_eq_tol(late_found(), late_s, fmin(2.5 * sigma(late_state()), 0.006));
        ck_assert_double_lt(sigma(late_state()), 0.006);
        ck_assert_double_lt(fabs(off_along()), fmin(2.5 * sigma(STATE_POSITION + 2), 0.15));
        if (sign < 0)
            teardown();
    }
}
END_TEST

/* One speed, straight on: nothing tells, and the pose says so. What was known of the place before is all that
 * there is to go by, and no look adds to it. */
START_TEST (one_speed_tells_nothing) {
    begin(assumed_s, 25.0);
    drive(20.0, 25.0, 0.04);
    const double unsure = 25.0 * assumed_s, both = unsure * 0.3 / hypot(unsure, 0.3);
    ck_assert_double_gt(sigma(STATE_POSITION + 2), 0.95 * both);
    ck_assert_double_lt(fabs(off_along()), 2.5 * sigma(STATE_POSITION + 2));
    teardown();
    begin(0.0, 25.0); /* stamps that are said to be exact */
    drive(20.0, 25.0, 0.04);
    ck_assert_double_gt(fabs(off_along()), 5.0 * sigma(STATE_POSITION + 2));
}
END_TEST

/* Without an accelerometer a speed that is itself inferred would tell: it stays what it was said to be, the
 * filter is as it was, and the pose as unsure along its way as that leaves it. */
START_TEST (without_an_accelerometer_it_is_considered) {
    begin(assumed_s, 20.0);
    teardown();
    core = fusion_create_on_map(&set, &(fusion_sinks){0}, &map);
    ck_assert(core->f.considered >> late_state() & 1);
    const uint64_t considered = core->f.considered;
    teardown();
    begin(assumed_s, 20.0);
    ck_assert_float_eq(gnss_latency_doubt(core), 0.0f);
    core->f.considered = considered;
    for (int i = 0; i < 5; i++)
        drive(4.0, i % 2 ? 5.0 : 20.0, 0.04);
    ck_assert_double_eq(late_found(), 0.0);
    ck_assert_double_eq_tol(sigma(late_state()), assumed_s, 1e-4);
    core->applied_ns = core->f.stamp_ns;
    const double doubt_m = speed_mps * sqrt((double)gnss_latency_doubt(core));
    ck_assert_double_eq_tol(doubt_m, speed_mps * assumed_s, 1e-3);
    ck_assert_double_lt(fabs(off_along()), 2.5 * hypot(sigma(STATE_POSITION + 2), doubt_m));
    core->f.considered = 0; /* an accelerometer speaks: it is in the covariance */
    ck_assert_float_eq(gnss_latency_doubt(core), 0.0f);
    gnss_estimate_latency(core, considered);
    ck_assert_double_gt(sigma(STATE_POSITION + 2), 0.99 * doubt_m);
    ck_assert_float_gt(covariance_at(&core->f.p, STATE_POSITION + 2, late_state()), 0.0f);
}
END_TEST

/* What is known beforehand is a setting; what has been found is told. */
START_TEST (it_is_told) {
    fusion_status status;
    begin(assumed_s, 20.0);
    fusion_get_status(core, &status);
    ck_assert(isnan(status.sources[0].latency_s)); /* it has said nothing */
    drive(4.0, 20.0, 0.04);
    drive(4.0, 5.0, 0.04);
    fusion_get_status(core, &status);
    ck_assert_float_eq(status.sources[0].latency_s, (float)late_found());
    ck_assert_float_eq_tol(status.sources[0].latency_sigma_s, (float)sigma(late_state()), 1e-6f);
    teardown();
    set.sources[0].of.camera.latency_s = 0.03;
    core = fusion_create_on_map(&set, &(fusion_sinks){0}, &map);
    ck_assert_double_eq_tol(late_found(), 0.03, 1e-9);
    ck_assert_float_eq_tol(covariance_at(&core->f.p, late_state(), late_state()),
                           (float)(assumed_s * assumed_s), 1e-9f);
    teardown();
    core = fusion_create(&set, &(fusion_sinks){0}); /* without a map it has none */
    ck_assert_int_eq(core->source[0].own_states, 0);
    ck_assert_int_eq(shift_next_row(&core->source[0], 0), SHIFT_ROWS);
    settings with = set;
    with.landmark_count = 1; /* nor with fiducials alone */
    teardown();
    core = fusion_create(&with, &(fusion_sinks){0});
    ck_assert_int_eq(core->source[0].own_states, CAMERA_MARK_STATES);
    for (int row = shift_next_row(&core->source[0], 0); row < SHIFT_ROWS;
         row = shift_next_row(&core->source[0], row + 1))
        ck_assert_int_lt(shift_rows[row].state, CAMERA_MARK_STATES);
}
END_TEST

/* Lines are those of then: a vehicle that moves to the left and turns to the right saw them further left, and
 * running more to the right, by as much as it has moved and turned since. */
START_TEST (lines_are_as_old) {
    static lane_map road;
    static double axes[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    const double late_s = 0.05, v[3] = {20.0, 1.2, 0.0}, turns_radps = -0.3;
    double q[4];
    lane_cut cuts[CUTS_MOST];
    measurement m;
    settings_default(&set);
    settings_add_source(&set, "camera/front");
    geodetic_to_ecef(0.0, 0.0, 100.0, start_ecef);
    lane_map_begin(&road);
    for (int side = 0; side < 2; side++) {
        lane_map_line(&road, MAP_LINE_SOLID);
        for (int i = 0; i < 5; i++)
            lane_map_point(&road, start_ecef, 20.0 * (i - 2), side ? -1.75 : 1.75);
    }
    lane_map_lane(&road, 1, 0, 1);
    lane_map_end(&road, start_ecef);
    core = fusion_create_on_map(&set, &(fusion_sinks){0}, &road.view);
    quat_from_rows(axes, q);
    filter_place(&core->f, 1000000000, start_ecef, v, q);
    core->f.rate_b[2] = turns_radps;
    core->f.source[late_state() - STATE_SOURCES] = late_s;
    ck_assert_int_eq(cut_lanes(core, 0.0, cuts), 1);
    for (int side = 0; side < 2; side++) {
        const camera_lane seen = {.offset_m = (float)((side ? -1.75 : 1.75) + late_s * v[1]),
                                  .heading_rad = (float)(late_s * turns_radps),
                                  .curvature_1pm = NAN,
                                  .score = 1.0f};
        ck_assert(bound_measure(core, &core->source[0], &seen, &cuts[0], side, &m));
        ck_assert_float_eq_tol(m.innovation[0], 0.0f, 0.002f);
        ck_assert_float_eq_tol(m.innovation[1], 0.0f, 2e-4f);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("camera_late");
    tcase_add_checked_fixture(cases, NULL, teardown);
    tcase_add_test(cases, speed_that_changes_tells);
    tcase_add_test(cases, one_speed_tells_nothing);
    tcase_add_test(cases, without_an_accelerometer_it_is_considered);
    tcase_add_test(cases, it_is_told);
    tcase_add_test(cases, lines_are_as_old);
    return run_cases("camera_late", cases);
}
