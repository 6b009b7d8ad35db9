/* Sources that go on speaking and are wrong: frozen, noisy, off, slipping, saturated; and gaps in time. */
#include "tests/fusion/sim_trouble.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void drive(sim_watch *w, sim_trouble *m, sim_motion *motion)
{
    sim_options o = sim_with_trouble(m);
    o.motion = motion;
    sim_run(w, &o, NULL);
}

/* ---- frozen */

static void freeze(sim_trouble *m, frame *f)
{
    if (!m->holding)
        m->held = *f;
    m->holding = true;
    m->held.stamp_ns = f->stamp_ns;
    m->held.received_ns = f->received_ns;
    m->held.sequence = f->sequence;
    *f = m->held;
}

/* Ten seconds from 20 s on; repeats are counted from the second frame on. */
static const struct {
    int source;
    double first, after, again;
} frozen[] = {{SIM_GNSS, 20.0, 2.0, 30.0}, {SIM_IMU, 20.0, 0.5, 30.0}, {SIM_RADAR, 20.035, 2.0, 30.035}};

START_TEST (frozen_while_moving) {
    sim_trouble m = {.source = frozen[_i].source, .from = 20.0, .to = 30.0, .spoil = freeze};
    sim_watch w;
    drive(&w, &m, sim_city);
    double rise = frozen[_i].first + frozen[_i].after, fall = frozen[_i].again + 0.5;
    sim_expect(&w, m.source, FAULT_FROZEN, rise - 0.011, rise + 0.011, fall, fall + 0.011);
    if (m.source == SIM_GNSS) /* a fix that stays behind is not fused, known to be frozen or not */
        sim_expect(&w, SIM_SYSTEM, FAULT_DEAD_RECKONING, 22.0, 22.4, 30.0, 30.6);
    sim_expect_no_more(&w);
    sim_usable_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

/* A bus that hangs repeats the wheels' last speeds; known from 25 repeats on. */
START_TEST (wheels_frozen_while_moving) {
    sim_trouble m = {.source = SIM_WHEEL, .from = 20.0, .to = 30.0, .spoil = freeze};
    sim_watch w;
    drive(&w, &m, sim_city);
    sim_expect(&w, SIM_WHEEL, FAULT_FROZEN, 20.49, 20.53, 30.4, 30.6);
    sim_expect_no_more(&w);
    sim_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

/* Drives, stands from 25 s to 45 s, drives on. */
static void with_a_stop(double t, double *speed, double *yaw_rate)
{
    const double pi = 3.14159265358979323846;
    double a = t < 20.0   ? 1.0
               : t < 25.0 ? 0.5 + 0.5 * cos((t - 20.0) / 5.0 * pi)
               : t < 45.0 ? 0.0
               : t < 50.0 ? 0.5 - 0.5 * cos((t - 45.0) / 5.0 * pi)
                          : 1.0;
    *speed = 12.0 * a;
    *yaw_rate = 0.1 * a * sin(0.3 * t);
}

/* It hangs while the vehicle drives, and still does when it has come to rest. */
START_TEST (wheels_frozen_until_rest) {
    sim_trouble m = {.source = SIM_WHEEL, .from = 18.0, .to = 40.0, .spoil = freeze};
    sim_watch w;
    drive(&w, &m, with_a_stop);
    sim_expect(&w, SIM_WHEEL, FAULT_FROZEN, 18.49, 18.53, 40.4, 40.6);
    sim_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

/* A speed with steps of 1 m/s repeats itself for seconds where the vehicle keeps to its speed. */
static void coarse(sim_trouble *m, frame *f)
{
    (void)m;
    for (int i = 0; i < 4; i++)
        f->u.wheel.wheel_mps[i] = NAN;
    f->u.wheel.speed_mps = roundf(f->u.wheel.speed_mps);
}

START_TEST (coarse_speed_is_not_frozen) {
    sim_trouble m = {.source = SIM_WHEEL, .from = 0.0, .to = 60.0, .spoil = coarse};
    sim_watch w;
    drive(&w, &m, sim_city);
    for (int i = 0; i < w.fault_count; i++)
        ck_assert_msg(w.faults[i].code != FAULT_FROZEN, "FROZEN at %.2f", w.faults[i].from);
    sim_done(&w);
}
END_TEST

/* A road without signs: what a camera lists is nothing, the same each time. */
static void nothing_to_see(sim_trouble *m, frame *f)
{
    (void)m;
    f->kind = FRAME_LANDMARKS;
    memset(&f->u, 0, sizeof f->u);
}

START_TEST (nothing_to_see_is_not_frozen) {
    sim_trouble m = {.source = SIM_CAMERA, .from = 5.0, .to = 60.0, .spoil = nothing_to_see};
    sim_options o = sim_with_trouble(&m);
    sim_watch w;
    o.sources |= SIM_BIT(SIM_CAMERA);
    sim_run(&w, &o, NULL);
    for (int i = 0; i < w.fault_count; i++)
        ck_assert_msg(w.faults[i].code != FAULT_FROZEN, "FROZEN at %.2f", w.faults[i].from);
    sim_done(&w);
}
END_TEST

START_TEST (same_payload_at_rest) {
    static const int sources[] = {SIM_GNSS, SIM_WHEEL, SIM_RADAR};
    sim_trouble m = {.source = sources[_i], .from = 26.0, .to = 44.0, .spoil = freeze};
    sim_watch w;
    drive(&w, &m, with_a_stop);
    for (int i = 0; i < w.fault_count; i++)
        ck_assert_msg(w.faults[i].code != FAULT_FROZEN, "FROZEN at %.2f", w.faults[i].from);
    sim_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

/* A receiver that holds its fix while the vehicle waits to start. */
START_TEST (same_fix_before_the_start) {
    sim_trouble m = {.source = SIM_GNSS, .from = 0.0, .to = 19.5, .spoil = freeze};
    sim_watch w;
    drive(&w, &m, sim_start);
    sim_expect_no_more(&w);
    ck_assert_int_eq(sim_judge(&w, 0.0, 20.0).usable, 0);
    sim_inside(&w, 24.0, 60.0);
    sim_done(&w);
}
END_TEST

/* ---- off */

static void north_25(sim_trouble *m, frame *f)
{
    (void)m;
    f->u.gnss.latitude_rad += 25.0 / 6.37e6;
}

/* 25 m off for 8 s, and back. */
START_TEST (jump_and_back) {
    sim_trouble m = {.source = SIM_GNSS, .from = 20.0, .to = 28.0, .spoil = north_25};
    sim_watch w;
    drive(&w, &m, sim_city);
    sim_expect(&w, SIM_GNSS, FAULT_JUMP, 20.0, 20.0, 31.0, 31.1);
    sim_expect(&w, SIM_SYSTEM, FAULT_DEAD_RECKONING, 22.0, 22.1, 28.0, 28.2);
    sim_expect_no_more(&w);
    sim_inside(&w, 1.0, 60.0);
    ck_assert_double_lt(sim_judge(&w, 20.0, 60.0).worst_m, 3.0);
    sim_done(&w);
}
END_TEST

/* One wild fix: an alarm of three seconds, no pull. */
START_TEST (one_wild_fix) {
    sim_trouble m = {.source = SIM_GNSS, .from = 20.0, .to = 20.05, .spoil = north_25};
    sim_watch w;
    drive(&w, &m, sim_city);
    sim_expect(&w, SIM_GNSS, FAULT_JUMP, 20.0, 20.0, 23.1, 23.2);
    sim_expect_no_more(&w);
    ck_assert_double_lt(sim_judge(&w, 20.0, 60.0).worst_m, 2.0);
    sim_done(&w);
}
END_TEST

/* ---- wheels */

static void spin(sim_trouble *m, frame *f)
{
    (void)m;
    for (int i = 0; i < 4; i++)
        f->u.wheel.wheel_mps[i] += 4.0f;
}

static void lock(sim_trouble *m, frame *f)
{
    (void)m;
    memset(f->u.wheel.wheel_mps, 0, sizeof f->u.wheel.wheel_mps);
    f->u.wheel.speed_mps = 0.0f;
}

/* What leaps goes to their scale, and they are followed. */
START_TEST (spinning) {
    sim_trouble m = {.source = SIM_WHEEL, .from = 20.0, .to = 23.0, .spoil = spin};
    sim_watch w;
    drive(&w, &m, sim_city);
    sim_expect(&w, SIM_WHEEL, FAULT_SLIP, 20.3, 20.5, 23.2, 24.8);
    sim_expect_no_more(&w);
    sim_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

START_TEST (locking) {
    sim_trouble m = {.source = SIM_WHEEL, .from = 20.0, .to = 23.0, .spoil = lock};
    sim_watch w;
    drive(&w, &m, sim_city);
    sim_expect(&w, SIM_WHEEL, FAULT_SLIP, 20.15, 20.3, 24.0, 24.12);
    sim_expect(&w, SIM_WHEEL, FAULT_EXCLUDED, 21.5, 22.2, 40.0, 45.0); /* before it is believed */
    sim_allow(&w, SIM_WHEEL, FAULT_REJECTED);                          /* it is, for three seconds */
    sim_expect_no_more(&w);
    sim_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

/* A wheel sample that is wrong once raises nothing. */
START_TEST (one_slipping_frame) {
    sim_trouble m = {.source = SIM_WHEEL, .from = 20.0, .to = 20.05, .spoil = _i ? lock : spin};
    sim_watch w;
    drive(&w, &m, sim_city);
    sim_expect_no_more(&w);
    sim_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

/* ---- radar */

static float chance(sim_trouble *m) /* -1..1 */
{
    m->random = m->random * 1664525u + 1013904223u;
    return (float)(m->random >> 8) / 8388608.0f - 1.0f;
}

static void all_move(sim_trouble *m, frame *f)
{
    for (int i = 0; i < f->u.radar.count; i++) {
        f->u.radar.detections[i].doppler_mps = 5.0f + 8.0f * chance(m);
        f->u.radar.detections[i].track_id = i; /* things that are tracked are there */
    }
}

/* Traffic all around hides the world: said after half a minute, as it is no fault of the radar. */
START_TEST (few_static) {
    sim_trouble m = {.source = SIM_RADAR, .from = 10.0, .to = 50.0, .spoil = all_move};
    sim_watch w;
    drive(&w, &m, sim_city);
    sim_expect(&w, SIM_RADAR, FAULT_FEW_STATIC, 40.0, 40.3, 52.0, 52.3);
    sim_expect_no_more(&w);
    ck_assert_int_eq(sim_at(&w, 45.0)->mode, MODE_NOMINAL); /* information only */
    sim_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

static void disturbed(sim_trouble *m, frame *f)
{
    frame_radar *r = &f->u.radar;
    for (int i = 0; i < 60 && r->count < FRAME_MAX_DETECTIONS; i++) {
        radar_detection *d = &r->detections[r->count++];
        *d = r->detections[0];
        d->range_m = 50.0f + 49.0f * chance(m);
        d->azimuth_rad = 0.7f * chance(m);
        d->doppler_mps = 50.0f * chance(m);
    }
}

/* Another transmitter: said within seconds, and gone within seconds after it. */
START_TEST (interference) {
    sim_trouble m = {.source = SIM_RADAR, .from = 20.0, .to = 40.0, .spoil = disturbed};
    sim_watch w;
    drive(&w, &m, sim_city);
    sim_expect(&w, SIM_RADAR, FAULT_INTERFERENCE, 21.0, 24.0, 43.0, 49.0);
    sim_expect_no_more(&w);
    sim_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

static void shaken(sim_trouble *m, frame *f)
{
    for (int i = 0; i < f->u.radar.count; i++)
        f->u.radar.detections[i].doppler_mps += 3.0f * chance(m);
}

/* Noise far beyond the settings: said as NOISY or REJECTED, gone after it. */
START_TEST (noise_beyond_settings) {
    sim_trouble m = {.source = SIM_RADAR, .from = 20.0, .to = 40.0, .spoil = shaken};
    sim_watch w;
    drive(&w, &m, sim_city);
    ck_assert_int_ge(w.fault_count, 1);
    for (int i = 0; i < w.fault_count; i++) {
        const sim_fault *f = &w.faults[i];
        ck_assert_int_eq(f->source, SIM_RADAR);
        ck_assert_msg(f->code == FAULT_NOISY || f->code == FAULT_REJECTED, "%s %.2f..%.2f",
                      fault_describe(f->code)->name, f->from, f->to);
        ck_assert(f->from > 20.0 && f->from < 32.0 && f->to < 50.0);
    }
    sim_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

static void scattered(sim_trouble *m, frame *f)
{
    f->u.gnss.latitude_rad += 12.0 * (double)chance(m) / 6.37e6;
    f->u.gnss.longitude_rad += 18.0 * (double)chance(m) / 6.37e6;
}

/* Fixes that scatter by ten times what is claimed are known for it before long, and their noise is raised to
 * fit. */
START_TEST (scattered_fixes) {
    sim_trouble m = {.source = SIM_GNSS, .from = 20.0, .to = 90.0, .spoil = scattered};
    sim_watch w;
    drive(&w, &m, sim_city);
    bool noisy = false;
    for (int i = 0; i < w.fault_count; i++)
        noisy |= w.faults[i].source == SIM_GNSS && w.faults[i].code == FAULT_NOISY && w.faults[i].from > 20.0;
    ck_assert(noisy);
    sim_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

/* ---- IMU */

static void clip(sim_trouble *m, frame *f)
{
    (void)m;
    f->u.imu.accel_mps2[2] = 160.0f;
}

START_TEST (saturated) {
    sim_trouble m = {.source = SIM_IMU, .from = 20.0, .to = 20.05, .spoil = clip};
    sim_watch w;
    drive(&w, &m, sim_city);
    sim_expect(&w, SIM_IMU, FAULT_SATURATED, 20.0, 20.0, 21.05, 21.06);
    sim_expect_no_more(&w);
    sim_inside(&w, 1.0, 60.0);
    sim_done(&w);
}
END_TEST

/* ---- time */

static bool silent_10_s(void *context, double t, frame *f)
{
    (void)context;
    (void)f;
    return t < 30.0 || t >= 40.0;
}

/* Ten seconds without any frame: the poses go on, and know less and less. */
START_TEST (gap_of_ten_seconds) {
    sim_options o = sim_usual();
    o.change = silent_10_s;
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_inside(&w, 1.0, 60.0);
    ck_assert_int_eq(sim_judge(&w, 30.0, 40.0).poses, 1000);
    ck_assert_float_gt(sim_at(&w, 39.0)->sigma_m, 10.0f);
    ck_assert_double_lt(sim_judge(&w, 40.5, 60.0).worst_m, 3.0);
    for (int source = SIM_GNSS; source <= SIM_RADAR; source++) {
        double limit[] = {3.0, 0.25, 0.5, 1.0};
        sim_expect(&w, source, FAULT_STALE, 29.8 + limit[source], 30.2 + limit[source], 40.5, 40.65);
        sim_expect(&w, source, FAULT_SEQUENCE_GAP, 40.0, 40.04, 42.0, 42.2);
    }
    sim_expect(&w, SIM_SYSTEM, FAULT_DEAD_RECKONING, 31.9, 32.1, 40.0, 40.2);
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

static bool later_200_s(void *context, double t, frame *f)
{
    (void)context;
    if (t >= 30.0) {
        f->stamp_ns += INT64_C(200000000000);
        f->received_ns += INT64_C(200000000000);
    }
    return true;
}

/* A gap that no motion bridges: the pose is given up, said so, and found anew. */
START_TEST (gap_of_200_seconds) {
    sim_options o = sim_usual();
    o.change = later_200_s;
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect(&w, SIM_SYSTEM, FAULT_DIVERGED, 30.0, 30.2, 232.0, 232.3);
    sim_inside(&w, 1.0, 30.0);
    size_t after = 0;
    for (size_t i = 0; i < w.count; i++) {
        ck_assert(w.poses[i].t <= 30.2 || w.poses[i].t >= 229.9); /* nothing is said of what lies between */
        after += w.poses[i].t > 230.5 && w.poses[i].usable;
    }
    ck_assert_uint_gt(after, 2500);
    ck_assert_int_eq(w.status.mode, MODE_NOMINAL);
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("trouble");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, frozen_while_moving, 0, 3);
    tcase_add_test(cases, wheels_frozen_while_moving);
    tcase_add_test(cases, wheels_frozen_until_rest);
    tcase_add_test(cases, coarse_speed_is_not_frozen);
    tcase_add_test(cases, nothing_to_see_is_not_frozen);
    tcase_add_loop_test(cases, same_payload_at_rest, 0, 3);
    tcase_add_test(cases, same_fix_before_the_start);
    tcase_add_test(cases, jump_and_back);
    tcase_add_test(cases, one_wild_fix);
    tcase_add_test(cases, spinning);
    tcase_add_test(cases, locking);
    tcase_add_loop_test(cases, one_slipping_frame, 0, 2);
    tcase_add_test(cases, few_static);
    tcase_add_test(cases, interference);
    tcase_add_test(cases, noise_beyond_settings);
    tcase_add_test(cases, scattered_fixes);
    tcase_add_test(cases, saturated);
    tcase_add_test(cases, gap_of_ten_seconds);
    tcase_add_test(cases, gap_of_200_seconds);
    return run_cases("trouble", cases);
}
