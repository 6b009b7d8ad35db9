/* A receiver in a street canyon: it claims metres and is off by tens for minutes, and only wheels with a yaw
 * rate are beside it. The pose may be as wrong as the receiver; its levels may not be. */
#include "fusion/core/core.h"
#include "fusion/integrity/bank.h"
#include "fusion/integrity/integrity.h"
#include "tests/fusion/sim_watch.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static const double earth_m = 6371000.0, yaw_bias_radps = 0.004;

typedef struct canyon canyon;
typedef void error_at(const canyon *k, double t, double *east_m, double *north_m);

struct canyon {
    error_at *error;
    float claim_m;
    bool velocity; /* it says one */
};

static bool reflect(void *context, double t, frame *f)
{
    const canyon *k = context;
    double east = 0.0, north = 0.0;
    if (f->kind != FRAME_GNSS)
        return true;
    k->error(k, t, &east, &north);
    f->u.gnss.latitude_rad += north / earth_m;
    f->u.gnss.longitude_rad += east / (earth_m * cos(f->u.gnss.latitude_rad));
    f->u.gnss.h_acc_m = k->claim_m;
    f->u.gnss.v_acc_m = 1.6f * k->claim_m;
    for (int i = 0; i < 3 && !k->velocity; i++)
        f->u.gnss.velocity_enu_mps[i] = NAN;
    if (!k->velocity)
        f->u.gnss.speed_mps = f->u.gnss.course_rad = NAN;
    return true;
}

/* Blocks of 200 m: on at 8 m/s, to a light, round a corner. */
static void blocks(double t, double *speed, double *yaw_rate)
{
    double at = fmod(t, 60.0);
    int corner = (int)(t / 60.0) % 3;
    *speed = at < 15.0 ? 0.0 : fmin(fmin(1.5 * (at - 15.0), 8.0), fmax(1.5 * (58.0 - at), 0.0));
    *yaw_rate = at > 50.0 && at < 54.0 ? (corner == 0 ? -0.39 : 0.39) : 0.0;
}

/* Wheels bring the yaw rate too; sim_drive leaves it out. */
static bool drive_on(void *context, double t, frame *f)
{
    double speed, rate;
    blocks(t, &speed, &rate);
    if (f->kind == FRAME_WHEEL)
        f->u.wheel.yaw_rate_radps = (float)(rate + yaw_bias_radps);
    return reflect(context, t, f);
}

static sim_options car(canyon *k, double seconds, int seed)
{
    sim_options o = sim_usual();
    o.sources = SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_WHEEL);
    o.motion = blocks;
    o.change = drive_on;
    o.context = k;
    o.seconds = seconds;
    o.gnss_slow_m = 0.5;
    o.gnss_white_m = 0.3;
    o.seed += (uint64_t)seed;
    return o;
}

static void drive(sim_watch *w, canyon *k, double seconds, int seed)
{
    sim_options o = car(k, seconds, seed);
    sim_run(w, &o, NULL);
}

static void within_levels(const sim_watch *w)
{
    for (size_t i = 0; i < w->count; i++)
        ck_assert_msg(!(w->poses[i].over > 1.0f), "%.1f m off and %.2f rad, %.2f of its level, at %.1f s",
                      (double)w->poses[i].horizontal_m, (double)w->poses[i].heading_rad,
                      (double)w->poses[i].over, w->poses[i].t);
}

/* ---- off by the same from the start, over six blocks: nothing contradicts it */

static void lasting(const canyon *k, double t, double *east, double *north)
{
    (void)k;
    *east = t < 360.0 ? 30.0 : 0.0;
    *north = t < 360.0 ? -30.0 : 0.0;
}

/* A drive of so many seconds has no error above its level. */
static void holds(canyon k, double until_s, int seed)
{
    sim_watch w;
    drive(&w, &k, until_s, seed);
    within_levels(&w);
    sim_done(&w);
}

START_TEST (agreement_proves_no_large_claim) {
    holds((canyon){lasting, 2.9f, true}, 500.0, _i);
}
END_TEST

/* For four minutes, at the speed of streets: nothing is proven there. */
static void four_minutes(const canyon *k, double t, double *east, double *north)
{
    (void)k;
    *east = t < 240.0 ? 45.0 : 0.0;
    *north = t < 240.0 ? -25.0 : 0.0;
}

START_TEST (streets_prove_nothing) {
    holds((canyon){four_minutes, 1.3f, true}, 400.0, _i);
}
END_TEST

/* For five minutes by a hundred metres, from the first fix on, of which it claims less than a hundredth. */
static void five_minutes(const canyon *k, double t, double *east, double *north)
{
    (void)k;
    *east = t < 300.0 ? 68.0 : 0.0;
    *north = t < 300.0 ? -72.0 : 0.0;
}

