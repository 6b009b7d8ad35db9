/* The neutral CSV layout: exact values from small files, and every malformed cell by its place. */
#include "tests/sensors/import_fixture.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
#define RADIANS (PI / 180.0)

static void import_all(void)
{
    ck_assert_msg(importer_find("csv")->run(directory, &r.sink, &e), "%s", e.text);
}

START_TEST (a_gnss_row_has_these_values) {
    write_text(directory, "gnss.csv",
               "\xef\xbb\xbfstamp_s,received_s,source,latitude_deg,longitude_deg,height_m,height_datum,h_acc_"
               "m,v_acc_m,"
               "v_east_mps,v_north_mps,v_up_mps,speed_mps,course_deg,speed_acc_mps,fix,satellites,hdop,"
               "jamming,spoofing\r\n"
               "1533226000.123456789,1533226000.2,roof,37.5,-122.25,31.5,msl,0.5,1.5,1,2,-3,2.5,-90,0.25,"
               "fixed,12,0.75,0.125,1\r\n"
               " 1533226001 , ,\"gnss/roof\",-90,180,-1e1,,,,,,,,,,,,,,\r\n");
    import_all();
    ck_assert_uint_eq(r.frame_count, 2);
    const frame *f = recorder_frame(&r, "gnss/roof", FRAME_GNSS, 0);
    ck_assert_int_eq(f->stamp_ns, 1533226000123456789);
    ck_assert_int_eq(f->received_ns, 1533226000200000000);
    ck_assert_uint_eq(f->sequence, 0);
    const frame_gnss expected = {37.5 * RADIANS,
                                 -122.25 * RADIANS,
                                 31.5,
                                 0.5f,
                                 1.5f,
                                 {1, 2, -3},
                                 2.5f,
                                 (float)(270 * RADIANS),
                                 0.25f,
                                 0.75f,
                                 0.125f,
                                 1.0f,
                                 12,
                                 GNSS_FIX_FIXED,
                                 HEIGHT_MSL};
    ck_assert_mem_eq(&f->u.gnss, &expected, offsetof(frame_gnss, datum) + 1);
    f = recorder_frame(&r, "gnss/roof", FRAME_GNSS, 1);
    ck_assert_int_eq(f->stamp_ns, 1533226001000000000);
    ck_assert_int_eq(f->received_ns, 1533226001000000000);
    ck_assert_uint_eq(f->sequence, 1);
    ck_assert_double_eq(f->u.gnss.latitude_rad, -90 * RADIANS);
    ck_assert_double_eq(f->u.gnss.height_m, -10.0);
    ck_assert(isnan(f->u.gnss.h_acc_m) && isnan(f->u.gnss.course_rad) &&
              isnan(f->u.gnss.velocity_enu_mps[2]));
    ck_assert_int_eq(f->u.gnss.satellites, -1);
    ck_assert_uint_eq(f->u.gnss.fix, GNSS_FIX_UNKNOWN);
    ck_assert_uint_eq(f->u.gnss.datum, HEIGHT_ELLIPSOID);
}
END_TEST

START_TEST (an_imu_may_be_a_yaw_rate_alone) {
    write_text(directory, "imu.csv", "gyro_z_radps,stamp_s\n0.5,0\n-0.25,0.01\n");
    import_all();
    const frame *f = recorder_frame(&r, "imu/main", FRAME_IMU, 0);
    ck_assert_int_eq(f->stamp_ns, 0);
    ck_assert_float_eq(f->u.imu.gyro_radps[2], 0.5f);
    ck_assert(isnan(f->u.imu.gyro_radps[0]) && isnan(f->u.imu.accel_mps2[2]));
    ck_assert_int_eq(recorder_frame(&r, "imu/main", FRAME_IMU, 1)->stamp_ns, 10000000);
}
END_TEST

START_TEST (wheels_may_come_without_a_speed) {
    write_text(directory, "wheel.csv",
               "stamp_s,speed_mps,front_left_mps,front_right_mps,rear_left_mps,rear_right_mps,yaw_rate_radps,"
               "steering_wheel_rad\n"
               "1,,1,2,3,4,0.5,-0.25\n");
    import_all();
    const frame_wheel *w = &recorder_frame(&r, "wheel/main", FRAME_WHEEL, 0)->u.wheel;
    ck_assert(isnan(w->speed_mps));
    const float wheels[] = {1, 2, 3, 4};
    ck_assert_mem_eq(w->wheel_mps, wheels, sizeof wheels);
    ck_assert_float_eq(w->yaw_rate_radps, 0.5f);
    ck_assert_float_eq(w->steering_wheel_rad, -0.25f);
}
END_TEST

