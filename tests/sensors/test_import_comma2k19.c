/* comma2k19 segments: small made-up ones with exact values. */
#include "tests/sensors/import_fixture.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <string.h>

#define RADIANS (3.14159265358979323846 / 180.0)

static bool run(const char *from)
{
    return importer_find("comma2k19")->run(from, &r.sink, &e);
}

#define ROWS(values) (sizeof(values) / sizeof *(values))
#define WRITE(name, values)                                                                                  \
    write_npy(directory, name, (const double *)(values), ROWS(values), sizeof *(values) / sizeof(double))

static bool noted(const char *what)
{
    for (size_t i = 0; i < r.note_count; i++) {
        if (strstr(r.notes[i], what))
            return true;
    }
    return false;
}

START_TEST (fixes_are_taken_as_they_arrive) {
    static const double t[] = {46408.654975879, 46408.7, 46408.6, NAN, 46409, 46410};
    static const double value[][6] = {{37.5, -122.25, 8, 1533226000000, 33.5, 90},
                                      {0, 0, 0, 0, 0, 0},
                                      {37.25, -122.5, NAN, 0, NAN, NAN},
                                      {37, -122, 1, 0, 1, 1},
                                      {NAN, 1, 1, 1, 1, 1},
                                      {91, 0, 0, 0, 0, 0}};
    WRITE("processed_log/GNSS/live_gnss_ublox/t", t);
    WRITE("processed_log/GNSS/live_gnss_ublox/value", value);
    ck_assert_msg(run(directory), "%s", e.text);
    ck_assert_uint_eq(r.frame_count, 2);
    const frame *early = recorder_frame(&r, "gnss/ublox", FRAME_GNSS, 0),
                *f = recorder_frame(&r, "gnss/ublox", FRAME_GNSS, 1);
    ck_assert_int_eq(early->stamp_ns, 46408600000000);
    ck_assert(isnan(early->u.gnss.speed_mps) && isnan(early->u.gnss.height_m) &&
              isnan(early->u.gnss.course_rad));
    ck_assert_int_eq(f->stamp_ns, 46408654975879);
    ck_assert_int_eq(f->received_ns, f->stamp_ns);
    ck_assert_double_eq(f->u.gnss.latitude_rad, 37.5 * RADIANS);
    ck_assert_float_eq(f->u.gnss.speed_mps, 8);
    ck_assert_float_eq(f->u.gnss.course_rad, (float)(90 * RADIANS));
    ck_assert_double_eq(f->u.gnss.height_m, 33.5);
    ck_assert(isnan(f->u.gnss.h_acc_m));
    ck_assert_uint_eq(f->u.gnss.fix, GNSS_FIX_UNKNOWN);
    ck_assert(noted("live_gnss_ublox: 4 of its rows"));
    ck_assert(noted("not there: processed_log/GNSS/live_gnss_qcom, processed_log/IMU/gyro_uncalibrated"));
    ck_assert(strstr(r.config, "  gnss/ublox: {mount: {x_m: 1.7, y_m: 0, z_m: 2.2}}\n") &&
              !strstr(r.config, "qcom"));
    ck_assert(strstr(r.config, "truth: {x_m: 1.7, y_m: 0, z_m: 1.2}\n"));
    ck_assert(strstr(r.origin, "importer=comma2k19;") && strstr(r.origin, "live_gnss_ublox=6 rows;"));
}
END_TEST

START_TEST (gyro_and_accelerometer_make_one_sample) {
    static const double gyro_t[] = {1.00, 1.01, 1.02, 1.03}, accelerometer_t[] = {1.0005, 1.0140, 1.5};
    static const double gyro[][3] = {{1, 0, 0}, {2, 0, 0}, {3, 0, 0}, {4, 0, 0}};
    static const double accelerometer[][3] = {{0, 0, -1}, {0, 0, -2}, {0, 0, -3}};
    WRITE("processed_log/IMU/gyro/t", gyro_t); /* no gyro_uncalibrated */
    WRITE("processed_log/IMU/gyro/value", gyro);
    WRITE("processed_log/IMU/accelerometer/t", accelerometer_t);
    WRITE("processed_log/IMU/accelerometer/value", accelerometer);
    ck_assert_msg(run(directory), "%s", e.text);
    static const float expected[][2] = {{1, -1}, {2, -2}, {3, NAN}, {4, NAN}, {NAN, -3}};
    ck_assert_uint_eq(r.frame_count, ROWS(expected));
    for (size_t i = 0; i < ROWS(expected); i++) {
        const frame_imu *imu = &r.frames[i].u.imu;
        ck_assert_msg(imu->gyro_radps[0] == expected[i][0] ||
                          (isnan(expected[i][0]) && isnan(imu->gyro_radps[0])),
                      "%zu", i);
        ck_assert_msg(imu->accel_mps2[2] == expected[i][1] ||
                          (isnan(expected[i][1]) && isnan(imu->accel_mps2[2])),
                      "%zu", i);
    }
    ck_assert_int_eq(r.frames[1].stamp_ns, 1010000000);
    ck_assert_int_eq(r.frames[4].stamp_ns, 1500000000);
    ck_assert(strstr(
        r.config,
        "  imu/device: {mount: {x_m: 1.7, y_m: 0, z_m: 1.2, roll_deg: 180, pitch_deg: 0, yaw_deg: 0}}\n"));
    ck_assert(strstr(r.origin, "processed_log/IMU/gyro=4 rows"));
}
END_TEST

