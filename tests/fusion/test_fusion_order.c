/* Any order of arrival inside the window gives the same bits; what comes behind it is counted and not fused.
 */
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned seed = 31;
enum { ORDERS = 10 };

static sim_options all_sources(void)
{
    sim_options o = sim_usual();
    o.sources |= SIM_BIT(SIM_CAMERA) | SIM_BIT(SIM_SECOND_GNSS);
    o.seconds = 40.0;
    return o;
}

START_TEST (same_bits) {
    sim_options o = all_sources();
    sim_drive *d = sim_drive_make(&o);
    sim_watch first, next;
    sim_run_shuffled(&first, d, 0.0); /* in the order of stamps */
    ck_assert_uint_gt(first.count, 3000);
    srand(seed);
    for (int i = 0; i < ORDERS; i++) {
        sim_run_shuffled(&next, d, 0.48);
        ck_assert_msg(next.bits == first.bits, "order %d", i);
        ck_assert_uint_eq(next.count, first.count);
        ck_assert_int_eq(next.fault_count, first.fault_count);
        for (int k = 0; k < SIM_SOURCES; k++) {
            ck_assert_uint_eq(next.status.sources[k].used, first.status.sources[k].used);
            ck_assert_uint_eq(next.status.sources[k].late, 0);
        }
        sim_watch_free(&next);
    }
    sim_watch_free(&first);
    sim_drive_free(d);
}
END_TEST

static bool bad_at_times(void *context, double t, frame *f)
{
    (void)context;
    if (f->source == SIM_GNSS && t > 15.0 && t < 22.0)
        f->u.gnss.latitude_rad += 30.0 / 6.37e6;
    if (f->source == SIM_IMU && f->sequence % 777 == 0)
        f->u.imu.gyro_radps[0] = INFINITY;
    return !(f->source == SIM_WHEEL && t > 25.0 && t < 27.0);
}

/* The same where faults rise and clear. */
START_TEST (same_faults) {
    sim_options o = all_sources();
    o.change = bad_at_times;
    sim_drive *d = sim_drive_make(&o);
    sim_watch first, next;
    sim_run_shuffled(&first, d, 0.0);
    ck_assert_int_gt(first.fault_count, 5);
    srand(seed);
    for (int i = 0; i < ORDERS; i++) {
        sim_run_shuffled(&next, d, 0.48);
        ck_assert_msg(next.bits == first.bits, "order %d", i);
        sim_watch_free(&next);
    }
    sim_watch_free(&first);
    sim_drive_free(d);
}
END_TEST

/* A clock that ticks between the frames closes the window as they do. */
START_TEST (same_with_a_clock) {
    sim_options o = all_sources();
    sim_drive *d = sim_drive_make(&o);
    settings *s = sim_settings_new();
    sim_watch plain, ticked;
    sim_run(&plain, &o, s);
    fusion *f = sim_watch_core(&ticked, d, s);
    for (int k = 0; k <= 4200; k++) {
        sim_feed(d, f, (k - 1) * 0.01 + 1e-7, k * 0.01 + 1e-7);
        fusion_advance(f, sim_start_ns(d) + INT64_C(10000000) * k);
    }
    fusion_flush(f);
    ck_assert_uint_ge(ticked.count, plain.count);
    for (size_t i = 0; i < plain.count; i++) {
        ck_assert_double_eq(plain.poses[i].t, ticked.poses[i].t);
        ck_assert_float_eq(plain.poses[i].east_m, ticked.poses[i].east_m);
        ck_assert_float_eq(plain.poses[i].sigma_m, ticked.poses[i].sigma_m);
    }
    fusion_destroy(f);
    free(s);
    sim_done(&plain);
    sim_watch_free(&ticked);
    sim_drive_free(d);
}
END_TEST

static bool microsecond_later(void *context, double t, frame *f)
{
    const int *source = context;
    (void)t;
    f->stamp_ns += 1300000 * (1 + f->source) + (f->source == *source ? 1000 : 0);
    return true;
}

/* One source's stamps a microsecond later: at 18 m/s that is 0.02 mm, and not much more may come of it. No
 * two frames have the same stamp here, for among those the microsecond changes the order. */
