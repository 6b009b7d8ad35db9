/* What each kind of fault does to the numbers. */
#include "fusion/geodesy.h"
#include "tests/inject/fixture.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static settings *s;

static void setup(void)
{
    s = malloc(sizeof *s);
    ck_assert(s);
    fixture_settings(s);
}

static void teardown(void)
{
    free(s);
}

/* The frame of that step (at 10 Hz from step 0 on) after the fault `line` from 1 s on. */
static frame after(const char *line, frame_kind kind, int step)
{
    char yaml[512];
    frame out;
    memset(&out, 0, sizeof out);
    snprintf(yaml, sizeof yaml, "faults: [{%s, from_s: 1}]", line);
    inject_plan *p = fixture_plan(yaml);
    inject *n = inject_create(p, s, 5);
    inject_begin(n, FIXTURE_START_NS);
    for (int i = 0; i <= step; i++) {
        frame gnss = fixture_frame(s, FRAME_GNSS, i), f = fixture_frame(s, kind, i);
        if (kind != FRAME_GNSS) { /* so that the course is known */
            inject_push(n, &gnss);
            ck_assert(inject_pull(n, &out));
        }
        inject_push(n, &f);
        inject_finish(n);
        ck_assert(inject_pull(n, &out));
    }
    inject_destroy(n);
    inject_plan_destroy(p);
    return out;
}

/* East, north, up from where the vehicle is to where the frame says. */
static void displacement(const frame *f, double enu_m[3])
{
    frame was = fixture_frame(s, (frame_kind)f->kind, (int)f->sequence);
    bool gnss = f->kind == FRAME_GNSS;
    double a[3], b[3], axes[3][3];
    double latitude = gnss ? was.u.gnss.latitude_rad : was.u.roadside.latitude_rad;
    double longitude = gnss ? was.u.gnss.longitude_rad : was.u.roadside.longitude_rad;
    geodetic_to_ecef(latitude, longitude, gnss ? was.u.gnss.height_m : 0, a);
    geodetic_to_ecef(gnss ? f->u.gnss.latitude_rad : f->u.roadside.latitude_rad,
                     gnss ? f->u.gnss.longitude_rad : f->u.roadside.longitude_rad,
                     gnss ? f->u.gnss.height_m : 0, b);
    enu_axes(latitude, longitude, axes);
    for (int i = 0; i < 3; i++)
        enu_m[i] = axes[i][0] * (b[0] - a[0]) + axes[i][1] * (b[1] - a[1]) + axes[i][2] * (b[2] - a[2]);
}

static void ck_near(const char *what, double is, double should, double tolerance)
{
    ck_assert_msg(fabs(is - should) <= tolerance, "%s: %.9g, expected %.9g", what, is, should);
}

/* ---- position ---- */

static const struct {
    const char *line;
    frame_kind kind;
    double enu_m[3]; /* 2 s after the fault began; the course is north-east */
    double velocity_mps[2];
} places[] = {
    {"fault: offset, source: gnss, east_m: 10, north_m: -20, up_m: 3", FRAME_GNSS, {10, -20, 3}, {0, 0}},
    {"fault: offset, source: gnss, left_m: 10", FRAME_GNSS, {-7.0711, 7.0711, 0}, {0, 0}},
    {"fault: offset, source: gnss, along_m: 50", FRAME_GNSS, {35.3553, 35.3553, 0}, {0, 0}},
    {"fault: offset, source: roadside, left_m: 3", FRAME_ROADSIDE, {-2.1213, 2.1213, 0}, {0, 0}},
    {"fault: ramp, source: gnss, east_mps: 0.5", FRAME_GNSS, {1, 0, 0}, {0.5, 0}},
    {"fault: ramp, source: gnss, left_mps: -1, up_mps: 1",
     FRAME_GNSS,
     {1.4142, -1.4142, 2},
     {0.7071, -0.7071}},
    {"fault: ramp, source: gnss, east_mps: 0.5, consistent: false", FRAME_GNSS, {1, 0, 0}, {0, 0}},
    {"fault: ramp, source: roadside, north_mps: 0.5", FRAME_ROADSIDE, {0, 1, 0}, {0, 0}},
    {"fault: spoof, source: gnss, rate_mps: 1", FRAME_GNSS, {1.4142, -1.4142, 0}, {0.7071, -0.7071}},
    {"fault: spoof, source: gnss, rate_mps: 0, growth_mps2: 1, bearing_deg: 0",
     FRAME_GNSS,
     {1.4142, 1.4142, 0},
     {1.4142, 1.4142}},
    {"fault: offset, source: gnss, velocity_east_mps: 2", FRAME_GNSS, {0, 0, 0}, {2, 0}},
    {"fault: scale, source: gnss, velocity_north: 0.5", FRAME_GNSS, {0, 0, 0}, {0, -5}},
};

