/* The adapters radar and vehicle, on logs: made here, and the real one where it is there. */
#include "tests/scratch.h"
#include "tests/sensors/adapter_fixture.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char directory[SCRATCH_SIZE];
static FILE *logfile;

static void setup(void)
{
    make_directory(directory);
    logfile = NULL;
}

static void teardown(void)
{
    remove_directory(directory);
}

static const char *path_of(const char *name)
{
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, 256, "%s/%s", directory, name);
    return path;
}

static const char *shipped(const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", getenv("CAN_CONFIG"), name);
    return path;
}

static void begin_log(void)
{
    logfile = fopen(path_of("log"), "w");
    ck_assert_ptr_nonnull(logfile);
}

/* A frame of 8 bytes or fewer, at so many milliseconds. */
static void put(double ms, unsigned id, const uint8_t *data, size_t size)
{
    fprintf(logfile, "(%.6f) can0 %03X#", 1000.0 + ms * 1e-3, id);
    for (size_t i = 0; i < size; i++)
        fprintf(logfile, "%02X", data[i]);
    fputc('\n', logfile);
}

static adapter_fixture *play(const char *kind, const char *mapping)
{
    fclose(logfile);
    const char *const options[][2] = {
        {"log", path_of("log")}, {"mapping", mapping}, {"speed", "0"}, {NULL, NULL}};
    adapter_fixture *x =
        adapter_fixture_start(kind, strcmp(kind, "radar") == 0 ? "radar/front" : "wheel/can", options);
    ck_assert_msg(adapter_fixture_end(x, 20), "%s", adapter_fixture_error(x));
    return x;
}

static int64_t stamp_of(double ms)
{
    return INT64_C(1000000000000) + llround(ms * 1e6);
}

/* ---- vehicle */

static const char car_dbc[] = "BO_ 100 WHEELS: 8 N\n SG_ FL : 0|16@1+ (0.01,0) [0|0] \"km/h\" N\n SG_ FR : "
                              "16|16@1+ (0.01,0) [0|0] \"\" N\n"
                              " SG_ OK : 32|1@1+ (1,0) [0|0] \"\" N\n"
                              "BO_ 101 STEER: 2 N\n SG_ ANGLE : 7|16@0- (0.1,0) [0|0] \"deg\" N\n"
                              "BO_ 102 YAW: 2 N\n SG_ RATE : 0|16@1- (0.01,0) [0|0] \"deg/s\" N\n";
static const char car_yaml[] = "vehicle:\n  dbc: car.dbc\n  max_age_s: 0.1\n"
                               "  wheel_front_left: {message: WHEELS, signal: FL, unit: km/h}\n"
                               "  wheel_front_right: {message: WHEELS, signal: FR, unit: km/h}\n"
                               "  steering_wheel: {message: STEER, signal: ANGLE, unit: deg}\n"
                               "  yaw_rate: {message: YAW, signal: RATE, unit: deg/s, scale: -1}\n"
                               "  when: {message: WHEELS, signal: OK, is: 1}\n";

static const char *car(void)
{
    write_text(directory, "car.dbc", car_dbc);
    write_text(directory, "car.yaml", car_yaml);
    begin_log();
    return path_of("car.yaml");
}

static const uint8_t ten_and_twenty_mps[] = {0x10, 0x0e, 0x20, 0x1c, 1};

