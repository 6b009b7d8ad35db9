/* Exact content of messages, what the decoders refuse and how they say so, and results read back by nanopb.
 */
#include "tests/suite.h"
#include "tests/wire/sample_frames.h"
#include "wire/message.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define RADIANS (3.14159265358979323846 / 180.0)

static frame f, back;
static unsigned char bytes[MESSAGE_MAX_SIZE];
static char source[FRAME_SOURCE_NAME_SIZE];

static size_t encode(void)
{
    size_t size = message_encode_frame(&f, sample_source((frame_kind)f.kind), bytes, sizeof bytes);
    ck_assert_uint_gt(size, 0);
    return size;
}

START_TEST (an_imu_sample_has_these_bytes) {
    static const unsigned char expected[] = {
        0x0a, 5, 'i', 'm',  'u',  '/', 'x',       /* source */
        0x15, 7, 0,   0,    0,                    /* sequence */
        0x19, 0, 0,   0,    0,    0,   0,   0, 0, /* stamp 0 is written */
        0x21, 1, 0,   0,    0,    0,   0,   0, 0, /* received */
        0x2d, 0, 0,   0x80, 0x3f,                 /* gyro x 1; y 0 is left out */
        0x3d, 0, 0,   0xc0, 0x7f,                 /* gyro z NaN is written */
        0x4d, 0, 0,   0,    0x80,                 /* accel y -0 is written */
    };
    f = (frame){.kind = FRAME_IMU, .sequence = 7, .received_ns = 1};
    f.u.imu = (frame_imu){.gyro_radps = {1.0f, 0.0f, NAN}, .accel_mps2 = {0.0f, -0.0f, 0.0f}};
    size_t size = message_encode_frame(&f, "imu/x", bytes, sizeof bytes);
    ck_assert_uint_eq(size, sizeof expected);
    ck_assert_mem_eq(bytes, expected, size);
    ck_assert_uint_eq(message_encode_frame(&f, "imu/x", bytes, size - 1), 0);
    ck_assert_uint_eq(message_encode_frame(&f, "gnss/x", bytes, sizeof bytes), 0);
    error e = {""};
    ck_assert_msg(message_decode_frame(FRAME_IMU, expected, size, &back, source, &e), "%s", e.text);
    ck_assert_str_eq(source, "imu/x");
    ck_assert_mem_eq(&back, &f, frame_used_size(&f));
}
END_TEST

START_TEST (frames_come_back_as_they_went) {
    uint64_t state = 7;
    for (int i = 0; i < 200; i++) {
        sample_frame(&state, (frame_kind)_i, &f);
        error e = {""};
        size_t size = encode();
        memset(&back, 0xee, sizeof back);
        ck_assert_msg(message_decode_frame((frame_kind)_i, bytes, size, &back, source, &e), "%s", e.text);
        if (_i == FRAME_GNSS || _i == FRAME_ROADSIDE) { /* through degrees: a nanometre on the ground */
            ck_assert_double_eq_tol(back.u.gnss.latitude_rad, f.u.gnss.latitude_rad, 1e-15);
            ck_assert_double_eq_tol(back.u.gnss.longitude_rad, f.u.gnss.longitude_rad, 1e-15);
            memcpy(&back.u, &f.u, 2 * sizeof(double));
        }
        ck_assert_uint_eq(frame_used_size(&back), frame_used_size(&f));
        ck_assert_int_eq(back.stamp_ns, f.stamp_ns);
        ck_assert_uint_eq(back.sequence, f.sequence);
        ck_assert_str_eq(source, sample_source((frame_kind)_i));
        unsigned char again[MESSAGE_MAX_SIZE];
        ck_assert_uint_eq(message_encode_frame(&back, source, again, sizeof again), size);
        ck_assert_mem_eq(again, bytes, size);
    }
}
END_TEST