START_TEST (places_move) {
    double enu_m[3];
    frame f = after(places[_i].line, places[_i].kind, 30);
    displacement(&f, enu_m);
    for (int i = 0; i < 3; i++)
        ck_near(places[_i].line, enu_m[i], places[_i].enu_m[i], 2e-3);
    if (f.kind != FRAME_GNSS)
        return;
    const float *v = f.u.gnss.velocity_enu_mps;
    for (int i = 0; i < 2; i++)
        ck_near(places[_i].line, (double)v[i], 10 + places[_i].velocity_mps[i], 1e-3);
    ck_near("speed", (double)f.u.gnss.speed_mps, hypot((double)v[0], (double)v[1]), 1e-4);
    ck_near("course", (double)f.u.gnss.course_rad, atan2((double)v[0], (double)v[1]), 1e-4);
}
END_TEST

/* A receiver that gives speed and course only still has no vector afterwards. */
START_TEST (speed_and_course_alone) {
    inject_plan *p = fixture_plan("faults: [{fault: ramp, source: gnss, east_mps: 5}]");
    inject *n = inject_create(p, s, 1);
    frame f = fixture_frame(s, FRAME_GNSS, 0);
    for (int i = 0; i < 3; i++)
        f.u.gnss.velocity_enu_mps[i] = NAN;
    inject_push(n, &f);
    ck_assert(inject_pull(n, &f));
    ck_assert(isnan(f.u.gnss.velocity_enu_mps[0]) && isnan(f.u.gnss.velocity_enu_mps[1]));
    ck_near("speed", (double)f.u.gnss.speed_mps, hypot(15, 10), 1e-4);
    ck_near("course", (double)f.u.gnss.course_rad, atan2(15, 10), 1e-5);
    inject_destroy(n);
    inject_plan_destroy(p);
}
END_TEST

/* ---- numbers ---- */

START_TEST (numbers_change) {
    frame f = after("fault: offset, source: imu, gyro_z_radps: 0.5, accel_x_mps2: -1", FRAME_IMU, 20);
    frame was = fixture_frame(s, FRAME_IMU, 20);
    ck_near("gyro z", (double)f.u.imu.gyro_radps[2], (double)was.u.imu.gyro_radps[2] + 0.5, 1e-6);
    ck_near("accel x", (double)f.u.imu.accel_mps2[0], -0.9, 1e-6);
    ck_near("gyro x", (double)f.u.imu.gyro_radps[0], 0.01, 1e-9);
    f = after("fault: ramp, source: wheel, speed_mps2: 2, yaw_rate_radps2: 0.1", FRAME_WHEEL, 20);
    was = fixture_frame(s, FRAME_WHEEL, 20);
    ck_near("speed", (double)f.u.wheel.speed_mps, (double)was.u.wheel.speed_mps + 2, 1e-5);
    ck_near("wheel", (double)f.u.wheel.wheel_mps[3], (double)was.u.wheel.wheel_mps[3] + 2, 1e-5);
    ck_near("yaw rate", (double)f.u.wheel.yaw_rate_radps, 0.11, 1e-6);
    f = after("fault: scale, source: radar, doppler: 2, range: 0.5", FRAME_RADAR, 20);
    was = fixture_frame(s, FRAME_RADAR, 20);
    ck_near("range", (double)f.u.radar.detections[29].range_m, (double)was.u.radar.detections[29].range_m / 2,
            1e-5);
    ck_near("doppler", (double)f.u.radar.detections[0].doppler_mps,
            (double)was.u.radar.detections[0].doppler_mps * 2, 1e-5);
    ck_assert(isnan(f.u.radar.detections[3].elevation_rad));
    f = after("fault: offset, source: lanes, lane_m: 0.5, heading_rad: 0.1, curvature_1pm: 0.01", FRAME_LANES,
              20);
    ck_near("lane", (double)f.u.lanes.lanes[0].offset_m, 2.3, 1e-6);
    ck_near("curvature", (double)f.u.lanes.lanes[1].curvature_1pm, 0.011, 1e-7);
}
END_TEST

