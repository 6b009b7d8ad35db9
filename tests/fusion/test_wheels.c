/* Wheels that say nothing below their lowest speed, and bring the yaw rate: a car without an IMU. */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

/* Passive sensors give no signal below this, m/s. */
static const double lowest_mps = 0.7;

/* Drives off into a turn, and stops, every 30 s; braking ends at 1.5 m/s^2. */
static void lights(double t, double *speed, double *yaw_rate)
{
    double at = fmod(t, 30.0);
    *speed = at < 5.0 ? 0.0 : fmin(fmin(1.5 * (at - 5.0), 8.0), fmax(1.5 * (26.0 - at), 0.0));
    *yaw_rate = at < 12.0 ? 0.12 * *speed / 8.0 * 2.5 : 0.0;
}

/* Wheels are quiet at low speed; their yaw rate, with a bias, is the car's only one. */
static bool quiet(void *context, double t, frame *f)
{
    double speed, rate;
    (void)context;
    lights(t, &speed, &rate);
    if (f->kind != FRAME_WHEEL)
        return true;
    f->u.wheel.yaw_rate_radps = (float)(rate + 0.004);
    for (int i = 0; i < 4; i++)
        f->u.wheel.wheel_mps[i] = NAN;
    if (speed < lowest_mps)
        f->u.wheel.speed_mps = 0.0f;
    return true;
}

static sim_options car(void)
{
    sim_options o = sim_usual();
    o.sources = SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_WHEEL);
    o.motion = lights;
    o.change = quiet;
    o.seconds = 150.0;
    return o;
}

START_TEST (quiet_below_their_lowest_speed) {
    sim_options o = car();
    o.seed += (uint64_t)_i;
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect_no_more(&w); /* no SLIP, and nobody is left out */
    for (size_t i = 0; i < w.count; i++)
        ck_assert_msg(!(w.poses[i].over > 1.0f), "over its level by %.2f at %.1f s", (double)w.poses[i].over,
                      w.poses[i].t);
    sim_done(&w);
}
END_TEST

/* Wheels that lock at 8 m/s are not believed to have gone quiet. */
static bool lock(void *context, double t, frame *f)
{
    (void)quiet(context, t, f);
    if (f->kind == FRAME_WHEEL && t >= 75.0 && t < 77.0)
        f->u.wheel.speed_mps = 0.0f;
    return true;
}

START_TEST (locked_wheels_slip) {
    sim_options o = car();
    o.change = lock;
    sim_watch w;
    sim_run(&w, &o, NULL);
    sim_expect(&w, 2, FAULT_SLIP, 75.0, 75.6, 77.0, 79.5);
    sim_done(&w);
}
END_TEST

/* On a map wheels that are quieter than their settings say are followed down; elsewhere they are not, for
 * there nothing holds what lasts of their errors. And a joint in the road is no slip for that: 0.3 m/s are 3
 * sigmas of what is set, and 7 of what they show. */
static bool joints(void *context, double t, frame *f)
{
    (void)context;
    for (int i = 0; f->kind == FRAME_WHEEL && t > 45.0 && fmod(t, 5.0) < 0.3 && i < 4; i++)
        f->u.wheel.wheel_mps[i] += 0.3f;
    return true;
}

START_TEST (quiet_ones_are_followed) {
    static const map_view nothing;
    sim_options o = sim_usual();
    o.motion = sim_straight;
    o.change = joints;
    settings set;
    sim_settings(&set);
    for (int i = 0; i < 2; i++) {
        sim_watch w;
        sim_drive *drive = sim_drive_make(&o);
        sim_watch_init(&w, drive);
        const fusion_sinks sinks = sim_sinks(&w);
        fusion *core = fusion_create_on_map(&set, &sinks, i == 0 ? &nothing : NULL);
        sim_feed(drive, core, 0.0, 45.0);
        float scale = core->source[SIM_WHEEL].noise_scale;
        ck_assert_msg(i == 0 ? scale < 0.7f : scale >= 1.0f, "%.2f", (double)scale);
        sim_feed(drive, core, 45.0, 60.0);
        for (int k = 0; k < w.fault_count; k++)
            ck_assert(w.faults[k].code != FAULT_SLIP);
        fusion_destroy(core);
        sim_watch_free(&w);
        sim_drive_free(drive);
    }
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("quiet");
    tcase_set_timeout(tcase, 120.0);
    tcase_add_loop_test(tcase, quiet_below_their_lowest_speed, 0, 4);
    tcase_add_test(tcase, locked_wheels_slip);
    tcase_add_test(tcase, quiet_ones_are_followed);
    return run_cases("wheels", tcase);
}
