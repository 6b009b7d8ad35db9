/*
 * The simulated GNSS receiver against its settings, over many drives.
 */
#include "tests/sim/sensor_rig.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static rig *g;
static sim_gnss_errors *set;
static const frame_gnss *fix;

static void setup(void)
{
    g = rig_open(&sim_sensor_gnss);
    set = &g->set->of.gnss;
    fix = &g->frames[FRAME_GNSS].u.gnss;
    g->moment.road.sky = SKY_OPEN;
}

static void teardown(void)
{
    rig_close(g);
}

static void next(double step_s)
{
    rig_step(g, step_s);
    rig_sample(g);
    if (!g->got[FRAME_GNSS])
        ck_abort_msg("no frame");
}

/* Error of the present fix in the plane. */
static void miss(double out[3])
{
    geodetic at = {fix->latitude_rad, fix->longitude_rad, fix->height_m};
    earth_plane(sim_world_earth(g->world), &at, out);
    for (int i = 0; i < 3; i++)
        out[i] -= g->now.plane_m[i];
}

static double miss_horizontally(void)
{
    double e[3];
    miss(e);
    return hypot(e[0], e[1]);
}

/* Each drive has a sigma of its own, between the two; never a smaller one. */
START_TEST (open_sky_sigma) {
    stats fixed[3] = {{0}}, drawn = {0}, velocity = {0};
    double e[3];
    set->open_most_m = set->open_least_m = 1.2;
    for (int drive = 0; drive < 3000; drive++) {
        rig_start(g, (uint64_t)drive);
        next(0.1);
        miss(e);
        for (int i = 0; i < 3; i++)
            stats_add(&fixed[i], e[i]);
        stats_add(&velocity, (double)fix->velocity_enu_mps[0]);
    }
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol(stats_rms(&fixed[i]), hypot(1.2, 0.2) * (i == 2 ? 1.8 : 1),
                                i == 2 ? 0.1 : 0.06);
    ck_assert_double_eq_tol(stats_rms(&velocity), 0.05 * hypot(1, 0.5), 0.004);
    set->open_least_m = 0.7, set->open_most_m = 2;
    for (int drive = 0; drive < 3000; drive++) {
        rig_start(g, (uint64_t)drive);
        next(0.1);
        miss(e);
        stats_add(&drawn, e[0]);
    }
    /* E[sigma^2] of uniform in [a, b]: (b^3 - a^3) / (3 (b - a)) */
    ck_assert_double_eq_tol(stats_rms(&drawn), sqrt((8 - 0.343) / 3.9 + 0.04), 0.08);
}
END_TEST

START_TEST (slow_error_lasts_for_its_time) {
    enum { N = 40000, LAG = 50 };
    static double east[N];
    double now = 0, later = 0, e[3];
    set->open_most_m = set->open_least_m = 1;
    set->open_tau_least_s = set->open_tau_most_s = LAG;
    rig_start(g, 3);
    for (int i = 0; i < N; i++) {
        next(1);
        miss(e);
        east[i] = e[0];
    }
    for (int i = 0; i + LAG < N; i++) {
        now += east[i] * east[i];
        later += east[i] * east[i + LAG];
    }
    ck_assert_double_eq_tol(later / now, exp(-1) / 1.04, 0.07);
}
END_TEST

START_TEST (claims_are_off_by_the_factor_of_the_drive) {
    double least = 9, most = 0;
    set->open_most_m = set->open_least_m = 1;
    for (int drive = 0; drive < 300; drive++) {
        rig_start(g, (uint64_t)drive);
        next(0.1);
        double factor = (double)fix->h_acc_m / hypot(1, 0.2);
        least = fmin(least, factor);
        most = fmax(most, factor);
        ck_assert_double_eq_tol((double)(fix->v_acc_m / fix->h_acc_m), set->vertical_factor, 0.01);
    }
    ck_assert_double_gt(least, 0.45);
    ck_assert_double_lt(least, 0.8);
    ck_assert_double_gt(most, 1.2);
    ck_assert_double_lt(most, 1.7);
}
END_TEST

