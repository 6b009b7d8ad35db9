/*
 * What levels cover of a latency that nothing has shown yet, nor refuted: gnss_late.h.
 *
 * At one speed and nearly straight on, a receiver that is late by seconds agrees with all that is measured.
 * So the pose may be where the vehicle was a while ago, for all latencies by which the receiver's way fits
 * that of wheels and a yaw rate as well as by the best, or which have not been compared yet.
 */
#include "fusion/gnss/gnss_late.h"

#include "fusion/gnss/gnss_error.h"
#include "fusion/integrity/cover.h"

#include <math.h>
#include <string.h>

/* A latency is refuted when it fits worse than the best by so many sigmas, and more where little has been
 * compared. Receivers that are late by more than is assumed are one in some thousands: 3.3 sigmas leave 1e-6
 * of that, the rest is for errors that last. Too small: an error is not covered; too large: levels are wide
 * for longer. */
static const double refuted_sigmas = 4.0;

/* The latest that is thought possible, s: clocks differ by the 18 s between GPS time and UTC. In steps of s.
 */
static const double latest_s = 20.0, step_s = 0.05;

/* What is shown nearby refutes all that is beyond it, but where that fits better than what is assumed by so
 * many sigmas already. Too small: chance keeps levels wide; too large: a shape that recurs hides a latency of
 * some seconds. */
static const double better_sigmas = 2.5;

/* What was covered fades with this time constant, s: a vehicle that slows down has its pose behind until
 * positions have taken that along. Too small: an error outlives its cover; too large: levels stay wide behind
 * a stop. */
static const float fades_s = 10.0f;

/* A receiver that agrees with another source of position is off by less than this, m, which at that speed is
 * a latency: four sigmas of a good one. Too small: one that is late is held to be in time; too large: what
 * was seen beside a unit is of no use. No road vehicle turns faster for long than the second, rad/s. */
static const double agrees_m = 10.0, turns_radps = 0.5;
static const float half_turn_rad = 3.1415927f;

/* What is not beyond doubt yet is suspected where it fits better by so many sigmas than what the receiver is
 * held to be late by, lies so many sigmas of its own beyond that, is known so well, s, and was compared for
 * so long, s. Of 100 drives without a fault two are suspected of more than 0.2 s. Too small: poses are
 * unsure of the way for nothing; too large: they are sure of a place that they have left. */
static const double suspected_sigmas = 6.0, suspected_apart = 2.0, suspected_sigma_s = 0.5,
                    suspected_lasts_s = 3.0;

typedef struct {
    bool known[LATE_SERIES][LATE_RANGES];
    bool open[LATE_SERIES][LATE_RANGES][LATENESS_TRIED];
} open_set;

/* What is left open to either end of a range says nothing of it: what the way errs by (a gyro whose bias is
 * being learned) may look the better, the newer it is. */
static void find_open(const late_receiver *l, open_set *o)
{
    for (int q = 0; q < LATE_SERIES; q++) {
        for (int k = 0; k < LATE_RANGES; k++) {
            bool *open = o->open[q][k];
            o->known[q][k] = lateness_open(&l->series[q].of[k], late_ranges[k], refuted_sigmas, open) &&
                             !open[0] && !open[late_ranges[k]->tried - 1];
        }
    }
}

/* One more to either side, as steps are coarse. */
static bool is_open(const bool open[], const lateness_range *range, double latency_s)
{
    const double at = (latency_s - range->first_s) / range->step_s;
    const int from = (int)floor(at), to = (int)ceil(at);
    if (from < 0 || to >= range->tried)
        return true;
    return open[from] || open[to];
}

/* The way nearby has a shape. */
static bool is_shown_near(const open_set *o)
{
    return o->known[LATE_PLACES][LATE_NEAR] || o->known[LATE_SPEEDS][LATE_NEAR];
}

static double end_of(const lateness_range *range)
{
    return range->first_s + (range->tried - 1) * range->step_s;
}

static bool fits_better_beyond(const late_receiver *l)
{
    lateness_fit fit;
    for (int q = 0; q < LATE_SERIES; q++) {
        for (int k = LATE_NEAR + 1; k < LATE_RANGES; k++) {
            if (lateness_find(&l->series[q].of[k], late_ranges[k], l->first_s, &fit) &&
                fit.latency_s > end_of(late_ranges[LATE_NEAR]) && fit.sigmas > better_sigmas)
                return true;
        }
    }
    return false;
}