START_TEST (a_hundred_metres_from_the_start) {
    holds((canyon){five_minutes, 0.8f, true}, 450.0, _i);
}
END_TEST

/* ---- left out at 200 s, it wanders on and agrees with nothing for long, and is missed */

static const double banned_s = 200.0, missed_after_s = 60.0;

static void wandering(const canyon *k, double t, double *east, double *north)
{
    (void)k;
    double on = fmax(t - 140.0, 0.0);
    *east = 28.0 * sin(on / 17.0) + 14.0 * sin(on / 7.0);
    *north = 25.0 * sin(on / 20.0) - 12.0 * sin(on / 6.0);
}

/* As exclusion.c does it. */
static void leave_out(fusion *f, int source)
{
    source_run *s = &f->source[source];
    s->out.banned = true;
    s->out.bans = 1;
    s->out.banned_ns = f->f.stamp_ns;
    s->out.banned_at_m = f->odometer_m;
    s->out.agrees_ns = INT64_MIN;
    bank_restart(f);
}

START_TEST (missed_when_dead_reckoning_is_exhausted) {
    canyon k = {wandering, 2.5f, true};
    sim_options o = car(&k, 400.0, _i);
    sim_watch w;
    fusion *f = sim_watch_core(&w, sim_drive_make(&o), NULL);
    sim_feed(w.drive, f, -1e9, banned_s);
    leave_out(f, SIM_GNSS);
    sim_feed(w.drive, f, banned_s, banned_s + missed_after_s - 2.0);
    ck_assert(f->source[SIM_GNSS].out.banned);
    sim_feed(w.drive, f, banned_s + missed_after_s - 2.0, banned_s + missed_after_s + 2.0);
    ck_assert(!f->source[SIM_GNSS].out.banned);
    sim_feed(w.drive, f, banned_s + missed_after_s + 2.0, 1e9);
    fusion_flush(f);
    within_levels(&w);
    ck_assert_float_lt(sim_at(&w, 399.0)->horizontal_m, 45.0f);
    ck_assert_float_lt(sim_at(&w, 399.0)->bound_m, 500.0f);
    fusion_destroy(f);
    sim_done(&w);
}
END_TEST

/* ---- the start: the error grows as fast as the vehicle drives, and the heading is taken from that */

static void growing(const canyon *k, double t, double *east, double *north)
{
    (void)k;
    *east = fmin(fmax(t - 16.0, 0.0) * 5.0, 50.0);
    *north = -0.8 * *east;
}

START_TEST (heading_from_positions) {
    canyon k = {growing, 2.0f, false};
    sim_watch w;
    drive(&w, &k, 400.0, _i);
    within_levels(&w);
    ck_assert_float_lt(sim_at(&w, 399.0)->horizontal_m, 110.0f);
    sim_done(&w);
}
END_TEST

/* ---- the heading's level, at the start and after */

static void right(const canyon *k, double t, double *east, double *north)
{
    (void)k;
    (void)t;
    *east = *north = 0.0;
}

static float heading_level_at(sim_options *o, double doubted_s, double at_s)
{
    sim_watch w;
    fusion *f = sim_watch_core(&w, sim_drive_make(o), NULL);
    sim_feed(w.drive, f, -1e9, doubted_s);
    if (doubted_s > 0.0)
        bank_doubt_heading(f, 60.0f);
    sim_feed(w.drive, f, fmax(doubted_s, -1e8), at_s);
    float level = f->bank.level[BANK_HEADING];
    fusion_destroy(f);
    sim_done(&w);
    return level;
}

START_TEST (doubted_where_positions_gave_it) {
    canyon told = {right, 1.0f, true}, guessed = {right, 1.0f, false};
    sim_options with = car(&told, 100.0, 0), without = car(&guessed, 100.0, 0);
    ck_assert_float_lt(heading_level_at(&with, -1e9, 40.0), 1.0f);
    ck_assert_float_gt(heading_level_at(&without, -1e9, 40.0), 3.1f);
}
END_TEST

/* Forwards until 25 s, then back. */
static void backing(double t, double *speed, double *yaw_rate)
{
    *speed = t < 25.0 ? 8.0 : fmax(8.0 - (t - 25.0), -4.0);
    *yaw_rate = 0.0;
}

START_TEST (not_healed_backwards) {
    canyon k = {right, 1.0f, true};
    sim_options o = car(&k, 200.0, 0);
    o.sources = SIM_CAR;
    o.motion = backing;
    o.change = NULL;
    ck_assert_float_gt(heading_level_at(&o, 40.0, 150.0), 3.1f);
}
END_TEST

/* ---- what a receiver may hide */

static float covered_m(fusion *f, float scatter)
{
    source_run *s = &f->source[SIM_GNSS];
    s->place.agreed_m = s->place.opened_m = (float)f->set.integrity.prove_m;
    s->noise_scale = scatter;
    integrity_prove(f, s, 1.0f, DECISION_FUSED);
    return s->place.covered_m;
}

