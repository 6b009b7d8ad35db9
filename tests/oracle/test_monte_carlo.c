/*
 * Monte-Carlo consistency: runs whose sensors err as the filter believes (priors drawn anew for each run),
 * half of them with a GNSS outage of 20 s. The settings hold the simulated values, so that neither over- nor
 * underconfidence is a matter of defaults.
 *
 * NEES and NIS should follow chi-square: judged by mean, median and 90th percentile over runs and times, and
 * by how often the 95 % region contains the truth. Errors live as long as a GNSS source's slow error (100 s),
 * so a run of 120 s is little more than one independent sample of position: the bands are those of RUNS
 * samples, not of RUNS x times.
 */
#include "fusion/filter/chi_square.h"
#include "tests/draws.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RUNS = 64, SECONDS = 120, FIRST_S = 30, EVERY_S = 5, TIMES = (SECONDS - FIRST_S) / EVERY_S };
static const double outage_from = 60.0, outage_to = 80.0;
static const double pi = 3.14159265358979323846;

/* What is drawn, one sigma. */
static const double slow_m = 0.8, white_share = 0.3, correlation_s = 100.0, velocity_mps = 0.05;
static const double latency_s = 0.03, scale = 0.01, gyro_bias = 0.01, accel_bias = 0.1, mount_deg = 4.0,
                    yaw_deg = 1.0;

typedef struct {
    uint64_t random;
    double slow[3], latency, scale, gyro[3], accel[3], mount[2], yaw;
    double last_fix_t;
    bool outage;
} errors;

static double normal(errors *e, double sigma)
{
    double radius = sqrt(-2.0 * log(draw_unit(&e->random)));
    return sigma * radius * cos(2.0 * pi * draw_unit(&e->random));
}

static void draw(errors *e, uint64_t seed, bool outage)
{
    memset(e, 0, sizeof *e);
    e->random = seed;
    e->outage = outage;
    e->latency = normal(e, latency_s);
    e->scale = normal(e, scale);
    e->yaw = normal(e, yaw_deg * pi / 180.0);
    for (int i = 0; i < 3; i++) {
        e->slow[i] = normal(e, slow_m * (i == 2 ? 2.0 : 1.0));
        e->gyro[i] = normal(e, gyro_bias);
        e->accel[i] = normal(e, accel_bias);
    }
    for (int i = 0; i < 2; i++)
        e->mount[i] = normal(e, mount_deg * pi / 180.0);
}

/* ---- the simulated frames, made wrong as drawn */

static bool change_gnss(errors *e, double t, frame *f)
{
    frame_gnss *g = &f->u.gnss;
    double phi = exp(-(t - e->last_fix_t) / correlation_s);
    double off[3];
    for (int i = 0; i < 3; i++) {
        double sigma = slow_m * (i == 2 ? 2.0 : 1.0);
        if (t > e->last_fix_t)
            e->slow[i] = phi * e->slow[i] + normal(e, sigma * sqrt(1.0 - phi * phi));
        off[i] = e->slow[i] + normal(e, white_share * sigma);
    }
    e->last_fix_t = t;
    g->latitude_rad += off[1] / 6.37e6;
    g->longitude_rad += off[0] / (6.39e6 * cos(g->latitude_rad));
    g->height_m += off[2];
    g->h_acc_m = (float)slow_m;
    g->v_acc_m = (float)(2.0 * slow_m);
    g->speed_acc_mps = (float)velocity_mps;
    g->velocity_enu_mps[2] +=
        (float)normal(e, sqrt(3.0) * velocity_mps); /* the model's is twice as wide upwards */
    f->stamp_ns += llround(e->latency * 1e9);
    f->received_ns += 100000000;
    return !(e->outage && t >= outage_from && t < outage_to);
}

