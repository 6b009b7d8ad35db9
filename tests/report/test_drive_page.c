/*
 * The page's data out of a drive of which everything is known: a way due east at 10 m/s, the estimate 1 m to
 * the left of the truth.
 */
#include "fusion/geodesy.h"
#include "report/drive_page.h"
#include "tests/suite.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { POSES = 1001, TRUTHS = 501 }; /* 10 s at 100 Hz and at 50 Hz */

static const double latitude = 0.85, longitude = 0.2, height = 100, speed_mps = 10;

typedef struct {
    settings settings;
    fusion_pose poses[POSES];
    truth_point truth[TRUTHS];
    evaluation evaluation;
    drive_log log;
    fusion_status status;
    uint64_t malformed[SETTINGS_MAX_SOURCES];
    page_fault faults[1], injected[1];
    page_mode modes[1];
    drive_page page;
} example;

/* Metres east and north of the datum, in its plane. */
static void place(double east_m, double north_m, double ecef_m[3])
{
    double axes[3][3];
    geodetic_to_ecef(latitude, longitude, height, ecef_m);
    enu_axes(latitude, longitude, axes);
    for (int i = 0; i < 3; i++)
        ecef_m[i] += axes[0][i] * east_m + axes[1][i] * north_m;
}

static void make_pose(fusion_pose *p, int64_t stamp_ns)
{
    *p = (fusion_pose){
        .stamp_ns = stamp_ns, .mode = MODE_NOMINAL, .usable = true, .heading_rad = (float)M_PI_2};
    p->q_body_enu[3] = 1; /* x forward is east */
    p->velocity_enu_mps[0] = (float)speed_mps;
    p->covariance[0][0] = 0.25F; /* along: sigma 0.5 m */
    p->covariance[1][1] = 1;     /* cross: sigma 1 m */
    for (int i = 2; i < 6; i++)
        p->covariance[i][i] = 0.01F;
    for (int i = 0; i < 3; i++)
        p->velocity_covariance[i][i] = 0.04F;
    place(speed_mps * 1e-9 * (double)stamp_ns, 1, p->position_ecef_m);
    ecef_to_geodetic(p->position_ecef_m, &p->latitude_rad, &p->longitude_rad, &p->height_m);
}

static void make_truth(truth_point *t, int64_t stamp_ns)
{
    double ecef_m[3];
    *t = (truth_point){.stamp_ns = stamp_ns, .heading_rad = (float)M_PI_2, .sigma_m = NAN};
    t->velocity_enu_mps[0] = (float)speed_mps;
    place(speed_mps * 1e-9 * (double)stamp_ns, 0, ecef_m);
    ecef_to_geodetic(ecef_m, &t->latitude_rad, &t->longitude_rad, &t->height_m);
}

static void log_example(example *x)
{
    frame f = {.stamp_ns = 2000000000, .source = 0, .kind = FRAME_GNSS};
    verdict v = {.stamp_ns = 2000000000,
                 .quantity = QUANTITY_POSITION,
                 .decision = DECISION_REJECTED,
                 .dim = 3,
                 .innovation = {3, 0, 0},
                 .variance = {4, 1, 1},
                 .nis = 20,
                 .limit = 16};
    f.u.gnss.latitude_rad = latitude;
    f.u.gnss.longitude_rad = longitude;
    f.u.gnss.height_m = height;
    f.u.gnss.fix = GNSS_FIX_3D;
    drive_log_frame(&x->log, &f);
    drive_log_verdict(&x->log, &v);
    x->status = (fusion_status){.stamp_ns = 10000000000, .source_count = 1};
    x->status.sources[0] = (fusion_source_status){.state = SOURCE_STATE_ALIVE,
                                                  .frames = 1,
                                                  .rejected = 1,
                                                  .latency_s = NAN,
                                                  .latency_sigma_s = NAN,
                                                  .nis_ratio = NAN};
    drive_log_status(&x->log, &x->status);
}