START_TEST (rows_of_one_scan_make_one_frame) {
    write_text(directory, "radar.csv",
               "stamp_s,source,scan,range_m,azimuth_rad,doppler_mps,elevation_rad,rcs_dbsm,track_id\n"
               "1.0,front,7,10,0.1,-5,0.01,3,528\n"
               "1.0,front,7,20,-0.1,-6,,,\n"
               "1.0,rear,7,30,0,5,,,\n"
               "1.05,front,8,40,0,-5,,,\n"
               "1.1,front,7,50,0,-5,,,\n");
    import_all();
    ck_assert_uint_eq(recorder_count(&r, "radar/front", FRAME_RADAR), 3);
    ck_assert_uint_eq(recorder_count(&r, "radar/rear", FRAME_RADAR), 1);
    const frame *f = recorder_frame(&r, "radar/front", FRAME_RADAR, 0);
    ck_assert_uint_eq(f->u.radar.count, 2);
    const radar_detection first = {10, 0.1f, 0.01f, -5, 3, 528};
    ck_assert_mem_eq(&f->u.radar.detections[0], &first, sizeof first);
    ck_assert_float_eq(f->u.radar.detections[1].range_m, 20);
    ck_assert(isnan(f->u.radar.detections[1].elevation_rad));
    ck_assert_int_eq(f->u.radar.detections[1].track_id, -1);
    ck_assert_uint_eq(recorder_frame(&r, "radar/front", FRAME_RADAR, 2)->u.radar.count, 1);
    ck_assert_uint_eq(recorder_frame(&r, "radar/front", FRAME_RADAR, 2)->sequence, 2);
}
END_TEST

/* As a file that is sorted by time has it, where both measure at the same moment. */
START_TEST (radars_may_take_turns) {
    write_text(directory, "radar.csv",
               "stamp_s,source,scan,range_m,azimuth_rad,doppler_mps\n"
               "1,front,1,10,0,0\n1,rear,1,20,0,0\n \t\n1,front,1,11,0,0\n1,rear,1,21,0,0\n"
               "2,front,2,12,0,0\n2,rear,2,22,0,0\n2,front,2,13,0,0\n");
    import_all();
    ck_assert_uint_eq(r.frame_count, 4);
    static const struct {
        const char *source;
        size_t index, rows;
        float first_m, last_m;
    } expected[] = {{"radar/front", 0, 2, 10, 11},
                    {"radar/rear", 0, 2, 20, 21},
                    {"radar/front", 1, 2, 12, 13},
                    {"radar/rear", 1, 1, 22, 22}};
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        const frame_radar *scan =
            &recorder_frame(&r, expected[i].source, FRAME_RADAR, expected[i].index)->u.radar;
        ck_assert_uint_eq(scan->count, expected[i].rows);
        ck_assert_float_eq(scan->detections[0].range_m, expected[i].first_m);
        ck_assert_float_eq(scan->detections[scan->count - 1].range_m, expected[i].last_m);
    }
}
END_TEST

START_TEST (a_camera_speaks_in_three_files) {
    write_text(
        directory, "landmark.csv",
        "stamp_s,source,frame,id,class,bearing_az_rad,bearing_el_rad,range_m,sigma_rad,sigma_range_m,score,"
        "facing_az_rad,facing_el_rad,sigma_facing_rad\n"
        "1,front,1,18446744073709551615,\"a \"\"tag\"\", big\",0.1,-0.2,5,0.01,0.5,0.75,3,-0.1,0.02\n"
        "1,front,1,,,0.3,0.4,,,,,,,\n");
    write_text(directory, "lane.csv",
               "stamp_s,source,frame,side,offset_m,heading_rad,curvature_1pm,type,sigma_m,score\n"
               "2,front,1,left,1.5,0.1,0.01,dashed,0.05,1\n2,front,1,right,-1.5,0.1,,,,\n");
    write_text(directory, "camera_health.csv",
               "stamp_s,source,mean_luminance,saturated_fraction,dark_fraction,contrast,sharpness\n3,front,0."
               "5,0.1,0.2,0.3,44\n");
    import_all();
    ck_assert_uint_eq(r.frame_count, 3);
    const frame_landmarks *l = &recorder_frame(&r, "camera/front", FRAME_LANDMARKS, 0)->u.landmarks;
    ck_assert_uint_eq(l->count, 2);
    ck_assert_uint_eq(l->landmarks[0].id, UINT64_MAX);
    ck_assert_str_eq(l->landmarks[0].class_name, "a \"tag\", big");
    ck_assert_float_eq(l->landmarks[0].elevation_rad, -0.2f);
    ck_assert_float_eq(l->landmarks[0].score, 0.75f);
    ck_assert_float_eq(l->landmarks[0].facing_az_rad, 3.0f);
    ck_assert_float_eq(l->landmarks[0].facing_el_rad, -0.1f);
    ck_assert_float_eq(l->landmarks[0].sigma_facing_rad, 0.02f);
    ck_assert_float_eq(l->landmarks[1].sigma_facing_rad, 0.0f);
    ck_assert_uint_eq(l->landmarks[1].id, 0);
    ck_assert(isnan(l->landmarks[1].range_m) && isnan(l->landmarks[1].sigma_rad));
    const frame_lanes *lanes = &recorder_frame(&r, "camera/front", FRAME_LANES, 0)->u.lanes;
    ck_assert_uint_eq(lanes->count, 2);
    ck_assert_uint_eq(lanes->lanes[0].side, LANE_SIDE_LEFT);
    ck_assert_str_eq(lanes->lanes[0].type, "dashed");
    ck_assert_uint_eq(lanes->lanes[1].side, LANE_SIDE_RIGHT);
    ck_assert(isnan(lanes->lanes[1].curvature_1pm));
    const frame_camera_health *h =
        &recorder_frame(&r, "camera/front", FRAME_CAMERA_HEALTH, 0)->u.camera_health;
    ck_assert_float_eq(h->sharpness, 44);
    ck_assert(isnan(h->blocked_fraction));
}
END_TEST

