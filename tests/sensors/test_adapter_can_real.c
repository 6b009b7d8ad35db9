/*
 * The raw CAN log of the real comma2k19 segment through the adapters and the shipped mapping, against the
 * frames that the importer makes of the processed logs of the same drive. Skipped (77) where the data is not
 * there.
 */
#include "sensors/import/npy.h"
#include "tests/scratch.h"
#include "tests/sensors/adapter_fixture.h"
#include "tests/sensors/recorder.h"
#include "tests/suite.h"

#include <check.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char directory[SCRATCH_SIZE], segment[512], config[512], data[512];
static recorder imported;

static void load(npy *a, const char *name)
{
    error e = {""};
    char path[1024];
    snprintf(path, sizeof path, "%s/processed_log/CAN/raw_can/%s", segment, name);
    ck_assert_msg(npy_load(a, path, &e), "%s", e.text);
}

/* The arrays as candump would have logged them; 8 bytes are kept of each frame. */
static void write_log(const char *path)
{
    npy address, bytes, bus, t;
    load(&address, "address");
    load(&bytes, "data");
    load(&bus, "src");
    load(&t, "t");
    ck_assert_uint_eq(bytes.item, 8);
    FILE *out = fopen(path, "w");
    for (size_t i = 0; i < t.rows; i++) {
        int64_t ns = llround(npy_number(&t, i, 0) * 1e9);
        fprintf(out, "(%lld.%09lld) can%d %03X#", (long long)(ns / 1000000000), (long long)(ns % 1000000000),
                (int)npy_number(&bus, i, 0), (unsigned)npy_number(&address, i, 0));
        for (size_t j = 0; j < 8; j++)
            fprintf(out, "%02X", bytes.data[i * bytes.row_step + j]);
        fputc('\n', out);
    }
    ck_assert_int_eq(fclose(out), 0);
    npy_finish(&address);
    npy_finish(&bytes);
    npy_finish(&bus);
    npy_finish(&t);
}

static void setup(void)
{
    error e = {""};
    char path[128];
    make_directory(directory);
    snprintf(path, sizeof path, "%s/log", directory);
    write_log(path);
    recorder_init(&imported);
    ck_assert_msg(importer_find("comma2k19")->run(segment, &imported.sink, &e), "%s", e.text);
}

static void teardown(void)
{
    recorder_finish(&imported);
    remove_directory(directory);
}

static adapter_fixture *play(const char *kind, const char *source, const char *database, const char *bus)
{
    char log[128], dbc[1024], mapping[1024];
    snprintf(log, sizeof log, "%s/log", directory);
    snprintf(dbc, sizeof dbc, "%s/dbc/%s", data, database);
    snprintf(mapping, sizeof mapping, "%s/toyota.yaml", config);
    const char *const options[][2] = {{"log", log},   {"mapping", mapping}, {"dbc", dbc},
                                      {"speed", "0"}, {"interface", bus},   {NULL, NULL}};
    adapter_fixture *x = adapter_fixture_start(kind, source, options);
    ck_assert_msg(adapter_fixture_end(x, 60), "%s", adapter_fixture_error(x));
    ck_assert_uint_eq(adapter_get_counts(adapter_fixture_adapter(x)).malformed, 0);
    return x;
}

static void same(float a, float b, const char *what, size_t i)
{
    ck_assert_msg((isnan(a) && isnan(b)) || a == b, "%s %zu: %.9g, imported %.9g", what, i, (double)a,
                  (double)b);
}

/* Every float is the same: speed, wheels, steering, at the same stamps. In two rows steering and wheels have
 * one stamp, and the bus had the wheels first, the importer takes the steering that came just behind them;
 * the adapter cannot. */
START_TEST (the_vehicle_is_the_same) {
    adapter_fixture *x = play("vehicle", "wheel/can", "toyota_2017_ref_pt.dbc", "can0");
    size_t count = recorder_count(&imported, "wheel/can", FRAME_WHEEL), behind = 0;
    ck_assert_uint_eq(count, 4974);
    ck_assert_uint_eq(adapter_fixture_count(x), count);
    for (size_t i = 0; i < count; i++) {
        const frame *live = adapter_fixture_frame(x, i);
        const frame *log = recorder_frame(&imported, "wheel/can", FRAME_WHEEL, i);
        ck_assert(live->stamp_ns == log->stamp_ns && live->received_ns == log->received_ns);
        same(live->u.wheel.speed_mps, log->u.wheel.speed_mps, "speed", i);
        for (int j = 0; j < 4; j++)
            same(live->u.wheel.wheel_mps[j], log->u.wheel.wheel_mps[j], "wheel", i);
        same(live->u.wheel.yaw_rate_radps, log->u.wheel.yaw_rate_radps, "yaw rate", i);
        behind += live->u.wheel.steering_wheel_rad != log->u.wheel.steering_wheel_rad &&
                  !(isnan(live->u.wheel.steering_wheel_rad) && isnan(log->u.wheel.steering_wheel_rad));
    }
    ck_assert_msg(behind == 2, "%zu steering angles differ", behind); /* of 4974 */
    adapter_fixture_destroy(x);
}
END_TEST

