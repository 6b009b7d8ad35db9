/* A start from fiducials alone: where two are in one picture, or one whose face is known to look somewhere,
 * the pose is there, honest; where they say too little, or one number has been read wrong, it is not. A
 * heading that has been lost comes back the same way. */
#include "fusion/core/core.h"
#include "fusion/core/initialize.h"
#include "fusion/core/pose.h"
#include "tests/draws.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const unsigned seed = 77;
enum { ROUNDS = 200 };
static const double pi = 3.14159265358979323846;

static settings set;
static fusion *core;
static frame in;
static double truth[3], heading;

static double normal(double sigma)
{
    double sum = -6.0;
    for (int i = 0; i < 12; i++)
        sum += draw_uniform(0.0, 1.0);
    return sigma * sum;
}

/* What the face of the mark looks at, from forward to the left, when the camera is told; NAN: it is not. */
static double face = NAN;
static const double face_sigma = 0.04;

/* What the camera sees of a face, with noise. */
static void show_face(double turn[3][3], double yaw, double noise, camera_landmark *seen,
                      landmark_settings *mark)
{
    const double up = normal(face_sigma * noise), left = face + normal(face_sigma * noise);
    const double looks[3] = {cos(up) * cos(left), cos(up) * sin(left), sin(up)};
    double n[3];
    rows_mulv_transposed(turn, looks, n);
    seen->facing_az_rad = (float)atan2(n[1], n[0]);
    seen->facing_el_rad = (float)asin(n[2]);
    seen->sigma_facing_rad = (float)face_sigma;
    mark->facing_deg = fmod(450.0 - (face + yaw) * 180 / pi, 360.0);
    mark->facing_deg += mark->facing_deg < 0.0 ? 360.0 : 0.0;
}

/* A level vehicle somewhere, fiducials at `marks` (forward, left, up of its origin) around it, and what its
 * camera sees of them, each with the noise that it claims times `noise`. */
static void stand(double marks[][3], int count, double noise)
{
    double latitude = draw_uniform(-1.4, 1.4), longitude = draw_uniform(-pi, pi), local[3][3],
           yaw = draw_uniform(-pi, pi);
    const mount_settings mount = {1.7, draw_uniform(-0.5, 0.5), 1.3,
                                  0.0, draw_uniform(-5, 5),     draw_uniform(-20, 20)};
    double q[4], turn[3][3];
    fusion_sinks none = {0};
    geodetic_to_ecef(latitude, longitude, 100.0, truth);
    enu_axes(latitude, longitude, local);
    heading = pi / 2 - yaw;
    settings_default(&set);
    settings_add_source(&set, "camera/front")->mount = mount;
    set.sources[0].of.camera.mount_sigma_deg = 0.0;
    quat_from_euler(0.0, mount.pitch_deg * pi / 180, mount.yaw_deg * pi / 180, q);
    quat_to_rows(q, turn);
    memset(&in, 0, sizeof in);
    in.kind = FRAME_LANDMARKS;
    in.stamp_ns = in.received_ns = 1000000000;
    in.u.landmarks.count = (uint16_t)count;
    for (int i = 0; i < count; i++) {
        double enu[3], ecef[3], d[3], h, lat, lon;
        const double *m = marks[i];
        enu[0] = cos(yaw) * m[0] - sin(yaw) * m[1];
        enu[1] = sin(yaw) * m[0] + cos(yaw) * m[1];
        enu[2] = m[2];
        rows_mulv_transposed(local, enu, ecef);
        for (int k = 0; k < 3; k++) {
            ecef[k] += truth[k];
            d[k] = m[k] - (k == 0 ? mount.x_m : k == 1 ? mount.y_m : mount.z_m);
        }
        ecef_to_geodetic(ecef, &lat, &lon, &h);
        set.landmarks[set.landmark_count++] =
            (landmark_settings){(uint64_t)i + 1, lat * 180 / pi, lon * 180 / pi, h, 0.02, -1.0};
        rows_mulv_transposed(turn, d, d);
        double range = sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2]);
        in.u.landmarks.landmarks[i] =
            (camera_landmark){.id = (uint64_t)i + 1,
                              .azimuth_rad = (float)(atan2(d[1], d[0]) + normal(0.003 * noise)),
                              .elevation_rad = (float)(asin(d[2] / range) + normal(0.003 * noise)),
                              .range_m = (float)(range * (1 + normal(0.03 * noise))),
                              .sigma_rad = 0.003f,
                              .sigma_range_m = (float)(0.03 * range),
                              .score = 1.0f};
        if (isfinite(face))
            show_face(turn, yaw, noise, &in.u.landmarks.landmarks[i], &set.landmarks[i]);
    }
    core = fusion_create(&set, &none);
    ck_assert_ptr_nonnull(core);
}

