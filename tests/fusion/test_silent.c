/*
 * A receiver that does not say how good it is: what is assumed, and what is learned of it.
 */
#include "fusion/core/core.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_error.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

/* ---- what is assumed */

static frame_gnss silent_fix(uint8_t type, float hdop, int satellites)
{
    return (frame_gnss){.h_acc_m = NAN,
                        .v_acc_m = NAN,
                        .speed_acc_mps = NAN,
                        .hdop = hdop,
                        .satellites = (int16_t)satellites,
                        .fix = type};
}

START_TEST (assumed_by_solution_and_geometry) {
    static const struct {
        uint8_t type;
        float hdop;
        int satellites;
        double sigma_m;
    } rows[] = {
        {GNSS_FIX_UNKNOWN, NAN, -1, 2.0}, {GNSS_FIX_3D, 0.7f, 18, 2.0}, /* what they have in common stays */
        {GNSS_FIX_3D, 3.0f, 5, 6.0},      {GNSS_FIX_3D, NAN, 4, 8.1},
        {GNSS_FIX_3D, NAN, 6, 3.43},      {GNSS_FIX_3D, 0.0f, 6, 3.43}, /* no HDOP is 0 */
        {GNSS_FIX_3D, 99.9f, 4, 40.0},    {GNSS_FIX_DGNSS, 1.0f, 12, 1.4},
        {GNSS_FIX_FLOAT, 1.0f, 12, 0.4},  {GNSS_FIX_FIXED, 1.0f, 12, 0.03},
    };
    settings set;
    const fusion_sinks sinks = {0};
    settings_default(&set);
    settings_add_source(&set, "gnss/roof");
    fusion *core = fusion_create(&set, &sinks);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        frame_gnss g = silent_fix(rows[i].type, rows[i].hdop, rows[i].satellites);
        ck_assert_double_eq_tol((double)gnss_sigma(&core->source[0], &g), rows[i].sigma_m,
                                0.01 * rows[i].sigma_m);
    }
    frame_gnss claimed = silent_fix(GNSS_FIX_3D, 1.0f, 12); /* a claim is a claim */
    claimed.h_acc_m = 0.8f;
    ck_assert_double_eq_tol((double)gnss_claim(&core->source[0], &claimed), 0.8, 1e-6);
    claimed.h_acc_m = 0.1f; /* but of a code solution */
    ck_assert_double_eq_tol((double)gnss_claim(&core->source[0], &claimed), 0.5, 1e-6);
    fusion_destroy(core);
}
END_TEST

/* ---- what is learned */

static bool claims_nothing(void *context, double t, frame *f)
{
    (void)context, (void)t;
    if (f->kind == FRAME_GNSS)
        f->u.gnss.h_acc_m = f->u.gnss.v_acc_m = f->u.gnss.speed_acc_mps = NAN;
    return true;
}

/* A telephone: one fix in two seconds, out of a filter of its own that strays by some metres and lags behind
 * whatever the vehicle does. */
static bool of_a_telephone(void *context, double t, frame *f)
{
    const double lag_s = 1.5, hz = 0.5, radius_m = 6378137.0;
    double was, is, turn;
    if (f->kind != FRAME_GNSS)
        return true;
    if (fmod(t + 0.01, 1.0 / hz) > 0.05)
        return false;
    claims_nothing(context, t, f);
    sim_city(fmax(t - lag_s, 0.0), &was, &turn);
    sim_city(t, &is, &turn);
    f->u.gnss.latitude_rad += (4.0 * sin(t / 4.0) + 2.0) / radius_m;
    f->u.gnss.longitude_rad += (3.0 * cos(t / 5.0) - 2.0) / (radius_m * cos(f->u.gnss.latitude_rad));
    for (int i = 0; i < 2; i++)
        f->u.gnss.velocity_enu_mps[i] *= (float)(was / is);
    f->u.gnss.velocity_enu_mps[0] += (float)sin(t / 9.0);
    return true;
}

static sim_score drive(unsigned sources, sim_change *change, double *moved_m)
{
    sim_watch w;
    sim_options o = sim_usual();
    o.sources = sources;
    o.change = change;
    sim_run(&w, &o, NULL);
    sim_score all = sim_judge(&w, 5.0, 60.0);
    if (moved_m)
        *moved_m = (double)sim_at(&w, 55.0)->sigma_m;
    sim_done(&w);
    return all;
}