START_TEST (a_sample_pairs_with_the_nearest) {
    static const double gyro_t[] = {1.00, 1.01, 1.02}, accelerometer_t[] = {1.005, 1.0099, 1.0201};
    static const double gyro[][3] = {{1, 0, 0}, {2, 0, 0}, {3, 0, 0}},
                        accelerometer[][3] = {{0, 0, -1}, {0, 0, -2}, {0, 0, -3}};
    WRITE("processed_log/IMU/gyro_uncalibrated/t", gyro_t);
    WRITE("processed_log/IMU/gyro_uncalibrated/value", gyro);
    WRITE("processed_log/IMU/accelerometer/t", accelerometer_t);
    WRITE("processed_log/IMU/accelerometer/value", accelerometer);
    ck_assert_msg(run(directory), "%s", e.text);
    ck_assert_uint_eq(r.frame_count, 3);
    for (int i = 0; i < 3; i++)
        ck_assert_float_eq(r.frames[i].u.imu.gyro_radps[0], -r.frames[i].u.imu.accel_mps2[2]);
}
END_TEST

START_TEST (wheels_carry_speed_and_steering) {
    static const double t[] = {1, 1.1, 1.2}, speed_t[] = {1, 1.1005, 1.2}, steering_t[] = {1.05, 1.15, 9};
    static const double wheels[][4] = {{1, 2, 3, 4}, {5, 6, 7, 8}, {9, 10, 11, NAN}};
    static const double speed[] = {1.5, 5.5, 9.5}, steering[] = {90, -90, 10};
    WRITE("processed_log/CAN/wheel_speed/t", t);
    WRITE("processed_log/CAN/wheel_speed/value", wheels);
    WRITE("processed_log/CAN/speed/t", speed_t);
    WRITE("processed_log/CAN/speed/value", speed);
    WRITE("processed_log/CAN/steering_angle/t", steering_t);
    WRITE("processed_log/CAN/steering_angle/value", steering);
    ck_assert_msg(run(directory), "%s", e.text);
    ck_assert_uint_eq(r.frame_count, 3);
    ck_assert_float_eq(r.frames[0].u.wheel.speed_mps, 1.5f);
    ck_assert(isnan(r.frames[0].u.wheel.steering_wheel_rad));
    ck_assert(isnan(r.frames[1].u.wheel.speed_mps));
    ck_assert_float_eq(r.frames[1].u.wheel.steering_wheel_rad, (float)(90 * RADIANS));
    ck_assert_float_eq(r.frames[2].u.wheel.speed_mps, 9.5f);
    ck_assert_float_eq(r.frames[2].u.wheel.steering_wheel_rad, (float)(-90 * RADIANS));
    const float first[] = {1, 2, 3, 4};
    ck_assert_mem_eq(r.frames[0].u.wheel.wheel_mps, first, sizeof first);
    ck_assert(isnan(r.frames[2].u.wheel.wheel_mps[3]));
}
END_TEST

START_TEST (speed_alone_is_a_wheel_source_too) {
    static const double t[] = {1, 3}, speed[] = {2, NAN};
    WRITE("processed_log/CAN/speed/t", t);
    WRITE("processed_log/CAN/speed/value", speed);
    ck_assert_msg(run(directory), "%s", e.text);
    ck_assert_uint_eq(recorder_count(&r, "wheel/can", FRAME_WHEEL), 1);
    ck_assert_float_eq(r.frames[0].u.wheel.speed_mps, 2);
    ck_assert(isnan(r.frames[0].u.wheel.wheel_mps[0]));
}
END_TEST

START_TEST (tracks_are_grouped_into_scans) {
    static const double t[] = {1, 1.003, 1.006, 1.05, 1.051, 1.052, 1.053};
    static const double tracks[][7] = {
        {30, 40, -5, NAN, NAN, 528, 1}, {10, 0, 1, NAN, NAN, 529, 0},   {NAN, 0, 1, NAN, NAN, 530, 0},
        {10, -10, 2, NAN, NAN, 528, 0}, {20, 0, NAN, NAN, NAN, 531, 0}, {10, 1, 2, NAN, NAN, 529, 0},
        {10, 2, 2, NAN, NAN, 528, 0}, /* the same address again: the next scan */
    };
    WRITE("processed_log/CAN/radar/t", t);
    WRITE("processed_log/CAN/radar/value", tracks);
    ck_assert_msg(run(directory), "%s", e.text);
    ck_assert_uint_eq(r.frame_count, 3);
    ck_assert_int_eq(r.frames[0].stamp_ns, 1003000000);
    ck_assert_int_eq(r.frames[1].stamp_ns, 1052000000);
    const frame_radar *scan = &r.frames[0].u.radar;
    ck_assert_uint_eq(scan->count, 2);
    ck_assert_float_eq(scan->detections[0].range_m, 50);
    ck_assert_float_eq(scan->detections[0].azimuth_rad, (float)atan2(40, 30));
    ck_assert_float_eq(scan->detections[0].doppler_mps, -5);
    ck_assert_int_eq(scan->detections[0].track_id, 528);
    ck_assert(isnan(scan->detections[0].rcs_dbsm));
    ck_assert_uint_eq(r.frames[1].u.radar.count, 2);
    ck_assert_uint_eq(r.frames[2].u.radar.count, 1);
    ck_assert(noted("CAN/radar: 2 of its rows"));
}
END_TEST