START_TEST (scatter_is_no_small_claim) {
    const fusion_sinks none = {0};
    settings *set = sim_settings_new();
    fusion *f = fusion_create(set, &none);
    ck_assert_float_lt(covered_m(f, 1.0f), 8.0f);
    ck_assert_float_eq_tol(covered_m(f, 0.5f), covered_m(f, 1.0f), 1e-3);
    ck_assert_float_gt(covered_m(f, 5.0f), 15.0f);
    fusion_destroy(f);
    free(set);
}
END_TEST

/* What it may hide after so long at a speed, with a claim of this worth. */
static float covered_after(double speed_mps, double way_m, float claim_m)
{
    const fusion_sinks none = {0};
    settings *set = sim_settings_new();
    fusion *f = fusion_create(set, &none);
    source_run *s = &f->source[SIM_GNSS];
    f->source[SIM_WHEEL].fused_ns = f->applied_ns = 1000000000;
    f->f.velocity_ecef_mps[0] = speed_mps;
    for (int i = 0; i < 100; i++) {
        f->odometer_m += 0.01 * way_m;
        integrity_prove(f, s, claim_m, DECISION_FUSED);
    }
    const float covered_m = s->place.covered_m;
    fusion_destroy(f);
    free(set);
    return covered_m;
}

START_TEST (open_roads_prove) {
    ck_assert_float_gt(covered_after(13.0, 5000.0, 0.5f), 21.0f);
    ck_assert_float_gt(covered_after(19.0, 5000.0, 0.5f), 21.0f);
    ck_assert_float_lt(covered_after(30.0, 400.0, 0.5f), 6.0f);
    ck_assert_float_gt(covered_after(30.0, 400.0, 2.5f), 11.0f); /* half of it proves nothing */
    ck_assert_float_gt(covered_after(30.0, 400.0, 8.0f), 19.0f);
}
END_TEST

/* Positions that go elsewhere than the velocity says are no agreement. */
START_TEST (what_contradicts_itself_proves_nothing) {
    const fusion_sinks none = {0};
    settings *set = sim_settings_new();
    fusion *f = fusion_create(set, &none);
    source_run *s = &f->source[SIM_GNSS];
    const int slow = s->first_state - STATE_SOURCES + GNSS_SLOW_VELOCITY;
    f->source[SIM_WHEEL].fused_ns = f->applied_ns = 1000000000;
    for (int i = 0; i < 2; i++)
        f->f.slow[slow + i].stationary = 0.05f * 0.05f;
    f->f.source[slow] = 0.2;
    covered_m(f, 1.0f);
    ck_assert_float_eq_tol(s->place.agreed_m, (float)set->integrity.prove_m, 1e-3);
    f->f.source[slow + 1] = -0.3;
    covered_m(f, 1.0f);
    ck_assert_float_lt(s->place.agreed_m, 0.95f * (float)set->integrity.prove_m);
    ck_assert_float_lt(s->place.opened_m, 0.95f * (float)set->integrity.prove_m);
    fusion_destroy(f);
    free(set);
}
END_TEST

START_TEST (a_wide_heading_is_none) {
    const fusion_sinks none = {0};
    fusion_pose p = {.heading_rad = 0.3f};
    settings *set = sim_settings_new();
    fusion *f = fusion_create(set, &none);
    f->bank.judged = true;
    f->bank.level[BANK_HEADING] = 0.5f;
    integrity_protect(f, &p);
    ck_assert_float_eq_tol(p.protection_heading_rad, 0.5f, 1e-3);
    f->bank.level[BANK_HEADING] = 0.7f;
    integrity_protect(f, &p);
    ck_assert_float_gt(p.protection_heading_rad, 3.1f);
    fusion_destroy(f);
    free(set);
}
END_TEST

int main(void)
{
    TCase *tcase = tcase_create("receiver");
    tcase_set_timeout(tcase, 240.0);
    tcase_add_loop_test(tcase, agreement_proves_no_large_claim, 0, seeds(3));
    tcase_add_loop_test(tcase, streets_prove_nothing, 0, seeds(3));
    tcase_add_loop_test(tcase, a_hundred_metres_from_the_start, 0, seeds(3));
    tcase_add_loop_test(tcase, missed_when_dead_reckoning_is_exhausted, 0, seeds(3));
    tcase_add_loop_test(tcase, heading_from_positions, 0, seeds(3));
    tcase_add_test(tcase, doubted_where_positions_gave_it);
    tcase_add_test(tcase, not_healed_backwards);
    tcase_add_test(tcase, scatter_is_no_small_claim);
    tcase_add_test(tcase, open_roads_prove);
    tcase_add_test(tcase, what_contradicts_itself_proves_nothing);
    tcase_add_test(tcase, a_wide_heading_is_none);
    return run_cases("canyon", tcase);
}