START_TEST (a_vehicle) {
    const char *mapping = car();
    put(0, 100, ten_and_twenty_mps, 5);
    put(10, 101, (const uint8_t[]){0xff, 0x9c}, 2); /* -10 degrees */
    put(20, 102, (const uint8_t[]){0xe8, 0x03}, 2); /* 10 deg/s to the right */
    put(50, 100, ten_and_twenty_mps, 5);
    put(200, 100, ten_and_twenty_mps, 5);                     /* steering and yaw rate are old by now */
    put(300, 100, (const uint8_t[]){0x10, 0x0e, 0, 0, 0}, 5); /* not valid, and nothing else is fresh */
    put(310, 102, (const uint8_t[]){0, 0}, 2);
    put(320, 100, (const uint8_t[]){0x10, 0x0e}, 2); /* too short for all of it, and for OK */
    put(400, 777, ten_and_twenty_mps, 5);
    adapter_fixture *x = play("vehicle", mapping);
    ck_assert_uint_eq(adapter_fixture_count(x), 4);
    const frame *f = adapter_fixture_frame(x, 0);
    ck_assert(f->kind == FRAME_WHEEL && f->stamp_ns == stamp_of(0) && f->received_ns == stamp_of(0));
    ck_assert_float_eq_tol(f->u.wheel.wheel_mps[0], 10.0f, 1e-6f);
    ck_assert_float_eq_tol(f->u.wheel.wheel_mps[1], 20.0f, 1e-6f);
    ck_assert(isnan(f->u.wheel.wheel_mps[2]) && isnan(f->u.wheel.speed_mps));
    ck_assert(isnan(f->u.wheel.steering_wheel_rad) && isnan(f->u.wheel.yaw_rate_radps));
    f = adapter_fixture_frame(x, 1);
    ck_assert_uint_eq(f->sequence, 1);
    ck_assert_float_eq_tol(f->u.wheel.steering_wheel_rad, -0.17453293f, 1e-6f);
    ck_assert_float_eq_tol(f->u.wheel.yaw_rate_radps, -0.17453293f, 1e-6f);
    f = adapter_fixture_frame(x, 2);
    ck_assert(f->stamp_ns == stamp_of(200) && isnan(f->u.wheel.steering_wheel_rad) &&
              isnan(f->u.wheel.yaw_rate_radps));
    f = adapter_fixture_frame(x, 3);
    ck_assert(f->stamp_ns == stamp_of(320) && isnan(f->u.wheel.wheel_mps[0]) &&
              f->u.wheel.yaw_rate_radps == 0.0f);
    ck_assert_str_eq(adapter_fixture_source(x, 0), "wheel/can");
    adapter_fixture_destroy(x);
}
END_TEST

START_TEST (one_interface_of_a_log) {
    const char *mapping = car();
    put(0, 100, ten_and_twenty_mps, 5);
    fputs("(1000.1) can1 064#100E201C01\ngarbage\n(1000.2) can1 064#zz\n", logfile);
    fclose(logfile);
    const char *const options[][2] = {
        {"log", path_of("log")}, {"mapping", mapping}, {"speed", "0"}, {"interface", "can1"}, {NULL, NULL}};
    adapter_fixture *x = adapter_fixture_start("vehicle", "wheel/can", options);
    ck_assert(adapter_fixture_end(x, 20));
    ck_assert_uint_eq(adapter_fixture_count(x), 1);
    ck_assert(adapter_fixture_frame(x, 0)->stamp_ns == stamp_of(100));
    ck_assert_uint_eq(adapter_get_counts(adapter_fixture_adapter(x)).malformed, 2);
    adapter_fixture_destroy(x);
}
END_TEST

START_TEST (real_time) {
    const char *mapping = car();
    for (int i = 0; i < 4; i++)
        put(100 * i, 100, ten_and_twenty_mps, 5);
    fclose(logfile);
    const char *const options[][2] = {{"log", path_of("log")}, {"mapping", mapping}, {NULL, NULL}};
    int64_t begin_ns = adapter_monotonic_ns();
    adapter_fixture *x = adapter_fixture_start("vehicle", "wheel/can", options);
    ck_assert(adapter_fixture_end(x, 20));
    ck_assert_int_ge(adapter_monotonic_ns() - begin_ns, 300000000);
    ck_assert_uint_eq(adapter_fixture_count(x), 4);
    adapter_fixture_destroy(x);
}
END_TEST

/* ---- what cannot be */

static const char *failure(const char *kind, const char *const (*options)[2])
{
    static char text[512];
    adapter_fixture *x =
        adapter_fixture_start(kind, strcmp(kind, "radar") == 0 ? "radar/front" : "wheel/can", options);
    ck_assert(!adapter_fixture_end(x, 20));
    snprintf(text, sizeof text, "%s", adapter_fixture_error(x));
    adapter_fixture_destroy(x);
    return text;
}

START_TEST (says_what_is_wrong) {
    const char *mapping = car();
    fclose(logfile);
    const char *const none[][2] = {{"mapping", mapping}, {NULL, NULL}};
    ck_assert_str_eq(failure("vehicle", none), "neither interface nor log is given");
    const char *const absent[][2] = {{"mapping", mapping}, {"log", "/nowhere.log"}, {NULL, NULL}};
    ck_assert_str_eq(failure("vehicle", absent), "/nowhere.log: No such file or directory");
    const char *const radar[][2] = {{"mapping", mapping}, {"log", path_of("log")}, {NULL, NULL}};
    ck_assert_ptr_nonnull(strstr(failure("radar", radar), "has 1 problem"));
    const char *const folder[][2] = {{"mapping", mapping}, {"log", directory}, {NULL, NULL}};
    ck_assert_ptr_nonnull(strstr(failure("vehicle", folder), "Is a directory"));
}
END_TEST