/* A receiver that says little: speed and course, no accuracy. */
START_TEST (speed_and_course_alone) {
    stats speed = {0};
    set->vector = set->claims = 0;
    g->now.velocity_mps[0] = 6;
    g->now.velocity_mps[1] = 8;
    for (int drive = 0; drive < 2000; drive++) {
        rig_start(g, (uint64_t)drive);
        next(0.1);
        ck_assert(isnan(fix->velocity_enu_mps[0]) && isnan(fix->h_acc_m) && isnan(fix->speed_acc_mps));
        ck_assert_double_eq_tol((double)fix->course_rad, atan2(6, 8), 0.04);
        stats_add(&speed, (double)fix->speed_mps - 10);
    }
    ck_assert_double_eq_tol(stats_rms(&speed), hypot(1, 0.5) * set->velocity_mps, 0.004);
}
END_TEST

/* Reflections for their share of the time, 5 to 50 m, not claimed; and outages for theirs. */
START_TEST (street_canyon) {
    enum { N = 200000 };
    int reflected = 0, none = 0, large = 0, small = 0;
    stats over = {0};
    set->canyon_factor = 1;
    g->moment.road.sky = SKY_CANYON;
    rig_start(g, 11);
    for (int i = 0; i < N; i++) {
        next(1);
        if (fix->fix == GNSS_FIX_NONE) {
            none++;
            continue;
        }
        double e = miss_horizontally();
        reflected += e > 6;
        large += e > 20;
        small += e > 8 && e <= 20;
        if (e > 10)
            stats_add(&over, (double)fix->h_acc_m / e);
    }
    double fixes = N - none;
    ck_assert_double_gt(none / (double)N, 0.09);
    ck_assert_double_lt(none / (double)N, 0.2); /* reacquisition takes its second */
    ck_assert_double_eq_tol(reflected / fixes, 0.48, 0.05);
    ck_assert_double_eq_tol(large / fixes, 0.5 * log(50 / 20.0) / log(10), 0.03);
    ck_assert_double_eq_tol(small / fixes, 0.5 * log(20 / 8.0) / log(10), 0.03);
    ck_assert_double_eq_tol(stats_mean(&over), set->claim_canyon, 0.05);
}
END_TEST

START_TEST (tunnel) {
    rig_start(g, 5);
    next(0.1);
    double before = (double)fix->h_acc_m;
    g->moment.road.sky = SKY_TUNNEL;
    for (int i = 0; i < 100; i++) {
        next(0.1);
        ck_assert_uint_eq(fix->fix, GNSS_FIX_NONE);
        ck_assert(isnan(fix->latitude_rad) && isnan(fix->h_acc_m) && isnan(fix->velocity_enu_mps[0]));
    }
    g->moment.road.sky = SKY_OPEN;
    int waited = 0;
    do
        next(0.1);
    while (fix->fix == GNSS_FIX_NONE && waited++ < 30);
    ck_assert_int_gt(waited, 3);
    ck_assert_int_lt(waited, 27);
    ck_assert_double_gt((double)fix->h_acc_m, 1.8 * before);
    for (int i = 0; i < 250; i++)
        next(0.1);
    ck_assert_double_lt((double)fix->h_acc_m, 1.4 * before);
}
END_TEST

/* Fixed to centimetres, float for its share, and now and then fixed and wrong. */
START_TEST (rtk) {
    enum { N = 400000 };
    int floating = 0, wrong = 0;
    stats fixed = {0};
    set->grade = SIM_GNSS_RTK;
    set->wrong_fix_per_hour = 10;
    rig_start(g, 2);
    for (int i = 0; i < N; i++) {
        next(1);
        double e[3];
        miss(e);
        floating += fix->fix == GNSS_FIX_FLOAT;
        if (fix->fix != GNSS_FIX_FIXED)
            continue;
        if ((double)fix->h_acc_m > 0.5)
            ck_abort_msg("claims %.2f m", (double)fix->h_acc_m);
        if (hypot(e[0], e[1]) > 0.18)
            wrong++;
        else
            stats_add(&fixed, e[0]);
    }
    ck_assert_double_eq_tol(floating / (double)N, set->float_share, 0.02);
    ck_assert_double_eq_tol(stats_rms(&fixed), 0.02 * sqrt(2), 0.003);
    double hours = (N - floating) / 3600.0;
    ck_assert_double_eq_tol(wrong / 20.0 / hours, 10 * 0.95, 2);
}
END_TEST

