/* A receiver that is later than was assumed. */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

enum { HELD = 256, SILENCE_S = 130 }; /* longer than can be bridged by motion */

/* Each fix says what the receiver said so many fixes before. Nothing comes for SILENCE_S from silent_s on
 * (0: never). */
typedef struct {
    int behind, count;
    double silent_s;
    sim_motion *motion; /* NULL: sim_city */
    double white_m;     /* of its places; 0: as usual */
    frame_gnss held[HELD];
} delay;

static bool hold_back(void *context, double t, frame *f)
{
    delay *d = context;
    double speed_mps, rate_radps;
    (d->motion ? d->motion : sim_city)(t, &speed_mps, &rate_radps);
    if (f->kind == FRAME_WHEEL)
        f->u.wheel.yaw_rate_radps = (float)rate_radps;
    if (d->silent_s > 0.0 && t > d->silent_s && t < d->silent_s + SILENCE_S) {
        d->count = 0;
        return false;
    }
    if (f->kind != FRAME_GNSS || f->source != SIM_GNSS)
        return true;
    d->held[d->count % HELD] = f->u.gnss;
    if (d->count++ < d->behind)
        return false;
    f->u.gnss = d->held[(d->count - 1 - d->behind) % HELD];
    return true;
}

static void run(sim_watch *w, delay *d, unsigned sources, double seconds)
{
    sim_options o = sim_usual();
    o.sources = SIM_BIT(SIM_GNSS) | sources;
    o.change = hold_back;
    o.motion = d->motion ? d->motion : sim_city;
    o.gnss_white_m = d->white_m > 0.0 ? d->white_m : o.gnss_white_m;
    o.context = d;
    o.seconds = seconds;
    o.gnss_hz = 10;
    d->count = 0;
    sim_run(w, &o, NULL);
}

static const unsigned with_imu = SIM_BIT(SIM_WHEEL) | SIM_BIT(SIM_IMU);

/* Half a second, and no accelerometer to show it: found within a minute, and the pose is no longer behind. */
START_TEST (late_is_found) {
    sim_watch w;
    delay d = {.behind = 5};
    run(&w, &d, SIM_BIT(SIM_WHEEL), 90.0);
    ck_assert_float_gt(sim_at(&w, 8.0)->horizontal_m, 2.0f);
    ck_assert_double_lt(sim_judge(&w, 60.0, 89.0).worst_m, 2.5);
    ck_assert_double_gt(sim_judge(&w, 60.0, 89.0).coverage, 0.95); /* 0 where it is not looked for */
    ck_assert_float_eq_tol(w.status.sources[SIM_GNSS].latency_s, 0.5f, 0.1f);
    sim_done(&w);
}
END_TEST

/* After a silence of all sources the filter starts anew, and knows how late the receiver is. */
START_TEST (it_is_known_after_a_start_anew) {
    sim_watch w;
    delay d = {.behind = 5, .silent_s = 90.0};
    run(&w, &d, with_imu, 232.0);
    ck_assert_double_lt(sim_judge(&w, 225.0, 231.0).worst_m, 2.5);
    ck_assert_float_eq_tol(w.status.sources[SIM_GNSS].latency_s, 0.5f, 0.1f);
    sim_done(&w);
}
END_TEST