/* v_b = exp(mount) v_vehicle */
static void turn_by_mount(const errors *e, float v[3])
{
    const double about[3] = {0.0, e->mount[0], e->mount[1]};
    double t = sqrt(about[1] * about[1] + about[2] * about[2]) + 1e-12, k[3], cross[3], dot = 0.0;
    for (int i = 0; i < 3; i++)
        k[i] = about[i] / t;
    for (int i = 0; i < 3; i++) {
        int a = (i + 1) % 3, b = (i + 2) % 3;
        cross[i] = k[a] * (double)v[b] - k[b] * (double)v[a];
        dot += k[i] * (double)v[i];
    }
    for (int i = 0; i < 3; i++)
        v[i] = (float)((double)v[i] * cos(t) + cross[i] * sin(t) + k[i] * dot * (1.0 - cos(t)));
}

static bool change(void *context, double t, frame *f)
{
    errors *e = context;
    switch (f->kind) {
    case FRAME_GNSS:
        return change_gnss(e, t, f);
    case FRAME_IMU:
        turn_by_mount(e, f->u.imu.gyro_radps);
        turn_by_mount(e, f->u.imu.accel_mps2);
        for (int i = 0; i < 3; i++) {
            f->u.imu.gyro_radps[i] += (float)e->gyro[i];
            f->u.imu.accel_mps2[i] += (float)e->accel[i];
        }
        return true;
    case FRAME_WHEEL:
        for (int i = 0; i < 4; i++)
            f->u.wheel.wheel_mps[i] *= (float)(1.0 + e->scale);
        return true;
    case FRAME_RADAR:
        for (int i = 0; i < f->u.radar.count; i++)
            f->u.radar.detections[i].azimuth_rad -= (float)e->yaw;
        return true;
    default:
        return true;
    }
}

/* ---- settings that hold what is simulated; the simulator's own constant errors are part of the priors */

static void matched(settings *s)
{
    sim_settings(s);
    s->filter.mount_sigma_deg = mount_deg;
    s->filter.nhc_lateral_mps = 0.02;
    s->filter.nhc_lateral_per_mps2 = 0.0;
    s->filter.nhc_vertical_mps = 0.02;
    s->filter.side_slip_rad_per_mps2 = s->filter.side_slip_sigma_rad_per_mps2 = 0.0;
    s->output.pose_rate_hz = 10.0;
    for (size_t i = 0; i < s->source_count; i++) {
        source_settings *p = &s->sources[i];
        switch (p->kind) {
        case SOURCE_GNSS:
            p->of.gnss.doubt_claims_m = 1e6;
            p->of.gnss.position_sigma_m = 0.1; /* claims are as they should be */
            p->of.gnss.correlation_s = correlation_s;
            p->of.gnss.white_fraction = white_share;
            p->of.gnss.least_unrest = 1.0;
            p->of.gnss.stamped_latency_sigma_s = latency_s;
            p->of.gnss.velocity_slow_fraction = 0.0;
            p->of.gnss.velocity_lag_s = p->of.gnss.velocity_lag_sigma_s = 0.0;
            break;
        case SOURCE_IMU:
            p->of.imu.gyro_noise_radps_rthz = 2e-4; /* 0.002 rad/s and 0.05 m/s^2 per sample at 100 Hz */
            p->of.imu.accel_noise_mps2_rthz = 5e-3;
            p->of.imu.gyro_scale_sigma = 0.0;
            p->of.imu.gyro_bias_sigma_radps = 0.011;
            p->of.imu.accel_bias_sigma_mps2 = 0.12;
            p->of.imu.gyro_bias_walk_radps_rts = 1e-6;
            p->of.imu.accel_bias_walk_mps2_rts = 1e-5;
            break;
        case SOURCE_WHEEL:
            p->of.wheel.speed_sigma_mps = 0.0142; /* 0.02 m/s on each of two wheels */
            p->of.wheel.speed_sigma_fraction = 0.0;
            p->of.wheel.scale_sigma = 0.011;
            p->of.wheel.latency_s = p->of.wheel.latency_sigma_s = 0.0;
            break;
        case SOURCE_RADAR:
            p->of.radar.doppler_sigma_mps = 0.1;
            p->of.radar.azimuth_sigma_rad = 0.005;
            p->of.radar.yaw_sigma_deg = yaw_deg;
            p->of.radar.scale_sigma = 0.0;
            p->of.radar.latency_s = p->of.radar.latency_sigma_s = 0.0;
            break;
        default:
            break;
        }
    }
}

