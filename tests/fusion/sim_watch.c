#include "tests/fusion/sim_watch.h"

#include "fusion/geodesy.h"
#include "fusion/rotation.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static double seconds(const sim_watch *w, int64_t stamp_ns)
{
    return (double)(stamp_ns - sim_start_ns(w->drive)) * 1e-9;
}

static void mix(sim_watch *w, const void *bytes, size_t size)
{
    const unsigned char *at = bytes;
    for (size_t i = 0; i < size; i++)
        w->bits = (w->bits ^ at[i]) * UINT64_C(0x100000001b3);
}

/* Value by value: padding means nothing. */
static void mix_pose(sim_watch *w, const fusion_pose *p)
{
    mix(w, &p->stamp_ns, sizeof p->stamp_ns);
    mix(w, &p->based_on_ns, sizeof p->based_on_ns);
    mix(w, p->position_ecef_m, sizeof p->position_ecef_m);
    const double place[3] = {p->latitude_rad, p->longitude_rad, p->height_m};
    mix(w, place, sizeof place);
    mix(w, p->q_body_enu, sizeof p->q_body_enu);
    const float angles[4] = {p->roll_rad, p->pitch_rad, p->heading_rad, p->confidence};
    mix(w, angles, sizeof angles);
    mix(w, p->velocity_enu_mps, sizeof p->velocity_enu_mps);
    mix(w, p->rate_body_radps, sizeof p->rate_body_radps);
    mix(w, p->accel_body_mps2, sizeof p->accel_body_mps2);
    mix(w, p->covariance, sizeof p->covariance);
    mix(w, p->velocity_covariance, sizeof p->velocity_covariance);
    const float bounds[5] = {p->protection_along_m, p->protection_cross_m, p->protection_vertical_m,
                             p->protection_heading_rad, p->protection_horizontal_m};
    mix(w, bounds, sizeof bounds);
    const uint32_t counts[5] = {p->sequence, p->resets, p->mode, p->usable, p->fault_count};
    mix(w, counts, sizeof counts);
    mix(w, p->faults, p->fault_count);
}

static void judge_horizontal(const fusion_pose *p, sim_pose *out)
{
    float e = out->east_m, n = out->north_m;
    float a = p->covariance[0][0], b = p->covariance[0][1], d = p->covariance[1][1], det = a * d - b * b;
    out->horizontal_m = hypotf(e, n);
    out->d = sqrtf((d * e * e - 2.0f * b * e * n + a * n * n) / det);
    out->sigma_m = sqrtf(0.5f * (a + d) + sqrtf(0.25f * (a - d) * (a - d) + b * b));
}

static void compare(const sim_watch *w, const fusion_pose *p, sim_pose *out)
{
    double truth[3], r[3][3], enu[3][3], off[3], ahead[3], nose[3], speed;
    sim_truth(w->drive, out->t, truth, r, &speed);
    enu_axes(p->latitude_rad, p->longitude_rad,
             enu); /* the pose's axes: near a pole those of truth are others */
    for (int i = 0; i < 3; i++) {
        off[i] = p->position_ecef_m[i] - truth[i];
        nose[i] = r[i][0];
    }
    rows_mulv(enu, off, off);
    rows_mulv(enu, nose, ahead);
    out->east_m = (float)off[0];
    out->north_m = (float)off[1];
    out->up_m = (float)off[2];
    judge_horizontal(p, out);
    out->heading_rad = remainderf(p->heading_rad - (float)atan2(ahead[0], ahead[1]), 6.2831853f);
    out->heading_sigma = sqrtf(p->covariance[5][5]);
    out->heading_d = fabsf(out->heading_rad) / out->heading_sigma;
    out->up_d = fabsf(out->up_m) / sqrtf(p->covariance[2][2]);
    out->speed_error_mps = hypotf(p->velocity_enu_mps[0] - (float)(speed * ahead[0]),
                                  p->velocity_enu_mps[1] - (float)(speed * ahead[1]));
}

