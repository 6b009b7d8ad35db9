/* The start, from a receiver that strays: what its displacement or its velocity says of the heading. */
#include "fusion/core/core.h"
#include "fusion/core/initialize.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static const double earth_m = 6371000.0;

/* Where the receiver is beside the truth, and how fast it strays. */
typedef void stray_at(double t, double off_m[2], double off_mps[2]);

typedef struct {
    stray_at *stray;
    float claim_m;
    bool velocity; /* made of its positions */
} receiver;

static bool lead_astray(void *context, double t, frame *f)
{
    const receiver *k = context;
    double off_m[2], off_mps[2];
    if (f->kind == FRAME_WHEEL)
        f->u.wheel.yaw_rate_radps = 0.004f;
    if (f->kind != FRAME_GNSS)
        return true;
    if (t < 0.5) /* wheels have spoken before */
        return false;
    k->stray(t, off_m, off_mps);
    f->u.gnss.longitude_rad += off_m[0] / (earth_m * cos(f->u.gnss.latitude_rad));
    f->u.gnss.latitude_rad += off_m[1] / earth_m;
    f->u.gnss.h_acc_m = k->claim_m;
    f->u.gnss.v_acc_m = 1.6f * k->claim_m;
    for (int i = 0; i < 2; i++)
        f->u.gnss.velocity_enu_mps[i] += (float)off_mps[i];
    for (int i = 0; i < 3 && !k->velocity; i++)
        f->u.gnss.velocity_enu_mps[i] = NAN;
    f->u.gnss.speed_mps = f->u.gnss.course_rad = NAN;
    return true;
}

static sim_options car(receiver *k, sim_motion *motion, double seconds)
{
    sim_options o = sim_usual();
    o.sources = SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_WHEEL);
    o.motion = motion;
    o.change = lead_astray;
    o.context = k;
    o.seconds = seconds;
    o.gnss_slow_m = 0.3;
    o.gnss_white_m = 0.3;
    o.heading_rad = 0.3;
    return o;
}

static void right(double t, double off_m[2], double off_mps[2])
{
    (void)t;
    off_m[0] = off_m[1] = off_mps[0] = off_mps[1] = 0.0;
}

/* Reflections come and go every half minute. */
static void wander(double t, double off_m[2], double off_mps[2])
{
    off_m[0] = 25.0 * sin(t / 4.0);
    off_m[1] = 20.0 * cos(t / 5.0);
    off_mps[0] = 25.0 / 4.0 * cos(t / 4.0);
    off_mps[1] = -4.0 * sin(t / 5.0);
}

static void half_a_minute_at_rest(double t, double *speed, double *yaw_rate)
{
    *speed = fmin(fmax(1.5 * (t - 30.0), 0.0), 9.0);
    *yaw_rate = 0.0;
}

static void straight(double t, double *speed, double *yaw_rate)
{
    (void)t;
    *speed = 9.0;
    *yaw_rate = 0.0;
}

/* Turns round every ten seconds. */
static void turn_round(double t, double *speed, double *yaw_rate)
{
    *speed = 9.0;
    *yaw_rate = fmod(t, 10.0) < 4.0 ? 0.78 : 0.0;
}

/* The first pose that there is. */
static sim_pose first_of(sim_options *o)
{
    sim_watch w;
    sim_pose first = {.t = INFINITY};
    sim_run(&w, o, NULL);
    for (size_t i = 0; i < w.count && isinf(first.t); i++)
        first = isfinite(w.poses[i].horizontal_m) ? w.poses[i] : first;
    sim_done(&w);
    return first;
}

/* Wheels stand, so what the receiver goes is no heading. */
START_TEST (not_while_the_wheels_stand) {
    receiver k = {wander, 1.0f, _i};
    sim_options o = car(&k, half_a_minute_at_rest, 60.0);
    ck_assert_double_ge(first_of(&o).t, 31.0);
}
END_TEST

/* But wheels that are stuck do not keep the pose for ever. */
static bool stuck_wheels(void *context, double t, frame *f)
{
    if (f->kind == FRAME_WHEEL) {
        f->u.wheel.speed_mps = 0.0f;
        for (int i = 0; i < 4; i++)
            f->u.wheel.wheel_mps[i] = 0.0f;
    }
    return lead_astray(context, t, f);
}

