/* Saving and restoring: a warm start knows what was known, and nothing damaged or foreign does harm. */
#include "fusion/geodesy.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const fusion_sinks silent = {NULL, NULL, NULL, NULL};

/* What a drive of a minute leaves. */
static void *saved_state(const sim_options *o, size_t *size)
{
    sim_drive *d = sim_drive_make(o);
    settings *s = sim_settings_new();
    fusion *f = fusion_create(s, &silent);
    *size = fusion_state_size();
    void *bytes = malloc(*size);
    ck_assert_uint_eq(fusion_save(f, bytes, *size), 0); /* nothing to save yet */
    sim_feed(d, f, -1e9, 1e9);
    fusion_flush(f);
    ck_assert_uint_eq(fusion_save(f, bytes, *size - 1), 0);
    ck_assert_uint_eq(fusion_save(f, bytes, *size), *size);
    fusion_destroy(f);
    free(s);
    sim_drive_free(d);
    return bytes;
}

/* The end of a drive that stops: 12 m/s, then at rest from 25 s on. */
static void arriving(double t, double *speed, double *yaw_rate)
{
    *speed = t < 20.0 ? 12.0 : t < 25.0 ? 12.0 - 2.4 * (t - 20.0) : 0.0;
    *yaw_rate = *speed / 12.0 * 0.1 * sin(0.4 * t);
}

static fusion *restored(const settings *s, const fusion_sinks *sinks, const void *bytes, size_t size)
{
    fusion *f = fusion_create(s, sinks);
    ck_assert(fusion_restore(f, bytes, size, (double)NAN));
    return f;
}

/* Saved and restored and saved again: the same bytes but for what the widening changes. */
START_TEST (round_trip) {
    size_t size;
    sim_options o = sim_usual();
    void *bytes = saved_state(&o, &size), *again = malloc(size);
    settings *s = sim_settings_new();
    fusion *f = restored(s, &silent, bytes, size);
    ck_assert_uint_eq(fusion_save(f, again, size), size);
    ck_assert_mem_eq(bytes, again, 16); /* magic, version, count of sources */
    fusion *g = restored(s, &silent, again, size);
    fusion_status a, b;
    fusion_get_status(f, &a);
    fusion_get_status(g, &b);
    ck_assert_float_eq(a.mount_pitch_rad, b.mount_pitch_rad);
    ck_assert_float_eq(a.mount_yaw_rad, b.mount_yaw_rad);
    ck_assert_float_ge(b.mount_yaw_sigma_rad, a.mount_yaw_sigma_rad);
    fusion_destroy(f);
    fusion_destroy(g);
    free(s);
    free(again);
    free(bytes);
}
END_TEST

/* The car that was parked drives off: the pose is there at once, with what was learned. */
START_TEST (drives_off) {
    size_t size;
    sim_options o = sim_usual();
    o.motion = arriving;
    o.seconds = 40.0;
    void *bytes = saved_state(&o, &size);
    double place[3], r[3][3], speed;
    sim_drive *first = sim_drive_make(&o);
    sim_truth(first, 40.0, place, r, &speed);

    /* the second drive begins where the first ended: same start, driven on in time */
    o.seconds = 100.0;
    sim_drive *d = sim_drive_make(&o);
    settings *s = sim_settings_new();
    sim_watch w;
    sim_watch_init(&w, d);
    fusion_sinks sinks = sim_sinks(&w);
    fusion *f = restored(s, &sinks, bytes, size);
    sim_feed(d, f, 41.0, 1e9);
    fusion_flush(f);
    ck_assert_uint_gt(w.count, 1000);
    ck_assert(w.poses[0].usable);
    sim_score score = sim_judge(&w, 0.0, 100.0);
    ck_assert_msg(score.worst_d < 3.72 && score.worst_heading_d < 4.0, "%.2f, heading %.2f sigma",
                  score.worst_d, score.worst_heading_d);
    ck_assert_double_lt(score.worst_m, 4.0);
    fusion_destroy(f);
    sim_watch_free(&w);
    free(s);
    sim_drive_free(first);
    sim_drive_free(d);
    free(bytes);
}
END_TEST

/* Every byte, turned over: refused, or (in what no check covers) harmless. */
START_TEST (every_byte_damaged) {
    size_t size;
    sim_options o = sim_usual();
    o.seconds = 20.0;
    unsigned char *bytes = saved_state(&o, &size);
    settings *s = sim_settings_new();
    int taken = 0;
    fusion *f = fusion_create(s, &silent);
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= (unsigned char)(1u << i % 8);
        if (fusion_restore(f, bytes, size, (double)NAN)) {
            taken++;
            fusion_destroy(f);
            f = fusion_create(s, &silent);
        }
        bytes[i] ^= (unsigned char)(1u << i % 8);
    }
    ck_assert_msg(taken <= 1, "%d of %zu damaged states were taken", taken,
                  size);                                    /* fewer sources: the rest is left out */
    ck_assert(fusion_restore(f, bytes, size, (double)NAN)); /* refusals left no trace */
    fusion_destroy(f);
    free(s);
    free(bytes);
}
END_TEST

