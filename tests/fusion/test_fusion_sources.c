/* Which sources there are: none, one, some, some that die, two that disagree; and where on earth the drive
 * is. */
#include "tests/fusion/sim_watch.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double pi = 3.14159265358979323846;

/* ---- which sources */

START_TEST (no_source_speaks) {
    sim_options o = sim_usual();
    o.sources = 0;
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect_no_more(&w);
    ck_assert_uint_eq(w.count, 0);
    ck_assert_int_eq(w.status.mode, MODE_INITIALIZING);
    for (int i = 0; i < SIM_SOURCES; i++)
        ck_assert_int_eq(w.status.sources[i].state, SOURCE_STATE_NEVER_SEEN);
    sim_done(&w);
}
END_TEST

START_TEST (no_source_is_set) {
    settings *s = malloc(sizeof *s);
    fusion_sinks sinks = {NULL, NULL, NULL, NULL};
    fusion_status status;
    settings_default(s);
    s->alert[s->road] = (alert_limits){1e9, 1e9, 1e9, 1e9};
    fusion *f = fusion_create(s, &sinks);
    frame in;
    memset(&in, 0, sizeof in);
    ck_assert(!fusion_push(f, &in)); /* there is no source 0 */
    fusion_advance(f, 1);
    fusion_flush(f);
    fusion_get_status(f, &status);
    ck_assert_uint_eq(status.source_count, 0);
    ck_assert_int_eq(status.mode, MODE_INITIALIZING);
    fusion_destroy(f);
    fusion_destroy(NULL);
    free(s);
}
END_TEST

/* More receivers than there are states for: what has none is refused, and starts nothing. */
START_TEST (no_room_for_a_source) {
    settings *s = malloc(sizeof *s);
    fusion_sinks sinks = {NULL, NULL, NULL, NULL};
    fusion_status status;
    settings_default(s);
    for (int i = 0; i < 8; i++) {
        char name[16];
        snprintf(name, sizeof name, "gnss/r%d", i);
        ck_assert_ptr_nonnull(settings_add_source(s, name));
    }
    fusion *f = fusion_create(s, &sinks);
    for (int i = 1; i <= 100; i++) {
        frame in;
        memset(&in, 0, sizeof in);
        in.kind = FRAME_GNSS;
        in.source = 7;
        in.sequence = (uint32_t)i;
        in.stamp_ns = in.received_ns = i * INT64_C(100000000);
        in.u.gnss = (frame_gnss){.fix = GNSS_FIX_3D,
                                 .latitude_rad = 0.85 + i * 1e-7,
                                 .longitude_rad = 0.2,
                                 .height_m = 100.0,
                                 .h_acc_m = 1.0f,
                                 .v_acc_m = 2.0f,
                                 .velocity_enu_mps = {0.0f, 6.4f, 0.0f},
                                 .speed_mps = 6.4f,
                                 .course_rad = 0.0f,
                                 .speed_acc_mps = 0.1f};
        fusion_push(f, &in);
    }
    fusion_flush(f);
    fusion_get_status(f, &status);
    ck_assert_int_eq(status.mode, MODE_INITIALIZING);
    ck_assert_uint_eq(status.sources[7].used, 0);
    fusion_destroy(f);
    free(s);
}
END_TEST

/* Without an absolute position there is never a pose. */
START_TEST (no_gnss) {
    sim_options o = sim_usual();
    o.sources &= ~SIM_BIT(SIM_GNSS);
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect_no_more(&w);
    ck_assert_int_eq(sim_judge(&w, 0.0, 60.0).usable, 0);
    ck_assert_int_eq(w.status.mode, MODE_INITIALIZING);
    ck_assert_int_eq(w.status.sources[SIM_GNSS].state, SOURCE_STATE_NEVER_SEEN);
    sim_done(&w);
}
END_TEST

static const struct {
    const char *legend;
    unsigned sources;
    double worst_m, worst_heading_deg;
} sets[] = {
    {"gnss", SIM_BIT(SIM_GNSS), 4.0, 4.0},
    {"gnss, radar", SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_RADAR), 4.0, 3.0},
    {"gnss, wheels", SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_WHEEL), 4.0, 3.0},
    {"gnss, imu", SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_IMU), 4.0, 2.0},
    {"gnss, imu, wheels", SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_IMU) | SIM_BIT(SIM_WHEEL), 4.0, 2.0},
    {"two gnss", SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_SECOND_GNSS), 4.0, 4.0},
    {"all", SIM_CAR | SIM_BIT(SIM_SECOND_GNSS) | SIM_BIT(SIM_CAMERA), 4.0, 2.0},
};