/* ---- samples and their judgement */

typedef struct {
    const char *name;
    int dof;
    double at[RUNS * TIMES];
    int count;
} samples;

static samples horizontal = {.name = "NEES horizontal", .dof = 2}, up = {.name = "NEES vertical", .dof = 1},
               heading = {.name = "NEES heading", .dof = 1},
               in_outage = {.name = "NEES horizontal, outage", .dof = 2},
               heading_outage = {.name = "NEES heading, outage", .dof = 1};
static samples early = {.name = "NEES horizontal, start", .dof = 2},
               early_heading = {.name = "NEES heading, start", .dof = 1},
               early_up = {.name = "NEES vertical, start", .dof = 1};
static double nis_sum[QUANTITY_COUNT];
static uint64_t nis_count[QUANTITY_COUNT], rejected[QUANTITY_COUNT], weighed[QUANTITY_COUNT];

static void add(samples *s, double value)
{
    s->at[s->count++] = value;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Mean per degree of freedom, median and 90th percentile relative to chi-square's, share inside the 95 %
 * region; they should be 1, 1, 1 and 0.95. */
typedef struct {
    double mean, median, p90, coverage;
} judgement;

static judgement judge(samples *s)
{
    judgement j = {0};
    double limit = chi_square_quantile(s->dof, 0.95);
    qsort(s->at, (size_t)s->count, sizeof *s->at, by_value);
    for (int i = 0; i < s->count; i++) {
        j.mean += s->at[i] / s->dof / s->count;
        j.coverage += (s->at[i] <= limit ? 1.0 : 0.0) / s->count;
    }
    j.median = s->at[s->count / 2] / chi_square_quantile(s->dof, 0.5);
    j.p90 = s->at[s->count * 9 / 10] / chi_square_quantile(s->dof, 0.9);
    return j;
}

/* The 99 % band of the mean of `runs` independent samples is 1 +- this (normal approximation); a quantile of
 * a sample scatters somewhat more. A whole set of few runs may well lie inside its 95 % region. */
static void check_samples(samples *s, int runs)
{
    judgement j = judge(s);
    double band = 2.58 * sqrt(2.0 / (s->dof * runs));
    printf(
        "  %-24s %5d samples: mean %.2f, median %.2f, p90 %.2f (1 +- %.2f); inside the 95 %% region %.3f\n",
        s->name, s->count, j.mean, j.median, j.p90, band, j.coverage);
    ck_assert_msg(fabs(j.mean - 1.0) <= band, "%s: mean %.3f", s->name, j.mean);
    ck_assert_msg(fabs(j.median - 1.0) <= 1.5 * band, "%s: median %.3f", s->name, j.median);
    ck_assert_msg(fabs(j.p90 - 1.0) <= 1.2 * band, "%s: p90 %.3f", s->name, j.p90);
    ck_assert_msg(j.coverage >= 0.90 && (j.coverage <= 0.99 || runs < RUNS), "%s: coverage %.3f", s->name,
                  j.coverage);
}

static void take_verdict(void *context, const verdict *v)
{
    (void)context;
    if (v->dim == 0)
        return;
    nis_sum[v->quantity] += (double)v->nis / v->dim;
    nis_count[v->quantity]++;
    rejected[v->quantity] += v->decision == DECISION_REJECTED;
    weighed[v->quantity] += v->decision == DECISION_DOWN_WEIGHTED;
}

static void one_run(int run)
{
    static settings set;
    errors e;
    sim_watch w;
    sim_options o = sim_usual();
    draw(&e, 1000 + (uint64_t)run, run % 2);
    o.seconds = SECONDS;
    o.seed = 5000 + (uint64_t)run;
    o.latitude_rad = -1.3 + 0.04 * run;
    o.longitude_rad = 0.1 * run - 3.1;
    o.heading_rad = 0.4 * run;
    o.gnss_hz = 5.0;
    o.gnss_slow_m = o.gnss_white_m = 0.0; /* ours instead */
    o.change = change;
    o.context = &e;
    matched(&set);
    sim_drive *d = sim_drive_make(&o);
    sim_watch_init(&w, d);
    fusion_sinks sinks = sim_sinks(&w);
    sinks.verdict = take_verdict;
    fusion *core = fusion_create(&set, &sinks);
    ck_assert_ptr_nonnull(core);
    for (size_t i = 0; i < sim_frame_count(d); i++)
        fusion_push(core, sim_frame(d, i));
    fusion_flush(core);
    fusion_destroy(core);
    for (int k = 0; k < TIMES; k++) {
        double t = FIRST_S + EVERY_S * k;
        const sim_pose *p = sim_at(&w, t);
        bool out = e.outage && t > outage_from + 5.0 && t <= outage_to;
        ck_assert(p->usable);
        add(out ? &in_outage : &horizontal, (double)p->d * (double)p->d);
        add(out ? &heading_outage : &heading, (double)p->heading_d * (double)p->heading_d);
        if (!out)
            add(&up, (double)p->up_d * (double)p->up_d);
    }
    for (int t = 2; t <= 10; t += 2) {
        const sim_pose *p = sim_at(&w, t);
        add(&early, (double)p->d * (double)p->d);
        add(&early_heading, (double)p->heading_d * (double)p->heading_d);
        add(&early_up, (double)p->up_d * (double)p->up_d);
    }
    sim_watch_free(&w);
    sim_drive_free(d);
}

/* Innovations are white where the model is right, so there are as many samples as verdicts. */
static void check_nis(verdict_quantity q, double least, double most)
{
    double mean = nis_sum[q] / (double)nis_count[q];
    printf("  NIS %-14s %7llu verdicts: %.3f per degree of freedom (%.2f..%.2f), %llu down-weighted, %llu "
           "rejected\n",
           verdict_quantity_word(q), (unsigned long long)nis_count[q], mean, least, most,
           (unsigned long long)weighed[q], (unsigned long long)rejected[q]);
    ck_assert_msg(mean >= least && mean <= most, "NIS of %s %.3f", verdict_quantity_word(q), mean);
    ck_assert_msg((double)rejected[q] <= 1e-3 * (double)nis_count[q], "%s: too many rejected",
                  verdict_quantity_word(q));
}

START_TEST (estimates_err_as_they_say) {
    for (int run = 0; run < RUNS; run++)
        one_run(run);
    samples *whole[] = {&horizontal, &up, &heading, &early, &early_up, &early_heading};
    for (int i = 0; i < 6; i++)
        check_samples(whole[i], RUNS);
    check_samples(&in_outage, RUNS / 2);
    check_samples(&heading_outage, RUNS / 2);
    check_nis(QUANTITY_POSITION, 0.9, 1.1);
    check_nis(QUANTITY_VELOCITY, 0.9, 1.1);
    check_nis(QUANTITY_SPEED, 0.9, 1.1);
    /* A scan's velocity is never believed better than 0.03 m/s, however many returns agree: conservative
     * here, where they do not err together. The simulated axle never slips: its constraint cannot be matched.
     */
    check_nis(QUANTITY_EGO_VELOCITY, 0.5, 1.1);
    check_nis(QUANTITY_NON_HOLONOMIC, 0.0, 1.1);
    fflush(stdout);
}
END_TEST

int main(void)
{
    printf("%d runs, seeds 1000.. and 5000..\n", RUNS);
    fflush(stdout);
    TCase *cases = tcase_create("monte carlo");
    tcase_set_timeout(cases, 600.0);
    tcase_add_test(cases, estimates_err_as_they_say);
    return run_cases("monte carlo", cases);
}
