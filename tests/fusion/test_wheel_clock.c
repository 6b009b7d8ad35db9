/* Wheels whose stamps are late, and whose yaw rate drives the filter. */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { HELD = 64 };

/* Each wheel frame says what the wheels said so many frames (20 ms) before. */
typedef struct {
    int behind, count;
    frame_wheel held[HELD];
} delay;

static bool hold_back(void *context, double t, frame *f)
{
    delay *d = context;
    double speed_mps, rate_radps;
    if (f->kind == FRAME_GNSS) { /* stamps of its own, and it claims what it is */
        f->received_ns += 50000000;
        return true;
    }
    if (f->kind != FRAME_WHEEL)
        return true;
    sim_city(t, &speed_mps, &rate_radps);
    f->u.wheel.yaw_rate_radps = (float)rate_radps;
    d->held[d->count % HELD] = f->u.wheel;
    if (d->count++ < d->behind)
        return false;
    f->u.wheel = d->held[(d->count - 1 - d->behind) % HELD];
    return true;
}

static sim_options late_by(delay *d, unsigned sources)
{
    sim_options o = sim_usual();
    o.sources = SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_WHEEL) | sources;
    o.change = hold_back;
    o.context = d;
    o.seconds = 90.0;
    o.gnss_hz = 10;
    o.gnss_slow_m = 0.02;
    o.gnss_white_m = 0.02;
    d->count = 0;
    return o;
}

static float worst_heading_rad(const sim_watch *w, double from, double to)
{
    float worst = 0.0f;
    for (size_t i = 0; i < w->count; i++) {
        if (w->poses[i].t > from && w->poses[i].t < to)
            worst = fmaxf(worst, fabsf(w->poses[i].heading_rad));
    }
    return worst;
}

/* A quarter of a second: found, and it is not the receiver's. */
START_TEST (late_wheels_are_found) {
    sim_watch w;
    delay d = {.behind = 12};
    sim_options o = late_by(&d, 0);
    sim_run(&w, &o, NULL);
    ck_assert_float_gt(worst_heading_rad(&w, 4.0, 25.0), 0.015f);
    ck_assert_float_lt(worst_heading_rad(&w, 50.0, 89.0), 0.01f);  /* 0.037 */
    ck_assert_double_gt(sim_judge(&w, 50.0, 89.0).coverage, 0.95); /* 0 where it is the receiver's */
    ck_assert_double_lt(sim_judge(&w, 50.0, 89.0).worst_m, 1.0);   /* 3 m */
    ck_assert_float_eq_tol(w.status.sources[SIM_GNSS].latency_s, 0.0f, 0.03f);
    ck_assert_float_eq_tol(w.status.sources[SIM_WHEEL].latency_s, 0.24f, 0.05f);
    sim_done(&w);
}
END_TEST

/* Wheels that are in time stay so. */
START_TEST (in_time_is_left_alone) {
    sim_watch w;
    delay d = {.behind = 0};
    sim_options o = late_by(&d, 0);
    sim_run(&w, &o, NULL);
    ck_assert(isnan(w.status.sources[SIM_WHEEL].latency_s));
    ck_assert_double_gt(sim_judge(&w, 20.0, 89.0).coverage, 0.95);
    sim_done(&w);
}
END_TEST

/* A receiver that is late is still the receiver's. */
static bool receiver_late(void *context, double t, frame *f)
{
    static const double late_s = 0.5;
    if (f->kind == FRAME_GNSS) {
        f->stamp_ns += (int64_t)(late_s * 1e9);
        f->received_ns = f->stamp_ns + 50000000;
        return true;
    }
    return hold_back(context, t, f);
}

START_TEST (a_late_receiver_is_no_wheel) {
    sim_watch w;
    delay d = {.behind = 0};
    sim_options o = late_by(&d, 0);
    o.change = receiver_late;
    sim_run(&w, &o, NULL);
    ck_assert(isnan(w.status.sources[SIM_WHEEL].latency_s));
    ck_assert_float_eq_tol(w.status.sources[SIM_GNSS].latency_s, 0.5f, 0.1f);
    sim_done(&w);
}
END_TEST

/* Where an IMU drives the filter their latency is the filter's to find. */
START_TEST (beside_an_imu_stamps_stay) {
    sim_watch w;
    delay d = {.behind = 12};
    sim_options o = late_by(&d, SIM_BIT(SIM_IMU));
    sim_run(&w, &o, NULL);
    ck_assert(isnan(w.status.sources[SIM_WHEEL].latency_s));
    sim_done(&w);
}
END_TEST

/* ---- orders of arrival */

/* Stamps that are moved at the door move alike in every order: of what is a quarter of a second old by its
 * own, what comes within the rest of the window. */
START_TEST (every_order_gives_the_same_bits) {
    sim_watch first, next;
    delay d = {.behind = 12};
    sim_options o = late_by(&d, 0);
    sim_drive *drive = sim_drive_make(&o);
    sim_run_shuffled(&first, drive, 0.0);
    ck_assert_float_eq_tol(first.status.sources[SIM_WHEEL].latency_s, 0.24f, 0.05f);
    srand(7);
    for (int i = 0; i < 3; i++) {
        sim_run_shuffled(&next, drive, 0.18);
        ck_assert(next.bits == first.bits);
        ck_assert_uint_eq(next.status.sources[SIM_WHEEL].late, 0);
        sim_watch_free(&next);
    }
    sim_watch_free(&first);
    sim_drive_free(drive);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("late wheels");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, late_wheels_are_found);
    tcase_add_test(t, in_time_is_left_alone);
    tcase_add_test(t, a_late_receiver_is_no_wheel);
    tcase_add_test(t, beside_an_imu_stamps_stay);
    tcase_add_test(t, every_order_gives_the_same_bits);
    return run_cases("wheel_clock", t);
}
