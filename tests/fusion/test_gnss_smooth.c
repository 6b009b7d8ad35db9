/*
 * A receiver that filters what it says, as telephones do: who is taken for one, and what is learned of it.
 */
#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_error.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static const double lag_s = 1.2;

/* By how much sim_city has turned left since t = 0, less a constant. */
static double turned_rad(double t)
{
    return -0.15 / 0.23 * cos(0.23 * t) - 0.05 / 0.71 * cos(0.71 * t);
}

/* Its velocity is that of a while ago. */
static bool lags(void *context, double t, frame *f)
{
    double was, is, turn, then = fmax(t - lag_s, 0.0);
    (void)context;
    if (f->kind != FRAME_GNSS)
        return true;
    f->u.gnss.h_acc_m = f->u.gnss.v_acc_m = f->u.gnss.speed_acc_mps = NAN;
    sim_city(then, &was, &turn);
    sim_city(t, &is, &turn);
    double left = turned_rad(then) - turned_rad(t), east = (double)f->u.gnss.velocity_enu_mps[0],
           north = (double)f->u.gnss.velocity_enu_mps[1];
    f->u.gnss.velocity_enu_mps[0] = (float)(was / is * (cos(left) * east - sin(left) * north));
    f->u.gnss.velocity_enu_mps[1] = (float)(was / is * (sin(left) * east + cos(left) * north));
    return true;
}

static bool is_fixed(void *context, double t, frame *f)
{
    (void)context, (void)t;
    if (f->kind == FRAME_GNSS)
        f->u.gnss.fix = GNSS_FIX_FIXED;
    return true;
}

/* Ten a second, but for ten seconds in the middle. */
static bool is_interrupted(void *context, double t, frame *f)
{
    (void)context;
    return f->kind != FRAME_GNSS || t < 10.0 || t > 20.0;
}

enum { WHEELLESS = SIM_CAR & ~SIM_BIT(SIM_WHEEL) };

static fusion *driven(const sim_options *o, sim_drive **d, double seconds)
{
    settings set;
    const fusion_sinks sinks = {0};
    sim_settings(&set);
    fusion *core = fusion_create(&set, &sinks);
    *d = sim_drive_make(o);
    sim_feed(*d, core, 0.0, seconds);
    return core;
}

START_TEST (who_may_be_one) {
    static const struct {
        double hz;
        sim_change *change;
        unsigned sources;
        bool smooths;
        const char *legend;
    } rows[] = {
        {1.0, NULL, WHEELLESS, true, "a fix a second"},
        {10.0, NULL, WHEELLESS, false, "ten a second"},
        {10.0, is_interrupted, WHEELLESS, false, "ten a second, with a gap"},
        {1.0, is_fixed, WHEELLESS, false, "a carrier-phase solution"},
        {1.0, NULL, WHEELLESS | SIM_BIT(SIM_SECOND_GNSS), false, "beside another receiver"},
        {1.0, NULL, SIM_CAR, false, "beside wheels"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        sim_drive *d;
        sim_options o = sim_usual();
        o.gnss_hz = rows[i].hz;
        o.change = rows[i].change;
        o.sources = rows[i].sources;
        fusion *core = driven(&o, &d, 25.0);
        ck_assert_msg(core->source[SIM_GNSS].gnss.smooths == rows[i].smooths, "%s", rows[i].legend);
        sim_drive_free(d);
        fusion_destroy(core);
    }
}
END_TEST

START_TEST (settings_end_it) {
    settings set;
    source_run s = {.gnss = {.usual_s = 1.0f, .smooths = true}};
    frame_gnss g = {.h_acc_m = NAN, .fix = GNSS_FIX_3D, .hdop = NAN, .satellites = -1};
    settings_default(&set);
    s.set = settings_add_source(&set, "gnss/roof");
    ck_assert_float_eq_tol(gnss_sigma(&s, &g), 5.5f, 0.01f);
    g.h_acc_m = 0.5f; /* what it claims is what its filter believes */
    ck_assert_float_gt(gnss_sigma(&s, &g), 4.3f);
    s.gnss.smooths = false;
    ck_assert_float_lt(gnss_sigma(&s, &g), 0.6f);
}
END_TEST

/* An accelerometer shows by how much the velocity is late. */
START_TEST (lag_is_found) {
    sim_drive *d;
    sim_options o = sim_usual();
    o.gnss_hz = 1.0;
    o.sources = SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_IMU);
    o.change = lags;
    fusion *core = driven(&o, &d, 55.0);
    const source_run *s = &core->source[SIM_GNSS];
    ck_assert_double_eq_tol(core->f.source[s->first_state - STATE_SOURCES + VELOCITY_LAG], lag_s, 0.35);
    sim_drive_free(d);
    fusion_destroy(core);
}
END_TEST