START_TEST (the_largest_frames_fit) {
    memset(&f, 0, sizeof f);
    f.stamp_ns = f.received_ns = INT64_C(1) << 61;
    f.kind = (uint8_t)_i;
    if (_i == FRAME_RADAR)
        f.u.radar.count = FRAME_MAX_DETECTIONS;
    if (_i == FRAME_LANDMARKS)
        f.u.landmarks.count = FRAME_MAX_LANDMARKS;
    for (int i = 0; i < FRAME_MAX_DETECTIONS && _i == FRAME_RADAR; i++)
        f.u.radar.detections[i] = (radar_detection){1, 1, 1, 1, 1, INT32_MAX};
    for (int i = 0; i < FRAME_MAX_LANDMARKS && _i == FRAME_LANDMARKS; i++)
        f.u.landmarks.landmarks[i] =
            (camera_landmark){UINT64_MAX, 1, 1, 1, 1, 1, 1, "fifteen letters", 1, 1, 1};
    memset(&back, 0, sizeof back); /* the padding, which a decoder leaves alone */
    error e = {""};
    ck_assert_msg(message_decode_frame((frame_kind)_i, bytes, encode(), &back, source, &e), "%s", e.text);
    ck_assert_mem_eq(&back, &f, frame_used_size(&f));
    ck_assert_uint_eq(message_encode_frame(&f, sample_source((frame_kind)_i), bytes, 1000), 0);
}
END_TEST

static void no_change(void)
{
}
static void gnss_latitude(void)
{
    f.u.gnss.latitude_rad = 91 * RADIANS;
}
static void gnss_longitude_nan(void)
{
    f.u.gnss.longitude_rad = NAN;
}
static void gnss_no_fix(void)
{
    f.u.gnss.latitude_rad = f.u.gnss.longitude_rad = NAN;
    f.u.gnss.fix = GNSS_FIX_NONE;
}
static void gnss_fix(void)
{
    f.u.gnss.fix = 7;
}
static void gnss_datum(void)
{
    f.u.gnss.datum = 2;
}
static void gnss_accuracy(void)
{
    f.u.gnss.h_acc_m = -1.0f;
}
static void gnss_jamming(void)
{
    f.u.gnss.jamming = 1.5f;
}
static void gnss_satellites(void)
{
    f.u.gnss.satellites = -2;
}
static void imu_infinite(void)
{
    f.u.imu.gyro_radps[2] = INFINITY;
}
static void wheel_infinite(void)
{
    f.u.wheel.wheel_mps[3] = -INFINITY;
}
static void radar_nan(void)
{
    f.u.radar.count = 1;
    f.u.radar.detections[0] = (radar_detection){1, 1, NAN, NAN, NAN, -1};
}
static void radar_range(void)
{
    f.u.radar.count = 1;
    f.u.radar.detections[0] = (radar_detection){-1, 1, NAN, 1, NAN, -1};
}
static void radar_track(void)
{
    f.u.radar.count = 1;
    f.u.radar.detections[0] = (radar_detection){1, 1, NAN, 1, NAN, -2};
}
static void landmark_score(void)
{
    f.u.landmarks.count = 1;
    f.u.landmarks.landmarks[0] = (camera_landmark){.score = 2.0f};
}
static void landmark_class(void)
{
    f.u.landmarks.count = 1;
    f.u.landmarks.landmarks[0] = (camera_landmark){.class_name = "a\nb"};
}
static void lane_side_missing(void)
{
    f.u.lanes.count = 1;
    f.u.lanes.lanes[0] = (camera_lane){.offset_m = 1};
}
static void lane_side_three(void)
{
    f.u.lanes.count = 1;
    f.u.lanes.lanes[0] = (camera_lane){.side = 3};
}
static void health_share(void)
{
    f.u.camera_health.dark_fraction = -0.1f;
}
static void roadside_sigma(void)
{
    f.u.roadside.sigma_m = 0.0f;
}
static void roadside_nan(void)
{
    f.u.roadside.latitude_rad = NAN;
}
static void odometry_interval(void)
{
    f.u.odometry.interval_ns = 0;
}
static void odometry_infinite(void)
{
    f.u.odometry.covariance[20] = INFINITY;
}
static void stamp_negative(void)
{
    f.stamp_ns = -1;
}
static void received_far(void)
{
    f.received_ns = INT64_MAX;
}

