/* Frames as rows: what is written is read back as the same frames. */
#include "sensors/import/csv_row.h"
#include "sensors/import/import_csv.h"
#include "tests/sensors/import_fixture.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const csv_layout *layout_of(frame_kind kind)
{
    for (size_t i = 0; i < csv_layout_count; i++) {
        if (csv_layouts[i]->kind == kind)
            return csv_layouts[i];
    }
    ck_abort_msg("no layout");
}

/* Writes frames of one kind and imports them. */
static void go_round(const frame *frames, size_t count, const char *source)
{
    const csv_layout *layout = layout_of((frame_kind)frames[0].kind);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    csv_value cells[CSV_MAX_COLUMNS];
    csv_write_header(out, layout->columns, layout->column_count);
    for (size_t i = 0; i < count; i++) {
        for (size_t row = 0; row < csv_row_count(&frames[i]); row++) {
            csv_show_frame(layout, &frames[i], source, row, cells);
            csv_write_row(out, layout->columns, layout->column_count, cells);
        }
    }
    fclose(out);
    write_file(directory, layout->file, text, size);
    ck_assert_msg(importer_find("csv")->run(directory, &r.sink, &e), "%s\n%s", e.text, text);
    free(text);
    ck_assert_uint_eq(r.frame_count, count);
    for (size_t i = 0; i < count; i++) {
        const frame *f = recorder_frame(&r, source, (frame_kind)frames[i].kind, i);
        ck_assert_ptr_nonnull(f);
        ck_assert_int_eq(f->stamp_ns, frames[i].stamp_ns);
        ck_assert_int_eq(f->received_ns, frames[i].received_ns);
    }
}

/* The i-th that came back. */
static const frame *back(size_t i, const char *source, frame_kind kind)
{
    return recorder_frame(&r, source, kind, i);
}

static frame new_frame(frame_kind kind, uint32_t sequence)
{
    return (frame){.kind = (uint8_t)kind,
                   .sequence = sequence,
                   .stamp_ns = 1533226000123456789 + (int64_t)sequence * 100000000,
                   .received_ns = 1533226000223456780 + (int64_t)sequence * 100000000};
}

static void same_floats(const float *a, const float *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(a[i] == b[i] || (isnan(a[i]) && isnan(b[i])), "%zu: %.9g %.9g", i, (double)a[i],
                      (double)b[i]);
}

START_TEST (fixes_come_back) {
    frame f[] = {new_frame(FRAME_GNSS, 0), new_frame(FRAME_GNSS, 1), new_frame(FRAME_GNSS, 2)};
    f[0].u.gnss = (frame_gnss){0.6583765, -2.1374, 31.25, 0.1f,  0.3f, {1.1f, -2.2f, 0.3f}, 2.46f,     5.9f,
                               0.05f,     0.7f,    0.1f,  0.25f, 12,   GNSS_FIX_FIXED,      HEIGHT_MSL};
    f[1].u.gnss = (frame_gnss){-0.6,
                               3.1,
                               NAN,
                               NAN,
                               NAN,
                               {NAN, NAN, NAN},
                               NAN,
                               NAN,
                               NAN,
                               NAN,
                               NAN,
                               NAN,
                               -1,
                               GNSS_FIX_UNKNOWN,
                               HEIGHT_ELLIPSOID};
    f[2].u.gnss = f[1].u.gnss;
    f[2].u.gnss.latitude_rad = f[2].u.gnss.longitude_rad = NAN;
    go_round(f, 3, "gnss/roof");
    for (size_t i = 0; i < 3; i++) {
        const frame_gnss *a = &f[i].u.gnss, *b = &back(i, "gnss/roof", FRAME_GNSS)->u.gnss;
        if (i < 2)
            ck_assert_double_eq_tol(a->latitude_rad, b->latitude_rad, 3e-16 * 50);
        ck_assert(i < 2 ? fabs(a->longitude_rad - b->longitude_rad) < 1.5e-14 : isnan(b->latitude_rad));
        ck_assert(a->height_m == b->height_m || (isnan(a->height_m) && isnan(b->height_m)));
        same_floats(&a->h_acc_m, &b->h_acc_m,
                    (offsetof(frame_gnss, satellites) - offsetof(frame_gnss, h_acc_m)) / 4);
        ck_assert_int_eq(a->satellites, b->satellites);
        ck_assert_uint_eq(i < 2 ? a->fix : GNSS_FIX_NONE, b->fix);
        ck_assert_uint_eq(a->datum, b->datum);
    }
}
END_TEST

START_TEST (motion_comes_back) {
    frame imu[] = {new_frame(FRAME_IMU, 0), new_frame(FRAME_IMU, 1)};
    imu[0].u.imu = (frame_imu){{0.1f, -0.2f, 0.3f}, {1.0f / 3.0f, 2e-7f, 9.81f}};
    imu[1].u.imu = (frame_imu){{NAN, NAN, -1e-9f}, {NAN, NAN, NAN}};
    go_round(imu, 2, "imu/box");
    for (size_t i = 0; i < 2; i++)
        same_floats(imu[i].u.imu.gyro_radps, back(i, "imu/box", FRAME_IMU)->u.imu.gyro_radps, 6);
}
END_TEST