static uint64_t hash_on(uint64_t hash, const void *data, size_t size)
{
    for (const unsigned char *at = data, *end = at + size; at < end; at++)
        hash = (hash ^ *at) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t estimate_bits(const fusion_pose *p)
{
    uint64_t hash = hash_on(UINT64_C(0xcbf29ce484222325), p->position_ecef_m, sizeof p->position_ecef_m);
    hash = hash_on(hash, p->q_body_enu, sizeof p->q_body_enu);
    hash = hash_on(hash, p->velocity_enu_mps, sizeof p->velocity_enu_mps);
    hash = hash_on(hash, p->covariance, sizeof p->covariance);
    return hash_on(hash, p->velocity_covariance, sizeof p->velocity_covariance);
}

static void take_pose(void *context, const fusion_pose *p)
{
    sim_watch *w = context;
    mix_pose(w, p);
    if (w->count == w->room) {
        w->room = 2 * w->room + 1024;
        w->poses = realloc(w->poses, w->room * sizeof *w->poses);
    }
    sim_pose *out = &w->poses[w->count++];
    *out = (sim_pose){.t = seconds(w, p->stamp_ns), .mode = p->mode, .usable = p->usable};
    ck_assert_msg(!p->usable || isfinite(p->position_ecef_m[0] + (double)p->covariance[0][0]),
                  "a usable pose that is not a number at %.2f", out->t);
    compare(w, p, out);
    out->bound_m = p->protection_horizontal_m;
    out->heading_bound_rad = p->protection_heading_rad;
    out->confidence = p->confidence;
    out->over = fmaxf(out->horizontal_m / p->protection_horizontal_m,
                      fmaxf(fabsf(out->up_m) / p->protection_vertical_m,
                            fabsf(out->heading_rad) / p->protection_heading_rad));
    out->estimate = estimate_bits(p);
}

static void take_verdict(void *context, const verdict *v)
{
    sim_watch *w = context;
    w->verdicts[v->decision]++;
}

static void take_fault(void *context, const fault_event *e)
{
    sim_watch *w = context;
    double t = seconds(w, e->stamp_ns);
    mix(w, &e->stamp_ns, sizeof e->stamp_ns);
    mix(w, &e->code, sizeof e->code);
    mix(w, &e->source, sizeof e->source);
    if (e->raised) {
        ck_assert_int_lt(w->fault_count, SIM_MOST_FAULTS);
        w->faults[w->fault_count++] = (sim_fault){e->source, (fault_code)e->code, t, (double)INFINITY, false};
        return;
    }
    for (int i = w->fault_count - 1; i >= 0; i--) {
        sim_fault *f = &w->faults[i];
        if (f->source == e->source && f->code == (fault_code)e->code) {
            ck_assert_msg(isinf(f->to), "%s cleared twice", fault_describe(f->code)->name);
            f->to = t;
            return;
        }
    }
    ck_abort_msg("%s cleared and never rose", fault_describe((fault_code)e->code)->name);
}

void sim_watch_init(sim_watch *w, const sim_drive *d)
{
    memset(w, 0, sizeof *w);
    w->drive = d;
    w->bits = UINT64_C(0xcbf29ce484222325);
}

void sim_watch_free(sim_watch *w)
{
    free(w->poses);
}

fusion_sinks sim_sinks(sim_watch *w)
{
    return (fusion_sinks){.context = w, .pose = take_pose, .verdict = take_verdict, .fault = take_fault};
}

fusion *sim_watch_core(sim_watch *w, const sim_drive *d, const settings *s)
{
    settings *mine = sim_settings_new();
    sim_watch_init(w, d);
    fusion_sinks sinks = sim_sinks(w);
    fusion *f = fusion_create(s ? s : mine, &sinks);
    ck_assert_ptr_nonnull(f);
    free(mine);
    return f;
}

/* To the end of the drive. */
static void finish(sim_watch *w, fusion *f)
{
    fusion_flush(f);
    fusion_get_status(f, &w->status);
    fusion_destroy(f);
}

void sim_run(sim_watch *w, const sim_options *o, const settings *s)
{
    fusion *f = sim_watch_core(w, sim_drive_make(o), s);
    sim_feed(w->drive, f, -1e9, 1e9);
    finish(w, f);
}

typedef struct {
    int64_t received_ns;
    const frame *in;
} arrival;

static int by_time(const void *a, const void *b)
{
    const arrival *x = a, *y = b;
    if (x->received_ns != y->received_ns)
        return x->received_ns < y->received_ns ? -1 : 1;
    return (x->in > y->in) - (x->in < y->in);
}

void sim_run_shuffled(sim_watch *w, const sim_drive *d, double most_s)
{
    size_t count = sim_frame_count(d);
    arrival *list = malloc(count * sizeof *list);
    frame *copy = malloc(sizeof *copy);
    fusion *f = sim_watch_core(w, d, NULL);
    for (size_t i = 0; i < count; i++) {
        const frame *in = sim_frame(d, i);
        list[i] = (arrival){in->stamp_ns + 10000000 + llround(most_s * 1e9 * rand() / RAND_MAX), in};
    }
    qsort(list, count, sizeof *list, by_time);
    for (size_t i = 0; i < count; i++) {
        memcpy(copy, list[i].in, frame_used_size(list[i].in));
        copy->received_ns = list[i].received_ns;
        fusion_push(f, copy);
    }
    finish(w, f);
    free(copy);
    free(list);
}

void sim_done(sim_watch *w)
{
    sim_drive_free((sim_drive *)(uintptr_t)w->drive);
    sim_watch_free(w);
}

const sim_pose *sim_at(const sim_watch *w, double t)
{
    const sim_pose *best = &w->poses[0];
    for (size_t i = 1; i < w->count; i++) {
        if (fabs(w->poses[i].t - t) < fabs(best->t - t))
            best = &w->poses[i];
    }
    return best;
}

sim_score sim_judge(const sim_watch *w, double from, double to)
{
    sim_score s = {0};
    int inside = 0;
    double squares = 0.0;
    for (size_t i = 0; i < w->count; i++) {
        const sim_pose *p = &w->poses[i];
        if (p->t < from || p->t >= to)
            continue;
        s.poses++;
        if (!p->usable)
            continue;
        s.usable++;
        inside += p->d < 2.4477f; /* chi-square, 2 degrees of freedom, 95 % */
        squares += (double)(p->horizontal_m * p->horizontal_m);
        s.worst_d = fmax(s.worst_d, (double)p->d);
        s.worst_up_d = fmax(s.worst_up_d, (double)p->up_d);
        s.worst_heading_d = fmax(s.worst_heading_d, (double)p->heading_d);
        s.worst_m = fmax(s.worst_m, (double)p->horizontal_m);
    }
    s.coverage = s.usable ? (double)inside / s.usable : (double)NAN;
    s.rms_m = sqrt(squares / (s.usable ? s.usable : 1));
    return s;
}

void sim_inside(const sim_watch *w, double from, double to)
{
    sim_score s = sim_judge(w, from, to);
    ck_assert_int_gt(s.usable, 0);
    ck_assert_msg(s.worst_d < 3.72 && s.worst_heading_d < 4.0 && s.worst_up_d < 4.0,
                  "errors in sigmas: %.2f, up %.2f, heading %.2f", s.worst_d, s.worst_up_d,
                  s.worst_heading_d);
}

void sim_usable_inside(const sim_watch *w, double from, double to)
{
    sim_score s = sim_judge(w, from, to);
    sim_inside(w, from, to);
    ck_assert_int_eq(s.usable, s.poses);
}

void sim_close(const sim_watch *w, double from, double worst_m, double worst_heading_deg)
{
    const double degrees = 180.0 / 3.14159265358979323846;
    for (size_t i = 0; i < w->count; i++) {
        const sim_pose *p = &w->poses[i];
        if (p->t < from)
            continue;
        ck_assert_msg(p->usable, "not usable at %.2f", p->t);
        ck_assert_msg(
            (double)p->horizontal_m < worst_m && fabs((double)p->heading_rad) * degrees < worst_heading_deg,
            "at %.2f: %.2f m, %.2f deg", p->t, (double)p->horizontal_m, (double)p->heading_rad * degrees);
    }
}

static const char *name_of(int source)
{
    static const char *const names[SIM_SOURCES] = {"gnss", "imu", "wheel", "radar", "camera", "second gnss"};
    return source < SIM_SOURCES ? names[source] : "system";
}

/* All faults as text, for the message of a failed check. */
static const char *story(const sim_watch *w, char *text, size_t size)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; i < w->fault_count && used < size; i++) {
        const sim_fault *f = &w->faults[i];
        int n = snprintf(text + used, size - used, "\n  %s %s %.3f..%.3f", name_of(f->source),
                         fault_describe(f->code)->name, f->from, f->to);
        used += n > 0 ? (size_t)n : 0;
    }
    return text;
}