START_TEST (refused) {
    size_t size;
    sim_options o = sim_usual();
    o.seconds = 20.0;
    unsigned char *bytes = saved_state(&o, &size), *longer = calloc(1, size + 1);
    settings *s = sim_settings_new();
    fusion *f = fusion_create(s, &silent);
    memcpy(longer, bytes, size);
    ck_assert(!fusion_restore(f, bytes, size - 1, (double)NAN));
    ck_assert(!fusion_restore(f, longer, size + 1, (double)NAN));
    ck_assert(!fusion_restore(f, bytes, 0, (double)NAN));
    memset(longer, 0, size);
    ck_assert(!fusion_restore(f, longer, size, (double)NAN));
    bytes[8]++; /* the version */
    ck_assert(!fusion_restore(f, bytes, size, (double)NAN));
    bytes[8]--;
    ck_assert(fusion_restore(f, bytes, size, (double)NAN));
    ck_assert(!fusion_restore(f, bytes, size, (double)NAN)); /* it has a state */
    fusion_destroy(f);
    free(s);
    free(longer);
    free(bytes);
}
END_TEST

START_TEST (refused_after_the_first_frame) {
    size_t size;
    sim_options o = sim_usual();
    o.seconds = 20.0;
    void *bytes = saved_state(&o, &size);
    sim_drive *d = sim_drive_make(&o);
    settings *s = sim_settings_new();
    fusion *f = fusion_create(s, &silent);
    sim_feed(d, f, 0.0, 2.0);
    ck_assert(!fusion_restore(f, bytes, size, (double)NAN));
    fusion_destroy(f);
    free(s);
    sim_drive_free(d);
    free(bytes);
}
END_TEST

/* Settings that have changed: other sources, another order, a calibration that no longer fits, nothing at
 * all. */
START_TEST (other_settings) {
    size_t size;
    sim_options o = sim_usual();
    void *bytes = saved_state(&o, &size);
    settings *s = sim_settings_new();
    if (_i == 0)
        s->source_count = 0;
    else if (_i == 1)
        s->source_count = 2;
    else if (_i == 2)
        strcpy(s->sources[SIM_GNSS].name, "gnss/new");
    else if (_i == 3)
        s->sources[SIM_WHEEL].enabled = s->sources[SIM_IMU].enabled = false;
    else if (_i == 4)
        s->sources[SIM_WHEEL].of.wheel.scale_sigma = 1e-5; /* 1.004 is far outside */
    else
        s->sources[SIM_GNSS].of.gnss.latency_sigma_s = 0.0;
    sim_drive *d = sim_drive_make(&o);
    sim_watch w;
    fusion *f = sim_watch_core(&w, d, s);
    bool taken = fusion_restore(f, bytes, size, (double)NAN);
    ck_assert(taken);
    fusion_status status;
    fusion_get_status(f, &status);
    if (_i == 4)
        ck_assert(isnan(status.wheel_scale) || fabsf(status.wheel_scale - 1.0f) < 1e-4f);
    sim_feed(d, f, 58.0, 1e9); /* where it was saved; watched for numbers that are none */
    fusion_flush(f);
    fusion_destroy(f);
    sim_watch_free(&w);
    sim_drive_free(d);
    free(s);
    free(bytes);
}
END_TEST

/* The vehicle was towed while nobody watched: noticed at the first fix, never usable until it stands
 * elsewhere, and soon where the fixes say. */
static const struct {
    double away_m;
    unsigned sources;
    double gnss_hz;
    bool known_road; /* bounds do not gate `usable`: the claim alone does */
} towed[] = {
    {5000.0, SIM_CAR, 10.0, false},
    {5000.0, SIM_CAR, 10.0, true},
    {5000.0, SIM_BIT(SIM_GNSS), 10.0, true},
    {200.0, SIM_CAR, 10.0, true},
    {40.0, SIM_CAR, 10.0, true},
    {200.0, SIM_BIT(SIM_GNSS) | SIM_BIT(SIM_WHEEL), 1.0, true},
};

static double first_flag(const sim_watch *w, fault_code code)
{
    for (int i = 0; i < w->fault_count; i++) {
        if (w->faults[i].source == SIM_SYSTEM && w->faults[i].code == code)
            return w->faults[i].from;
    }
    return INFINITY;
}