START_TEST (a_bad_one_is_not_believed) {
    static const unsigned sets[] = {SIM_CAR, SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_WHEEL),
                                    SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_RADAR), SIM_BIT(SIM_GNSS)};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        sim_score s = drive(sets[i], of_a_telephone, NULL);
        ck_assert_msg(s.coverage > 0.9, "sources %x: the region holds the truth %.3f of the time, %.1f m off",
                      sets[i], s.coverage, s.worst_m);
    }
}
END_TEST

START_TEST (a_good_one_is_believed) {
    double sigma_m;
    sim_score s = drive(SIM_CAR, claims_nothing, &sigma_m);
    ck_assert_double_gt(s.coverage, 0.93);
    ck_assert_double_lt(s.rms_m, 2.0);
    ck_assert_double_lt(sigma_m, 2.5); /* what it may be off by, and no more */
}
END_TEST

/* A second of fixes after the other, of a receiver that is as much worse than usual. */
static bool settles_within(double time_s, float worse)
{
    settings set;
    source_run s = {.gnss = {.worse = worse}};
    frame_gnss g = silent_fix(GNSS_FIX_3D, NAN, -1);
    settings_default(&set);
    s.set = settings_add_source(&set, "gnss/roof");
    for (double t = 0; t < time_s; t += 1.0) {
        gnss_remember(&s, &g, 1.0f);
        s.gnss.worse = worse;
    }
    return gnss_is_settled(&s);
}

START_TEST (a_good_one_has_shown_it_after_a_while) {
    ck_assert(!settles_within(10.0, 1.0f));
    ck_assert(settles_within(30.0, 1.0f));
    ck_assert(!settles_within(100.0, 2.0f));
}
END_TEST

/* The sigma that its positions are fused with, before and after it begins to claim something. */
START_TEST (what_it_claims_of_a_sudden_has_to_be_shown) {
    settings set;
    source_run s = {.noise_scale = 1.0f, .gnss = {.velocity_scale = 1.0f, .worse = 3.0f}};
    frame_gnss g = silent_fix(GNSS_FIX_3D, NAN, -1);
    settings_default(&set);
    s.set = settings_add_source(&set, "gnss/roof");
    gnss_remember(&s, &g, 0.1f);
    float before = gnss_sigma(&s, &g) * gnss_position_scale(&s);
    ck_assert_float_gt(before, 5.9f);
    g.h_acc_m = 0.6f;
    gnss_remember(&s, &g, 0.1f);
    ck_assert_float_eq_tol(gnss_sigma(&s, &g) * gnss_position_scale(&s), before, 0.05f);
    ck_assert_float_gt(gnss_velocity_scale(&s, &g), 2.9f);
    g.h_acc_m = NAN;
    gnss_remember(&s, &g, 0.1f);
    ck_assert_float_eq_tol(gnss_sigma(&s, &g) * gnss_position_scale(&s), before, 0.1f);
}
END_TEST

/* What contradicts it from then on says nothing of how good it is. */
static float worse_after(bool settled)
{
    sim_options o = sim_usual();
    settings set;
    const fusion_sinks sinks = {0};
    o.change = claims_nothing;
    sim_settings(&set);
    fusion *core = fusion_create(&set, &sinks);
    sim_drive *d = sim_drive_make(&o);
    sim_feed(d, core, 0.0, 40.0);
    source_run *s = &core->source[SIM_GNSS];
    ck_assert(gnss_is_settled(s));
    s->gnss.settled_s = settled ? s->gnss.settled_s : 0.0f;
    core->f.velocity_ecef_mps[0] += 5.0; /* somebody has led the filter away */
    core->f.velocity_ecef_mps[1] -= 5.0;
    sim_feed(d, core, 40.0, 43.0);
    float worse = s->gnss.worse;
    sim_drive_free(d);
    fusion_destroy(core);
    return worse;
}

START_TEST (a_good_one_is_not_doubted_for_a_liar) {
    ck_assert_float_lt(worse_after(true), 1.1f);
    ck_assert_float_gt(worse_after(false), 1.2f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("silent");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, assumed_by_solution_and_geometry);
    tcase_add_test(cases, a_bad_one_is_not_believed);
    tcase_add_test(cases, a_good_one_is_believed);
    tcase_add_test(cases, a_good_one_has_shown_it_after_a_while);
    tcase_add_test(cases, what_it_claims_of_a_sudden_has_to_be_shown);
    tcase_add_test(cases, a_good_one_is_not_doubted_for_a_liar);
    return run_cases("silent", cases);
}