START_TEST (one_microsecond) {
    int none = -1, source = _i;
    sim_options o = all_sources();
    sim_watch a, b;
    o.change = microsecond_later;
    o.context = &none;
    sim_run(&a, &o, NULL);
    o.context = &source;
    sim_run(&b, &o, NULL);
    double worst = 0.0;
    for (size_t i = 100; i < a.count && i < b.count; i++) {
        ck_assert_double_eq_tol(a.poses[i].t, b.poses[i].t, 1e-9);
        worst = fmax(worst, (double)hypotf(a.poses[i].east_m - b.poses[i].east_m,
                                           a.poses[i].north_m - b.poses[i].north_m));
    }
    ck_assert_msg(worst < 0.002, "%g m", worst);
    sim_done(&a);
    sim_done(&b);
}
END_TEST

static bool gnss_is_late(void *context, double t, frame *f)
{
    (void)context;
    if (f->source == SIM_GNSS && t >= 20.0 && t < 30.0)
        f->received_ns = f->stamp_ns + 700000000;
    return true;
}

static bool gnss_is_lost(void *context, double t, frame *f)
{
    (void)context;
    return !(f->source == SIM_GNSS && t >= 20.0 && t < 30.0);
}

/* Frames behind the window change nothing but their counters and their flag. */
START_TEST (behind_the_window) {
    sim_options o = sim_usual();
    o.seconds = 40.0;
    sim_watch late, lost;
    o.change = gnss_is_lost;
    sim_run(&lost, &o, NULL);
    o.change = gnss_is_late;
    sim_run(&late, &o, NULL);
    ck_assert_uint_eq(late.status.sources[SIM_GNSS].late, 100);
    ck_assert_uint_eq(late.status.sources[SIM_GNSS].used, lost.status.sources[SIM_GNSS].used);
    ck_assert_uint_eq(late.count, lost.count);
    for (size_t i = 0; i < lost.count; i++) {
        ck_assert_float_eq(late.poses[i].east_m, lost.poses[i].east_m);
        ck_assert_float_eq(late.poses[i].sigma_m, lost.poses[i].sigma_m);
    }
    sim_expect(&late, SIM_GNSS, FAULT_LATE, 20.0, 20.3, 31.5, 33.0);
    sim_done(&late);
    sim_done(&lost);
}
END_TEST

/* What does not belong to the source is refused, and extreme stamps do no harm. */
START_TEST (refused) {
    settings *s = sim_settings_new();
    fusion_sinks sinks = {NULL, NULL, NULL, NULL};
    fusion *f = fusion_create(s, &sinks);
    frame in;
    memset(&in, 0, sizeof in);
    in.source = SIM_SOURCES;
    ck_assert(!fusion_push(f, &in));
    in.source = SIM_GNSS;
    in.kind = FRAME_IMU;
    ck_assert(!fusion_push(f, &in));
    in.kind = 200;
    ck_assert(!fusion_push(f, &in));
    static const int64_t extremes[] = {INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX - 1, INT64_MAX};
    enum { COUNT = sizeof extremes / sizeof *extremes };
    in.kind = FRAME_GNSS;
    in.u.gnss.fix = GNSS_FIX_3D;
    for (int i = 0; i < COUNT * COUNT; i++) {
        in.stamp_ns = extremes[i / COUNT];
        in.received_ns = extremes[i % COUNT];
        in.sequence++;
        fusion_push(f, &in);
    }
    fusion_flush(f);
    fusion_status status;
    fusion_get_status(f, &status);
    ck_assert_uint_eq(status.sources[SIM_GNSS].frames, COUNT * COUNT);
    fusion_destroy(f);
    free(s);
}
END_TEST

/* A source that is switched off is counted only. */
START_TEST (disabled) {
    settings *s = sim_settings_new();
    settings_find_source(s, "radar/front")->enabled = false;
    sim_options o = sim_usual();
    sim_watch w;
    sim_run(&w, &o, s);
    ck_assert_int_eq(w.status.sources[SIM_RADAR].state, SOURCE_STATE_DISABLED);
    ck_assert_uint_eq(w.status.sources[SIM_RADAR].frames, 600);
    ck_assert_uint_eq(w.status.sources[SIM_RADAR].used, 0);
    sim_expect_no_more(&w);
    sim_done(&w);
    free(s);
}
END_TEST

int main(void)
{
    printf("seed %u\n", seed);
    TCase *cases = tcase_create("order");
    tcase_set_timeout(cases, 100);
    tcase_add_test(cases, same_bits);
    tcase_add_test(cases, same_faults);
    tcase_add_test(cases, same_with_a_clock);
    tcase_add_loop_test(cases, one_microsecond, 0, SIM_CAMERA);
    tcase_add_test(cases, behind_the_window);
    tcase_add_test(cases, refused);
    tcase_add_test(cases, disabled);
    return run_cases("fusion: order", cases);
}