START_TEST (sets_of_sources) {
    for (int seed = 1; seed <= seeds(4); seed++) {
        sim_options o = sim_usual();
        o.sources = sets[_i].sources;
        o.seed = (uint64_t)seed;
        sim_watch w;
        sim_run(&w, &o, NULL);
        sim_expect_no_more(&w);
        sim_inside(&w, 1.0, 60.0);
        sim_close(&w, 3.0, sets[_i].worst_m, sets[_i].worst_heading_deg);
        sim_done(&w);
    }
}
END_TEST

START_TEST (gnss_at_5_hz) {
    sim_options o = sim_usual();
    o.gnss_hz = 5.0;
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect_no_more(&w);
    sim_inside(&w, 1.0, 60.0);
    ck_assert_float_eq_tol(w.status.sources[SIM_GNSS].rate_hz, 5.0f, 0.01f);
    sim_done(&w);
}
END_TEST

/* ---- standing, starting, reversing */

START_TEST (standing) {
    sim_options o = sim_usual();
    o.motion = sim_standing;
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect_no_more(&w);
    ck_assert_int_eq(sim_judge(&w, 0.0, 60.0).usable, 0);
    ck_assert_int_eq(w.status.mode, MODE_INITIALIZING);
    sim_done(&w);
}
END_TEST

START_TEST (standing_start) {
    sim_options o = sim_usual();
    o.motion = sim_start;
    o.sources = _i ? SIM_BIT(SIM_GNSS) : SIM_CAR;
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect_no_more(&w);
    ck_assert_int_eq(sim_judge(&w, 0.0, 21.0).usable, 0);
    sim_inside(&w, 22.0, 60.0);
    sim_close(&w, 26.0, 4.0, 5.0);
    sim_done(&w);
}
END_TEST

/* Forwards until 30 s, then back at 4 m/s. */
static void reversing(double t, double *speed, double *yaw_rate)
{
    *speed = t < 25.0 ? 8.0 : t < 35.0 ? 8.0 - 6.0 * (1.0 - cos((t - 25.0) / 10.0 * pi)) : -4.0;
    *yaw_rate = 0.1 * sin(0.3 * t);
}

static bool unsigned_wheels(void *context, double t, frame *f)
{
    (void)context;
    (void)t;
    if (f->kind != FRAME_WHEEL)
        return true;
    double speed, rate;
    reversing(t, &speed, &rate);
    for (int i = 0; i < 4; i++)
        f->u.wheel.wheel_mps[i] = (float)(fabs(speed + (i % 2 ? 0.75 : -0.75) * rate) * 1.004);
    f->u.wheel.speed_mps = (float)(fabs(speed) * 1.004);
    return true;
}

START_TEST (reversing_with_unsigned_wheels) {
    sim_options o = sim_usual();
    o.motion = reversing;
    o.change = unsigned_wheels;
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_inside(&w, 1.0, 60.0);
    sim_close(&w, 3.0, 4.0, 2.0);
    sim_done(&w);
}
END_TEST

/* ---- sources that die */

static bool imu_dies(void *context, double t, frame *f)
{
    (void)context;
    return !(f->kind == FRAME_IMU && t >= 20.0 && t < 40.0);
}

START_TEST (imu_dies_and_returns) {
    for (int seed = 1; seed <= seeds(4); seed++) {
        sim_options o = sim_usual();
        o.change = imu_dies;
        o.seed = (uint64_t)seed;
        sim_watch w;
        sim_run(&w, &o, NULL);
        sim_expect(&w, SIM_IMU, FAULT_STALE, 20.2, 20.4, 40.5, 40.52);
        sim_expect(&w, SIM_IMU, FAULT_SEQUENCE_GAP, 40.0, 40.0, 42.0, 42.03);
        sim_expect_no_more(&w);
        sim_inside(&w, 1.0, 60.0);
        sim_close(&w, 3.0, 4.0, 3.0);
        sim_done(&w);
    }
}
END_TEST

static bool gnss_away(void *context, double t, frame *f)
{
    const double *until = context;
    return !(f->kind == FRAME_GNSS && t >= 20.0 && t < *until);
}

/* A minute in a tunnel: less and less is known, honestly; the fix is taken again when it is back. */
START_TEST (tunnel) {
    for (int seed = 1; seed <= seeds(6); seed++) {
        double until = 80.0;
        sim_options o = sim_usual();
        o.seconds = 110.0;
        o.sources = _i == 0   ? SIM_CAR
                    : _i == 1 ? SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_IMU)
                              : SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_RADAR);
        o.change = gnss_away;
        o.context = &until;
        o.seed = (uint64_t)seed;
        sim_watch w;
        sim_run(&w, &o, NULL);
        sim_expect(&w, SIM_GNSS, FAULT_STALE, 22.8, 23.1, 80.5, 80.7);
        sim_expect(&w, SIM_GNSS, FAULT_SEQUENCE_GAP, 80.0, 80.0, 82.0, 82.2);
        sim_expect(&w, SIM_SYSTEM, FAULT_DEAD_RECKONING, 21.8, 22.1, 80.0, 80.3);
        sim_expect_no_more(&w);
        sim_score s = sim_judge(&w, 1.0, 110.0);
        ck_assert_msg(s.worst_d < 4.29, "seed %d: %.2f sigma", seed, s.worst_d); /* P = 0.9999: 18 drives */
        sim_close(&w, 90.0, 5.0, 6.0);
        sim_done(&w);
    }
}
END_TEST