static example *example_create(void)
{
    example *x = calloc(1, sizeof *x);
    ck_assert_ptr_nonnull(x);
    settings_default(&x->settings);
    settings_add_source(&x->settings, "gnss/roof");
    for (int i = 0; i < POSES; i++)
        make_pose(&x->poses[i], INT64_C(10000000) * i);
    for (int i = 0; i < TRUTHS; i++)
        make_truth(&x->truth[i], INT64_C(20000000) * i);
    log_example(x);
    x->faults[0] = (page_fault){"gnss/roof", "JUMP", "error", "It jumped.", 2, INFINITY};
    x->injected[0] = (page_fault){"</script><b>", "offset", NULL, NULL, 1.5, 4};
    x->modes[0] = (page_mode){MODE_NOMINAL, 0, 10};
    x->page = (drive_page){.name = "</script><script>alert(1)</script>",
                           .damage = "",
                           .settings = &x->settings,
                           .end_s = 10,
                           .duration_s = 10,
                           .distance_m = 100,
                           .poses = x->poses,
                           .pose_count = POSES,
                           .truth = x->truth,
                           .truth_count = TRUTHS,
                           .evaluation = &x->evaluation,
                           .log = &x->log,
                           .status = &x->status,
                           .malformed = x->malformed,
                           .modes = x->modes,
                           .mode_count = 1,
                           .faults = x->faults,
                           .injected = x->injected,
                           .fault_count = 1,
                           .injected_count = 1};
    return x;
}

static void example_destroy(example *x)
{
    drive_log_finish(&x->log);
    free(x);
}

static json_t *data_of(const example *x)
{
    char *written = NULL;
    size_t size;
    json_error_t why;
    FILE *out = open_memstream(&written, &size);
    ck_assert(drive_page_write_data(&x->page, out));
    fclose(out);
    ck_assert_msg(!strpbrk(written, "<>"), "markup in the data");
    json_t *data = json_loads(written, 0, &why);
    ck_assert_msg(data != NULL, "line %d: %s", why.line, why.text);
    free(written);
    return data;
}

static double number_at(json_t *data, const char *table, const char *column, size_t i)
{
    json_t *list = json_object_get(json_object_get(data, table), column);
    ck_assert_msg(i < json_array_size(list), "%s.%s has no row %zu", table, column, i);
    return json_number_value(json_array_get(list, i));
}

static size_t rows(json_t *data, const char *table)
{
    return json_array_size(json_object_get(json_object_get(data, table), "t"));
}

START_TEST (errors_and_bounds_are_those_of_the_drive) {
    example *x = example_create();
    json_t *data = data_of(x);
    ck_assert_uint_ge(rows(data, "errors"), 199); /* 20 a second */
    ck_assert_uint_le(rows(data, "errors"), 202);
    for (size_t i = 0; i < 199; i++) {
        ck_assert_double_eq_tol(number_at(data, "errors", "horizontal", i), 1, 0.002);
        ck_assert_double_eq_tol(number_at(data, "errors", "cross", i), 1, 0.002);
        ck_assert_double_eq_tol(number_at(data, "errors", "along", i), 0, 0.002);
    }
    ck_assert_double_eq_tol(number_at(data, "bounds", "along", 3), 1.96 * 0.5, 0.002);
    ck_assert_double_eq_tol(number_at(data, "bounds", "cross", 3), 1.96, 0.002);
    ck_assert_double_eq_tol(number_at(data, "bounds", "horizontal", 3), 2.4477,
                            0.002); /* of the longer axis */
    ck_assert_double_eq_tol(number_at(data, "bounds", "ve", 3), 1.96 * 0.2, 0.002);
    json_decref(data);
    example_destroy(x);
}
END_TEST

/* One truth point of 50 a second is off: whatever the thinning, the page shows it. */
START_TEST (thinning_hides_no_peak) {
    for (int k = 200; k < 210; k++) {
        example *x = example_create();
        double worst = 0, ecef_m[3];
        place(speed_mps * 1e-9 * (double)x->truth[k].stamp_ns, 6, ecef_m);
        ecef_to_geodetic(ecef_m, &x->truth[k].latitude_rad, &x->truth[k].longitude_rad,
                         &x->truth[k].height_m);
        json_t *data = data_of(x);
        for (size_t i = 0; i < rows(data, "errors"); i++)
            worst = fmin(worst, number_at(data, "errors", "cross", i));
        ck_assert_double_eq_tol(worst, -5, 0.01);
        json_decref(data);
        example_destroy(x);
    }
}
END_TEST