static const struct {
    const char *legend;
    frame_kind kind;
    void (*change)(void);
    const char *expected; /* NULL: taken */
} values[] = {
    {"zeros are values", FRAME_GNSS, no_change, NULL},
    {"latitude beyond the pole", FRAME_GNSS, gnss_latitude, "posed.v1.GnssFix: latitude_deg: "},
    {"no longitude", FRAME_GNSS, gnss_longitude_nan, "posed.v1.GnssFix: longitude_deg: "},
    {"no position without a fix", FRAME_GNSS, gnss_no_fix, NULL},
    {"unknown fix type", FRAME_GNSS, gnss_fix, "posed.v1.GnssFix: fix: "},
    {"unknown datum", FRAME_GNSS, gnss_datum, "posed.v1.GnssFix: height_datum: "},
    {"negative accuracy", FRAME_GNSS, gnss_accuracy, "posed.v1.GnssFix: h_acc_m: "},
    {"probability above one", FRAME_GNSS, gnss_jamming, "posed.v1.GnssFix: jamming: "},
    {"fewer satellites than unknown", FRAME_GNSS, gnss_satellites, "posed.v1.GnssFix: satellites: "},
    {"infinite rate", FRAME_IMU, imu_infinite, "posed.v1.ImuSample: gyro_z_radps: "},
    {"infinite wheel", FRAME_WHEEL, wheel_infinite, "posed.v1.WheelSpeeds: rear_right_mps: "},
    {"empty scan", FRAME_RADAR, no_change, NULL},
    {"no Doppler", FRAME_RADAR, radar_nan, "posed.v1.RadarDetection: doppler_mps: "},
    {"negative range", FRAME_RADAR, radar_range, "posed.v1.RadarDetection: range_m: "},
    {"track below unknown", FRAME_RADAR, radar_track, "posed.v1.RadarDetection: track_id: "},
    {"score above one", FRAME_LANDMARKS, landmark_score, "posed.v1.CameraLandmark: score: "},
    {"line break in a class", FRAME_LANDMARKS, landmark_class, "posed.v1.CameraLandmark: class_name: "},
    {"no side", FRAME_LANES, lane_side_missing, "posed.v1.CameraLane: side: missing"},
    {"unknown side", FRAME_LANES, lane_side_three, "posed.v1.CameraLane: side: "},
    {"negative share", FRAME_CAMERA_HEALTH, health_share, "posed.v1.CameraHealth: dark_fraction: "},
    {"no sigma", FRAME_ROADSIDE, roadside_sigma, "posed.v1.RoadsideObservation: sigma_m: missing"},
    {"no latitude", FRAME_ROADSIDE, roadside_nan, "posed.v1.RoadsideObservation: latitude_deg: "},
    {"no interval", FRAME_ODOMETRY, odometry_interval, "posed.v1.Odometry: interval_ns: missing"},
    {"infinite covariance", FRAME_ODOMETRY, odometry_infinite, "posed.v1.Odometry: covariance: "},
    {"negative stamp", FRAME_IMU, stamp_negative, "posed.v1.ImuSample: stamp_ns: "},
    {"far future", FRAME_IMU, received_far, "posed.v1.ImuSample: received_ns: "},
};

START_TEST (values_out_of_range_are_named) {
    memset(&f, 0, sizeof f);
    f.kind = (uint8_t)values[_i].kind;
    if (f.kind == FRAME_ROADSIDE)
        f.u.roadside.sigma_m = 0.1f;
    if (f.kind == FRAME_ODOMETRY)
        f.u.odometry.interval_ns = 1;
    values[_i].change();
    error e = {""};
    bool ok = message_decode_frame(values[_i].kind, bytes, encode(), &back, source, &e);
    ck_assert_msg(ok == (values[_i].expected == NULL), "%s: \"%s\"", values[_i].legend, e.text);
    if (!ok)
        ck_assert_msg(strncmp(e.text, values[_i].expected, strlen(values[_i].expected)) == 0, "%s: \"%s\"",
                      values[_i].legend, e.text);
}
END_TEST