/* On the equator at longitude 0, east is y and north is z of ECEF. */
START_TEST (truth_is_turned_into_local_axes) {
    static const double t[] = {1, 2}, speed[] = {1, 1};
    static const double positions[][3] = {{6378137 + 10, 0, 0}, {NAN, 0, 0}},
                        velocities[][3] = {{3, 1, 2}, {0, 0, 0}};
    /* forward = east, right = south, down = -x: columns (0,1,0), (0,0,-1), (-1,0,0) */
    static const double orientations[][4] = {{0.5, -0.5, -0.5, 0.5}, {1, 0, 0, 0}};
    WRITE("global_pose/frame_times", t);
    WRITE("global_pose/frame_positions", positions);
    WRITE("global_pose/frame_velocities", velocities);
    WRITE("global_pose/frame_orientations", orientations);
    WRITE("processed_log/CAN/speed/t", t);
    WRITE("processed_log/CAN/speed/value", speed);
    ck_assert_msg(run(directory), "%s", e.text);
    ck_assert_uint_eq(r.truth_count, 1);
    const truth_point *p = &r.truths[0];
    ck_assert_double_eq_tol(p->latitude_rad, 0, 1e-15);
    ck_assert_double_eq_tol(p->height_m, 10, 1e-6);
    ck_assert_float_eq(p->velocity_enu_mps[0], 1);
    ck_assert_float_eq(p->velocity_enu_mps[1], 2);
    ck_assert_float_eq(p->velocity_enu_mps[2], 3);
    ck_assert_msg(fabs((double)p->heading_rad - 90 * RADIANS) < 1e-6 && fabsf(p->pitch_rad) < 1e-6f &&
                      fabsf(p->roll_rad) < 1e-6f,
                  "heading %g pitch %g roll %g", (double)p->heading_rad, (double)p->pitch_rad,
                  (double)p->roll_rad);
    ck_assert(isnan(p->sigma_m));
}
END_TEST

START_TEST (more_times_than_rows_and_a_lost_half_are_told) {
    static const double t[] = {1, 2, 3}, speed[] = {5, 6};
    WRITE("processed_log/CAN/speed/t", t);
    WRITE("processed_log/CAN/speed/value", speed);
    WRITE("processed_log/CAN/radar/t", t);
    ck_assert_msg(run(directory), "%s", e.text);
    ck_assert_uint_eq(r.frame_count, 2);
    ck_assert(noted("speed/value: 2 rows for 3 times, the first 2 are taken"));
    ck_assert(noted("radar/value is missing"));
}
END_TEST

START_TEST (damage_and_emptiness_are_errors) {
    static const double t[] = {1, 2}, value[][2] = {{1, 2}, {3, 4}};
    ck_assert(!run(directory));
    ck_assert_msg(strstr(e.text, "no comma2k19 segment"), "%s", e.text);
    WRITE("processed_log/IMU/accelerometer/t", t);
    WRITE("processed_log/IMU/accelerometer/value", value);
    e.text[0] = '\0';
    ck_assert(!run(directory));
    ck_assert_msg(strstr(e.text, "accelerometer/value: 2 columns, expected 3"), "%s", e.text);
    write_text(directory, "processed_log/IMU/accelerometer/value", "not numpy at all");
    e.text[0] = '\0';
    ck_assert(!run(directory));
    ck_assert_msg(strstr(e.text, "accelerometer/value: not a NumPy array"), "%s", e.text);
    e.text[0] = '\0';
    ck_assert(!run("/nowhere"));
    ck_assert_str_eq(e.text, "/nowhere: No such file or directory");
    ck_assert_uint_eq(r.frame_count, 0);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("comma2k19");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, fixes_are_taken_as_they_arrive);
    tcase_add_test(tc, gyro_and_accelerometer_make_one_sample);
    tcase_add_test(tc, a_sample_pairs_with_the_nearest);
    tcase_add_test(tc, wheels_carry_speed_and_steering);
    tcase_add_test(tc, speed_alone_is_a_wheel_source_too);
    tcase_add_test(tc, tracks_are_grouped_into_scans);
    tcase_add_test(tc, truth_is_turned_into_local_axes);
    tcase_add_test(tc, more_times_than_rows_and_a_lost_half_are_told);
    tcase_add_test(tc, damage_and_emptiness_are_errors);
    return run_cases("import comma2k19", tc);
}