/* Where the kernel has no CAN that is said at once; where it has, an interface that is away is waited for. */
START_TEST (an_interface_that_is_away) {
    const char *mapping = car();
    fclose(logfile);
    const char *const options[][2] = {{"mapping", mapping}, {"interface", "nosuchcan0"}, {NULL, NULL}};
    adapter_fixture *x = adapter_fixture_start("vehicle", "wheel/can", options);
    if (!adapter_fixture_stop(x))
        ck_assert_ptr_nonnull(strstr(adapter_fixture_error(x), "this kernel has no CAN"));
    adapter_fixture_destroy(x);
}
END_TEST

/* ---- radar */

static const char tracks_dbc[] =
    "BO_ 512 T_0: 8 N\n SG_ X : 0|16@1+ (0.1,0) [0|0] \"m\" N\n SG_ Y : 16|16@1- (0.1,0) [0|0] \"m\" N\n"
    " SG_ V : 32|16@1- (0.1,0) [0|0] \"m/s\" N\n SG_ OK : 48|1@1+ (1,0) [0|0] \"\" N\n"
    "BO_ 513 T_1: 8 N\n SG_ X : 0|16@1+ (0.1,0) [0|0] \"m\" N\n SG_ Y : 16|16@1- (0.1,0) [0|0] \"m\" N\n"
    " SG_ V : 32|16@1- (0.1,0) [0|0] \"m/s\" N\n SG_ OK : 48|1@1+ (1,0) [0|0] \"\" N\n"
    "BO_ 514 T_2: 8 N\n SG_ X : 0|16@1+ (0.1,0) [0|0] \"m\" N\n SG_ Y : 16|16@1- (0.1,0) [0|0] \"m\" N\n"
    " SG_ V : 32|16@1- (0.1,0) [0|0] \"m/s\" N\n SG_ OK : 48|1@1+ (1,0) [0|0] \"\" N\n";
static const char tracks_yaml[] =
    "radar:\n  dbc: r.dbc\n  tracks: T_{0..2}\n  forward: {signal: X, unit: m}\n"
    "  left: {signal: Y, scale: -1, unit: m}\n  range_rate: V\n"
    "  when: {signal: OK, is: 1}\n  gap_s: 0.015\n";

static const char *tracks(void)
{
    write_text(directory, "r.dbc", tracks_dbc);
    write_text(directory, "r.yaml", tracks_yaml);
    begin_log();
    return path_of("r.yaml");
}

static void put_track(double ms, unsigned slot, int x_dm, int y_dm, int v_dmps, bool ok)
{
    const uint8_t data[] = {(uint8_t)x_dm,
                            (uint8_t)(x_dm >> 8),
                            (uint8_t)y_dm,
                            (uint8_t)(y_dm >> 8),
                            (uint8_t)v_dmps,
                            (uint8_t)(v_dmps >> 8),
                            ok};
    put(ms, 512 + slot, data, sizeof data);
}

START_TEST (slots) {
    const char *mapping = tracks();
    put_track(0, 0, 300, 400, -20, true);
    put_track(1, 1, 100, 0, 0, false);
    put_track(2, 2, 200, -200, 30, true); /* the last slot: complete */
    put_track(50, 0, 310, 400, -20, true);
    put_track(52, 2, 200, 0, 30, true); /* then a gap */
    put_track(100, 1, 100, 0, 0, true);
    put_track(101, 0, 100, 0, 0, true);
    put_track(102, 1, 100, 0, 5, true);  /* again: of the next scan */
    put_track(200, 0, 100, 0, 5, false); /* nothing seen is a scan too */
    adapter_fixture *x = play("radar", mapping);
    ck_assert_uint_eq(adapter_fixture_count(x), 5);
    const frame *f = adapter_fixture_frame(x, 0);
    ck_assert(f->kind == FRAME_RADAR && f->u.radar.count == 2 && f->stamp_ns == stamp_of(2));
    const radar_detection *d = f->u.radar.detections;
    ck_assert_float_eq_tol(d[0].range_m, 50.0f, 1e-5f);
    ck_assert_float_eq_tol(d[0].azimuth_rad, atan2f(-40.0f, 30.0f), 1e-6f);
    ck_assert_float_eq_tol(d[0].doppler_mps, -2.0f, 1e-6f);
    ck_assert(d[0].track_id == 512 && d[1].track_id == 514 && isnan(d[0].rcs_dbsm) &&
              isnan(d[0].elevation_rad));
    ck_assert_float_gt(d[1].azimuth_rad, 0.0f); /* left is positive */
    ck_assert(adapter_fixture_frame(x, 1)->u.radar.count == 2);
    ck_assert(adapter_fixture_frame(x, 1)->stamp_ns == stamp_of(52));
    ck_assert(adapter_fixture_frame(x, 2)->stamp_ns == stamp_of(101));
    ck_assert(adapter_fixture_frame(x, 3)->stamp_ns == stamp_of(102));
    ck_assert(adapter_fixture_frame(x, 4)->u.radar.count == 0);
    ck_assert(adapter_fixture_frame(x, 4)->stamp_ns == stamp_of(200));
    adapter_fixture_destroy(x);
}
END_TEST