static bool starts(void)
{
    ck_assert(fusion_push(core, &in));
    fusion_advance(core, in.stamp_ns + (int64_t)(set.filter.window_s * 1e9));
    return core->running;
}

static void random_marks(double marks[][3], int count)
{
    for (int i = 0; i < count; i++) {
        marks[i][0] = draw_uniform(5.0, 20.0);
        marks[i][1] = i % 2 ? draw_uniform(1.5, 8.0) : draw_uniform(-8.0, -1.5);
        marks[i][2] = draw_uniform(1.0, 2.5);
    }
}

START_TEST (two_or_more_are_a_pose) {
    double squares = 0.0, turns = 0.0, worst = 0.0;
    int started = 0;
    srand(seed);
    for (int round = 0; round < ROUNDS; round++) {
        double marks[4][3], local[3][3];
        random_marks(marks, 2 + round % 3);
        stand(marks, 2 + round % 3, 1.0);
        if (starts()) { /* some pairs lie too much in line */
            fusion_pose p;
            double off[3], enu[3];
            pose_at(core, in.stamp_ns, &p);
            ck_assert_int_eq(p.resets, 1);
            enu_axes(p.latitude_rad, p.longitude_rad, local);
            for (int i = 0; i < 3; i++)
                off[i] = p.position_ecef_m[i] - truth[i];
            rows_mulv(local, off, enu);
            double d2 = (enu[0] * enu[0] + enu[1] * enu[1]) / (double)p.covariance[0][0];
            double turned = remainder((double)p.heading_rad - heading, 2 * pi);
            squares += d2;
            turns += turned * turned / (double)p.covariance[5][5];
            worst = fmax(worst, fabs(turned));
            started++;
        }
        fusion_destroy(core);
    }
    ck_assert_int_gt(started, ROUNDS * 3 / 4);
    ck_assert_double_lt(worst, 0.5);
    ck_assert_double_lt(squares / started, 2.4); /* two degrees of freedom; careful is no mistake */
    ck_assert_double_gt(squares / started, 0.2);
    ck_assert_double_lt(turns / started, 1.2);
    ck_assert_double_gt(turns / started, 0.1);
}
END_TEST

/* How far off it is: horizontally, squared, and its heading, in sigmas. */
static void judge(double *place2, double *turned)
{
    fusion_pose p;
    double off[3], enu[3], local[3][3];
    pose_at(core, in.stamp_ns, &p);
    enu_axes(p.latitude_rad, p.longitude_rad, local);
    for (int i = 0; i < 3; i++)
        off[i] = p.position_ecef_m[i] - truth[i];
    rows_mulv(local, off, enu);
    double a = (double)p.covariance[0][0], b = (double)p.covariance[0][1], d = (double)p.covariance[1][1];
    *place2 = (d * enu[0] * enu[0] - 2.0 * b * enu[0] * enu[1] + a * enu[1] * enu[1]) / (a * d - b * b);
    *turned = remainder((double)p.heading_rad - heading, 2 * pi) / sqrt((double)p.covariance[5][5]);
}

/* The same picture again, later. */
static bool again(double later_s)
{
    in.stamp_ns += (int64_t)(later_s * 1e9);
    in.received_ns = in.stamp_ns;
    in.sequence++;
    return starts();
}

/* With noise that is the same in each picture, as an error of a fit is. */
START_TEST (one_face_is_a_pose) {
    double squares = 0.0, turns = 0.0, after = 0.0;
    srand(seed + 1);
    for (int round = 0; round < ROUNDS; round++) {
        double marks[1][3], place2, turned;
        random_marks(marks, 1);
        face = pi + draw_uniform(-1.0, 1.0);
        stand(marks, 1, 1.0);
        ck_assert(!starts());
        ck_assert(!again(0.1));
        ck_assert(again(0.1));
        judge(&place2, &turned);
        squares += place2;
        turns += turned * turned;
        for (int i = 0; i < 20; i++) /* the bearing again says nothing new of the heading */
            again(0.05);
        judge(&place2, &turned);
        after += turned * turned;
        fusion_destroy(core);
    }
    face = NAN;
    ck_assert_double_lt(squares / ROUNDS, 2.4);
    ck_assert_double_gt(squares / ROUNDS, 0.2);
    ck_assert_double_lt(turns / ROUNDS, 1.2);
    ck_assert_double_gt(turns / ROUNDS, 0.3);
    ck_assert_double_lt(after / ROUNDS, 1.2);
}
END_TEST