START_TEST (moved_while_off) {
    size_t size;
    sim_options o = sim_usual();
    o.sources = towed[_i].sources;
    o.gnss_hz = towed[_i].gnss_hz;
    void *bytes = saved_state(&o, &size);
    double place[3], r[3][3], speed;
    sim_drive *first = sim_drive_make(&o);
    sim_truth(first, o.seconds, place, r, &speed);
    sim_drive_free(first);
    /* the next drive begins that far north of where this one ended */
    double latitude, longitude, height;
    ecef_to_geodetic(place, &latitude, &longitude, &height);
    o.latitude_rad = latitude + towed[_i].away_m / 6.37e6;
    o.longitude_rad = longitude;
    sim_drive *d = sim_drive_make(&o);
    settings *s = sim_settings_new();
    s->integrity.gate_usable = !towed[_i].known_road;
    sim_watch w;
    sim_watch_init(&w, d);
    fusion_sinks sinks = sim_sinks(&w);
    fusion *f = restored(s, &sinks, bytes, size);
    sim_feed(d, f, -1e9, 1e9);
    fusion_flush(f);
    double flag_s = first_flag(&w, FAULT_MOVED), good_s = INFINITY;
    for (size_t i = 0; i < w.count; i++) {
        const sim_pose *p = &w.poses[i];
        bool off = p->horizontal_m > 6.0f;
        if (off && p->t >= flag_s)
            ck_assert_msg(!p->usable && p->mode != MODE_NOMINAL, "%.0f m off at %.2f s",
                          (double)p->horizontal_m, p->t);
        good_s = off ? INFINITY : fmin(good_s, p->t);
    }
    printf("towed %g m: flag at %.2f s, back at %.2f s\n", towed[_i].away_m, flag_s, good_s);
    ck_assert_double_le(flag_s, 1.0 / towed[_i].gnss_hz + 0.01);
    ck_assert_double_le(good_s, 2.0 / towed[_i].gnss_hz + 1.0);
    ck_assert(isinf(first_flag(&w, FAULT_DIVERGED)));
    for (int i = 0; i < w.fault_count; i++)
        ck_assert_int_ne(w.faults[i].code, FAULT_JUMP); /* the receiver is right */
    fusion_destroy(f);
    sim_watch_free(&w);
    free(s);
    sim_drive_free(d);
    free(bytes);
}
END_TEST

/* A claim has no bound before a position agrees with it, and ends when ten have. */
START_TEST (a_claim_is_no_pose) {
    size_t size;
    sim_options o = sim_usual();
    o.motion = arriving;
    o.seconds = 40.0;
    void *bytes = saved_state(&o, &size);
    o.seconds = 60.0;
    o.sources &= ~SIM_BIT(SIM_GNSS);
    if (_i == 1)
        o.sources |= SIM_BIT(SIM_GNSS);
    sim_drive *d = sim_drive_make(&o);
    settings *s = sim_settings_new();
    sim_watch w;
    sim_watch_init(&w, d);
    fusion_sinks sinks = sim_sinks(&w);
    fusion *f = restored(s, &sinks, bytes, size);
    sim_feed(d, f, 41.0, 1e9);
    fusion_flush(f);
    sim_score score = sim_judge(&w, 42.0, 60.0);
    ck_assert_int_gt(score.poses, 1500);
    ck_assert_int_eq(score.usable, _i == 1 ? score.poses : 0);
    ck_assert(isinf(first_flag(&w, FAULT_MOVED)));
    fusion_destroy(f);
    /* saved again before it was confirmed it is a claim still, however young; after that it is none */
    f = restored(s, &silent, bytes, size);
    sim_feed(d, f, 41.0, 60.0);
    fusion_flush(f);
    ck_assert_uint_eq(fusion_save(f, bytes, size), size);
    fusion_destroy(f);
    sim_watch_free(&w);
    sim_watch_init(&w, d);
    sinks = sim_sinks(&w);
    f = fusion_create(s, &sinks);
    ck_assert(fusion_restore(f, bytes, size, 0.5));
    o.sources &= ~SIM_BIT(SIM_GNSS);
    sim_feed(d, f, 59.0, 1e9);
    fusion_flush(f);
    ck_assert(w.count > 0 && w.poses[0].usable == (_i == 1));
    fusion_destroy(f);
    sim_watch_free(&w);
    free(s);
    sim_drive_free(d);
    free(bytes);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("state");
    tcase_set_timeout(cases, 100);
    tcase_add_test(cases, round_trip);
    tcase_add_test(cases, drives_off);
    tcase_add_test(cases, every_byte_damaged);
    tcase_add_test(cases, refused);
    tcase_add_test(cases, refused_after_the_first_frame);
    tcase_add_loop_test(cases, other_settings, 0, 6);
    tcase_add_loop_test(cases, moved_while_off, 0, sizeof towed / sizeof *towed);
    tcase_add_loop_test(cases, a_claim_is_no_pose, 0, 2);
    return run_cases("fusion: state", cases);
}