/* A burst on a pipe that stays open: its scan ends by the gap, not by what comes next. */
START_TEST (a_pipe) {
    const char *mapping = tracks();
    fclose(logfile);
    ck_assert_int_eq(mkfifo(path_of("fifo"), 0600), 0);
    FILE *hold = fopen(path_of("fifo"), "r+"); /* so that opening does not wait for the other side */
    const char *const options[][2] = {{"log", path_of("fifo")}, {"mapping", mapping}, {NULL, NULL}};
    adapter_fixture *x = adapter_fixture_start("radar", "radar/front", options);
    logfile = hold;
    put_track(0, 0, 300, 400, -20, true);
    put_track(1, 1, 300, 400, -20, true);
    fflush(hold);
    ck_assert(adapter_fixture_wait(x, 1, 20));
    ck_assert_uint_eq(adapter_fixture_frame(x, 0)->u.radar.count, 2);
    put_track(50, 1, 300, 400, -20, true);
    fflush(hold);
    ck_assert(adapter_fixture_wait(x, 2, 20));
    ck_assert(adapter_fixture_stop(x));
    adapter_fixture_destroy(x);
    fclose(hold);
}
END_TEST

/* ---- ARS408, by what ships */

/* `bits` of a value into big-endian bytes, from bit `first` counted from the highest of byte 0. */
static void set_bits(uint8_t *data, unsigned first, unsigned bits, double physical, double scale,
                     double offset)
{
    unsigned raw = (unsigned)lround((physical - offset) / scale);
    for (unsigned i = 0; i < bits; i++) {
        unsigned at = first + i;
        if (raw >> (bits - 1 - i) & 1)
            data[at / 8] |= (uint8_t)(0x80 >> at % 8);
    }
}

static void put_object(double ms, unsigned id, double x, double y, double vx, double vy)
{
    uint8_t data[8] = {(uint8_t)id};
    set_bits(data, 8, 13, x, 0.2, -500.0);
    set_bits(data, 21, 11, y, 0.2, -204.6);
    set_bits(data, 32, 10, vx, 0.25, -128.0);
    set_bits(data, 42, 9, vy, 0.25, -64.0);
    set_bits(data, 56, 8, -3.5, 0.5, -64.0);
    put(ms, 0x60b, data, 8);
}

static void put_quality(double ms, unsigned id, unsigned probability, unsigned state)
{
    uint8_t data[7] = {(uint8_t)id};
    set_bits(data, 48, 3, probability, 1.0, 0.0);
    set_bits(data, 51, 3, state, 1.0, 0.0);
    put(ms, 0x60c, data, 7);
}

