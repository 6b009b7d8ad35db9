/* Increments of visual odometry: what they are worth, a chain that breaks, a scale that is not known, lies,
 * and any order of arrival. Against a dense filter: tests/oracle. */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ODOMETRY = SIM_SOURCES, MOST_INCREMENTS = 1200 };
static const unsigned seed = 2002;
static const double step_s = 0.1, worst_d = 3.72; /* as in test_trouble.c */

/* What a drive has of odometry. */
typedef struct {
    float scale;       /* of what is said over what is */
    float scale_sigma; /* as it says */
    bool claims;
    int lost_every; /* that one of as many is missing; 0: none */
    double lies_from_s, lies_to_s;
    void (*lie)(frame_odometry *o);
    double gnss_off_s; /* no fix comes from then on */
    bool shuffled;
} plan;

static settings set;
static frame increments[MOST_INCREMENTS];
static int count;

static double normal(double sigma)
{
    double sum = -6.0;
    for (int i = 0; i < 12; i++)
        sum += (double)rand() / RAND_MAX;
    return sigma * sum;
}

static const mount_settings mount = {1.7, 0.3, 1.4, 0.0, 3.0, -8.0};

static void sensor_at(const sim_drive *d, double t, double at[3], double r[3][3])
{
    double q[4], turn[3][3], lever[3] = {mount.x_m, mount.y_m, mount.z_m}, speed;
    sim_truth(d, t, at, r, &speed);
    rows_mulv(r, lever, lever);
    for (int i = 0; i < 3; i++)
        at[i] += lever[i];
    quat_from_euler(mount.roll_deg * RADIANS_PER_DEGREE, mount.pitch_deg * RADIANS_PER_DEGREE,
                    mount.yaw_deg * RADIANS_PER_DEGREE, q);
    quat_to_rows(q, turn);
    rows_mul(r, turn, r);
}

static const float translation_sigma_m = 0.02f, rotation_sigma_rad = 3e-4f;

static void see(const sim_drive *d, double from, double to, const plan *p, frame_odometry *o)
{
    double a[3], b[3], ra[3][3], rb[3][3], back[3][3], q[4];
    sensor_at(d, from, a, ra);
    sensor_at(d, to, b, rb);
    for (int i = 0; i < 9; i++)
        back[i / 3][i % 3] = ra[i % 3][i / 3];
    rows_mul(back, rb, rb);
    quat_from_rows(rb, q);
    for (int i = 0; i < 3; i++)
        b[i] -= a[i];
    rows_mulv(back, b, b);
    *o = (frame_odometry){
        .interval_ns = llround((to - from) * 1e9), .scale_sigma = p->scale_sigma, .covariance = {NAN}};
    for (int i = 0; i < 3; i++) {
        o->translation_m[i] = p->scale * (float)(b[i] + normal((double)translation_sigma_m));
        o->rotation_rad[i] = (float)(2.0 * q[i] + normal((double)rotation_sigma_rad)); /* small */
    }
    for (int i = 0, at = 0; p->claims && i < 6; at += 6 - i++) {
        float sigma = i < 3 ? p->scale * translation_sigma_m : rotation_sigma_rad;
        for (int k = at; k < at + 6 - i; k++)
            o->covariance[k] = k == at ? sigma * sigma : 0.0f;
    }
}

static void make_increments(const sim_drive *d, double seconds, const plan *p)
{
    srand(seed);
    count = 0;
    for (int k = 1; k * step_s < seconds; k++) {
        frame *f = &increments[count];
        double t = k * step_s;
        memset(f, 0, sizeof *f);
        f->stamp_ns = sim_start_ns(d) + llround(t * 1e9);
        f->received_ns = f->stamp_ns + 80000000;
        f->sequence = (uint32_t)k;
        f->source = ODOMETRY;
        f->kind = FRAME_ODOMETRY;
        see(d, t - step_s, t, p, &f->u.odometry);
        if (p->lie && t >= p->lies_from_s && t < p->lies_to_s)
            p->lie(&f->u.odometry);
        count += p->lost_every == 0 || k % p->lost_every != 0;
    }
}

typedef struct {
    int64_t received_ns;
    const frame *in;
} arrival;

static int by_reception(const void *a, const void *b)
{
    const arrival *x = a, *y = b;
    if (x->received_ns != y->received_ns)
        return x->received_ns < y->received_ns ? -1 : 1;
    return (x->in > y->in) - (x->in < y->in);
}