START_TEST (roadside_and_truth_are_read) {
    write_text(directory, "roadside.csv",
               "stamp_s,latitude_deg,longitude_deg,heading_deg,sigma_m,sigma_deg\n1,10,20,90,0.5,2\n");
    write_text(directory, "truth.csv",
               "stamp_s,latitude_deg,longitude_deg,height_m,v_east_mps,v_north_mps,v_up_mps,roll_deg,pitch_"
               "deg,heading_deg,sigma_m\n"
               "2,10,20,30,1,2,3,4,5,360,0\n1.5,10,20,30,,,,,,,\n");
    import_all();
    const frame_roadside *o = &recorder_frame(&r, "roadside/main", FRAME_ROADSIDE, 0)->u.roadside;
    ck_assert_double_eq(o->latitude_rad, 10 * RADIANS);
    ck_assert_float_eq(o->heading_rad, (float)(PI / 2));
    ck_assert_float_eq(o->sigma_heading_rad, (float)(2 * RADIANS));
    ck_assert_uint_eq(r.truth_count, 2);
    ck_assert_int_eq(r.truths[0].stamp_ns, 1500000000);
    ck_assert(isnan(r.truths[0].heading_rad) && isnan(r.truths[0].sigma_m));
    ck_assert_uint_eq(r.truths[1].sequence, 1);
    ck_assert_float_eq(r.truths[1].pitch_rad, (float)(5 * RADIANS));
    ck_assert_float_eq(r.truths[1].heading_rad, 0.0f);
    ck_assert_float_eq(r.truths[1].sigma_m, 0.0f);
}
END_TEST

START_TEST (odometry_is_read) {
    write_text(
        directory, "odometry.csv",
        "stamp_s,begin_s,x_m,y_m,z_m,rotation_x_rad,rotation_y_rad,rotation_z_rad,scale_sigma,sigma_x_m,"
        "sigma_y_m,sigma_z_m,sigma_rotation_x_rad,sigma_rotation_y_rad,sigma_rotation_z_rad\n"
        "1.1,1,2,-0.5,0.25,0.1,0.2,0.3,0,1,2,3,4,5,6\n1.2,1.1,2,0,0,0,0,0,,1,2,3,4,5,\n");
    import_all();
    const frame *f = recorder_frame(&r, "odometry/main", FRAME_ODOMETRY, 0);
    const frame_odometry *o = &f->u.odometry;
    static const int diagonal[6] = {0, 6, 11, 15, 18, 20};
    ck_assert_int_eq(f->stamp_ns, 1100000000);
    ck_assert_int_eq(o->interval_ns, 100000000);
    ck_assert_float_eq(o->translation_m[1], -0.5f);
    ck_assert_float_eq(o->rotation_rad[2], 0.3f);
    ck_assert_float_eq(o->scale_sigma, 0.0f);
    ck_assert_float_eq(o->covariance[1], 0.0f);
    for (int i = 0; i < 6; i++)
        ck_assert_float_eq(o->covariance[diagonal[i]], (float)((i + 1) * (i + 1)));
    o = &recorder_frame(&r, "odometry/main", FRAME_ODOMETRY, 1)->u.odometry;
    ck_assert(isnan(o->scale_sigma) && isnan(o->covariance[0])); /* one sigma is missing */
}
END_TEST