static void face_is_not_known(void)
{
    set.landmarks[0].facing_deg = -1.0;
}
static void face_is_not_seen(void)
{
    in.u.landmarks.landmarks[0].sigma_facing_rad = 0.0f;
}
static void face_may_be_either(void)
{
    in.u.landmarks.landmarks[0].sigma_facing_rad = 0.4f;
}
static void face_looks_up(void)
{
    in.u.landmarks.landmarks[0].facing_el_rad += 0.4f;
}
static void no_range_of_one(void)
{
    in.u.landmarks.landmarks[0].range_m = NAN;
}
static void another_beside_it_is_elsewhere(void)
{
    in.u.landmarks.count = 2;
    in.u.landmarks.landmarks[1].azimuth_rad += 1.2f;
}
static void another_beside_it_fits(void)
{
    in.u.landmarks.count = 2;
}

/* Three pictures of one face, the second of them changed by `then`, `gap_s` apart. */
START_TEST (a_face_that_says_too_little) {
    static const struct {
        void (*change)(void);
        double gap_s;
        bool starts;
    } all[] = {
        {NULL, 0.1, true},
        {NULL, 1.5, false}, /* nobody saw it in between */
        {face_is_not_known, 0.1, false},
        {face_is_not_seen, 0.1, false},
        {face_may_be_either, 0.1, false},
        {face_looks_up, 0.1, false},
        {no_range_of_one, 0.1, false},
        {another_beside_it_is_elsewhere, 0.1, false},
        {another_beside_it_fits, 0.1, true},
    };
    double marks[2][3] = {{8, -2, 1}, {8, -3, 1}}; /* too near to each other for a pair */
    srand(seed);
    face = pi - 0.5;
    stand(marks, 2, 0.0);
    fusion_sinks none = {0};
    in.u.landmarks.count = 1;
    if (all[_i].change)
        all[_i].change();
    fusion_destroy(core); /* the settings are taken over when it is created */
    core = fusion_create(&set, &none);
    starts();
    again(all[_i].gap_s);
    ck_assert_int_eq(again(all[_i].gap_s), all[_i].starts);
    fusion_destroy(core);
    face = NAN;
}
END_TEST

/* A number that has been read wrong once. */
START_TEST (one_picture_that_differs_begins_anew) {
    double marks[1][3] = {{8, -2, 1}};
    srand(seed);
    face = pi - 0.5;
    stand(marks, 1, 0.0);
    float range_m = in.u.landmarks.landmarks[0].range_m;
    in.u.landmarks.landmarks[0].range_m *= 2.0f;
    ck_assert(!starts());
    in.u.landmarks.landmarks[0].range_m = range_m;
    ck_assert(!again(0.1));
    ck_assert(!again(0.1));
    ck_assert(again(0.1));
    fusion_destroy(core);
    face = NAN;
}
END_TEST

/* The heading has been lost, and is a right angle off: without a receiver the fiducials bring it back. */
START_TEST (a_lost_heading_comes_back) {
    double marks[2][3] = {{10, -4, 1}, {10, 4, 1}}, place2, turned;
    srand(seed);
    if (_i)
        face = pi + 0.5;
    stand(marks, 2, 0.0);
    starts();
    again(0.1);
    ck_assert(again(0.1));
    double off[3], q[4];
    for (int i = 0; i < 3; i++)
        off[i] = core->f.r_enu_ecef[2][i] * pi / 2;
    quat_exp(off, q);
    quat_mul(q, core->f.q_b_ecef, q);
    filter_place(&core->f, core->f.stamp_ns, core->f.position_ecef_m, core->f.velocity_ecef_mps, q);
    initialize_covariance(core, 1.0f, 1.0f, 1e-3f, 1.0f);
    initialize_watch_heading(core, in.stamp_ns);
    ck_assert(initialize_heading_lost(core));
    in.u.landmarks.count = _i ? 1 : 2;
    for (int i = 0; i < (_i ? 3 : 1); i++) {
        ck_assert(initialize_heading_lost(core));
        again(0.1);
    }
    ck_assert(!initialize_heading_lost(core));
    judge(&place2, &turned);
    ck_assert_double_lt(fabs(turned), 1.0);
    ck_assert_double_lt(place2, 1.0);
    fusion_destroy(core);
    face = NAN;
}
END_TEST