static void feed(fusion *f, const sim_drive *d, const plan *p)
{
    size_t frames = sim_frame_count(d), n = 0;
    arrival *list = malloc((frames + (size_t)count) * sizeof *list);
    frame *copy = malloc(sizeof *copy);
    for (size_t i = 0; i < frames + (size_t)count; i++) {
        const frame *in = i < frames ? sim_frame(d, i) : &increments[i - frames];
        double t = (double)(in->stamp_ns - sim_start_ns(d)) * 1e-9;
        if (in->kind == FRAME_GNSS && p->gnss_off_s > 0.0 && t >= p->gnss_off_s)
            continue;
        int64_t late_ns = p->shuffled ? 10000000 + llround(0.3e9 * rand() / RAND_MAX) : 0;
        list[n++] = (arrival){p->shuffled ? in->stamp_ns + late_ns : in->received_ns, in};
    }
    qsort(list, n, sizeof *list, by_reception);
    for (size_t i = 0; i < n; i++) {
        memcpy(copy, list[i].in, frame_used_size(list[i].in));
        copy->received_ns = list[i].received_ns;
        fusion_push(f, copy);
    }
    free(copy);
    free(list);
}

/* ---- what the core says */

static struct {
    int by[QUANTITY_COUNT][DECISION_IGNORED + 1], no_begin;
} seen;

static void take_verdict(void *context, const verdict *v)
{
    (void)context;
    if (v->source != ODOMETRY)
        return;
    seen.by[v->quantity][v->decision]++;
    seen.no_begin += v->reason == REASON_NO_BEGIN;
}

static fusion *core; /* of the last drive, until `done` */

static void drive(sim_watch *w, const sim_options *o, const plan *p)
{
    sim_drive *d = sim_drive_make(o);
    sim_settings(&set);
    for (int i = 0; i < SIM_SOURCES; i++)
        set.sources[i].enabled = o->sources >> i & 1u;
    source_settings *own = settings_add_source(&set, "odometry/front");
    own->mount = mount;
    make_increments(d, o->seconds, p);
    memset(&seen, 0, sizeof seen);
    sim_watch_init(w, d);
    fusion_sinks sinks = sim_sinks(w);
    sinks.verdict = take_verdict;
    core = fusion_create(&set, &sinks);
    ck_assert_ptr_nonnull(core);
    feed(core, d, p);
    fusion_flush(core);
    fusion_get_status(core, &w->status);
}

static void done(sim_watch *w)
{
    fusion_destroy(core);
    sim_done(w);
}

static sim_options gnss_alone(void)
{
    sim_options o = sim_usual();
    o.sources = SIM_BIT(SIM_GNSS);
    o.seconds = 70.0;
    o.gnss_slow_m = 0.3;
    o.gnss_white_m = 0.3;
    return o;
}

static const plan usual = {.scale = 1.0f, .scale_sigma = 0.005f, .claims = true};

/* ---- tests */

static void begins_early(frame_odometry *o)
{
    o->interval_ns += 1000000;
}

/* Fixes end at 30 s, 14 m/s: some 550 m follow. */
START_TEST (carries_on_without_positions) {
    sim_options o = gnss_alone();
    plan p = usual;
    p.gnss_off_s = 30.0;
    p.claims = _i == 0;
    sim_watch w;
    drive(&w, &o, &p);
    sim_score s = sim_judge(&w, 1.0, 70.0), end = sim_judge(&w, 60.0, 69.0);
    ck_assert_msg(s.worst_d < worst_d && s.worst_heading_d < 4.0, "%.2f, heading %.2f sigmas", s.worst_d,
                  s.worst_heading_d);
    ck_assert_int_gt(end.poses, 850);
    ck_assert_msg(end.worst_m < 12.0, "%.2f m off", end.worst_m); /* 2 % of the way */
    ck_assert_int_gt(seen.by[QUANTITY_TRANSLATION][DECISION_FUSED], 600);
    ck_assert_int_eq(seen.by[QUANTITY_TRANSLATION][DECISION_REJECTED], 0);
    ck_assert_int_eq(seen.no_begin, 1); /* the first */
    done(&w);
}
END_TEST

START_TEST (a_missing_increment_breaks_the_chain_alone) {
    sim_options o = gnss_alone();
    plan p = usual;
    sim_watch w;
    p.lost_every = 5;
    drive(&w, &o, &p);
    const int all = 699, lost = all / 5;
    ck_assert_int_eq(seen.no_begin, lost + 1 - (all % 5 == 0));
    ck_assert_int_eq(seen.by[QUANTITY_FRAME][DECISION_IGNORED], seen.no_begin);
    ck_assert_int_eq(seen.by[QUANTITY_TRANSLATION][DECISION_REJECTED], 0);
    ck_assert_int_ge(seen.by[QUANTITY_ROTATION][DECISION_FUSED] +
                         seen.by[QUANTITY_ROTATION][DECISION_DOWN_WEIGHTED],
                     all - lost - seen.no_begin - 5);
    sim_allow(&w, ODOMETRY, FAULT_SEQUENCE_GAP);
    sim_expect_no_more(&w);
    sim_score s = sim_judge(&w, 1.0, 70.0);
    ck_assert_msg(s.worst_d < worst_d, "%.2f", s.worst_d);
    done(&w);
}
END_TEST