START_TEST (wheels_come_back) {
    frame f = new_frame(FRAME_WHEEL, 5);
    f.u.wheel = (frame_wheel){NAN, {1.1f, 2.2f, 3.3f, 4.4f}, -0.1f, 7.7f};
    go_round(&f, 1, "wheel/can");
    same_floats(&f.u.wheel.speed_mps, &back(0, "wheel/can", FRAME_WHEEL)->u.wheel.speed_mps, 7);
}
END_TEST

START_TEST (scans_come_back) {
    frame f[] = {new_frame(FRAME_RADAR, 9), new_frame(FRAME_RADAR, 10)};
    f[0].u.radar.count = 2;
    f[0].u.radar.detections[0] = (radar_detection){74.6f, -0.037f, NAN, 3.6f, NAN, -1};
    f[0].u.radar.detections[1] = (radar_detection){0.0f, 0.1f, 0.2f, -3.6f, -11.5f, 528};
    f[1].u.radar = f[0].u.radar;
    f[1].u.radar.count = 1;
    go_round(f, 2, "radar/front");
    for (size_t i = 0; i < 2; i++) {
        const frame_radar *a = &f[i].u.radar, *b = &back(i, "radar/front", FRAME_RADAR)->u.radar;
        ck_assert_uint_eq(a->count, b->count);
        for (size_t k = 0; k < a->count; k++) {
            same_floats(&a->detections[k].range_m, &b->detections[k].range_m, 5);
            ck_assert_int_eq(a->detections[k].track_id, b->detections[k].track_id);
        }
    }
}
END_TEST

START_TEST (landmarks_come_back_with_awkward_names) {
    frame f = new_frame(FRAME_LANDMARKS, 1);
    f.u.landmarks.count = 2;
    f.u.landmarks.landmarks[0] = (camera_landmark){.id = UINT64_MAX,
                                                   .azimuth_rad = 0.1f,
                                                   .elevation_rad = -0.2f,
                                                   .range_m = 30.5f,
                                                   .sigma_rad = 0.003f,
                                                   .sigma_range_m = 0.5f,
                                                   .score = 0.9f,
                                                   .class_name = "sign, \"50\" ",
                                                   .facing_az_rad = 3.0f,
                                                   .facing_el_rad = 0.1f,
                                                   .sigma_facing_rad = 0.05f};
    f.u.landmarks.landmarks[1] = (camera_landmark){.azimuth_rad = 0.1f,
                                                   .range_m = NAN,
                                                   .sigma_rad = NAN,
                                                   .sigma_range_m = NAN,
                                                   .score = NAN,
                                                   .facing_az_rad = 0.0f};
    go_round(&f, 1, "camera/front");
    const frame_landmarks *b = &back(0, "camera/front", FRAME_LANDMARKS)->u.landmarks;
    ck_assert_uint_eq(b->count, 2);
    for (size_t i = 0; i < 2; i++) {
        const camera_landmark *x = &f.u.landmarks.landmarks[i], *y = &b->landmarks[i];
        ck_assert_uint_eq(x->id, y->id);
        same_floats(&x->azimuth_rad, &y->azimuth_rad, 6);
        ck_assert_str_eq(x->class_name, y->class_name);
        same_floats(&x->facing_az_rad, &y->facing_az_rad, 3);
    }
}
END_TEST

START_TEST (lines_come_back) {
    frame f = new_frame(FRAME_LANES, 1);
    f.u.lanes.count = 2;
    f.u.lanes.lanes[0] = (camera_lane){1.8f, 0.01f, -1e-3f, 0.05f, 0.99f, LANE_SIDE_LEFT, "dashed"};
    f.u.lanes.lanes[1] = (camera_lane){-1.8f, 0.01f, NAN, NAN, NAN, LANE_SIDE_RIGHT, ""};
    go_round(&f, 1, "camera/front");
    const frame_lanes *b = &back(0, "camera/front", FRAME_LANES)->u.lanes;
    ck_assert_uint_eq(b->count, 2);
    for (size_t i = 0; i < 2; i++) {
        same_floats(&f.u.lanes.lanes[i].offset_m, &b->lanes[i].offset_m, 5);
        ck_assert_uint_eq(f.u.lanes.lanes[i].side, b->lanes[i].side);
        ck_assert_str_eq(f.u.lanes.lanes[i].type, b->lanes[i].type);
    }
}
END_TEST

START_TEST (a_camera_s_health_comes_back) {
    frame f = new_frame(FRAME_CAMERA_HEALTH, 1);
    f.u.camera_health = (frame_camera_health){0.5f, 0.01f, NAN, 0.2f, 33.0f, 0.75f};
    go_round(&f, 1, "camera/front");
    same_floats(&f.u.camera_health.mean_luminance,
                &back(0, "camera/front", FRAME_CAMERA_HEALTH)->u.camera_health.mean_luminance, 6);
}
END_TEST