/* ---- receivers that disagree */

typedef struct {
    int source;
    double from, to, north_m;
} offset;

static bool off_north(void *context, double t, frame *f)
{
    const offset *o = context;
    if (f->source == o->source && t >= o->from && t < o->to)
        f->u.gnss.latitude_rad += o->north_m / 6.37e6;
    return true;
}

/* One of two receivers is 40 m off from 20 s on: it is left out and named, then taken for what it is; the
 * other carries the pose. */
START_TEST (one_of_two_goes_wrong) {
    offset bad = {SIM_SECOND_GNSS, 20.0, 100.0, 40.0};
    sim_options o = sim_usual();
    o.sources |= SIM_BIT(SIM_SECOND_GNSS);
    o.change = off_north;
    o.context = &bad;
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect(&w, SIM_SECOND_GNSS, FAULT_JUMP, 20.0, 20.1, 33.0,
               33.3); /* from then on its own error explains it */
    sim_allow(&w, SIM_SECOND_GNSS, FAULT_REJECTED);
    sim_expect_no_more(&w);
    sim_inside(&w, 1.0, 60.0);
    sim_close(&w, 3.0, 4.0, 2.0);
    sim_done(&w);
}
END_TEST

/* A receiver that agrees with itself 30 m off for a minute: not taken over quickly, and never in silence. */
START_TEST (self_consistent_and_wrong) {
    offset bad = {SIM_GNSS, 20.0, 80.0, 30.0};
    sim_options o = sim_usual();
    o.seconds = 120.0;
    o.change = off_north;
    o.context = &bad;
    sim_watch w;
    sim_run(&w, &o, NULL);
    ck_assert_double_lt(sim_judge(&w, 20.0, 29.0).worst_m, 3.0);
    for (size_t i = 0; i < w.count; i++) {
        const sim_pose *p = &w.poses[i];
        bool silent = p->mode == MODE_NOMINAL;
        ck_assert_msg(!silent || p->d < 3.72f, "%.1f m off at %.2f s, %.1f sigma, NOMINAL",
                      (double)p->horizontal_m, p->t, (double)p->d);
    }
    sim_close(&w, 110.0, 6.0, 2.0);
    sim_done(&w);
}
END_TEST

/* ---- where on earth */

static const struct {
    const char *legend;
    double latitude_deg, longitude_deg, heading_deg;
} places[] = {
    {"equator", 0.0, 10.0, 45.0},
    {"southern hemisphere", -33.9, 151.2, 200.0},
    {"date line, eastward", 65.0, 179.999, 90.0},
    {"date line, westward", -16.8, -179.9985, 270.0},
    {"far north", 84.9, 30.0, 0.0},
    {"far south", -84.9, -120.0, 180.0},
};

START_TEST (places_on_earth) {
    sim_options o = sim_usual();
    o.latitude_rad = places[_i].latitude_deg * pi / 180.0;
    o.longitude_rad = places[_i].longitude_deg * pi / 180.0;
    o.heading_rad = places[_i].heading_deg * pi / 180.0;
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect_no_more(&w);
    sim_inside(&w, 1.0, 60.0);
    sim_close(&w, 3.0, 4.0, 2.0);
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("sources");
    tcase_set_timeout(cases, 100);
    tcase_add_test(cases, no_source_speaks);
    tcase_add_test(cases, no_source_is_set);
    tcase_add_test(cases, no_room_for_a_source);
    tcase_add_test(cases, no_gnss);
    tcase_add_loop_test(cases, sets_of_sources, 0, (int)(sizeof sets / sizeof *sets));
    tcase_add_test(cases, gnss_at_5_hz);
    tcase_add_test(cases, standing);
    tcase_add_loop_test(cases, standing_start, 0, 2);
    tcase_add_test(cases, reversing_with_unsigned_wheels);
    tcase_add_test(cases, imu_dies_and_returns);
    tcase_add_loop_test(cases, tunnel, 0, 3);
    tcase_add_test(cases, one_of_two_goes_wrong);
    tcase_add_test(cases, self_consistent_and_wrong);
    tcase_add_loop_test(cases, places_on_earth, 0, (int)(sizeof places / sizeof *places));
    return run_cases("fusion: sources", cases);
}
