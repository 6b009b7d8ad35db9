/* Every fault that one source alone can show by what it says, or by saying nothing: it rises and clears at
 * the right time, nothing else does, and the pose stays inside its covariance meanwhile. */
#include "tests/fusion/sim_trouble.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

static void drive(sim_watch *w, sim_trouble *m, double seconds)
{
    sim_options o = sim_with_trouble(m);
    o.sources |= SIM_BIT(SIM_CAMERA);
    o.seconds = seconds;
    sim_run(w, &o, NULL);
}

START_TEST (nothing_wrong) {
    sim_trouble none = {.source = -1};
    sim_options o = sim_with_trouble(&none);
    o.sources |= SIM_BIT(SIM_CAMERA);
    o.seed = (uint64_t)_i + 1;
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect_no_more(&w);
    sim_usable_inside(&w, 1.0, 60.0);
    ck_assert_int_eq(w.status.mode, MODE_NOMINAL);
    ck_assert_int_eq(w.status.sources[SIM_SECOND_GNSS].state, SOURCE_STATE_NEVER_SEEN);
    for (int i = 0; i < SIM_SECOND_GNSS; i++)
        ck_assert_int_eq(w.status.sources[i].state, SOURCE_STATE_ALIVE);
    sim_done(&w);
}
END_TEST

/* ---- silence: the last frame is one interval before 20 s, the first again at 30 s */

static const struct {
    const char *legend;
    int source;
    double last, stale_after, first;
} silences[] = {
    {"gnss, 10 Hz", SIM_GNSS, 19.9, 3.0, 30.0},         {"imu, 100 Hz", SIM_IMU, 19.99, 0.25, 30.0},
    {"wheels, 50 Hz", SIM_WHEEL, 19.98, 0.5, 30.0},     {"radar, 10 Hz", SIM_RADAR, 19.935, 1.0, 30.035},
    {"camera, 10 Hz", SIM_CAMERA, 19.915, 1.0, 30.015},
};