START_TEST (objects) {
    begin_log();
    put(0, 0x60a, (const uint8_t[]){2, 0, 1, 0}, 4);
    put_object(1, 7, 30.0, 4.0, -5.0, 1.0);
    put_object(2, 9, 10.0, -10.0, 3.0, 0.0);
    put_quality(3, 7, 7, 2);
    put_quality(4, 9, 7, 3); /* predicted */
    put(72, 0x60a, (const uint8_t[]){1, 0, 2, 0}, 4);
    put_object(73, 7, 29.8, 4.0, -5.0, 1.0);
    put_quality(74, 7, 2, 2); /* hardly there */
    put(144, 0x60a, (const uint8_t[]){0, 0, 3, 0}, 4);
    put(216, 0x60a, (const uint8_t[]){2, 0, 4, 0}, 4);
    put_object(217, 7, 29.8, 4.0, -5.0, 1.0); /* the other one is lost, the next header ends it */
    put(220, 0x60a, (const uint8_t[]){1, 0, 5, 0}, 4);
    put_object(221, 8, 20.0, 0.0, 1.0, 0.0);
    put_quality(222, 99, 7, 2); /* of no object */
    adapter_fixture *x = play("radar", shipped("ars408.yaml"));
    ck_assert_uint_eq(adapter_fixture_count(x), 5);
    const frame *f = adapter_fixture_frame(x, 0);
    ck_assert_uint_eq(f->u.radar.count, 1);
    const radar_detection *d = f->u.radar.detections;
    double range = hypot(30.0, 4.0);
    ck_assert_int_eq(d->track_id, 7);
    ck_assert_float_eq_tol(d->range_m, (float)range, 1e-4f);
    ck_assert_float_eq_tol(d->azimuth_rad, atan2f(4.0f, 30.0f), 1e-5f);
    ck_assert_float_eq_tol(d->doppler_mps, (float)((30.0 * -5.0 + 4.0 * 1.0) / range), 1e-5f);
    ck_assert_float_eq(d->rcs_dbsm, -3.5f);
    ck_assert(f->stamp_ns == stamp_of(3));
    ck_assert_uint_eq(adapter_fixture_frame(x, 1)->u.radar.count, 0);
    ck_assert(adapter_fixture_frame(x, 2)->stamp_ns == stamp_of(144));
    ck_assert_uint_eq(adapter_fixture_frame(x, 3)->u.radar.count, 1);
    ck_assert_int_eq(adapter_fixture_frame(x, 4)->u.radar.detections[0].track_id, 8);
    ck_assert_uint_eq(adapter_get_counts(adapter_fixture_adapter(x)).malformed, 1);
    adapter_fixture_destroy(x);
}
END_TEST

/* With the quality switched off the list is complete with its last object, once that is known. */
START_TEST (objects_without_quality) {
    begin_log();
    for (int i = 0; i < 3; i++) {
        put(72 * i, 0x60a, (const uint8_t[]){1, 0, 1, 0}, 4);
        put_object(72 * i + 1, 7, 30.0, 4.0, -5.0, 1.0);
    }
    adapter_fixture *x = play("radar", shipped("ars408.yaml"));
    ck_assert_uint_eq(adapter_fixture_count(x), 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_uint_eq(adapter_fixture_frame(x, i)->u.radar.count, 1);
    adapter_fixture_destroy(x);
}
END_TEST

static void put_cluster(double ms, unsigned id, double x, double y)
{
    uint8_t data[8] = {(uint8_t)id};
    set_bits(data, 8, 13, x, 0.2, -500.0);
    set_bits(data, 22, 10, y, 0.2, -102.3);
    set_bits(data, 32, 10, -10.0, 0.25, -128.0);
    set_bits(data, 42, 9, 0.0, 0.25, -64.0);
    put(ms, 0x701, data, 8);
}

START_TEST (clusters) {
    begin_log();
    put(0, 0x600, (const uint8_t[]){250, 5, 0, 1, 0}, 5);
    for (unsigned i = 0; i < 255; i++)
        put_cluster(0.1 * i, i, 20.0 + 0.2 * i, 10.1);
    put(30, 0x600, (const uint8_t[]){1, 0, 0, 2, 0}, 5);
    put_cluster(31, 3, 20.0, -10.1);
    put(31.2, 0x702, (const uint8_t[]){3, 0, 0, 0, 1 << 3}, 5); /* invalid: low RCS */
    adapter_fixture *x = play("radar", shipped("ars408.yaml"));
    ck_assert_uint_eq(adapter_fixture_count(x), 2);
    const frame *f = adapter_fixture_frame(x, 0);
    ck_assert_uint_eq(f->u.radar.count, 255);
    ck_assert_float_eq_tol(f->u.radar.detections[200].range_m, (float)hypot(60.0, 10.1), 1e-4f);
    ck_assert_float_eq_tol(f->u.radar.detections[0].azimuth_rad, atan2f(10.1f, 20.0f), 1e-5f);
    adapter_fixture_destroy(x);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("adapter_can");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, a_vehicle);
    tcase_add_test(tests, one_interface_of_a_log);
    tcase_add_test(tests, real_time);
    tcase_add_test(tests, says_what_is_wrong);
    tcase_add_test(tests, an_interface_that_is_away);
    tcase_add_test(tests, slots);
    tcase_add_test(tests, a_pipe);
    tcase_add_test(tests, objects);
    tcase_add_test(tests, objects_without_quality);
    tcase_add_test(tests, clusters);
    return run_cases("adapter_can", tests);
}