/* Mean, deviation and correlation from one frame to the next (0.1 s) of the error of wheel speeds. */
static void measure_noise(const char *line, double *sigma, double *correlation)
{
    enum { FRAMES = 4000 };
    char yaml[256];
    double sum = 0, squares = 0, products = 0, last = 0;
    snprintf(yaml, sizeof yaml, "faults: [{%s}]", line);
    inject_plan *p = fixture_plan(yaml);
    inject *n = inject_create(p, s, 1);
    for (int i = 0; i < FRAMES; i++) {
        frame f = fixture_frame(s, FRAME_WHEEL, i), out;
        inject_push(n, &f);
        ck_assert(inject_pull(n, &out));
        double e = (double)out.u.wheel.speed_mps - (double)f.u.wheel.speed_mps;
        sum += e;
        squares += e * e;
        products += e * last;
        last = e;
    }
    *sigma = sqrt(squares / FRAMES);
    *correlation = products / squares;
    ck_near("mean", sum / FRAMES, 0, 5 * *sigma / sqrt(FRAMES / 30.0));
    inject_destroy(n);
    inject_plan_destroy(p);
}

START_TEST (noise_is_as_wide_and_as_long_as_said) {
    double sigma, correlation, own = hypot(0.05, 0.003 * 14);
    measure_noise("fault: noise, source: wheel, speed_mps: 0.3", &sigma, &correlation);
    ck_near("sigma", sigma, 0.3, 0.02);
    ck_near("white", correlation, 0, 0.08);
    measure_noise("fault: noise, source: wheel, speed_mps: 0.3, correlation_s: 1", &sigma, &correlation);
    ck_near("sigma that lasts", sigma, 0.3, 0.06);
    ck_near("lasts", correlation, exp(-0.1), 0.05);
    measure_noise("fault: noise, source: wheel, times: 3", &sigma, &correlation);
    ck_near("three times its own", sigma, own * sqrt(8), 0.02);
}
END_TEST

/* ---- whole frames ---- */

START_TEST (stuck_keeps_the_payload_alone) {
    frame f = after("fault: stuck, source: radar", FRAME_RADAR, 30),
          first = fixture_frame(s, FRAME_RADAR, 10);
    ck_assert(memcmp(&f.u.radar.detections, &first.u.radar.detections, 30 * sizeof(radar_detection)) == 0);
    ck_assert_uint_eq(f.sequence, 30);
    ck_assert_int_eq(f.stamp_ns, FIXTURE_START_NS + 3000000000);
}
END_TEST

START_TEST (replayed_is_what_came_before) {
    frame was = fixture_frame(s, FRAME_GNSS, 5 + 3);
    frame f = after("fault: replayed, source: gnss, length_s: 0.5", FRAME_GNSS, 13);
    ck_assert(memcmp(&f.u, &was.u, sizeof was.u.gnss) == 0);
    ck_assert_uint_eq(f.sequence, 13);
    f = after("fault: replayed, source: gnss, length_s: 0.5, restamp: false", FRAME_GNSS, 13);
    ck_assert_uint_eq(f.sequence, 8);
    ck_assert_int_eq(f.stamp_ns, was.stamp_ns);
    ck_assert_int_eq(f.received_ns, FIXTURE_START_NS + 1350000000);
    f = after("fault: replayed, source: gnss, length_s: 0.5", FRAME_GNSS, 18); /* once more from its start */
    ck_assert(memcmp(&f.u, &was.u, sizeof was.u.gnss) == 0);
}
END_TEST

