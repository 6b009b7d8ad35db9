/* A radar: how much it returns and of what, and the noise of range rates. */
#include "common/vector.h"
#include "sim/fit_private.h"
#include "sim/vec.h"

#include <stdlib.h>

/* A return this far from what stands moves: in sigmas of range rate, and m/s at least. */
static const double moves_sigma = 5, moves_mps = 1;
/* Range rates within this of what stands have a say in noise and latency, m/s. */
static const double near_mps = 2;
/* An object of a tracker goes on when its number comes again within this, s. */
static const double gone_s = 0.3;
enum { MAX_TRACKS = 4096, MOST_HITS = 20000 /* for a latency */ };

typedef struct {
    double t_s, azimuth_rad, doppler_mps, range_m;
    int32_t track;
} hit;

typedef struct {
    fit_source *s;
    hit *hits;
    size_t count, scans, tracked;
    double *room;
} radar;

static bool take_frames(radar *r)
{
    size_t at = 0, capacity = 0;
    while (fit_next(r->s, FRAME_RADAR, &at)) {
        const frame_radar *f = &r->s->scratch->u.radar;
        double t = fit_seconds(r->s, r->s->scratch->stamp_ns);
        r->scans++;
        hit *hits = vector_reserve(r->hits, &capacity, r->count + f->count, sizeof *hits);
        if (!hits)
            return !(r->s->failed = true);
        r->hits = hits;
        for (uint16_t i = 0; i < f->count; i++) {
            const radar_detection *d = &f->detections[i];
            r->tracked += d->track_id >= 0;
            r->hits[r->count++] =
                (hit){t, (double)d->azimuth_rad, (double)d->doppler_mps, (double)d->range_m, d->track_id};
        }
    }
    r->room = fit_room(r->s, r->count);
    return !r->s->failed;
}

/* Measured less what a thing that stands would have; NAN: not known. */
static double against_standing(const radar *r, const hit *h, double late_s)
{
    fit_truth x;
    const mount_settings *m = &r->s->source->mount;
    if (!fit_truth_at(r->s, m, h->t_s - late_s, &x))
        return NAN;
    double to = x.yaw_rad + radians(m->yaw_deg) + h->azimuth_rad;
    return h->doppler_mps + x.velocity_mps[0] * cos(to) + x.velocity_mps[1] * sin(to);
}

/* Mean square of the range rates of what stands, about their mean. */
static double near_spread(void *context, double late_s)
{
    const radar *r = context;
    double sum = 0, squares = 0, n = 0;
    for (size_t i = 0; i < r->count; i += 1 + r->count / MOST_HITS) {
        double off = against_standing(r, &r->hits[i], late_s);
        if (!(fabs(against_standing(r, &r->hits[i], 0)) < near_mps) || !isfinite(off))
            continue;
        sum += off;
        squares += off * off;
        n++;
    }
    return n > 32 ? squares / n - sum / n * (sum / n) : INFINITY;
}

static double quantile(double *sorted, size_t n, double p)
{
    return n > 0 ? sorted[(size_t)(p * (double)(n - 1))] : NAN;
}

static void fit_field(radar *r)
{
    fit_source *s = r->s;
    for (size_t i = 0; i < r->count; i++)
        r->room[i] = r->hits[i].range_m;
    (void)series_median(r->room, r->count);
    fit_take(s->fit, s->where, "max_range_m", quantile(r->room, r->count, 0.995),
             "99.5 %% of the returns are nearer");
    for (size_t i = 0; i < r->count; i++)
        r->room[i] = degrees(fabs(r->hits[i].azimuth_rad));
    (void)series_median(r->room, r->count);
    fit_take(s->fit, s->where, "field_deg", quantile(r->room, r->count, 0.995),
             "99.5 %% of the returns are within it to each side");
}

/* Noise of the range rate of what stands, and the share of what moves. */
static void fit_doppler(radar *r)
{
    fit_source *s = r->s;
    size_t near = 0, moving = 0, known = 0;
    for (size_t i = 0; i < r->count; i++) {
        double off = against_standing(r, &r->hits[i], s->latency_s);
        if (fabs(off) < near_mps)
            r->room[near++] = off;
    }
    double centre = series_median(r->room, near);
    for (size_t i = 0; i < near; i++)
        r->room[i] = fabs(r->room[i] - centre);
    double sigma = 1.4826 * series_median(r->room, near), limit = fmax(moves_sigma * sigma, moves_mps);
    for (size_t i = 0; i < r->count; i++) {
        double off = against_standing(r, &r->hits[i], s->latency_s);
        known += isfinite(off);
        moving += fabs(off) > limit;
    }
    if (near < 32) {
        fit_keep(s->fit, s->where, "doppler_mps", "%zu returns of what stands: too few", near);
    } else {
        fit_take(s->fit, s->where, "doppler_mps", sigma,
                 "median departure of %zu returns of what stands (middle %.2f)", near, centre);
    }
    if (known > 0)
        fit_take(s->fit, s->where, "moving_share", (double)moving / (double)known,
                 "returns more than %.1f m/s from what stands", limit);
}

