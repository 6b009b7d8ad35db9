/* Every fault that one source alone can show: it rises and clears at the right time, nothing else does, and
 * the pose stays inside its covariance meanwhile. */
#include "tests/fusion/sim_watch.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The worst Mahalanobis distance that a drive of a minute may show: P = 0.999 of one independent error; the
 * slow error of the GNSS gives a minute little more than one. */
static const double worst_d = 3.72;

typedef void spoiler(frame *f, double t);

/* What happens to the frames of one source from..to. */
typedef struct {
    int source;
    double from, to;
    spoiler *spoil; /* NULL: they are lost */
    frame held;     /* the first of them, for spoilers that repeat */
    bool holding;
} trouble;

static bool meddle(void *context, double t, frame *f)
{
    trouble *m = context;
    if (f->source != m->source || t < m->from - 1e-6 || t >= m->to - 1e-6)
        return true;
    if (!m->spoil)
        return false;
    m->spoil(f, t);
    return true;
}

static sim_options with(trouble *m)
{
    sim_options o = sim_usual();
    o.sources |= SIM_BIT(SIM_CAMERA);
    o.change = meddle;
    o.context = m;
    return o;
}

/* For what happens at 20 s and is over two seconds later. */
static sim_options with_moment(trouble *m)
{
    sim_options o = with(m);
    o.seconds = 30.0;
    return o;
}

static void inside(const sim_watch *w, double from, double to)
{
    sim_score s = sim_judge(w, from, to);
    ck_assert_msg(s.worst_d < worst_d && s.worst_heading_d < 4.0 && s.worst_up_d < 4.0,
                  "errors in sigmas: %.2f, up %.2f, heading %.2f", s.worst_d, s.worst_up_d,
                  s.worst_heading_d);
    ck_assert_int_eq(s.usable, s.poses);
}