/* One that is as late as it says stays as it is. */
START_TEST (in_time_is_left_alone) {
    sim_watch w;
    delay d = {.behind = 0};
    run(&w, &d, with_imu, 90.0);
    ck_assert_double_lt(sim_judge(&w, 20.0, 89.0).worst_m, 2.5);
    ck_assert_float_eq_tol(w.status.sources[SIM_GNSS].latency_s, 0.0f, 0.03f);
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

/* Nearly at one speed, as on a motorway, with gentle bends. */
static void motorway(double t, double *speed_mps, double *rate_radps)
{
    *speed_mps = 28.0 + 1.5 * sin(0.25 * t);
    *rate_radps = 0.015 * sin(0.17 * t);
}

/* Places that scatter by two metres do not show a second there for minutes; the velocities beside them do. */
START_TEST (velocities_show_it) {
    sim_watch w;
    delay d = {.behind = 10, .motion = motorway, .white_m = 2.0};
    run(&w, &d, SIM_BIT(SIM_WHEEL), 80.0);
    ck_assert_float_eq_tol(w.status.sources[SIM_GNSS].latency_s, 1.0f, 0.25f);
    ck_assert_double_gt(sim_judge(&w, 65.0, 79.0).coverage, 0.9); /* 0 with places alone */
    sim_done(&w);
}
END_TEST

/* Until it is beyond doubt that it is late, the pose says that it may be. */
START_TEST (what_is_suspected_is_held) {
    sim_watch w;
    delay d = {.behind = 10, .motion = motorway, .white_m = 2.0};
    run(&w, &d, SIM_BIT(SIM_WHEEL), 80.0);
    ck_assert_float_gt(sim_at(&w, 22.0)->horizontal_m, 20.0f);
    ck_assert_float_eq_tol(w.status.sources[SIM_GNSS].latency_s, 1.0f, 0.25f);
    ck_assert_double_gt(sim_judge(&w, 20.0, 31.0).coverage, 0.95); /* 0 where that is not held */
    sim_done(&w);
}
END_TEST

/* One bend, and straight on at one speed: a second's latency makes one of the gyro's bias of it. */
static void one_bend(double t, double *speed_mps, double *rate_radps)
{
    *speed_mps = 33.0;
    *rate_radps = 0.025 * (fmin(fmax((t - 5.0) / 6.0, 0.0), 1.0) - fmin(fmax((t - 13.0) / 6.0, 0.0), 1.0));
}

/* A sub-solution that goes on with such a bias is led away. Nobody is left out for that while it is suspected
 * that the receiver is late; before, it was, and the pose 220 m off. */
START_TEST (what_it_has_taught_leaves_nobody_out) {
    sim_watch w;
    delay d = {.behind = 10, .motion = one_bend};
    run(&w, &d, with_imu, 100.0);
    for (int i = 0; i < w.fault_count; i++)
        ck_assert_int_ne(w.faults[i].code, FAULT_EXCLUDED);
    ck_assert_double_lt(sim_judge(&w, 5.0, 99.0).worst_m, 35.0);
    ck_assert_double_gt(sim_judge(&w, 20.0, 99.0).coverage, 0.95);
    sim_done(&w);
}
END_TEST

static float worst_over(const sim_watch *w, double from, double to)
{
    float worst = 0.0f;
    for (size_t i = 0; i < w->count; i++) {
        if (w->poses[i].t > from && w->poses[i].t < to && w->poses[i].mode != MODE_LOST)
            worst = fmaxf(worst, w->poses[i].over);
    }
    return worst;
}

/* At one speed straight on nothing tells that the pose is where the vehicle was ten seconds ago: the levels
 * hold that. */
START_TEST (what_nothing_tells_is_covered) {
    sim_watch w;
    delay d = {.behind = 100, .motion = sim_straight};
    run(&w, &d, with_imu, 60.0);
    ck_assert_float_gt(sim_at(&w, 50.0)->horizontal_m, 140.0f);
    ck_assert_float_lt(worst_over(&w, 12.0, 59.0), 1.0f); /* 1.4 without that */
    sim_done(&w);
}
END_TEST

/* And it is not held for long against one that is in time and drives as a car does. */
START_TEST (what_is_refuted_is_not_covered) {
    sim_watch w;
    delay d = {.behind = 0};
    run(&w, &d, with_imu, 60.0);
    ck_assert_float_gt(sim_at(&w, 5.0)->bound_m, 150.0f);
    ck_assert_float_lt(sim_at(&w, 40.0)->bound_m, 110.0f);
    sim_done(&w);
}
END_TEST

/* Ten seconds behind: no need to wait for another twenty, as for a clock that is ahead. */
START_TEST (what_is_held_up_is_left_out_soon) {
    sim_watch w;
    delay d = {.behind = 100};
    double from = INFINITY;
    run(&w, &d, with_imu, 70.0);
    for (int i = 0; i < w.fault_count; i++) {
        if (w.faults[i].source == SIM_GNSS && w.faults[i].code == FAULT_EXCLUDED)
            from = fmin(from, w.faults[i].from);
    }
    ck_assert_double_lt(from, 62.0);
    sim_done(&w);
}
END_TEST

/* Of another clock: no pose, instead of one that is where the vehicle was. */
START_TEST (another_clock_is_left_out) {
    sim_watch w;
    delay d = {.behind = 100};
    run(&w, &d, with_imu, 120.0);
    const sim_pose *last = &w.poses[w.count - 1];
    ck_assert(!last->usable || last->horizontal_m < last->bound_m);
    ck_assert_int_eq(last->mode, MODE_LOST);
    bool out = false;
    for (int i = 0; i < w.fault_count; i++)
        out |= w.faults[i].source == SIM_GNSS && w.faults[i].code == FAULT_EXCLUDED && w.faults[i].to > 120.0;
    ck_assert(out);
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("late receivers");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, late_is_found);
    tcase_add_test(t, it_is_known_after_a_start_anew);
    tcase_add_test(t, in_time_is_left_alone);
    tcase_add_test(t, velocities_show_it);
    tcase_add_test(t, what_is_suspected_is_held);
    tcase_add_test(t, what_it_has_taught_leaves_nobody_out);
    tcase_add_test(t, what_nothing_tells_is_covered);
    tcase_add_test(t, what_is_refuted_is_not_covered);
    tcase_add_test(t, what_is_held_up_is_left_out_soon);
    tcase_add_test(t, another_clock_is_left_out);
    return run_cases("gnss_late", t);
}