START_TEST (latency_varies) {
    stats delay = {0};
    int late = 0;
    double least = 9;
    rig_start(g, 2);
    for (int i = 0; i < 5000; i++) {
        next(0.2);
        double d = (double)(g->frames[FRAME_GNSS].received_ns - g->moment.stamp_ns) * 1e-9;
        ck_assert(g->frames[FRAME_GNSS].stamp_ns == g->moment.stamp_ns);
        stats_add(&delay, d);
        least = fmin(least, d);
        late += d > 0.2;
    }
    ck_assert_double_ge(least, 0.06);
    ck_assert_double_eq_tol(stats_mean(&delay), 0.1, 0.003);
    ck_assert_int_lt(late, 5000 * 5 / 100);
}
END_TEST

/* The velocity is an old one: against the acceleration. */
START_TEST (velocity_lags) {
    stats v = {0};
    g->now.accel_mps2[0] = 2;
    for (int drive = 0; drive < 2000; drive++) {
        rig_start(g, (uint64_t)drive);
        next(0.1);
        stats_add(&v, (double)fix->velocity_enu_mps[0]);
    }
    ck_assert_double_eq_tol(stats_mean(&v), -2 * set->velocity_lag_s, 0.005);
}
END_TEST

/* At a constant acceleration a velocity that is smoothed is late by the time constant, at any rate; at a
 * constant speed it is not. */
START_TEST (velocity_is_smoothed) {
    for (int rate = 0; rate < 2; rate++) {
        stats gaining = {0}, steady = {0};
        double step_s = rate ? 1 : 0.1;
        set->velocity_smooth_s = 1.5;
        set->velocity_lag_s = 0;
        for (int drive = 0; drive < 500; drive++) {
            rig_start(g, (uint64_t)drive);
            g->now.velocity_mps[0] = 0;
            for (int i = 0; i < (int)(20 / step_s); i++) {
                next(step_s);
                g->now.velocity_mps[0] += 2 * step_s;
            }
            stats_add(&gaining, (double)fix->velocity_enu_mps[0] - g->now.velocity_mps[0] + 2 * step_s);
            for (int i = 0; i < (int)(20 / step_s); i++)
                next(step_s);
            stats_add(&steady, (double)fix->velocity_enu_mps[0] - g->now.velocity_mps[0]);
        }
        ck_assert_double_eq_tol(stats_mean(&gaining), -2 * 1.5, 0.1);
        ck_assert_double_eq_tol(stats_mean(&steady), 0, 0.02);
    }
}
END_TEST

START_TEST (same_seed_same_bits) {
    frame first;
    rig_start(g, 4);
    next(0.1);
    first = g->frames[FRAME_GNSS];
    rig_start(g, 4);
    next(0.1);
    ck_assert(memcmp(&first, &g->frames[FRAME_GNSS], frame_used_size(&first)) == 0);
    rig_start(g, 5);
    next(0.1);
    ck_assert(memcmp(&first, &g->frames[FRAME_GNSS], frame_used_size(&first)) != 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("gnss");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, open_sky_sigma);
    tcase_add_test(t, slow_error_lasts_for_its_time);
    tcase_add_test(t, claims_are_off_by_the_factor_of_the_drive);
    tcase_add_test(t, speed_and_course_alone);
    tcase_add_test(t, street_canyon);
    tcase_add_test(t, tunnel);
    tcase_add_test(t, rtk);
    tcase_add_test(t, latency_varies);
    tcase_add_test(t, velocity_lags);
    tcase_add_test(t, velocity_is_smoothed);
    tcase_add_test(t, same_seed_same_bits);
    return run_cases("sensor_gnss", t);
}