static bool is_refuted(const open_set *o, double latency_s)
{
    for (int q = 0; q < LATE_SERIES; q++) {
        for (int k = 0; k < LATE_RANGES; k++) {
            if (o->known[q][k] && !is_open(o->open[q][k], late_ranges[k], latency_s))
                return true;
        }
    }
    return false;
}

double late_latest(const late_receiver *l)
{
    open_set o;
    double latest = latest_s;
    find_open(l, &o);
    if (is_shown_near(&o) && !fits_better_beyond(l))
        latest = end_of(late_ranges[LATE_NEAR]);
    while (latest > 0.0 && is_refuted(&o, latest))
        latest -= step_s;
    return latest;
}

/* By how much later one series and range show it to be than it is held to be. */
static double more_by(const source_run *s, const late_receiver *l, double own_s, late_series_kind kind, int k)
{
    lateness_fit fit;
    const double lag_s = kind == LATE_SPEEDS ? s->set->of.gnss.velocity_lag_s : 0.0;
    const lateness *by = &l->series[kind].of[k];
    if (by->lasted_s < suspected_lasts_s || !lateness_find(by, late_ranges[k], own_s + lag_s, &fit))
        return 0.0;
    const double more_s = fit.latency_s - lag_s - own_s;
    if (fit.sigmas < suspected_sigmas || more_s < suspected_apart * fit.sigma_s ||
        fit.sigma_s > suspected_sigma_s)
        return 0.0;
    if (kind == LATE_SPEEDS && (!late_speeds_count(s) || late_places_contradict(l, k, own_s + more_s)))
        return 0.0;
    return more_s;
}

void late_suspect(const fusion *c, const source_run *s, late_receiver *l)
{
    const double own_s = c->f.source[s->first_state + LATENCY - STATE_SOURCES];
    l->suspected_s = 0.0;
    for (int k = 0; k < LATE_RANGES && !s->gnss.out_of_time; k++) {
        l->suspected_s = fmax(l->suspected_s, more_by(s, l, own_s, LATE_PLACES, k));
        l->suspected_s = fmax(l->suspected_s, more_by(s, l, own_s, LATE_SPEEDS, k));
    }
}

double late_suspected(const fusion *c)
{
    double most_s = 0.0;
    int receivers = 0;
    for (size_t i = 0; i < c->source_count && receivers < LATE_RECEIVERS; i++) {
        const source_run *s = &c->source[i];
        if (s->set->kind != SOURCE_GNSS)
            continue;
        const double more_s = c->late.of[receivers++].suspected_s;
        if (more_s > most_s && s->fused_ns != INT64_MIN && gnss_is_alone(c, s, c->applied_ns))
            most_s = more_s;
    }
    return most_s;
}

/* How far the vehicle has come, along and across its present axis, m, and turned, rad, at most, in any part
 * of the last so many seconds. */
static void way_of(const late_watch *w, double reach_s, float way[LATE_COVERS])
{
    const double *f = w->way.now.forward;
    const int64_t count = w->way.count, newest = count - 1;
    const double steps = reach_s / way_point_s;
    memset(way, 0, LATE_COVERS * sizeof *way);
    for (int64_t k = newest; k >= 0 && k > count - WAY_POINTS && (double)(newest - k) <= steps; k--) {
        const way_point *then = &w->way.kept[k % WAY_POINTS];
        const double x = w->way.now.at_m[0] - then->at_m[0], y = w->way.now.at_m[1] - then->at_m[1];
        const double turned = atan2(f[0] * then->forward[1] - f[1] * then->forward[0],
                                    f[0] * then->forward[0] + f[1] * then->forward[1]);
        way[BANK_ALONG] = fmaxf(way[BANK_ALONG], (float)fabs(x * f[0] + y * f[1]));
        way[BANK_CROSS] = fmaxf(way[BANK_CROSS], (float)fabs(y * f[0] - x * f[1]));
        way[LATE_HEADING] = fmaxf(way[LATE_HEADING], (float)fabs(turned));
    }
    const double before_s = reach_s - fmax((double)newest, 0.0) * way_point_s;
    way[BANK_ALONG] += (float)(fmax(before_s, 0.0) * w->fast_mps);
    way[LATE_HEADING] = fminf(way[LATE_HEADING] + (float)(fmax(before_s, 0.0) * turns_radps), half_turn_rad);
}