static const radar_detection *track(const frame *f, int32_t id)
{
    for (size_t i = 0; i < f->u.radar.count; i++) {
        if (f->u.radar.detections[i].track_id == id)
            return &f->u.radar.detections[i];
    }
    return NULL;
}

/* The processed log's forward distance has two bits less (0.04 m instead of 0.01 m, cut off) and the way from
 * the radar to the windscreen, 2.7 m, added. The rest is the same. */
static void compare_track(const radar_detection *live, const radar_detection *log)
{
    double forward = (double)live->range_m * cos((double)live->azimuth_rad);
    double left = (double)live->range_m * sin((double)live->azimuth_rad);
    double log_forward = (double)log->range_m * cos((double)log->azimuth_rad) - 2.7;
    double log_left = (double)log->range_m * sin((double)log->azimuth_rad);
    ck_assert_msg(fabs(left - log_left) < 1e-4, "left %g, imported %g", left, log_left);
    ck_assert_msg(forward - log_forward > -1e-4 && forward - log_forward < 0.03 + 1e-4,
                  "forward %g, imported %g", forward, log_forward);
    ck_assert_float_eq(live->doppler_mps, log->doppler_mps);
}

START_TEST (the_radar_is_the_same) {
    adapter_fixture *x = play("radar", "radar/front", "toyota_adas.dbc", "can1");
    size_t count = recorder_count(&imported, "radar/front", FRAME_RADAR), tracks = 0;
    ck_assert_uint_eq(adapter_fixture_count(x), count);
    for (size_t i = 0; i < count; i++) {
        const frame *live = adapter_fixture_frame(x, i);
        const frame *log = recorder_frame(&imported, "radar/front", FRAME_RADAR, i);
        ck_assert_msg(live->stamp_ns == log->stamp_ns, "scan %zu", i);
        ck_assert_uint_eq(live->u.radar.count, log->u.radar.count);
        for (size_t j = 0; j < log->u.radar.count; j++, tracks++) {
            const radar_detection *d = track(live, log->u.radar.detections[j].track_id);
            ck_assert_msg(d != NULL, "scan %zu has no track %d", i, log->u.radar.detections[j].track_id);
            compare_track(d, &log->u.radar.detections[j]);
        }
    }
    ck_assert_uint_eq(tracks, 10100);
    adapter_fixture_destroy(x);
}
END_TEST

static bool find_data(void)
{
    glob_t found;
    char pattern[600];
    snprintf(data, sizeof data, "%s",
             getenv("POSED_REAL_DATA") ? getenv("POSED_REAL_DATA") : "../shared/data");
    snprintf(config, sizeof config, "%s", getenv("CAN_CONFIG") ? getenv("CAN_CONFIG") : "config/can");
    snprintf(pattern, sizeof pattern, "%s/comma2k19/*|*/*/processed_log/CAN/raw_can/t", data);
    if (glob(pattern, 0, NULL, &found) != 0)
        return false;
    const char *tail = strstr(found.gl_pathv[0], "/processed_log/");
    snprintf(segment, sizeof segment, "%.*s", (int)(tail - found.gl_pathv[0]), found.gl_pathv[0]);
    globfree(&found);
    snprintf(pattern, sizeof pattern, "%s/dbc/toyota_adas.dbc", data);
    FILE *there = fopen(pattern, "r");
    if (there)
        fclose(there);
    return there != NULL;
}

int main(void)
{
    if (!find_data()) {
        printf("skipped: no raw CAN log or no DBC files under %s (see POSED_REAL_DATA)\n", data);
        return 77;
    }
    TCase *tests = tcase_create("adapter_can_real");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, the_vehicle_is_the_same);
    tcase_add_test(tests, the_radar_is_the_same);
    return run_cases("adapters radar and vehicle, real", tests);
}