START_TEST (wheels_that_are_stuck_wait) {
    receiver k = {right, 1.0f, true};
    sim_options o = car(&k, straight, 150.0);
    o.change = stuck_wheels;
    double at = first_of(&o).t;
    ck_assert_double_gt(at, 100.0);
    ck_assert_double_lt(at, 130.0);
}
END_TEST

/* The displacement of a vehicle that has turned round is no heading. */
START_TEST (a_way_that_bends_begins_anew) {
    receiver k = {right, 4.0f, false};
    sim_options o = car(&k, turn_round, 60.0);
    ck_assert_float_lt(fabsf(first_of(&o).heading_rad), 0.5f);
}
END_TEST

/* A receiver that claims 12 m has no 90 m of reflections between two of its fixes. */
START_TEST (a_large_claim_starts) {
    receiver k = {right, 12.0f, false};
    sim_options o = car(&k, straight, 60.0);
    ck_assert_double_lt(first_of(&o).t, 20.0);
}
END_TEST

/* A velocity that is made of such positions gives any heading: it is covered until it has agreed. */
START_TEST (a_velocity_may_be_wrong) {
    receiver k = {wander, 1.0f, true};
    sim_options o = car(&k, _i ? straight : sim_start, 240.0);
    sim_watch w;
    sim_run(&w, &o, NULL);
    for (size_t i = 0; i < w.count; i++)
        ck_assert_msg(!(w.poses[i].over > 1.0f), "%.2f of its level at %.1f s", (double)w.poses[i].over,
                      w.poses[i].t);
    sim_done(&w);
}
END_TEST

/* Rounds a corner while the fixes come apart: the heading is that of where it looks now, not of the chord. */
static void round_a_corner(double t, double *speed, double *yaw_rate)
{
    *speed = fmin(1.5 * t, 9.0);
    *yaw_rate = t > 6.0 && t < 8.0 ? 0.5 : 0.0;
}

static bool say_rate(void *context, double t, frame *f)
{
    double speed, rate;
    bool keep = lead_astray(context, t, f);
    round_a_corner(t, &speed, &rate);
    if (f->kind == FRAME_WHEEL)
        f->u.wheel.yaw_rate_radps = (float)rate;
    return keep;
}

START_TEST (a_chord_over_a_corner) {
    receiver k = {right, 6.0f, false};
    sim_options o = car(&k, round_a_corner, 30.0);
    o.change = say_rate;
    ck_assert_float_lt(fabsf(first_of(&o).heading_rad), 0.2f);
}
END_TEST

/* For the first seconds the receiver goes another way than the vehicle, 70 degrees beside it, and comes back
 * by and by. */
static void another_way(double t, double off_m[2], double off_mps[2])
{
    const double speed = 9.0, turn = 1.2, heading = 0.3, until_s = 7.0, back_s = 12.0;
    double gone = fmin(t, until_s) * speed * (t < until_s ? 1.0 : fmax(0.0, 1.0 - (t - until_s) / back_s));
    double rate = t < until_s ? speed : t < until_s + back_s ? -speed * until_s / back_s : 0.0;
    double d[2] = {sin(heading + turn) - sin(heading), cos(heading + turn) - cos(heading)};
    for (int i = 0; i < 2; i++) {
        off_m[i] = gone * d[i];
        off_mps[i] = rate * d[i];
    }
}

/* When the pose was given up for what contradicted it; the sigma of the one that came instead, m. */
static float doubt_after(const sim_watch *w)
{
    for (int i = 0; i < w->fault_count; i++)
        if (w->faults[i].code == FAULT_DIVERGED)
            return sim_at(w, w->faults[i].from + 1.0)->sigma_m;
    return NAN;
}

/* By the way that came after, the heading is known, and nobody is left out. Which of the two was right is
 * not. */
START_TEST (a_start_the_wrong_way_is_found) {
    receiver k = {another_way, 2.0f, false};
    sim_options o = car(&k, straight, 120.0);
    sim_watch w;
    sim_run(&w, &o, NULL);
    for (int i = 0; i < w.fault_count; i++)
        ck_assert(w.faults[i].code != FAULT_EXCLUDED);
    ck_assert_double_lt(sim_judge(&w, 60.0, 120.0).worst_m, 25.0);
    ck_assert_float_lt(fabsf(sim_at(&w, 60.0)->heading_rad), 0.15f);
    ck_assert_float_gt(doubt_after(&w), 10.0f);
    for (size_t i = 0; i < w.count; i++)
        ck_assert(!(w.poses[i].over > 1.0f));
    sim_done(&w);
}
END_TEST