/* ---- track lists ---- */

typedef struct {
    int32_t id;
    size_t last, before; /* hits, SIZE_MAX: none */
    double begin_s;
    bool moves;
} track;

typedef struct {
    double life_s, ended, changes, change_count, moving;
} lives;

static void end_track(lives *l, const radar *r, const track *t)
{
    l->life_s += r->hits[t->last].t_s - t->begin_s;
    l->ended++;
    l->moving += t->moves;
}

/* Ranges of one object from scan to scan: second differences are noise, and three times a tracker's lag. */
static void follow(lives *l, const radar *r, track *t, size_t i)
{
    const hit *h = &r->hits[i], *last = &r->hits[t->last];
    if (h->t_s - last->t_s > gone_s || fabs(h->range_m - last->range_m) > 10) {
        end_track(l, r, t);
        *t = (track){h->track, i, SIZE_MAX, h->t_s, false};
    } else if (h->t_s > last->t_s) {
        if (t->before != SIZE_MAX) {
            double bend = h->range_m - 2 * last->range_m + r->hits[t->before].range_m;
            l->changes += fmin(bend * bend, 4);
            l->change_count++;
        }
        t->before = t->last;
        t->last = i;
    }
    t->moves |= fabs(against_standing(r, h, r->s->latency_s)) > moves_mps;
}

static bool find_lives(radar *r, lives *l)
{
    track *tracks = calloc(MAX_TRACKS, sizeof *tracks);
    size_t n = 0;
    *l = (lives){0};
    for (size_t i = 0; tracks && i < r->count; i++) {
        const hit *h = &r->hits[i];
        size_t k = 0;
        while (k < n && tracks[k].id != h->track)
            k++;
        if (k < n)
            follow(l, r, &tracks[k], i);
        else if (n < MAX_TRACKS && h->track >= 0)
            tracks[n++] = (track){h->track, i, SIZE_MAX, h->t_s, false};
    }
    for (size_t k = 0; tracks && k < n; k++)
        end_track(l, r, &tracks[k]);
    free(tracks);
    return tracks || !(r->s->failed = true);
}

static void fit_tracks(radar *r)
{
    fit_source *s = r->s;
    lives l;
    if (2 * r->tracked < r->count) {
        fit_keep(s->fit, s->where, "range_m", "a list of detections: no object is seen twice for sure");
        return;
    }
    if (!find_lives(r, &l))
        return;
    fit_take(s->fit, s->where, "range_m", sqrt(l.changes / fmax(l.change_count, 1) / 6),
             "second differences of tracked ranges: a tracker has smoothed them");
    fit_remark(
        s->fit, s->where,
        "a list of tracks: %.0f objects of %.1f s on average, %.0f %% of them move; the simulator returns "
        "detections, new in each scan",
        l.ended, l.life_s / fmax(l.ended, 1), 100 * l.moving / fmax(l.ended, 1));
    /* As many others on the road as it sees at a time, both directions. */
    double in_view =
        r->scans > 0 ? (double)r->count / (double)r->scans * s->sensor->of.radar.moving_share : 0;
    fit_take(s->fit, SIM_FIT_ROAD, "traffic_per_km", 1000 * in_view / s->sensor->of.radar.max_range_m,
             "%.1f moving objects in view of %s at a time", in_view, s->source->name);
}

void fit_radar(fit_source *s)
{
    radar r = {.s = s};
    if (take_frames(&r) && r.count > 0) {
        fit_latency(s, series_shift(near_spread, &r, -0.05, 0.4),
                    "range rates of what stands, shifted until they fit the motion best");
        fit_take(s->fit, s->where, "returns", (double)r.count / (double)r.scans, "mean of %zu scans",
                 r.scans);
        fit_field(&r);
        fit_doppler(&r);
        fit_tracks(&r);
        fit_keep(s->fit, s->where, "azimuth_deg", "needs things at known places");
    }
    free(r.hits);
    free(r.room);
}