START_TEST (what_a_roadside_unit_sees_comes_back) {
    frame f = new_frame(FRAME_ROADSIDE, 1);
    f.u.roadside = (frame_roadside){0.85, 0.15, 6.28f, 0.5f, 0.02f};
    go_round(&f, 1, "roadside/mast");
    const frame_roadside *b = &back(0, "roadside/mast", FRAME_ROADSIDE)->u.roadside;
    ck_assert_double_eq_tol(f.u.roadside.latitude_rad, b->latitude_rad, 1.5e-14);
    ck_assert_double_eq_tol(f.u.roadside.longitude_rad, b->longitude_rad, 1.5e-14);
    same_floats(&f.u.roadside.heading_rad, &b->heading_rad, 3);
}
END_TEST

START_TEST (odometry_comes_back_but_for_what_its_errors_share) {
    frame f[] = {new_frame(FRAME_ODOMETRY, 1), new_frame(FRAME_ODOMETRY, 2)};
    f[0].u.odometry = (frame_odometry){.interval_ns = 50000001,
                                       .translation_m = {1.0f, 0.01f, -0.02f},
                                       .rotation_rad = {0.001f, 0.002f, -0.3f},
                                       .scale_sigma = NAN};
    for (size_t i = 0, at = 0; i < 6; at += 6 - i++)
        f[0].u.odometry.covariance[at] = 0.0625f * (float)((i + 1) * (i + 1));
    f[1].u.odometry = f[0].u.odometry;
    f[1].u.odometry.scale_sigma = 0.0f;
    for (size_t i = 0; i < FRAME_ODOMETRY_COVARIANCE; i++)
        f[1].u.odometry.covariance[i] = NAN;
    go_round(f, 2, "odometry/lidar");
    for (size_t i = 0; i < 2; i++) {
        const frame_odometry *a = &f[i].u.odometry,
                             *b = &back(i, "odometry/lidar", FRAME_ODOMETRY)->u.odometry;
        ck_assert_int_eq(a->interval_ns, b->interval_ns);
        same_floats(a->translation_m, b->translation_m, 7);
        same_floats(a->covariance, b->covariance, FRAME_ODOMETRY_COVARIANCE);
    }
}
END_TEST

START_TEST (truth_comes_back) {
    const truth_point points[] = {
        {1000000001, 0, 0.85, 0.15, 120.5, {1.5f, -2.5f, 0.1f}, 0.01f, -0.02f, 6.2f, 0.1f},
        {2000000001, 1, -0.85, -0.15, -3, {NAN, NAN, NAN}, NAN, NAN, NAN, NAN}};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    csv_write_header(out, csv_truth_columns, csv_truth_column_count);
    for (size_t i = 0; i < 2; i++) {
        csv_value cells[CSV_MAX_COLUMNS];
        csv_show_truth(&points[i], cells);
        csv_write_row(out, csv_truth_columns, csv_truth_column_count, cells);
    }
    fclose(out);
    write_file(directory, "truth.csv", text, size);
    free(text);
    ck_assert_msg(importer_find("csv")->run(directory, &r.sink, &e), "%s", e.text);
    ck_assert_uint_eq(r.truth_count, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(points[i].stamp_ns, r.truths[i].stamp_ns);
        ck_assert_double_eq_tol(points[i].latitude_rad, r.truths[i].latitude_rad, 1.5e-14);
        ck_assert_double_eq(points[i].height_m, r.truths[i].height_m);
        same_floats(points[i].velocity_enu_mps, r.truths[i].velocity_enu_mps, 7);
    }
}
END_TEST

START_TEST (times_have_nine_digits) {
    const struct {
        int64_t ns;
        const char *text;
    } cases[] = {{0, "0.000000000"},
                 {1, "0.000000001"},
                 {1533226000123456789, "1533226000.123456789"},
                 {-500000000, "-0.500000000"},
                 {INT64_MIN, "-9223372036.854775808"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64] = "";
        FILE *out = fmemopen(text, sizeof text, "w");
        csv_write_time(out, cases[i].ns);
        fclose(out);
        ck_assert_str_eq(text, cases[i].text);
    }
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("round");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, fixes_come_back);
    tcase_add_test(t, motion_comes_back);
    tcase_add_test(t, wheels_come_back);
    tcase_add_test(t, scans_come_back);
    tcase_add_test(t, landmarks_come_back_with_awkward_names);
    tcase_add_test(t, lines_come_back);
    tcase_add_test(t, a_camera_s_health_comes_back);
    tcase_add_test(t, what_a_roadside_unit_sees_comes_back);
    tcase_add_test(t, odometry_comes_back_but_for_what_its_errors_share);
    tcase_add_test(t, truth_comes_back);
    tcase_add_test(t, times_have_nine_digits);
    return run_cases("csv_row", t);
}
