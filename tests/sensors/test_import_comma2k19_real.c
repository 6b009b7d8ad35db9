/* The real comma2k19 segment; skipped (77) where it is not there. */
#include "tests/sensors/recorder.h"
#include "tests/suite.h"

#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RADIANS (3.14159265358979323846 / 180.0)

static recorder r;
static error e;

static void setup(void)
{
    recorder_init(&r);
}

static void teardown(void)
{
    recorder_finish(&r);
}

static bool run(const char *from)
{
    return importer_find("comma2k19")->run(from, &r.sink, &e);
}

/* The first directory DATA/comma2k19/ROUTE/SEGMENT; false when there is none. */
static bool find_real(char path[512])
{
    const char *data = getenv("POSED_REAL_DATA");
    snprintf(path, 512, "%s/comma2k19", data ? data : "../shared/data");
    for (int depth = 0; depth < 2; depth++) {
        DIR *d = opendir(path);
        const struct dirent *entry;
        while (d && (entry = readdir(d)) && (entry->d_name[0] == '.' || strstr(entry->d_name, ".md")))
            continue;
        if (d && entry) {
            strcat(path, "/");
            strcat(path, entry->d_name);
        }
        bool found = d && entry;
        if (d)
            closedir(d);
        if (!found)
            return false;
    }
    return true;
}

static char real[512];

START_TEST (the_real_segment_is_whole) {
    ck_assert_msg(run(real), "%s", e.text);
    ck_assert_uint_eq(recorder_count(&r, "gnss/qcom", FRAME_GNSS), 30);
    ck_assert_uint_eq(recorder_count(&r, "gnss/ublox", FRAME_GNSS), 579);
    ck_assert_uint_eq(r.truth_count, 1200);
    ck_assert_uint_eq(r.frame_count, 30 + 579 + 6256 + 4974 + 1200);
    double gyro = 0.0, gravity = 0.0;
    size_t samples = 0, stationary = 0, tracks = 0;
    float speed = NAN;
    for (size_t i = 0; i < r.frame_count; i++) {
        const frame *f = &r.frames[i];
        if (f->kind == FRAME_IMU) {
            samples++;
            gravity += (double)f->u.imu.accel_mps2[2];
            gyro += fabs((double)f->u.imu.gyro_radps[2]);
        }
        if (f->kind == FRAME_WHEEL)
            speed = f->u.wheel.speed_mps;
        for (size_t j = 0; f->kind == FRAME_RADAR && j < f->u.radar.count; j++, tracks++)
            stationary += fabsf(f->u.radar.detections[j].doppler_mps +
                                speed * cosf(f->u.radar.detections[j].azimuth_rad)) < 0.7f;
    }
    ck_assert_uint_eq(samples, 6256);
    ck_assert_double_eq_tol(gravity / (double)samples, -9.7, 0.2); /* down axis, at 3 degrees of pitch */
    ck_assert(gyro / (double)samples < 0.2);
    ck_assert_uint_eq(tracks, 10100);
    ck_assert_msg(stationary > tracks / 10, "%zu of %zu tracks at rest: the sign of the speed is wrong",
                  stationary, tracks);
}
END_TEST

START_TEST (the_real_truth_points_where_it_moves) {
    ck_assert_msg(run(real), "%s", e.text);
    for (size_t i = 0; i < r.truth_count; i++) {
        const truth_point *p = &r.truths[i];
        double speed = hypot((double)p->velocity_enu_mps[0], (double)p->velocity_enu_mps[1]);
        double motion = atan2((double)p->velocity_enu_mps[0], (double)p->velocity_enu_mps[1]);
        double off = remainder((double)p->heading_rad - motion, 2 * 3.14159265358979323846);
        if (speed > 5.0)
            ck_assert_msg(fabs(off) < 3 * RADIANS, "%zu: %g deg off the motion", i, off / RADIANS);
        ck_assert(fabs((double)p->roll_rad) < 5 * RADIANS && fabs((double)p->pitch_rad) < 10 * RADIANS);
        ck_assert(p->height_m > 0.0 && p->height_m < 100.0);
    }
}
END_TEST

int main(void)
{
    if (!find_real(real)) {
        printf("skipped: no comma2k19 segment under %s (see POSED_REAL_DATA)\n", real);
        return 77;
    }
    TCase *tc = tcase_create("comma2k19");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, the_real_segment_is_whole);
    tcase_add_test(tc, the_real_truth_points_where_it_moves);
    return run_cases("import comma2k19, real", tc);
}
