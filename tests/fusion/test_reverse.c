/* A speed without a sign, out of a standstill: who backs out is found, who drives off is left alone. */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static const double earth_m = 6371000.0;

typedef struct {
    bool velocity; /* the receiver says one */
    double leap_m; /* it leaps back by so much at the second light */
    bool sign;     /* the speed has one */
    bool mirrors;  /* from 60 s on it goes back as far as the vehicle comes on, until 70 s, and stays there */
} case_of;

/* To a light, and stands; from 60 s on backward for 8 s, or forward; on from 80 s. */
static void back_out(double t, double *speed, double *yaw_rate)
{
    *speed = t < 30.0   ? fmin(fmin(1.5 * t, 9.0), fmax(1.5 * (26.0 - t), 0.0))
             : t < 60.0 ? 0.0
             : t < 68.0 ? -fmin(1.0 * (t - 60.0), fmin(1.4, 1.0 * (68.0 - t)))
             : t < 80.0 ? 0.0
                        : fmin(1.5 * (t - 80.0), 9.0);
    *yaw_rate = t > 62.0 && t < 67.0 ? 0.15 : 0.0;
}

static void drive_off(double t, double *speed, double *yaw_rate)
{
    double at = fmod(t, 60.0);
    *speed = fmin(fmin(1.5 * at, 9.0), fmax(1.5 * (40.0 - at), 0.0));
    *yaw_rate = 0.0;
}

/* From a light in slow traffic, then on without a stop. */
static void creep_off(double t, double *speed, double *yaw_rate)
{
    back_out(fmin(t, 60.0), speed, yaw_rate);
    if (t > 60.0)
        *speed = t < 70.0 ? fmin(t - 60.0, 1.4) : fmin(1.4 + 1.5 * (t - 70.0), 9.0);
    *yaw_rate = 0.0;
}

typedef struct {
    const sim_options *o;
    case_of of;
} rig;

static bool change(void *context, double t, frame *f)
{
    const rig *k = context;
    double speed, rate;
    k->o->motion(t, &speed, &rate);
    if (f->kind == FRAME_WHEEL) {
        f->u.wheel.yaw_rate_radps = (float)(rate + 0.003);
        for (int i = 0; i < 4; i++)
            f->u.wheel.wheel_mps[i] = NAN;
        f->u.wheel.speed_mps = (float)(k->of.sign ? speed : fabs(speed));
    }
    if (f->kind != FRAME_GNSS)
        return true;
    if (t > 60.0 && t < 90.0)
        f->u.gnss.latitude_rad -= k->of.leap_m / earth_m;
    if (k->of.mirrors && t > 60.0)
        f->u.gnss.latitude_rad -= 2.0 * fmax(1.4 * (fmin(t, 70.0) - 60.0) - 1.0, 0.0) / earth_m;
    for (int i = 0; i < 3 && !k->of.velocity; i++)
        f->u.gnss.velocity_enu_mps[i] = NAN;
    if (!k->of.velocity)
        f->u.gnss.speed_mps = f->u.gnss.course_rad = NAN;
    return true;
}

/* Returns how often the pose was set anew. */
static uint32_t run(sim_watch *w, sim_motion *motion, case_of of, int seed)
{
    sim_options o = sim_usual();
    rig k = {&o, of};
    o.sources = SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_WHEEL);
    o.motion = motion;
    o.change = change;
    o.context = &k;
    o.seconds = 100.0;
    o.heading_rad = 0.0;
    o.gnss_slow_m = 1.0;
    o.gnss_white_m = 0.5;
    o.seed += (uint64_t)seed;
    fusion *core = sim_watch_core(w, sim_drive_make(&o), NULL);
    sim_feed(w->drive, core, 0.0, o.seconds);
    uint32_t resets = core->resets;
    fusion_destroy(core);
    return resets;
}

/* With a velocity it is found in the middle of it, else by where the receiver goes. */
START_TEST (who_backs_out_is_found) {
    sim_watch w;
    run(&w, back_out, (case_of){.velocity = _i % 2}, _i / 2);
    double before_m = sim_judge(&w, 50.0, 60.0).worst_m;
    ck_assert_double_lt(sim_judge(&w, 69.0, 95.0).worst_m, before_m + 3.5); /* 20 m the wrong way */
    ck_assert_double_lt(sim_judge(&w, 50.0, 95.0).worst_heading_d, 5.0);
    for (size_t i = 0; i < w.count; i++)
        ck_assert(!(w.poses[i].over > 1.0f));
    sim_done(&w);
}
END_TEST

/* A speed that has a sign is taken as it is. */
START_TEST (a_sign_is_believed) {
    sim_watch w;
    ck_assert_uint_eq(run(&w, back_out, (case_of){.velocity = true, .sign = true}, 0), 1);
    double before_m = sim_judge(&w, 50.0, 60.0).worst_m;
    ck_assert_double_lt(sim_judge(&w, 60.0, 95.0).worst_m, before_m + 2.0);
    sim_done(&w);
}
END_TEST

/* A receiver that leaps backward while it drives off turns nobody over. */
START_TEST (who_drives_off_is_left_alone) {
    const double leaps_m[] = {0.0, 0.0, 6.0, 15.0, 30.0};
    sim_watch w;
    case_of as_is = {.velocity = _i == 1, .leap_m = leaps_m[_i], .sign = true}, none = as_is;
    none.sign = false;
    uint32_t resets = run(&w, drive_off, as_is, _i);
    sim_done(&w);
    ck_assert_uint_eq(run(&w, drive_off, none, _i), resets);
    sim_done(&w);
}
END_TEST

/* Turned over by a receiver that wandered, but nobody gets to 3 m/s from backward without a stop. */
START_TEST (what_was_turned_by_mistake_is_turned_back) {
    sim_watch w;
    run(&w, creep_off, (case_of){.mirrors = true}, 0);
    ck_assert_double_gt(sim_judge(&w, 70.0, 71.0).worst_m, 15.0);
    ck_assert_double_lt(sim_judge(&w, 72.0, 77.0).worst_m, 3.0);
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("reverse");
    tcase_set_timeout(tcase, 120.0);
    tcase_add_loop_test(tcase, who_backs_out_is_found, 0, 6);
    tcase_add_test(tcase, a_sign_is_believed);
    tcase_add_test(tcase, what_was_turned_by_mistake_is_turned_back);
    tcase_add_loop_test(tcase, who_drives_off_is_left_alone, 0, 5);
    return run_cases("reverse", tcase);
}