START_TEST (times_move) {
    frame f = after("fault: delayed, source: gnss, by_s: 0.2", FRAME_GNSS, 20);
    ck_assert_int_eq(f.received_ns, FIXTURE_START_NS + 2250000000);
    ck_assert_int_eq(f.stamp_ns, FIXTURE_START_NS + 2000000000);
    f = after("fault: delayed, source: gnss, by_s: 0.2, restamp: true", FRAME_GNSS, 20);
    ck_near("stamp", 1e-9 * (double)(f.stamp_ns - FIXTURE_START_NS), 2.2, 1e-8);
    f = after("fault: time_step, source: gnss, by_s: -0.3", FRAME_GNSS, 20);
    ck_near("stamp", 1e-9 * (double)(f.stamp_ns - FIXTURE_START_NS), 1.7, 1e-8);
    ck_assert_int_eq(f.received_ns, FIXTURE_START_NS + 2050000000);
    f = after("fault: time_step, source: gnss, drift_ppm: 1000", FRAME_GNSS, 20);
    ck_near("drift", 1e-9 * (double)(f.stamp_ns - FIXTURE_START_NS), 2.001, 1e-8);
}
END_TEST

/* ---- sensors ---- */

START_TEST (gnss_faults) {
    frame f = after("fault: jamming, source: gnss, rise_s: 1, lost_after_s: 2", FRAME_GNSS, 25);
    ck_near("indicator", (double)f.u.gnss.jamming, 0.9, 1e-6);
    ck_assert(f.u.gnss.h_acc_m > 9 && isfinite(f.u.gnss.latitude_rad) && f.u.gnss.fix == GNSS_FIX_3D);
    f = after("fault: jamming, source: gnss, rise_s: 1, lost_after_s: 2", FRAME_GNSS, 31);
    ck_assert(f.u.gnss.fix == GNSS_FIX_NONE && isnan(f.u.gnss.latitude_rad) &&
              isnan(f.u.gnss.velocity_enu_mps[0]));
    double enu_m[3];
    f = after("fault: wrong_fix, source: gnss, size_m: 0.8, claim_m: 0.02", FRAME_GNSS, 20);
    displacement(&f, enu_m);
    ck_near("wrong fix", hypot(enu_m[0], enu_m[1]), 0.8, 1e-3);
    ck_assert(f.u.gnss.fix == GNSS_FIX_FIXED && f.u.gnss.h_acc_m < 0.021f);
    f = after("fault: claim, source: gnss, factor: 0.1", FRAME_GNSS, 20);
    ck_near("claim", (double)f.u.gnss.h_acc_m, 0.1, 1e-6);
    ck_near("velocity's", (double)f.u.gnss.speed_acc_mps, 0.01, 1e-6);
    f = after("fault: claim, source: landmarks, factor: 0.1", FRAME_LANDMARKS, 20);
    ck_near("bearing's", (double)f.u.landmarks.landmarks[0].sigma_rad, 0.0003, 1e-7);
}
END_TEST

/* Episodes: the fix is off for a good part of the time and not all of it, and the claim admits a share. */
START_TEST (multipath_comes_in_episodes) {
    inject_plan *p = fixture_plan("faults: [{fault: multipath, source: gnss}]");
    inject *n = inject_create(p, s, 3);
    int off = 0, changes = 0;
    bool last = false;
    for (int i = 0; i < 3000; i++) {
        frame f = fixture_frame(s, FRAME_GNSS, i);
        double enu_m[3];
        inject_push(n, &f);
        ck_assert(inject_pull(n, &f));
        displacement(&f, enu_m);
        bool is = hypot(enu_m[0], enu_m[1]) > 0.01;
        off += is;
        changes += is != last;
        last = is;
    }
    ck_assert_msg(off > 1200 && off < 2500, "%d of 3000", off);
    ck_assert_msg(changes > 30 && changes < 200, "%d changes", changes);
    inject_destroy(n);
    inject_plan_destroy(p);
}
END_TEST

