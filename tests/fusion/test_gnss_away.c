/*
 * Wheels that say rest, and a receiver that drives away from them.
 */
#include "fusion/gnss/gnss_away.h"

#include "fusion/core/core.h"
#include "fusion/gnss/gnss_fix.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static const unsigned no_gyro = SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_WHEEL);

/* On the road for 15 s, at rest for 10, and away again. */
static void stops(double t, double *speed_mps, double *yaw_rate_radps)
{
    const double off = t < 20.0 ? 15.0 - t : t - 25.0;
    *speed_mps = fmin(10.0, fmax(0.0, (t < 20.0 ? 2.0 : 1.5) * off));
    *yaw_rate_radps = *speed_mps > 0.0 ? 0.05 * sin(0.3 * t) : 0.0;
}

/* Drives, and then stands for the rest. */
static void comes_to_rest(double t, double *speed_mps, double *yaw_rate_radps)
{
    *speed_mps = fmin(10.0, fmax(0.0, 2.0 * (15.0 - t)));
    *yaw_rate_radps = 0.0;
}

static bool wheels_hang(void *context, double t, frame *f)
{
    (void)context;
    if (f->kind == FRAME_WHEEL && t > 20.0) {
        for (int i = 0; i < 4; i++)
            f->u.wheel.wheel_mps[i] = 0.0f;
        f->u.wheel.speed_mps = 0.0f;
    }
    return true;
}

/* From 30 s on the receiver says what it would of a drive that begins 80 m aside. */
static bool is_sent_again(void *context, double t, frame *f)
{
    (void)context;
    if (f->kind == FRAME_GNSS && t >= 30.0) {
        f->u.gnss.latitude_rad += (80.0 + 8.0 * (t - 30.0)) / 6.37e6;
        f->u.gnss.velocity_enu_mps[1] += 8.0f;
    }
    return true;
}

/* Dragged at a pace that reflections have, and as far. */
static bool is_dragged(void *context, double t, frame *f)
{
    (void)context;
    if (f->kind == FRAME_GNSS && t >= 20.0 && t < 40.0) {
        f->u.gnss.latitude_rad += 2.8 * (t - 20.0) / 6.37e6;
        f->u.gnss.velocity_enu_mps[1] += 2.8f;
    }
    return true;
}

static void drive(sim_watch *w, sim_motion *motion, sim_change *change)
{
    sim_options o = sim_usual();
    o.sources = no_gyro;
    o.motion = motion;
    o.change = change;
    sim_run(w, &o, NULL);
}

static bool slipped(const sim_watch *w, double from, double to)
{
    for (int i = 0; i < w->fault_count; i++) {
        if (w->faults[i].source == SIM_WHEEL && w->faults[i].code == FAULT_SLIP && w->faults[i].from > from &&
            w->faults[i].from < to)
            return true;
    }
    return false;
}

/* They hang, are locked, or the vehicle is carried: the pose follows the receiver, and they are named. */
START_TEST (wheels_that_hang_hold_nobody_back) {
    sim_watch w;
    drive(&w, stops, wheels_hang);
    for (double t = 33.0; t < 59.0; t += 1.0)
        ck_assert_msg(sim_at(&w, t)->d < 2.45f && sim_at(&w, t)->horizontal_m < 15.0f,
                      "%.0f s: %.1f m off, %.1f sigma", t, (double)sim_at(&w, t)->horizontal_m,
                      (double)sim_at(&w, t)->d);
    ck_assert(slipped(&w, 25.0, 33.0));
    sim_done(&w);
}
END_TEST

/* Until that is decided, either may be wrong: half of the square of how far they are apart. */
START_TEST (the_pose_is_in_doubt_until_then) {
    const int64_t second = 1000000000;
    const fusion_sinks none = {0};
    settings set;
    sim_settings(&set);
    fusion *c = fusion_create(&set, &none);
    ck_assert_ptr_nonnull(c);
    source_run *s = &c->source[SIM_GNSS];
    receiver_away *a = &s->gnss.away;
    c->applied_ns = 20 * second;
    c->source[SIM_WHEEL].speed.still_since_ns = 10 * second;
    a->drives = true;
    a->since_ns = 18 * second;
    a->newest_ns = 20 * second;
    s->place.apart_m = 4.0f;
    ck_assert_float_eq(gnss_away_variance(c, s), 8.0f);
    ck_assert_float_eq(gnss_doubt(c), 8.0f);
    a->leapt_ns = 15 * second; /* signals that are sent again begin with a leap */
    ck_assert_float_eq(gnss_away_variance(c, s), 0.0f);
    a->leapt_ns = INT64_MIN;
    a->since_ns = 9 * second; /* the wheels came to rest after it drove off: they slip */
    ck_assert_float_eq(gnss_away_variance(c, s), 0.0f);
    a->since_ns = 18 * second;
    c->source[SIM_WHEEL].speed.still_since_ns = INT64_MIN;
    ck_assert_float_eq(gnss_away_variance(c, s), 0.0f);
    fusion_destroy(c);
}
END_TEST

START_TEST (wheels_that_turn_are_not_asked) {
    sim_watch w;
    drive(&w, stops, NULL);
    ck_assert(!slipped(&w, 20.0, 60.0));
    sim_done(&w);
}
END_TEST

/* A receiver that leaps first is not believed against wheels at rest, nor one that is dragged. */
START_TEST (a_leap_sets_nobody_in_motion) {
    sim_watch w;
    drive(&w, comes_to_rest, is_sent_again);
    ck_assert(!slipped(&w, 20.0, 39.0));
    ck_assert_float_lt(sim_at(&w, 38.0)->horizontal_m, 10.0f);
    sim_done(&w);
}
END_TEST

START_TEST (nor_does_a_drag) {
    sim_watch w;
    drive(&w, comes_to_rest, is_dragged);
    ck_assert(!slipped(&w, 20.0, 60.0));
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("wheels at rest");
    tcase_set_timeout(t, 60.0);
    tcase_add_test(t, wheels_that_hang_hold_nobody_back);
    tcase_add_test(t, the_pose_is_in_doubt_until_then);
    tcase_add_test(t, wheels_that_turn_are_not_asked);
    tcase_add_test(t, a_leap_sets_nobody_in_motion);
    tcase_add_test(t, nor_does_a_drag);
    return run_cases("gnss_away", t);
}
