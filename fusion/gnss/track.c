#include "fusion/gnss/track.h"

#include <math.h>

/* The way over which a receiver's is compared is forgotten with this, m. Too small: reflections of a street
 * turn it; too large: it is long until a heading is known that has changed. */
static const double forget_m = 150.0;

/* A fix after a longer way than this, m, counts for this one. Too small: one after a tunnel counts for
 * nothing; too large: it counts for all. */
static const double most_way_m = 30.0;

/* Speed and yaw rate that are further apart than this, s, leave a gap in the way. */
static const double gap_s = 1.0;

/* At rest the yaw rate is averaged in blocks of this, s: the first, in which a body still sways and slow
 * wheels say nothing yet, and the last, in which it may move off unseen by them, do not count. */
static const double block_s = 2.0;
/* A sensor is off by no more than this, rad/s (3 deg/s): what turns faster does not stand. */
static const double most_bias_radps = 0.05;
/* So many blocks are averaged, for a bias changes with temperature. */
static const double most_blocks = 15.0;

static void begin_again(track_fit *f, const double at_m[2], const double fix_m[2])
{
    *f = (track_fit){.way_m = 1e-3};
    for (int i = 0; i < 2; i++) {
        f->at_m[i] = at_m[i];
        f->fix_m[i] = fix_m[i];
    }
}

double track_fit_keep(double way_m)
{
    return exp(-way_m / forget_m);
}

void track_fit_take(track_fit *f, const double at_m[2], const double fix_m[2], double way_m)
{
    if (!(f->way_m > 0.0)) {
        begin_again(f, at_m, fix_m);
        return;
    }
    const double way = fmin(way_m, most_way_m), keep = track_fit_keep(way_m);
    const double all = keep * f->way_m + way, share = way / all, weight = way * (1.0 - share);
    const double p[2] = {at_m[0] - f->at_m[0], at_m[1] - f->at_m[1]};
    const double z[2] = {fix_m[0] - f->fix_m[0], fix_m[1] - f->fix_m[1]};
    f->at2 = keep * f->at2 + weight * (p[0] * p[0] + p[1] * p[1]);
    f->fix2 = keep * f->fix2 + weight * (z[0] * z[0] + z[1] * z[1]);
    f->along = keep * f->along + weight * (p[0] * z[0] + p[1] * z[1]);
    f->across = keep * f->across + weight * (p[0] * z[1] - p[1] * z[0]);
    for (int i = 0; i < 2; i++) {
        f->at_m[i] += share * p[i];
        f->fix_m[i] += share * z[i];
    }
    f->way_m = all;
}

bool track_fit_find(const track_fit *f, track_turn *out)
{
    if (!(f->at2 > 0.0))
        return false;
    const double size = hypot(f->along, f->across);
    out->turn_rad = atan2(f->across, f->along);
    out->scale = size / f->at2;
    out->spread_m = sqrt(f->at2 / f->way_m);
    out->rest_m = track_fit_rest(f, out->turn_rad);
    return true;
}

double track_fit_rest(const track_fit *f, double turn_rad)
{
    const double common = f->along * cos(turn_rad) + f->across * sin(turn_rad);
    return sqrt(fmax(f->fix2 + f->at2 - 2.0 * common, 0.0) / fmax(f->way_m, 1e-3));
}

/* ---- the track */

static void end_block(track_rest *r)
{
    const double mean = r->sum_rad / r->sum_s;
    const bool counts = r->kept >= 2 && fabs(r->before_radps) < most_bias_radps;
    if (counts) {
        r->blocks = fmin(r->blocks + 1.0, most_blocks);
        r->bias_radps += (r->before_radps - r->bias_radps) / r->blocks;
    }
    r->before_radps = mean;
    r->kept++;
    r->sum_rad = r->sum_s = 0.0;
}

static void watch_rest(track_rest *r, bool rests, double rate_radps, double dt_s)
{
    if (!rests) {
        r->sum_rad = r->sum_s = 0.0;
        r->kept = 0;
        return;
    }
    r->sum_rad += rate_radps * dt_s;
    r->sum_s += dt_s;
    if (r->sum_s >= block_s)
        end_block(r);
}

bool track_knows_bias(const track_log *t)
{
    return t->rest.blocks > 0.0;
}

void track_leapt(track_log *t, double by_radps)
{
    if (track_knows_bias(t))
        t->rest.bias_radps += by_radps;
    t->rest.blocks = fmin(t->rest.blocks, 1.0);
    t->rest.sum_rad = t->rest.sum_s = 0.0;
    t->rest.kept = 0;
}

void track_break(track_log *t)
{
    t->part++;
    t->heading_rad = t->way_m = t->at_m[0] = t->at_m[1] = 0.0;
    t->stamp_ns = INT64_MIN;
    t->rest.sum_rad = t->rest.sum_s = 0.0;
    t->rest.kept = 0;
}

static double seconds(int64_t from_ns, int64_t to_ns)
{
    return (double)(to_ns - from_ns) * 1e-9;
}

static void step(track_log *t, double dt_s, double speed_mps, double rate_radps)
{
    const double middle = t->heading_rad + 0.5 * dt_s * rate_radps, way = dt_s * speed_mps;
    t->at_m[0] += way * cos(middle);
    t->at_m[1] += way * sin(middle);
    t->heading_rad += dt_s * rate_radps;
    t->way_m += fabs(way);
}

void track_hear_rate(track_log *t, int source, int64_t stamp_ns, double speed_mps, double rate_radps,
                     bool rests, double bias_radps)
{
    double dt_s = t->stamp_ns == INT64_MIN ? -1.0 : seconds(t->stamp_ns, stamp_ns);
    if (t->source != source || dt_s < 0.0 || dt_s > gap_s) {
        if (t->source != source)
            t->rest = (track_rest){.blocks = 0.0};
        track_break(t);
        dt_s = 0.0;
    }
    const double rate = 0.5 * (t->rate_radps + rate_radps), speed = 0.5 * (t->speed_mps + speed_mps);
    watch_rest(&t->rest, rests, rate, dt_s);
    if (dt_s > 0.0)
        step(t, dt_s, speed, rate - (track_knows_bias(t) ? t->rest.bias_radps : bias_radps));
    t->source = source;
    t->stamp_ns = stamp_ns;
    t->speed_mps = speed_mps;
    t->rate_radps = rate_radps;
}

bool track_at(const track_log *t, int64_t stamp_ns, double at_m[2], double *heading_rad)
{
    const double dt_s = t->stamp_ns == INT64_MIN ? -1.0 : seconds(t->stamp_ns, stamp_ns);
    if (dt_s < 0.0 || dt_s > gap_s)
        return false;
    const double way = dt_s * t->speed_mps;
    at_m[0] = t->at_m[0] + way * cos(t->heading_rad);
    at_m[1] = t->at_m[1] + way * sin(t->heading_rad);
    *heading_rad = t->heading_rad;
    return true;
}