void sim_expect(sim_watch *w, int source, fault_code code, double rise, double rise_end, double fall,
                double fall_end)
{
    char text[4000];
    for (int i = 0; i < w->fault_count; i++) {
        sim_fault *f = &w->faults[i];
        bool falls = isinf(fall_end) ? isinf(f->to) : f->to >= fall - 1e-6 && f->to <= fall_end + 1e-6;
        if (!f->expected && f->source == source && f->code == code && f->from >= rise - 1e-6 &&
            f->from <= rise_end + 1e-6 && falls) {
            f->expected = true;
            return;
        }
    }
    ck_abort_msg("%s %s did not rise within %.3f..%.3f and clear within %.3f..%.3f; there was:%s",
                 name_of(source), fault_describe(code)->name, rise, rise_end, fall, fall_end,
                 story(w, text, sizeof text));
}

void sim_allow(sim_watch *w, int source, fault_code code)
{
    for (int i = 0; i < w->fault_count; i++)
        w->faults[i].expected |= w->faults[i].source == source && w->faults[i].code == code;
}

void sim_expect_no_more(const sim_watch *w)
{
    char text[4000];
    for (int i = 0; i < w->fault_count; i++)
        ck_assert_msg(w->faults[i].expected, "%s %s was not expected; there was:%s",
                      name_of(w->faults[i].source), fault_describe(w->faults[i].code)->name,
                      story(w, text, sizeof text));
}