START_TEST (motion_faults) {
    frame f =
        after("fault: saturation, source: imu, accel_range_mps2: 5, gyro_range_radps: 0.015", FRAME_IMU, 20);
    ck_near("cut", (double)f.u.imu.accel_mps2[2], 5, 1e-6);
    ck_near("gyro", (double)f.u.imu.gyro_radps[1], 0.015, 1e-6);
    ck_near("inside", (double)f.u.imu.gyro_radps[0], 0.01, 1e-9);
    f = after("fault: saturation, source: imu, accel_shake_mps2: 1e4", FRAME_IMU, 20);
    ck_near("own range", fabs((double)f.u.imu.accel_mps2[0]), 160, 160);
    ck_assert(fabsf(f.u.imu.accel_mps2[0]) <= 160);
    f = after("fault: swapped, source: imu, xy: true", FRAME_IMU, 20);
    ck_near("x", (double)f.u.imu.accel_mps2[0], 0.2, 1e-6);
    ck_near("y", (double)f.u.imu.gyro_radps[1], 0.01, 1e-6);
    f = after("fault: swapped, source: camera, mirrored: true", FRAME_LANES, 20);
    ck_near("lane", (double)f.u.lanes.lanes[0].offset_m, -1.8, 1e-6);
    ck_assert_int_eq(f.u.lanes.lanes[0].side, LANE_SIDE_RIGHT);
    /* The speed is 14 + sin t: at 3.1 s it falls by about 1 m/s^2, at 6 s it rises. */
    f = after("fault: slip, source: wheel, slip: 0.2, above_mps2: 0.5", FRAME_WHEEL, 32);
    frame was = fixture_frame(s, FRAME_WHEEL, 32);
    ck_near("locks", (double)f.u.wheel.speed_mps, (double)was.u.wheel.speed_mps * 0.8, 1e-4);
    f = after("fault: slip, source: wheel, slip: 0.2, above_mps2: 0.5, front: false", FRAME_WHEEL, 65);
    was = fixture_frame(s, FRAME_WHEEL, 65);
    ck_near("spins", (double)f.u.wheel.wheel_mps[2], (double)was.u.wheel.wheel_mps[2] * 1.2, 1e-4);
    ck_near("rolls", (double)f.u.wheel.wheel_mps[0], (double)was.u.wheel.wheel_mps[0], 1e-9);
    f = after("fault: slip, source: wheel, slip: 0.2, above_mps2: 0.5", FRAME_WHEEL, 48); /* about steady */
    was = fixture_frame(s, FRAME_WHEEL, 48);
    ck_near("holds", (double)f.u.wheel.speed_mps, (double)was.u.wheel.speed_mps, 1e-9);
}
END_TEST

START_TEST (mounts_turn) {
    const double deg = M_PI / 180;
    frame f = after("fault: remount, source: radar, yaw_deg: 3", FRAME_RADAR, 20),
          was = fixture_frame(s, FRAME_RADAR, 20);
    ck_near("radar", (double)f.u.radar.detections[4].azimuth_rad,
            (double)was.u.radar.detections[4].azimuth_rad - 3 * deg, 1e-5);
    f = after("fault: remount, source: camera, pitch_deg: 1", FRAME_LANDMARKS, 20);
    was = fixture_frame(s, FRAME_LANDMARKS,
                        20); /* number 5 is straight ahead: it rises as the nose goes down */
    ck_near("elevation", (double)f.u.landmarks.landmarks[5].elevation_rad, 0.02 + deg, 1e-4);
    f = after("fault: remount, source: camera, yaw_deg: 2", FRAME_LANES, 20);
    was = fixture_frame(s, FRAME_LANES, 20);
    ck_near("heading", (double)f.u.lanes.lanes[0].heading_rad,
            (double)was.u.lanes.lanes[0].heading_rad - 2 * deg, 1e-6);
    /* About the camera's place, 1.5 m ahead of the body's origin. */
    ck_near("offset", (double)f.u.lanes.lanes[0].offset_m, 1.8 + 1.5 * 2 * deg, 1e-3);
    f = after("fault: remount, source: imu, yaw_deg: 90", FRAME_IMU, 20);
    ck_near("x", (double)f.u.imu.accel_mps2[0], 0.2, 1e-6);
    ck_near("y", (double)f.u.imu.accel_mps2[1], -0.1, 1e-6);
}
END_TEST