START_TEST (region_holds_the_truth) {
    sim_watch w;
    sim_options o = sim_usual();
    o.gnss_hz = 1.0;
    o.sources = SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_IMU);
    o.change = lags;
    sim_run(&w, &o, NULL);
    sim_score s = sim_judge(&w, 5.0, 60.0);
    ck_assert_msg(s.coverage > 0.95, "inside %.3f of the time, %.1f m off", s.coverage, s.worst_m);
    sim_done(&w);
}
END_TEST

/* A velocity that contradicts an IMU doubts both, where no speed vouches for the filter. */
static float doubted(unsigned sources)
{
    sim_drive *d;
    sim_options o = sim_usual();
    measurement m = {.dim = 2, .innovation = {5.0f, 0.0f}, .variance = {1.0f, 1.0f}, .nis = 25.0f};
    o.gnss_hz = 1.0;
    o.sources = sources;
    fusion *core = driven(&o, &d, 20.0);
    float before = covariance_at(&core->f.p, STATE_VELOCITY, STATE_VELOCITY);
    gnss_smooth_contradicts(core, &core->source[SIM_GNSS], &m);
    float more = covariance_at(&core->f.p, STATE_VELOCITY, STATE_VELOCITY) - before;
    sim_drive_free(d);
    fusion_destroy(core);
    return more;
}

START_TEST (both_are_doubted) {
    ck_assert_float_eq_tol(doubted(SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_IMU)), 6.0f, 0.1f);
    ck_assert_float_eq(doubted(WHEELLESS), 0.0f); /* a radar vouches for it */
}
END_TEST

static bool is_silent_from_30(void *context, double t, frame *f)
{
    (void)context;
    return f->kind != FRAME_GNSS || t < 30.0;
}

/* One sigma of position, per axis, and of speed, 15 s after a receiver of one fix a second has fallen silent.
 */
static void carried_on(unsigned sources, double *position_m, double *speed_mps)
{
    sim_drive *d;
    sim_options o = sim_usual();
    o.gnss_hz = 1.0;
    o.sources = sources;
    o.change = is_silent_from_30;
    fusion *core = driven(&o, &d, 45.0);
    *position_m = sqrt((double)core_horizontal_variance(core) / 2.0);
    *speed_mps = 0.0;
    for (int i = 0; i < 3; i++)
        *speed_mps = hypot(*speed_mps,
                           sqrt((double)covariance_at(&core->f.p, STATE_VELOCITY + i, STATE_VELOCITY + i)));
    sim_drive_free(d);
    fusion_destroy(core);
}

START_TEST (what_it_taught_is_doubted_behind_it) {
    double position_m, speed_mps;
    carried_on(SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_IMU), &position_m, &speed_mps);
    ck_assert_double_gt(position_m, 0.25 * 14.0 * 14.0); /* 0.5 m/s^2 */
    ck_assert_double_gt(speed_mps, 5.0);
    carried_on(WHEELLESS, &position_m, &speed_mps); /* a radar tells the speed */
    ck_assert_double_lt(position_m, 20.0);
    ck_assert_double_lt(speed_mps, 1.0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("receivers that smooth");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, who_may_be_one);
    tcase_add_test(t, settings_end_it);
    tcase_add_test(t, lag_is_found);
    tcase_add_test(t, region_holds_the_truth);
    tcase_add_test(t, both_are_doubted);
    tcase_add_test(t, what_it_taught_is_doubted_behind_it);
    return run_cases("gnss_smooth", t);
}
