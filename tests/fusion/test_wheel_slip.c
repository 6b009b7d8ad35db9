/*
 * Wheels that leap have lost their grip, or found it again: the pose goes on as it did, is less sure while
 * they slip, and knows its speed when they are back.
 */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

/* What the wheels say is so many times what it was, from..to; the receiver has no fix then, nor after it. */
typedef struct {
    double times, from, to, back_s; /* how long it takes to come back */
    bool tunnel;
} slip;

static bool slips(void *context, double t, frame *f)
{
    const slip *o = context;
    if (f->kind == FRAME_GNSS && o->tunnel && t >= o->from && t < o->to + 10.0)
        return false;
    if (f->kind != FRAME_WHEEL || t < o->from)
        return true;
    const double back = fmin(fmax(1.0 - (t - o->to) / fmax(o->back_s, 1e-3), 0.0), 1.0);
    const float times = (float)(1.0 + (o->times - 1.0) * back);
    f->u.wheel.speed_mps *= times;
    for (int i = 0; i < 4; i++)
        f->u.wheel.wheel_mps[i] *= times;
    return true;
}

static sim_options car(slip *o)
{
    sim_options s = sim_usual();
    s.sources = SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_WHEEL);
    s.seconds = 70.0;
    s.wheel_hz = 50.0;
    s.motion = sim_straight;
    s.change = slips;
    s.context = o;
    return s;
}

/* In a tunnel nothing else tells the speed. 3 m/s for 15 s are 45 m. */
START_TEST (a_slip_does_not_lead_the_pose) {
    slip o = {.times = 1.2, .from = 40.0, .to = 55.0, .tunnel = true};
    sim_options car_of = car(&o);
    car_of.seed += (uint64_t)_i;
    sim_watch w;
    sim_run(&w, &car_of, NULL);
    sim_expect(&w, SIM_WHEEL, FAULT_SLIP, 40.0, 40.6, 55.0, 56.9);
    const sim_pose *late = sim_at(&w, 54.9), *back = sim_at(&w, 60.0);
    ck_assert_float_lt(late->horizontal_m, 20.0f);
    ck_assert_float_lt(late->d, 2.45f);
    ck_assert_float_gt(late->sigma_m, 5.0f); /* a slip changes */
    ck_assert_float_lt(back->speed_error_mps, 0.6f);
    ck_assert_float_lt(back->d, 2.45f);
    sim_done(&w);
}
END_TEST

/* Beside a receiver the new scale is known within seconds, and the pose feels nothing of it. */
START_TEST (a_scale_that_leaps_is_followed) {
    slip o = {.times = 0.97, .from = 30.0, .to = 1e9};
    sim_options car_of = car(&o);
    sim_watch w;
    sim_run(&w, &car_of, NULL);
    sim_expect(&w, SIM_WHEEL, FAULT_SLIP, 30.0, 31.1, 59.0, 62.0);
    ck_assert_double_lt(sim_judge(&w, 30.0, 70.0).worst_d, 2.45);
    for (double t = 35.0; t < 70.0; t += 0.5)
        ck_assert_float_lt(sim_at(&w, t)->speed_error_mps, 0.25f);
    sim_done(&w);
}
END_TEST

/* It ends without a leap: within three seconds they grip, and the pose does not slip the other way. */
START_TEST (a_slip_that_fades_ends) {
    slip o = {.times = 1.2, .from = 40.0, .to = 50.0, .back_s = 2.0};
    sim_options car_of = car(&o);
    sim_watch w;
    sim_run(&w, &car_of, NULL);
    sim_expect(&w, SIM_WHEEL, FAULT_SLIP, 40.0, 40.6, 50.0, 56.0);
    for (double t = 57.0; t < 70.0; t += 0.5)
        ck_assert_float_lt(sim_at(&w, t)->speed_error_mps, 0.25f);
    sim_done(&w);
}
END_TEST

/* Who brakes hard, or goes over a kerb, does not slip. */
static void hard(double t, double *speed, double *yaw_rate)
{
    const double at = fmod(t, 20.0);
    *speed = at < 10.0 ? fmin(20.0, 4.0 * at) : fmax(20.0 - 9.0 * (at - 10.0), 0.0);
    *yaw_rate = 0.0;
}

static bool kerb(void *context, double t, frame *f)
{
    (void)context;
    if (f->kind == FRAME_WHEEL && t > 47.0 && t < 47.06) {
        f->u.wheel.speed_mps += 1.0f;
        for (int i = 0; i < 4; i++)
            f->u.wheel.wheel_mps[i] += 1.0f;
    }
    return true;
}

START_TEST (hard_braking_is_no_slip) {
    slip none = {.from = 1e9};
    sim_options car_of = car(&none);
    car_of.sources = SIM_CAR;
    car_of.motion = hard;
    car_of.change = kerb;
    sim_watch w;
    sim_run(&w, &car_of, NULL);
    sim_expect_no_more(&w);
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("wheel_slip");
    tcase_set_timeout(tests, 60.0);
    tcase_add_loop_test(tests, a_slip_does_not_lead_the_pose, 0, 3);
    tcase_add_test(tests, a_scale_that_leaps_is_followed);
    tcase_add_test(tests, a_slip_that_fades_ends);
    tcase_add_test(tests, hard_braking_is_no_slip);
    return run_cases("wheel_slip", tests);
}