#define STAMPS "\x19\x01\0\0\0\0\0\0\0\x21\x01\0\0\0\0\0\0\0"
#define RAW(text) text, sizeof(text) - 1
static const struct {
    const char *legend;
    const char *data;
    size_t size;
    const char *expected;
} raw[] = {
    {"nothing", RAW(""), "posed.v1.ImuSample: source: missing"},
    {"no source", RAW(STAMPS), "posed.v1.ImuSample: source: missing"},
    {"empty source", RAW("\x0a\0" STAMPS), "posed.v1.ImuSample: source: not \"imu/<name>\""},
    {"another kind's source", RAW("\x0a\x06gnss/x" STAMPS), "posed.v1.ImuSample: source: not \"imu/<name>\""},
    {"NUL in the source", RAW("\x0a\x06imu/x\0" STAMPS), "posed.v1.ImuSample: source: not \"imu/<name>\""},
    {"no stamp", RAW("\x0a\x05imu/x\x21\x01\0\0\0\0\0\0\0"), "posed.v1.ImuSample: stamp_ns: missing"},
    {"no reception", RAW("\x0a\x05imu/x\x19\x01\0\0\0\0\0\0\0"), "posed.v1.ImuSample: received_ns: missing"},
    {"number of type varint", RAW("\x0a\x05imu/x" STAMPS "\x28\x01"),
     "posed.v1.ImuSample: gyro_x_radps: of another type"},
    {"cut number", RAW("\x0a\x05imu/x" STAMPS "\x2d\0\0"), "posed.v1.ImuSample: gyro_x_radps: truncated"},
    {"cut source", RAW(STAMPS "\x0a\x05imu"), "posed.v1.ImuSample: source: truncated"},
    {"field number zero", RAW("\x0a\x05imu/x" STAMPS "\x05\0\0\0\0"),
     "posed.v1.ImuSample: malformed field number"},
    {"a group", RAW("\x0a\x05imu/x" STAMPS "\xa3\x06\xa4\x06"),
     "posed.v1.ImuSample: field 100: malformed or truncated"},
    {"more than 64 bits", RAW("\x0a\x05imu/x" STAMPS "\x98\x06\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
     "posed.v1.ImuSample: field 99: malformed or truncated"},
    {"endless varint", RAW("\x0a\x05imu/x" STAMPS "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
     "posed.v1.ImuSample: malformed field number"},
};

START_TEST (malformed_bytes_are_named) {
    error e = {""};
    ck_assert_msg(!message_decode_frame(FRAME_IMU, raw[_i].data, raw[_i].size, &back, NULL, &e), "%s",
                  raw[_i].legend);
    ck_assert_msg(strcmp(e.text, raw[_i].expected) == 0, "%s: \"%s\"", raw[_i].legend, e.text);
    ck_assert(!message_decode_frame(FRAME_IMU, raw[_i].data, raw[_i].size, &back, NULL, NULL));
}
END_TEST

/* proto3: a string is UTF-8; a recording with another one is closed to every other reader. */
START_TEST (text_is_utf8) {
    static const char *const texts[] = {"Stra\xc3\x9f"
                                        "e",
                                        "Stra\xdf"
                                        "e"};
    for (int i = 0; i < 2; i++) {
        error e = {""};
        memset(&f, 0, sizeof f);
        f.kind = FRAME_LANES;
        f.u.lanes.count = 1;
        f.u.lanes.lanes[0].side = LANE_SIDE_LEFT;
        strcpy(f.u.lanes.lanes[0].type, texts[i]);
        size_t size = encode();
        ck_assert(message_decode_frame(FRAME_LANES, bytes, size, &back, NULL, &e) == (i == 0));
        ck_assert_str_eq(e.text, i == 0 ? "" : "posed.v1.CameraLane: type: text that is no UTF-8");
    }
}
END_TEST

START_TEST (more_elements_than_fit_are_refused) {
    memset(&f, 0, sizeof f);
    f.kind = FRAME_LANES;
    f.u.lanes.count = FRAME_MAX_LANES;
    for (int i = 0; i < FRAME_MAX_LANES; i++)
        f.u.lanes.lanes[i].side = LANE_SIDE_LEFT;
    size_t size = encode();
    memcpy(bytes + size, "\x2a\x02\x08\x01", 4);
    error e = {""};
    ck_assert(!message_decode_frame(FRAME_LANES, bytes, size + 4, &back, NULL, &e));
    ck_assert_str_eq(e.text, "posed.v1.CameraLanes: lanes: more than 8");
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("message");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, an_imu_sample_has_these_bytes);
    tcase_add_loop_test(tc, frames_come_back_as_they_went, 0, FRAME_KIND_COUNT);
    tcase_add_loop_test(tc, the_largest_frames_fit, FRAME_RADAR, FRAME_LANDMARKS + 1);
    tcase_add_loop_test(tc, values_out_of_range_are_named, 0, sizeof values / sizeof *values);
    tcase_add_loop_test(tc, malformed_bytes_are_named, 0, sizeof raw / sizeof *raw);
    tcase_add_test(tc, text_is_utf8);
    tcase_add_test(tc, more_elements_than_fit_are_refused);
    return run_cases("message", tc);
}