/* A process that says wrong times is told so. */
START_TEST (a_chain_that_never_holds_is_flagged) {
    sim_options o = gnss_alone();
    plan p = usual;
    sim_watch w;
    p.lie = begins_early;
    p.lies_from_s = 20.0;
    p.lies_to_s = 30.0;
    drive(&w, &o, &p);
    sim_expect(&w, ODOMETRY, FAULT_SEQUENCE_GAP, 20.8, 21.1, 31.9, 32.1);
    sim_expect_no_more(&w);
    ck_assert_int_eq(seen.no_begin, 101);
    done(&w);
}
END_TEST

/* One camera alone: a third of the way, or fifty times it. */
START_TEST (an_unknown_scale_is_found) {
    static const float scales[] = {0.333f, 1.0f, 50.0f};
    sim_options o = gnss_alone();
    plan p = usual;
    sim_watch w;
    p.scale = scales[_i];
    p.scale_sigma = NAN;
    p.gnss_off_s = 40.0;
    drive(&w, &o, &p);
    int state = core->source[ODOMETRY].first_state + ODOMETRY_SCALE;
    double off = core->f.source[state - STATE_SOURCES] - log((double)p.scale);
    double sigma = sqrt((double)covariance_at(&core->f.p, state, state));
    ck_assert_msg(sigma < 0.05 && fabs(off) < 3.0 * sigma, "off by %g, sigma %g", off, sigma);
    sim_score s = sim_judge(&w, 1.0, 70.0);
    ck_assert_msg(s.worst_d < worst_d, "%.2f", s.worst_d);
    ck_assert_double_lt(s.worst_m, 20.0);
    done(&w);
}
END_TEST

static void stands_still(frame_odometry *o)
{
    memset(o->translation_m, 0, sizeof o->translation_m);
    memset(o->rotation_rad, 0, sizeof o->rotation_rad);
}
static void half_the_way(frame_odometry *o)
{
    for (int i = 0; i < 3; i++)
        o->translation_m[i] *= 0.5f;
}
static void turns(frame_odometry *o)
{
    o->rotation_rad[2] += 0.05f;
}
static void nonsense(frame_odometry *o)
{
    for (int i = 0; i < 3; i++) {
        o->translation_m[i] = (float)normal(3.0);
        o->rotation_rad[i] = (float)normal(0.2);
    }
}
static void not_a_number(frame_odometry *o)
{
    o->translation_m[1] = NAN;
}

/* Ten seconds of it do not move the pose, and the source is named. */
START_TEST (lies_are_not_followed) {
    static void (*const all[])(frame_odometry *) = {stands_still, half_the_way, turns, nonsense,
                                                    not_a_number};
    sim_options o = sim_usual();
    plan p = usual;
    sim_watch w;
    p.lie = all[_i];
    p.lies_from_s = 25.0;
    p.lies_to_s = 35.0;
    drive(&w, &o, &p);
    sim_score s = sim_judge(&w, 1.0, 60.0);
    ck_assert_msg(s.worst_d < worst_d && s.worst_heading_d < 4.0, "%.2f, heading %.2f sigmas", s.worst_d,
                  s.worst_heading_d);
    int named = 0;
    for (int i = 0; i < w.fault_count; i++) {
        bool own = w.faults[i].source == ODOMETRY && w.faults[i].from > 24.9 && w.faults[i].from < 28.0;
        named += own;
        ck_assert_msg(w.faults[i].code != FAULT_EXCLUDED || w.faults[i].source == ODOMETRY,
                      "%d left out for it", w.faults[i].source);
    }
    ck_assert_int_gt(named, 0);
    ck_assert_msg(sim_at(&w, 59.0)->over < 1.0f, "beyond its bound");
    done(&w);
}
END_TEST

START_TEST (any_order_gives_the_same_bits) {
    sim_options o = sim_usual();
    plan p = usual;
    sim_watch first, next;
    o.seconds = 25.0;
    drive(&first, &o, &p);
    p.shuffled = true;
    fusion *in_order = core;
    uint64_t bits = 0;
    for (int i = 0; i < 3; i++) {
        drive(&next, &o, &p);
        ck_assert_uint_gt(next.count, 2000);
        bits = i == 0 ? next.bits : bits;
        ck_assert(next.bits == bits);
        for (size_t k = 0; k < next.count && k < first.count; k++)
            ck_assert(next.poses[k].estimate == first.poses[k].estimate);
        done(&next);
        srand(seed + (unsigned)i);
    }
    core = in_order;
    done(&first);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("odometry");
    tcase_set_timeout(cases, 120.0);
    tcase_add_loop_test(cases, carries_on_without_positions, 0, 2);
    tcase_add_test(cases, a_missing_increment_breaks_the_chain_alone);
    tcase_add_test(cases, a_chain_that_never_holds_is_flagged);
    tcase_add_loop_test(cases, an_unknown_scale_is_found, 0, 3);
    tcase_add_loop_test(cases, lies_are_not_followed, 0, 5);
    tcase_add_test(cases, any_order_gives_the_same_bits);
    return run_cases("odometry", cases);
}