static void one(void)
{
    in.u.landmarks.count = 1;
}
static void no_range(void)
{
    in.u.landmarks.landmarks[1].range_m = NAN;
}
static void unknown(void)
{
    in.u.landmarks.landmarks[1].id = 99;
}
static void doubtful(void)
{
    in.u.landmarks.landmarks[1].score = 0.1f;
}
static void swapped_range(void)
{
    in.u.landmarks.landmarks[1].range_m *= 1.6f;
}
static void nothing(void)
{
}

START_TEST (too_little_is_no_pose) {
    static const struct {
        void (*change)(void);
        double marks[2][3];
        bool starts;
    } all[] = {
        {nothing, {{10, -4, 1}, {10, 4, 1}}, true},      {one, {{10, -4, 1}, {10, 4, 1}}, false},
        {no_range, {{10, -4, 1}, {10, 4, 1}}, false},    {unknown, {{10, -4, 1}, {10, 4, 1}}, false},
        {doubtful, {{10, -4, 1}, {10, 4, 1}}, false},    {swapped_range, {{10, -4, 1}, {10, 4, 1}}, false},
        {nothing, {{10, -0.5, 1}, {10, 0.5, 1}}, false}, /* too near to each other */
        {nothing, {{40, -2, 1}, {40, 2, 1}}, false},     /* the heading would be a guess */
    };
    double marks[2][3];
    srand(seed);
    memcpy(marks, all[_i].marks, sizeof marks);
    stand(marks, 2, 0.0);
    all[_i].change();
    ck_assert_int_eq(starts(), all[_i].starts);
    fusion_destroy(core);
}
END_TEST

/* A number that has been read wrong makes a pair fit that does not belong together: the third one knows. */
START_TEST (a_third_one_contradicts) {
    double marks[3][3] = {{10, -4, 1}, {10, 4, 1}, {14, 1, 1}};
    srand(seed);
    stand(marks, 3, 0.0);
    in.u.landmarks.landmarks[0].id = 2; /* left is right */
    in.u.landmarks.landmarks[1].id = 1;
    ck_assert(!starts());
    fusion_destroy(core);
}
END_TEST

/* Parked in one garage, restored in another: the first picture contradicts, and half a second later the pose
 * is where the fiducials say. */
START_TEST (a_saved_pose_gives_way_to_fiducials) {
    double marks[2][3] = {{10, -4, 1}, {10, 4, 1}};
    size_t size = fusion_state_size();
    void *saved = malloc(size);
    int64_t contradicted_ns = 0, back_ns = 0;
    srand(seed);
    stand(marks, 2, 0.0);
    ck_assert(starts());
    ck_assert_uint_eq(fusion_save(core, saved, size), size);
    fusion_destroy(core);
    stand(marks, 2, 0.0);
    ck_assert(fusion_restore(core, saved, size, 3600.0));
    for (int i = 0; i < 30; i++) {
        fusion_pose p;
        fusion_status status;
        in.stamp_ns = in.received_ns = 1000000000 + i * INT64_C(100000000);
        in.sequence = (uint32_t)i;
        ck_assert(fusion_push(core, &in));
        ck_assert(fusion_look_ahead(core, in.stamp_ns, &p, &status));
        double off = hypot(p.position_ecef_m[0] - truth[0], p.position_ecef_m[1] - truth[1]);
        bool contradicted = status.system_fault_mask >> FAULT_MOVED & 1;
        if (contradicted && contradicted_ns == 0)
            contradicted_ns = in.stamp_ns;
        ck_assert_msg(!p.usable || off < 1.0, "usable %g m off", off);
        if (off < 1.0 && back_ns == 0)
            back_ns = in.stamp_ns;
        ck_assert(back_ns == 0 || off < 1.0);
    }
    ck_assert_int_eq(contradicted_ns, 1000000000);
    ck_assert(back_ns > 0 && back_ns <= 1700000000);
    fusion_destroy(core);
    free(saved);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("marks");
    tcase_add_test(cases, two_or_more_are_a_pose);
    tcase_add_loop_test(cases, too_little_is_no_pose, 0, 8);
    tcase_add_test(cases, one_face_is_a_pose);
    tcase_add_loop_test(cases, a_face_that_says_too_little, 0, 9);
    tcase_add_test(cases, one_picture_that_differs_begins_anew);
    tcase_add_loop_test(cases, a_lost_heading_comes_back, 0, 2);
    tcase_add_test(cases, a_third_one_contradicts);
    tcase_add_test(cases, a_saved_pose_gives_way_to_fiducials);
    return run_cases("initialize marks", cases);
}