START_TEST (nothing_wrong) {
    trouble none = {.source = -1};
    sim_options o = with(&none);
    o.seed = (uint64_t)_i + 1;
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect_no_more(&w);
    inside(&w, 1.0, 60.0);
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
    trouble m = {.source = source, .from = 20.0, .to = 30.0};
    sim_options o = with(&m);
    sim_watch w;
    sim_run(&w, &o, NULL);
    double rise = silences[_i].last + silences[_i].stale_after, fall = silences[_i].first + 0.5;
    sim_expect(&w, source, FAULT_STALE, rise, rise + 0.2, fall, fall + 0.11);
    if (source == SIM_GNSS)
        sim_expect(&w, SIM_SYSTEM, FAULT_DEAD_RECKONING, 21.9, 22.1, 30.0, 30.2);
    sim_allow(&w, source, FAULT_SEQUENCE_GAP); /* they were counted and never came */
    sim_expect_no_more(&w);
    inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

/* Silence to the end stays flagged, and the state says so. */
START_TEST (stale_for_good) {
    trouble m = {.source = SIM_RADAR, .from = 20.0, .to = 100.0};
    sim_options o = with(&m);
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect(&w, SIM_RADAR, FAULT_STALE, 20.9, 21.1, INFINITY, INFINITY);
    sim_expect_no_more(&w);
    ck_assert_int_eq(w.status.sources[SIM_RADAR].state, SOURCE_STATE_STALE);
    ck_assert_int_eq(w.status.mode, MODE_DEGRADED);
    sim_done(&w);
}
END_TEST

/* ---- values that cannot be: one frame, at 20 s */

static void latitude_nan(frame *f, double t)
{
    (void)t;
    f->u.gnss.latitude_rad = (double)NAN;
}

static void latitude_inf(frame *f, double t)
{
    (void)t;
    f->u.gnss.latitude_rad = (double)INFINITY;
}

static void latitude_degrees(frame *f, double t)
{
    (void)t;
    f->u.gnss.latitude_rad = 48.1;
}

static void longitude_nan(frame *f, double t)
{
    (void)t;
    f->u.gnss.longitude_rad = (double)NAN;
}

static void longitude_turn(frame *f, double t)
{
    (void)t;
    f->u.gnss.longitude_rad += 6.283185307179586;
}

static void height_inf(frame *f, double t)
{
    (void)t;
    f->u.gnss.height_m = -(double)INFINITY;
}

static void height_huge(frame *f, double t)
{
    (void)t;
    f->u.gnss.height_m = 1e9;
}

static void accuracy_inf(frame *f, double t)
{
    (void)t;
    f->u.gnss.h_acc_m = INFINITY;
}

static void accuracy_negative(frame *f, double t)
{
    (void)t;
    f->u.gnss.v_acc_m = -1.0f;
}

static void velocity_inf(frame *f, double t)
{
    (void)t;
    f->u.gnss.velocity_enu_mps[1] = INFINITY;
}

static void velocity_huge(frame *f, double t)
{
    (void)t;
    f->u.gnss.velocity_enu_mps[2] = -1e30f;
}

static void velocity_accuracy_inf(frame *f, double t)
{
    (void)t;
    f->u.gnss.speed_acc_mps = INFINITY;
}

static void course_huge(frame *f, double t)
{
    (void)t;
    f->u.gnss.course_rad = 270.0f;
}

static void gyro_inf(frame *f, double t)
{
    (void)t;
    f->u.imu.gyro_radps[0] = INFINITY;
}

static void gyro_huge(frame *f, double t)
{
    (void)t;
    f->u.imu.gyro_radps[2] = -1e6f;
}

static void accel_inf(frame *f, double t)
{
    (void)t;
    f->u.imu.accel_mps2[1] = -INFINITY;
}

static void accel_huge(frame *f, double t)
{
    (void)t;
    f->u.imu.accel_mps2[2] = 1e30f;
}

static void wheel_inf(frame *f, double t)
{
    (void)t;
    f->u.wheel.wheel_mps[3] = INFINITY;
}

static void wheel_huge(frame *f, double t)
{
    (void)t;
    f->u.wheel.speed_mps = 655.35f; /* the bus's "not valid" */
}

static void yaw_rate_inf(frame *f, double t)
{
    (void)t;
    f->u.wheel.yaw_rate_radps = -INFINITY;
}

static void range_nan(frame *f, double t)
{
    (void)t;
    f->u.radar.detections[2].range_m = NAN;
}

static void range_negative(frame *f, double t)
{
    (void)t;
    f->u.radar.detections[0].range_m = -3.0f;
}

static void doppler_inf(frame *f, double t)
{
    (void)t;
    f->u.radar.detections[7].doppler_mps = INFINITY;
}

static void azimuth_degrees(frame *f, double t)
{
    (void)t;
    f->u.radar.detections[1].azimuth_rad = 40.0f;
}

static const struct {
    const char *legend;
    int source;
    spoiler *spoil;
} wrong[] = {
    {"latitude not a number", SIM_GNSS, latitude_nan},
    {"latitude infinite", SIM_GNSS, latitude_inf},
    {"latitude in degrees", SIM_GNSS, latitude_degrees},
    {"longitude not a number", SIM_GNSS, longitude_nan},
    {"longitude a turn on", SIM_GNSS, longitude_turn},
    {"height infinite", SIM_GNSS, height_inf},
    {"height huge", SIM_GNSS, height_huge},
    {"accuracy infinite", SIM_GNSS, accuracy_inf},
    {"accuracy negative", SIM_GNSS, accuracy_negative},
    {"velocity infinite", SIM_GNSS, velocity_inf},
    {"velocity huge", SIM_GNSS, velocity_huge},
    {"velocity's accuracy infinite", SIM_GNSS, velocity_accuracy_inf},
    {"course in degrees", SIM_GNSS, course_huge},
    {"gyro infinite", SIM_IMU, gyro_inf},
    {"gyro huge", SIM_IMU, gyro_huge},
    {"accelerometer infinite", SIM_IMU, accel_inf},
    {"accelerometer huge", SIM_IMU, accel_huge},
    {"wheel infinite", SIM_WHEEL, wheel_inf},
    {"speed not valid", SIM_WHEEL, wheel_huge},
    {"yaw rate infinite", SIM_WHEEL, yaw_rate_inf},
    {"range not a number", SIM_RADAR, range_nan},
    {"range negative", SIM_RADAR, range_negative},
    {"range rate infinite", SIM_RADAR, doppler_inf},
    {"azimuth in degrees", SIM_RADAR, azimuth_degrees},
};

static const double first_at[SIM_SOURCES] = {20.0, 20.0, 20.0, 20.035, 20.015, 20.0};
static const double interval[SIM_SOURCES] = {0.1, 0.01, 0.02, 0.1, 0.1, 0.1};

START_TEST (out_of_range) {
    int source = wrong[_i].source;
    double at = first_at[source];
    trouble m = {.source = source, .from = at - 0.001, .to = at + 0.001, .spoil = wrong[_i].spoil};
    sim_options o = with_moment(&m);
    sim_watch w;
    sim_run(&w, &o, NULL);
    double fall = at + interval[source] + 1.0; /* the next good frame starts the second */
    sim_expect(&w, source, FAULT_OUT_OF_RANGE, at, at, fall, fall + interval[source]);
    sim_expect_no_more(&w);
    inside(&w, 1.0, 30.0);
    ck_assert_uint_eq(w.status.sources[source].rejected, 1);
    sim_done(&w);
}
END_TEST

/* ---- stamps and sequences */

static void from_the_future(frame *f, double t)
{
    (void)t;
    f->stamp_ns += 1000000000;
}

static void from_long_ago(frame *f, double t)
{
    (void)t;
    f->stamp_ns -= INT64_C(8000000000);
}

static void backwards(frame *f, double t)
{
    (void)t;
    f->stamp_ns -= 250000000;
}

static const struct {
    const char *legend;
    int source;
    spoiler *spoil;
} stamps[] = {
    {"gnss from the future", SIM_GNSS, from_the_future},
    {"imu from the future", SIM_IMU, from_the_future},
    {"wheels from the future", SIM_WHEEL, from_the_future},
    {"gnss from long ago", SIM_GNSS, from_long_ago},
    {"imu from long ago", SIM_IMU, from_long_ago},
    {"gnss backwards", SIM_GNSS, backwards},
    {"imu backwards", SIM_IMU, backwards},
};

/* One frame with a wrong stamp: an alarm of two seconds at most, no loss of what the source gives. */
START_TEST (time_jump) {
    int source = stamps[_i].source;
    trouble m = {.source = source, .from = 19.999, .to = 20.001, .spoil = stamps[_i].spoil};
    sim_options o = with_moment(&m);
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect(&w, source, FAULT_TIME_JUMP, 19.4, 20.1, 21.4, 22.2);
    sim_allow(&w, source, FAULT_SEQUENCE_GAP); /* where it should have been, one is missing */
    if (stamps[_i].spoil == backwards && source == SIM_GNSS)
        sim_expect(&w, source, FAULT_JUMP, 19.75, 19.75, 22.8, 22.9); /* it is where the vehicle was not */
    sim_expect_no_more(&w);
    inside(&w, 1.0, 30.0);
    sim_done(&w);
}
END_TEST

/* A clock that runs too slow for two seconds, and is put right. */
static void lag_behind(frame *f, double t)
{
    f->stamp_ns -= llround(fmin(0.15 * (t - 20.0), 0.3) * 1e9);
}

/* A link that is congested: nothing is wrong with its stamps. */
static void come_late(frame *f, double t)
{
    (void)t;
    f->received_ns += 300000000;
}

/* A stamp that leaps forward by more than the gap that is allowed, while reception does not. */
START_TEST (stamps_leap) {
    static const struct {
        double max_gap_s;
        spoiler *spoil;
        bool flagged;
    } all[] = {{0.25, lag_behind, true}, {60.0, lag_behind, false}, {0.25, come_late, false}};
    trouble m = {.source = SIM_CAMERA, .from = 20.0, .to = 24.0, .spoil = all[_i].spoil};
    sim_options o = with(&m);
    settings s;
    sim_watch w;
    sim_settings(&s);
    s.sources[SIM_CAMERA].max_gap_s = all[_i].max_gap_s;
    sim_run(&w, &o, &s);
    if (all[_i].flagged)
        sim_expect(&w, SIM_CAMERA, FAULT_TIME_JUMP, 23.9, 24.1, 26.0, 26.2);
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

static void repeat_sequence(frame *f, double t)
{
    (void)t;
    f->sequence--;
}

START_TEST (sequence_gap) {
    int source = _i;
    double at = first_at[source], step = interval[source];
    trouble m = {.source = source, .from = at - 0.001, .to = at + 2.5 * step};
    sim_options o = with_moment(&m);
    sim_watch w;
    sim_run(&w, &o, NULL);
    double rise = at + 3 * step, fall = rise + step + 2.0;
    sim_expect(&w, source, FAULT_SEQUENCE_GAP, rise, rise, fall, fall + step);
    sim_expect_no_more(&w);
    inside(&w, 1.0, 30.0);
    sim_done(&w);
}
END_TEST

START_TEST (sequence_repeats) {
    trouble m = {.source = SIM_WHEEL, .from = 19.999, .to = 20.001, .spoil = repeat_sequence};
    sim_options o = with_moment(&m);
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect(&w, SIM_WHEEL, FAULT_SEQUENCE_GAP, 20.0, 20.0, 22.04, 22.06);
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

static void no_counting(frame *f, double t)
{
    (void)t;
    f->sequence = 0;
}

/* A source that does not count sends nought throughout, and is not blamed. */
START_TEST (no_sequence) {
    trouble m = {.source = SIM_IMU, .from = 0.0, .to = 61.0, .spoil = no_counting};
    sim_options o = with(&m);
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

/* A receiver that stamps its fixes by their reception, and one of them comes after the next. */
static void overtaken(frame *f, double t)
{
    if (t > 19.95 && t < 20.05)
        f->stamp_ns += 150000000;
    f->received_ns = f->stamp_ns;
}

START_TEST (overtaken_on_the_way) {
    trouble m = {.source = SIM_GNSS, .from = 0.0, .to = 61.0, .spoil = overtaken};
    sim_options o = with(&m);
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect_no_more(&w);
    ck_assert_uint_eq(w.status.sources[SIM_GNSS].late, 1);
    ck_assert_uint_eq(w.status.sources[SIM_GNSS].rejected, 0);
    inside(&w, 1.0, 30.0);
    sim_done(&w);
}
END_TEST

static void delayed(frame *f, double t)
{
    (void)t;
    f->received_ns += 900000000;
}

START_TEST (late) {
    trouble m = {.source = SIM_WHEEL, .from = 19.999, .to = 20.001, .spoil = delayed};
    sim_options o = with_moment(&m);
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect(&w, SIM_WHEEL, FAULT_LATE, 20.3, 20.5, 22.3, 22.6);
    sim_expect(&w, SIM_WHEEL, FAULT_SEQUENCE_GAP, 20.04, 20.04, 22.06, 22.08); /* nor has it been overtaken */
    sim_expect_no_more(&w);
    ck_assert_uint_eq(w.status.sources[SIM_WHEEL].late, 1);
    inside(&w, 1.0, 30.0);
    sim_done(&w);
}
END_TEST

/* ---- what the receiver or camera says of itself */

static void no_fix(frame *f, double t)
{
    (void)t;
    f->u.gnss.fix = GNSS_FIX_NONE;
    f->u.gnss.latitude_rad = f->u.gnss.longitude_rad = f->u.gnss.height_m = (double)NAN;
}

static void jammed(frame *f, double t)
{
    (void)t;
    f->u.gnss.jamming = 0.9f;
}

static void spoofed(frame *f, double t)
{
    (void)t;
    f->u.gnss.spoofing = 0.9f;
}

static void dazzled(frame *f, double t)
{
    (void)t;
    f->u.camera_health.saturated_fraction = 0.6f;
}

static void dark(frame *f, double t)
{
    (void)t;
    f->u.camera_health.dark_fraction = 0.95f;
}

static void glaring(frame *f, double t)
{
    (void)t;
    f->u.camera_health.saturated_fraction = 0.1f;
    f->u.camera_health.contrast *= 0.1f;
}

static void blurred(frame *f, double t)
{
    (void)t;
    f->u.camera_health.sharpness = 0.1f;
}

static void blocked(frame *f, double t)
{
    (void)t;
    f->u.camera_health.blocked_fraction = 0.9f;
}

static void unknown_health(frame *f, double t)
{
    (void)t;
    f->u.camera_health = (frame_camera_health){NAN, NAN, NAN, NAN, NAN, NAN};
}

static const struct {
    const char *legend;
    int source;
    spoiler *spoil;
    fault_code code;
    bool dead_reckoning; /* no position meanwhile */
} self_reports[] = {
    {"no fix", SIM_GNSS, no_fix, FAULT_NO_FIX, true},
    {"jammed", SIM_GNSS, jammed, FAULT_JAMMED, false},
    {"spoofed", SIM_GNSS, spoofed, FAULT_SPOOFED, true},
    {"overexposed", SIM_CAMERA, dazzled, FAULT_OVEREXPOSED, false},
    {"underexposed", SIM_CAMERA, dark, FAULT_UNDEREXPOSED, false},
    {"glare", SIM_CAMERA, glaring, FAULT_GLARE, false},
    {"blurred", SIM_CAMERA, blurred, FAULT_BLURRED, false},
    {"blocked", SIM_CAMERA, blocked, FAULT_BLOCKED, false},
};

START_TEST (says_so_itself) {
    int source = self_reports[_i].source;
    const fault_info *info = fault_describe(self_reports[_i].code);
    trouble m = {.source = source, .from = 20.0, .to = 30.0, .spoil = self_reports[_i].spoil};
    sim_options o = with(&m);
    sim_watch w;
    sim_run(&w, &o, NULL);
    double at = first_at[source], rise = at + info->raise_s, fall = at + 10.0 + info->clear_s;
    sim_expect(&w, source, self_reports[_i].code, rise, rise + 0.1, fall, fall + 0.1);
    if (self_reports[_i].dead_reckoning)
        sim_expect(&w, SIM_SYSTEM, FAULT_DEAD_RECKONING, 21.9, 22.7, 30.0, fall + 0.2);
    sim_expect_no_more(&w);
    inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

/* A single frame of it says nothing. */
START_TEST (says_so_once) {
    int source = self_reports[_i].source;
    double at = first_at[source];
    trouble m = {.source = source, .from = at - 0.01, .to = at + 0.01, .spoil = self_reports[_i].spoil};
    sim_options o = with(&m);
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

/* A camera that cannot tell is not blamed; a receiver without a fix is flagged before there is a pose as
 * well. */
START_TEST (says_nothing) {
    trouble m = {.source = SIM_CAMERA, .from = 20.0, .to = 30.0, .spoil = unknown_health};
    sim_options o = with(&m);
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_allow(&w, SIM_CAMERA, FAULT_FROZEN); /* the same nothing, to the last bit */
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

START_TEST (no_fix_from_the_start) {
    trouble m = {.source = SIM_GNSS, .from = 0.0, .to = 10.0, .spoil = no_fix};
    sim_options o = with(&m);
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect(&w, SIM_GNSS, FAULT_NO_FIX, 0.5, 0.6, 11.0, 11.1);
    sim_expect_no_more(&w);
    ck_assert_int_eq(sim_judge(&w, 0.0, 10.0).usable, 0);
    inside(&w, 10.2, 60.0);
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
    tcase_add_loop_test(cases, time_jump, 0, (int)(sizeof stamps / sizeof *stamps));
    tcase_add_loop_test(cases, stamps_leap, 0, 3);
    tcase_add_loop_test(cases, sequence_gap, 0, SIM_SECOND_GNSS);
    tcase_add_test(cases, sequence_repeats);
    tcase_add_test(cases, no_sequence);
    tcase_add_test(cases, overtaken_on_the_way);
    tcase_add_test(cases, late);
    tcase_add_loop_test(cases, says_so_itself, 0, (int)(sizeof self_reports / sizeof *self_reports));
    tcase_add_loop_test(cases, says_so_once, 0, (int)(sizeof self_reports / sizeof *self_reports));
    tcase_add_test(cases, says_nothing);
    tcase_add_test(cases, no_fix_from_the_start);
    return run_cases("monitor", cases);
}