START_TEST (frames_come_in_the_order_of_reception) {
    write_text(directory, "gnss.csv",
               "stamp_s,received_s,latitude_deg,longitude_deg,height_m,source\n"
               "1.0,1.5,1,0,0,a\n1.1,1.2,2,0,0,a\n1.2,1.2,3,0,0,a\n1.3,1.2,4,0,0,b\n");
    write_text(directory, "imu.csv", "stamp_s,gyro_z_radps\n1.2,5\n1.0,6\n");
    import_all();
    static const double latitudes[] = {2, 3, 4, 1};
    static const uint32_t sequences[] = {0, 1, 0, 2};
    ck_assert_uint_eq(r.frame_count, 6);
    ck_assert_float_eq(r.frames[0].u.imu.gyro_radps[2], 6);
    for (size_t i = 0, j = 0; i < r.frame_count; i++) {
        if (i > 0)
            ck_assert_int_le(r.frames[i - 1].received_ns, r.frames[i].received_ns);
        if (r.frames[i].kind != FRAME_GNSS)
            continue;
        ck_assert_double_eq(r.frames[i].u.gnss.latitude_rad, latitudes[j] * RADIANS);
        ck_assert_uint_eq(r.frames[i].sequence, sequences[j++]);
    }
}
END_TEST

START_TEST (the_drive_knows_where_it_came_from) {
    char name[IMPORT_NAME_SIZE], expected[512];
    write_text(directory, "imu.csv", "stamp_s,gyro_z_radps\n1,5\n\n2,6");
    write_text(directory, "gnss.csv", "stamp_s,latitude_deg,longitude_deg,height_m\n");
    write_text(directory, "drive.yaml", "truth: {x_m: 1}\n");
    import_all();
    import_base_name(directory, name);
    snprintf(expected, sizeof expected,
             "importer=csv;version=" POSED_VERSION ";directory=%s;gnss.csv=0 rows;imu.csv=2 rows;", name);
    ck_assert_str_eq(r.origin, expected);
    ck_assert_str_eq(r.config, "truth: {x_m: 1}\n");
    ck_assert_uint_eq(r.frame_count, 2);
}
END_TEST

START_TEST (no_position_is_fine_without_a_fix) {
    write_text(directory, "gnss.csv", "stamp_s,latitude_deg,longitude_deg,height_m,fix\n1,,,,none\n");
    import_all();
    ck_assert(isnan(r.frames[0].u.gnss.latitude_rad));
    ck_assert_uint_eq(r.frames[0].u.gnss.fix, GNSS_FIX_NONE);
}
END_TEST

START_TEST (a_hundred_thousand_rows_keep_their_order) {
    enum { ROWS = 100000 };
    FILE *out;
    char *text;
    size_t size;
    ck_assert_ptr_nonnull(out = open_memstream(&text, &size));
    fputs("stamp_s,gyro_z_radps\n", out);
    for (int i = 0; i < ROWS; i++)
        fprintf(out, "%d.%09d,%d\n", i / 100, i % 100 * 10000000, i);
    fclose(out);
    write_file(directory, "imu.csv", text, size);
    free(text);
    import_all();
    ck_assert_uint_eq(r.frame_count, ROWS);
    for (int i = 0; i < ROWS; i++) { /* Check would write down every assertion that it passes */
        const frame *f = &r.frames[i];
        if (f->sequence != (uint32_t)i || f->u.imu.gyro_radps[2] != (float)i ||
            f->stamp_ns != INT64_C(10000000) * i)
            ck_abort_msg("row %d: sequence %u, %.1f rad/s, %lld ns", i, f->sequence,
                         (double)f->u.imu.gyro_radps[2], (long long)f->stamp_ns);
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("import csv");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_gnss_row_has_these_values);
    tcase_add_test(tc, an_imu_may_be_a_yaw_rate_alone);
    tcase_add_test(tc, wheels_may_come_without_a_speed);
    tcase_add_test(tc, rows_of_one_scan_make_one_frame);
    tcase_add_test(tc, radars_may_take_turns);
    tcase_add_test(tc, a_camera_speaks_in_three_files);
    tcase_add_test(tc, roadside_and_truth_are_read);
    tcase_add_test(tc, odometry_is_read);
    tcase_add_test(tc, frames_come_in_the_order_of_reception);
    tcase_add_test(tc, the_drive_knows_where_it_came_from);
    tcase_add_test(tc, no_position_is_fine_without_a_fix);
    tcase_add_test(tc, a_hundred_thousand_rows_keep_their_order);
    return run_cases("import csv", tc);
}