START_TEST (names_come_back_as_they_were) {
    example *x = example_create();
    json_t *data = data_of(x), *fault = json_array_get(json_object_get(data, "faults"), 0);
    json_t *injected = json_array_get(json_object_get(data, "injected"), 0);
    ck_assert_str_eq(json_string_value(json_object_get(data, "name")), x->page.name);
    ck_assert_str_eq(json_string_value(json_object_get(injected, "source")), "</script><b>");
    ck_assert_str_eq(json_string_value(json_object_get(injected, "code")), "offset");
    ck_assert_str_eq(json_string_value(json_object_get(fault, "code")), "JUMP");
    ck_assert(json_is_null(json_object_get(fault, "to"))); /* up at the end */
    json_decref(data);
    example_destroy(x);
}
END_TEST

START_TEST (a_rejected_innovation_is_there_with_its_gate) {
    example *x = example_create();
    json_t *data = data_of(x), *innovations = json_object_get(data, "innovations");
    ck_assert_uint_eq(json_array_size(innovations), 1);
    json_t *one = json_array_get(innovations, 0);
    ck_assert_str_eq(json_string_value(json_object_get(one, "quantity")), "position");
    ck_assert_double_eq(json_number_value(json_array_get(json_object_get(one, "nis"), 0)), 20);
    ck_assert_double_eq(json_number_value(json_array_get(json_object_get(one, "limit"), 0)), 16);
    ck_assert_double_eq(json_number_value(json_array_get(json_array_get(json_object_get(one, "s"), 0), 0)),
                        2);
    ck_assert_int_eq((int)json_number_value(json_array_get(json_object_get(one, "decision"), 0)), 2);
    json_decref(data);
    example_destroy(x);
}
END_TEST

/* An IMU has no verdicts: its bar is full where the filter counted its frames as used, 0 to 2 s here. */
START_TEST (the_bar_of_an_imu_is_what_it_drove) {
    example *x = example_create();
    settings_add_source(&x->settings, "imu/body");
    x->log.status_count = 0;
    for (int k = 0; k < 40; k++) {
        frame f = {.stamp_ns = INT64_C(100000000) * k, .source = 1, .kind = FRAME_IMU};
        drive_log_frame(&x->log, &f);
        if (k % 10 != 0)
            continue;
        x->status.stamp_ns = f.stamp_ns;
        x->status.source_count = 2;
        x->status.sources[1].used = k < 20 ? (uint64_t)k : 20;
        drive_log_status(&x->log, &x->status);
    }
    json_t *data = data_of(x), *spans = json_array_get(json_object_get(data, "availability"), 1);
    ck_assert_uint_eq(json_array_size(spans), 2);
    for (size_t i = 0; i < 2; i++) {
        json_t *span = json_array_get(spans, i);
        ck_assert_double_eq_tol(json_number_value(json_array_get(span, 1)), i == 0 ? 2.5 : 4, 0.01);
        ck_assert_int_eq((int)json_number_value(json_array_get(span, 2)), i == 0 ? 1 : 0);
    }
    json_decref(data);
    example_destroy(x);
}
END_TEST

START_TEST (without_truth_or_poses_it_is_still_data) {
    example *x = example_create();
    x->page.truth_count = 0;
    x->page.evaluation = NULL;
    json_t *data = data_of(x);
    ck_assert_uint_gt(rows(data, "bounds"), 100);
    ck_assert(!json_is_object(json_object_get(data, "errors")));
    json_decref(data);
    x->page.pose_count = 0;
    json_decref(data_of(x));
    example_destroy(x);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("drive_page");
    tcase_add_test(c, errors_and_bounds_are_those_of_the_drive);
    tcase_add_test(c, thinning_hides_no_peak);
    tcase_add_test(c, names_come_back_as_they_were);
    tcase_add_test(c, a_rejected_innovation_is_there_with_its_gate);
    tcase_add_test(c, the_bar_of_an_imu_is_what_it_drove);
    tcase_add_test(c, without_truth_or_poses_it_is_still_data);
    return run_cases("drive_page", c);
}