/* Beside another one that says where the vehicle is, which it agrees with, it is not late by more than it may
 * be off. */
static void witness(const fusion *c, const source_run *s, late_receiver *l, int64_t now_ns)
{
    if (s->fused_ns != INT64_MIN && !s->out.banned && s->reject_since_ns == INT64_MIN &&
        seconds_between(s->fused_ns, now_ns) < SEEN_WITHIN_S && !gnss_is_alone(c, s, now_ns))
        l->seconded_mps = fmax(l->seconded_mps, filter_speed(&c->f));
}

static double reach_of(const fusion *c, const source_run *s, const late_receiver *l)
{
    const double own = c->f.source[s->first_state + LATENCY - STATE_SOURCES];
    const double reach_s = fmax((l->begun ? l->latest_s : latest_s) - own, 0.0);
    return l->seconded_mps > 0.0 ? fmin(reach_s, agrees_m / l->seconded_mps) : reach_s;
}

static void cover_way(late_watch *w, double reach_s, float since_s)
{
    const float most[LATE_COVERS] = {(float)(reach_s * w->fast_mps), (float)(reach_s * w->fast_mps),
                                     (float)(reach_s * turns_radps)};
    float way[LATE_COVERS];
    way_of(w, reach_s, way);
    for (int k = 0; k < LATE_COVERS; k++)
        w->cover[k] = fmaxf(way[k], fminf(w->cover[k] * expf(-since_s / fades_s), most[k]));
}

/* More than one source says where the vehicle is, or one that is no receiver: the pose is not behind. */
static bool is_seen(const fusion *c, int64_t now_ns)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        const bool speaks = core_places(s) && s->fused_ns != INT64_MIN &&
                            seconds_between(s->fused_ns, now_ns) < SEEN_WITHIN_S;
        if (speaks && (s->set->kind != SOURCE_GNSS || !gnss_is_alone(c, s, now_ns)))
            return true;
    }
    return false;
}

/* What one that was left out has done stays. */
static void follow(fusion *c, int64_t now_ns, float since_s)
{
    for (size_t i = 0; i < c->source_count; i++) {
        const source_run *s = &c->source[i];
        late_receiver *l = late_receiver_of(c, s);
        if (!l)
            continue;
        witness(c, s, l, now_ns);
        if (s->fused_ns != INT64_MIN && !s->out.banned && (l->begun || c->late.way.count > 0))
            cover_way(&c->late, reach_of(c, s, l), since_s);
    }
    if (is_seen(c, now_ns))
        memset(c->late.cover, 0, sizeof c->late.cover);
}

void late_held(const fusion *c, float held[])
{
    const float *cover = c->late.cover, turn = cover[LATE_HEADING];
    held[BANK_ALONG] = fmaxf(held[BANK_ALONG], cover[BANK_ALONG]);
    held[BANK_CROSS] = fmaxf(held[BANK_CROSS], cover[BANK_CROSS]);
    held[BANK_HEADING] = fmaxf(held[BANK_HEADING], turn > COVER_MOST_HEADING_RAD ? half_turn_rad : turn);
}

void late_cover(fusion *c, int64_t now_ns, float since_s, const float variance[])
{
    static const int direction[LATE_COVERS] = {BANK_ALONG, BANK_CROSS, BANK_HEADING};
    bank *b = &c->bank;
    float level[LATE_COVERS];
    follow(c, now_ns, since_s);
    for (int k = 0; k < LATE_COVERS; k++) {
        const int i = direction[k];
        level[k] =
            c->late.cover[k] > 0.0f ? c->late.cover[k] + c->factor.fault_free * sqrtf(variance[i]) : 0.0f;
        b->level[i] = fmaxf(b->level[i], level[k]);
    }
    b->length = fmaxf(b->length, hypotf(level[BANK_ALONG], level[BANK_CROSS]));
}