START_TEST (views_worsen) {
    frame f = after("fault: blocked, source: radar, rise_s: 1, reach_m: 30, lost: 0.5", FRAME_RADAR, 30);
    ck_assert_msg(f.u.radar.count > 0 && f.u.radar.count < 13, "%d", f.u.radar.count);
    for (int i = 0; i < f.u.radar.count; i++)
        ck_assert(f.u.radar.detections[i].range_m <= 30 && f.u.radar.detections[i].rcs_dbsm < -11);
    f = after("fault: blocked, source: radar, lost: 1", FRAME_RADAR, 60);
    ck_assert_int_eq(f.u.radar.count, 0);
    f = after("fault: interference, source: radar, returns: 256, lost: 1", FRAME_RADAR, 34);
    ck_assert_msg(f.u.radar.count > 30 && f.u.radar.count <= FRAME_MAX_DETECTIONS, "%d", f.u.radar.count);
    f = after("fault: glare, source: camera", FRAME_CAMERA_HEALTH, 40);
    ck_assert(f.u.camera_health.saturated_fraction > 0.5f && f.u.camera_health.contrast < 0.03f);
    f = after("fault: glare, source: camera, strength: 0.1", FRAME_CAMERA_HEALTH, 40);
    ck_assert(f.u.camera_health.saturated_fraction < 0.1f && f.u.camera_health.contrast > 0.15f);
    f = after("fault: darkness, source: camera", FRAME_CAMERA_HEALTH, 40);
    ck_assert(f.u.camera_health.dark_fraction > 0.9f && f.u.camera_health.mean_luminance < 0.05f);
    f = after("fault: dirt, source: camera", FRAME_CAMERA_HEALTH, 40);
    ck_assert(f.u.camera_health.blocked_fraction > 0.8f);
    f = after("fault: blur, source: camera", FRAME_CAMERA_HEALTH, 40);
    ck_assert(f.u.camera_health.sharpness < 0.2f);
    f = after("fault: blur, source: camera", FRAME_LANDMARKS, 40);
    for (int i = 0; i < f.u.landmarks.count; i++)
        ck_assert(f.u.landmarks.landmarks[i].range_m <= 25);
}
END_TEST

/* Dirt stays where it is: what one frame does not show, no frame shows. */
START_TEST (dirt_is_fixed) {
    uint32_t seen = 0, always = UINT32_MAX;
    for (int step = 30; step < 60; step++) {
        frame f = after("fault: dirt, source: camera, strength: 0.6", FRAME_LANDMARKS, step);
        uint32_t now = 0;
        for (int i = 0; i < f.u.landmarks.count; i++)
            now |= 1u << f.u.landmarks.landmarks[i].id;
        seen |= now;
        always &= now;
    }
    ck_assert_uint_eq(seen, always);
    ck_assert(seen != 0 && seen != 0x7fe);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("kinds");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, places_move, 0, sizeof places / sizeof *places);
    tcase_add_test(cases, speed_and_course_alone);
    tcase_add_test(cases, numbers_change);
    tcase_add_test(cases, noise_is_as_wide_and_as_long_as_said);
    tcase_add_test(cases, stuck_keeps_the_payload_alone);
    tcase_add_test(cases, replayed_is_what_came_before);
    tcase_add_test(cases, times_move);
    tcase_add_test(cases, gnss_faults);
    tcase_add_test(cases, multipath_comes_in_episodes);
    tcase_add_test(cases, motion_faults);
    tcase_add_test(cases, mounts_turn);
    tcase_add_test(cases, views_worsen);
    tcase_add_test(cases, dirt_is_fixed);
    return run_cases("inject kinds", cases);
}