START_TEST (stale) {
    int source = silences[_i].source;
    sim_trouble m = {.source = source, .from = 20.0, .to = 30.0};
    sim_watch w;
    drive(&w, &m, 60.0);
    double rise = silences[_i].last + silences[_i].stale_after, fall = silences[_i].first + 0.5;
    sim_expect(&w, source, FAULT_STALE, rise, rise + 0.2, fall, fall + 0.11);
    if (source == SIM_GNSS)
        sim_expect(&w, SIM_SYSTEM, FAULT_DEAD_RECKONING, 21.9, 22.1, 30.0, 30.2);
    sim_allow(&w, source, FAULT_SEQUENCE_GAP); /* they were counted and never came */
    sim_expect_no_more(&w);
    sim_usable_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

/* Silence to the end stays flagged, and the state says so. */
START_TEST (stale_for_good) {
    sim_trouble m = {.source = SIM_RADAR, .from = 20.0, .to = 100.0};
    sim_watch w;
    drive(&w, &m, 60.0);
    sim_expect(&w, SIM_RADAR, FAULT_STALE, 20.9, 21.1, INFINITY, INFINITY);
    sim_expect_no_more(&w);
    ck_assert_int_eq(w.status.sources[SIM_RADAR].state, SOURCE_STATE_STALE);
    ck_assert_int_eq(w.status.mode, MODE_DEGRADED);
    sim_done(&w);
}
END_TEST

/* ---- values that cannot be: one frame, at 20 s */

/* What stands in a field of the frame instead. */
typedef struct {
    size_t field;
    bool is_double; /* else float */
    double value;
} wrong_value;

#define FLOAT(member, value) offsetof(frame, u.member), false, (double)(value)
#define DOUBLE(member, value) offsetof(frame, u.member), true, (double)(value)

static void put_value(sim_trouble *m, frame *f)
{
    const wrong_value *v = m->context;
    unsigned char *field = (unsigned char *)f + v->field;
    const float single = (float)v->value;
    if (v->is_double)
        memcpy(field, &v->value, sizeof v->value);
    else
        memcpy(field, &single, sizeof single);
}

static const double turn_rad = 6.283185307179586;

static void longitude_turn(sim_trouble *m, frame *f)
{
    (void)m;
    f->u.gnss.longitude_rad += turn_rad;
}

static const struct {
    const char *legend;
    int source;
    wrong_value value;
    sim_spoiler *spoil; /* NULL: the value is put */
} wrong[] = {
    {"latitude not a number", SIM_GNSS, {DOUBLE(gnss.latitude_rad, NAN)}, NULL},
    {"latitude infinite", SIM_GNSS, {DOUBLE(gnss.latitude_rad, INFINITY)}, NULL},
    {"latitude in degrees", SIM_GNSS, {DOUBLE(gnss.latitude_rad, 48.1)}, NULL},
    {"longitude not a number", SIM_GNSS, {DOUBLE(gnss.longitude_rad, NAN)}, NULL},
    {"longitude a turn on", SIM_GNSS, {0, false, 0.0}, longitude_turn},
    {"height infinite", SIM_GNSS, {DOUBLE(gnss.height_m, -INFINITY)}, NULL},
    {"height huge", SIM_GNSS, {DOUBLE(gnss.height_m, 1e9)}, NULL},
    {"accuracy infinite", SIM_GNSS, {FLOAT(gnss.h_acc_m, INFINITY)}, NULL},
    {"accuracy negative", SIM_GNSS, {FLOAT(gnss.v_acc_m, -1.0)}, NULL},
    {"velocity infinite", SIM_GNSS, {FLOAT(gnss.velocity_enu_mps[1], INFINITY)}, NULL},
    {"velocity huge", SIM_GNSS, {FLOAT(gnss.velocity_enu_mps[2], -1e30)}, NULL},
    {"velocity's accuracy infinite", SIM_GNSS, {FLOAT(gnss.speed_acc_mps, INFINITY)}, NULL},
    {"course in degrees", SIM_GNSS, {FLOAT(gnss.course_rad, 270.0)}, NULL},
    {"gyro infinite", SIM_IMU, {FLOAT(imu.gyro_radps[0], INFINITY)}, NULL},
    {"gyro huge", SIM_IMU, {FLOAT(imu.gyro_radps[2], -1e6)}, NULL},
    {"accelerometer infinite", SIM_IMU, {FLOAT(imu.accel_mps2[1], -INFINITY)}, NULL},
    {"accelerometer huge", SIM_IMU, {FLOAT(imu.accel_mps2[2], 1e30)}, NULL},
    {"wheel infinite", SIM_WHEEL, {FLOAT(wheel.wheel_mps[3], INFINITY)}, NULL},
    {"speed that says not valid on the bus", SIM_WHEEL, {FLOAT(wheel.speed_mps, 655.35)}, NULL},
    {"yaw rate infinite", SIM_WHEEL, {FLOAT(wheel.yaw_rate_radps, -INFINITY)}, NULL},
    {"range not a number", SIM_RADAR, {FLOAT(radar.detections[2].range_m, NAN)}, NULL},
    {"range negative", SIM_RADAR, {FLOAT(radar.detections[0].range_m, -3.0)}, NULL},
    {"range rate infinite", SIM_RADAR, {FLOAT(radar.detections[7].doppler_mps, INFINITY)}, NULL},
    {"azimuth in degrees", SIM_RADAR, {FLOAT(radar.detections[1].azimuth_rad, 40.0)}, NULL},
};

static const double first_at[SIM_SOURCES] = {20.0, 20.0, 20.0, 20.035, 20.015, 20.0};
static const double interval[SIM_SOURCES] = {0.1, 0.01, 0.02, 0.1, 0.1, 0.1};

START_TEST (out_of_range) {
    int source = wrong[_i].source;
    double at = first_at[source];
    sim_trouble m = {.source = source,
                     .from = at - 0.001,
                     .to = at + 0.001,
                     .spoil = wrong[_i].spoil ? wrong[_i].spoil : put_value,
                     .context = &wrong[_i].value};
    sim_watch w;
    drive(&w, &m, 30.0);
    double fall = at + interval[source] + 1.0; /* the next good frame starts the second */
    sim_expect(&w, source, FAULT_OUT_OF_RANGE, at, at, fall, fall + interval[source]);
    sim_expect_no_more(&w);
    sim_usable_inside(&w, 1.0, 30.0);
    ck_assert_uint_eq(w.status.sources[source].rejected, 1);
    sim_done(&w);
}
END_TEST

/* ---- what the receiver or camera says of itself */

static void no_fix(sim_trouble *m, frame *f)
{
    (void)m;
    f->u.gnss.fix = GNSS_FIX_NONE;
    f->u.gnss.latitude_rad = f->u.gnss.longitude_rad = f->u.gnss.height_m = (double)NAN;
}

static void glaring(sim_trouble *m, frame *f)
{
    (void)m;
    f->u.camera_health.saturated_fraction = 0.1f;
    f->u.camera_health.contrast *= 0.1f;
}

static void unknown_health(sim_trouble *m, frame *f)
{
    (void)m;
    f->u.camera_health = (frame_camera_health){NAN, NAN, NAN, NAN, NAN, NAN};
}

static const struct {
    const char *legend;
    int source;
    wrong_value value;
    sim_spoiler *spoil; /* NULL: the value is put */
    fault_code code;
    bool dead_reckoning; /* no position meanwhile */
} self_reports[] = {
    {"no fix", SIM_GNSS, {0, false, 0.0}, no_fix, FAULT_NO_FIX, true},
    {"jammed", SIM_GNSS, {FLOAT(gnss.jamming, 0.9)}, NULL, FAULT_JAMMED, false},
    {"spoofed", SIM_GNSS, {FLOAT(gnss.spoofing, 0.9)}, NULL, FAULT_SPOOFED, true},
    {"overexposed",
     SIM_CAMERA,
     {FLOAT(camera_health.saturated_fraction, 0.6)},
     NULL,
     FAULT_OVEREXPOSED,
     false},
    {"underexposed", SIM_CAMERA, {FLOAT(camera_health.dark_fraction, 0.95)}, NULL, FAULT_UNDEREXPOSED, false},
    {"glare", SIM_CAMERA, {0, false, 0.0}, glaring, FAULT_GLARE, false},
    {"blurred", SIM_CAMERA, {FLOAT(camera_health.sharpness, 0.1)}, NULL, FAULT_BLURRED, false},
    {"blocked", SIM_CAMERA, {FLOAT(camera_health.blocked_fraction, 0.9)}, NULL, FAULT_BLOCKED, false},
};

/* That report, from..to. */
static sim_trouble report(int i, double from, double to)
{
    return (sim_trouble){.source = self_reports[i].source,
                         .from = from,
                         .to = to,
                         .spoil = self_reports[i].spoil ? self_reports[i].spoil : put_value,
                         .context = &self_reports[i].value};
}

START_TEST (says_so_itself) {
    int source = self_reports[_i].source;
    const fault_info *info = fault_describe(self_reports[_i].code);
    sim_trouble m = report(_i, 20.0, 30.0);
    sim_watch w;
    drive(&w, &m, 60.0);
    double at = first_at[source], rise = at + info->raise_s, fall = at + 10.0 + info->clear_s;
    sim_expect(&w, source, self_reports[_i].code, rise, rise + 0.1, fall, fall + 0.1);
    if (self_reports[_i].dead_reckoning)
        sim_expect(&w, SIM_SYSTEM, FAULT_DEAD_RECKONING, 21.9, 22.7, 30.0, fall + 0.2);
    sim_expect_no_more(&w);
    sim_usable_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

/* A single frame of it says nothing. */
START_TEST (says_so_once) {
    double at = first_at[self_reports[_i].source];
    sim_trouble m = report(_i, at - 0.01, at + 0.01);
    sim_watch w;
    drive(&w, &m, 60.0);
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

/* A camera that cannot tell is not blamed; a receiver without a fix is flagged before there is a pose as
 * well. */
START_TEST (says_nothing) {
    sim_trouble m = {.source = SIM_CAMERA, .from = 20.0, .to = 30.0, .spoil = unknown_health};
    sim_watch w;
    drive(&w, &m, 60.0);
    sim_allow(&w, SIM_CAMERA, FAULT_FROZEN); /* the same nothing, to the last bit */
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

START_TEST (no_fix_from_the_start) {
    sim_trouble m = {.source = SIM_GNSS, .from = 0.0, .to = 10.0, .spoil = no_fix};
    sim_watch w;
    drive(&w, &m, 60.0);
    sim_expect(&w, SIM_GNSS, FAULT_NO_FIX, 0.5, 0.6, 11.0, 11.1);
    sim_expect_no_more(&w);
    ck_assert_int_eq(sim_judge(&w, 0.0, 10.0).usable, 0);
    sim_usable_inside(&w, 10.2, 60.0);
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("monitor");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, nothing_wrong, 0, seeds(5));
    tcase_add_loop_test(cases, stale, 0, (int)(sizeof silences / sizeof *silences));
    tcase_add_test(cases, stale_for_good);
    tcase_add_loop_test(cases, out_of_range, 0, (int)(sizeof wrong / sizeof *wrong));
    tcase_add_loop_test(cases, says_so_itself, 0, (int)(sizeof self_reports / sizeof *self_reports));
    tcase_add_loop_test(cases, says_so_once, 0, (int)(sizeof self_reports / sizeof *self_reports));
    tcase_add_test(cases, says_nothing);
    tcase_add_test(cases, no_fix_from_the_start);
    return run_cases("monitor", cases);
}