/* From the first seconds on it is led away to the side, and its velocities know nothing of that. */
static void led_aside(double t, double off_m[2], double off_mps[2])
{
    const double drag_mps = 4.0, from_s = 4.0, heading = 0.3,
                 gone = drag_mps * fmin(fmax(t - from_s, 0.0), 30.0);
    off_m[0] = gone * cos(heading);
    off_m[1] = -gone * sin(heading);
    off_mps[0] = off_mps[1] = 0.0;
}

/* Its way is that of the wheels, turned by 24 degrees; but where it goes, by its own word, is straight on. */
START_TEST (who_is_led_aside_turns_nobody) {
    receiver k = {led_aside, 2.0f, true};
    sim_options o = car(&k, straight, 60.0);
    sim_watch w;
    sim_run(&w, &o, NULL);
    for (int i = 0; i < w.fault_count; i++)
        ck_assert(w.faults[i].code != FAULT_DIVERGED);
    ck_assert_float_lt(fabsf(sim_at(&w, 50.0)->heading_rad), 0.15f);
    sim_done(&w);
}
END_TEST

/* No vehicle is that fast in reverse gear: the pose is turned round. */
START_TEST (who_drives_backwards_fast_is_turned_round) {
    const fusion_sinks sinks = {0};
    const double axes[4] = {0, 0, 0, 1}, at[3] = {6378237.0, 0, 0};
    const double speeds_mps[] = {-12.0, -6.0, 30.0};
    settings *set = malloc(sizeof *set);
    settings_default(set);
    settings_add_source(set, "gnss/roof");
    for (int i = 0; i < 3; i++) {
        fusion *f = fusion_create(set, &sinks);
        filter_place(&f->f, 1000000000, at, (const double[3]){speeds_mps[i], 0, 0}, axes);
        for (int k = 0; k < 9; k++)
            covariance_reset(&f->f.p, k, 1e-4f);
        initialize_watch_heading(f, 1000000000);
        ck_assert(initialize_heading_lost(f) == (i == 0));
        fusion_destroy(f);
    }
    free(set);
}
END_TEST

/* Wheels in km/h. Nobody can tell which of the two it is; why there is no pose, must be told. */
static bool in_kmh(void *context, double t, frame *f)
{
    if (f->kind == FRAME_WHEEL && t < 20.0)
        f->u.wheel.speed_mps *= 3.6f;
    return lead_astray(context, t, f);
}

START_TEST (contradiction_before_the_start_is_told) {
    receiver k = {right, 1.0f, true};
    sim_options o = car(&k, sim_straight, 40.0);
    sim_watch w;
    o.change = in_kmh;
    sim_run(&w, &o, NULL);
    sim_expect(&w, SIM_GNSS, FAULT_BIASED, 5.0, 7.5, 20.0, 27.0);
    sim_expect(&w, SIM_WHEEL, FAULT_BIASED, 5.0, 7.5, 20.0, 27.0);
    ck_assert(!sim_at(&w, 15.0)->usable);
    ck_assert_int_eq(sim_at(&w, 39.0)->mode, MODE_NOMINAL);
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("receiver");
    tcase_set_timeout(tcase, 120.0);
    tcase_add_loop_test(tcase, not_while_the_wheels_stand, 0, 2);
    tcase_add_test(tcase, who_drives_backwards_fast_is_turned_round);
    tcase_add_test(tcase, wheels_that_are_stuck_wait);
    tcase_add_test(tcase, a_way_that_bends_begins_anew);
    tcase_add_test(tcase, a_large_claim_starts);
    tcase_add_test(tcase, a_chord_over_a_corner);
    tcase_add_test(tcase, a_start_the_wrong_way_is_found);
    tcase_add_test(tcase, who_is_led_aside_turns_nobody);
    tcase_add_loop_test(tcase, a_velocity_may_be_wrong, 0, 2);
    tcase_add_test(tcase, contradiction_before_the_start_is_told);
    return run_cases("start", tcase);
}
