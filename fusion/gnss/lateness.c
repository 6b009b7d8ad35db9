#include "fusion/gnss/lateness.h"

#include <math.h>
#include <string.h>

/* Points of dead reckoning are kept so far apart, s: between them a vehicle at 3 m/s^2 is 4 mm off a line. */
const double way_point_s = 0.1;

/* A motion that is kept for a second and more after a fix, and what a serial line and a radio take; and
 * clocks that differ by the leap seconds between GPS time and UTC, 18 s. */
const lateness_range lateness_near = {.first_s = -0.5, .step_s = 0.05, .spacing_s = 0.0, .tried = 51};
const lateness_range lateness_held_up = {.first_s = -2.0, .step_s = 0.1, .spacing_s = 0.5, .tried = 91};
const lateness_range lateness_behind = {.first_s = -1.0, .step_s = 0.25, .spacing_s = 0.5, .tried = 85};
const lateness_range lateness_ahead = {.first_s = -20.0, .step_s = 0.25, .spacing_s = 0.5, .tried = 85};

/* Ways are compared over this, s, and up to that much more where fixes are rare. Too small: the scatter of
 * fixes hides what the vehicle gains in speed; too large: so does what a receiver's error does meanwhile. */
static const double pair_s = 2.0, pair_more_s = 1.6;

/* What was compared is forgotten with this time constant, s. Latencies hardly change; too small: a town's
 * stops are too few; too large: one that has changed shows late. */
static const double memory_s = 100.0;

/* Way and angle are free anew after so long, s. Too small: they take up what the latency does; too large: a
 * heading drifts by what a bend of the road does. */
static const double longest_spell_s = 20.0;

/* Differences are as good as new after this, s, as long as a pair. Too small: sigmas are; too large: nothing
 * is found. Over 30 simulated drives on five roads the errors have 0.8 of the sigma that this makes. */
static const double independent_s = 1.4;

/* The curvature at the best is taken over this to either side, s, and no less than one step. */
static const double reach_s = 0.15;

/* A vehicle at rest shows nothing, and its receiver's scatter is another. A way that is shorter than this
 * for every latency is not compared, m. */
static const double least_way_m = 0.5;

/* Fixes closer than this are not kept, s, and a fix counts for no longer than that, s. */
static const double least_spacing_s = 0.19, longest_s = 1.0;

void way_log_clear(way_log *log)
{
    *log = (way_log){.now.forward = {1.0, 0.0}};
}

static void blend(const way_point *a, const way_point *b, double part, way_point *out)
{
    for (int i = 0; i < 2; i++) {
        out->at_m[i] = a->at_m[i] + part * (b->at_m[i] - a->at_m[i]);
        out->forward[i] = a->forward[i] + part * (b->forward[i] - a->forward[i]);
    }
}

void way_log_step(way_log *log, double dt, double speed, double rate, double slip)
{
    if (!(dt > 0.0))
        return;
    const way_point from = log->now;
    way_point *now = &log->now;
    log->heading_rad += dt * rate;
    now->forward[0] = cos(log->heading_rad);
    now->forward[1] = sin(log->heading_rad);
    const double mean[2] = {0.5 * (from.forward[0] + now->forward[0]),
                            0.5 * (from.forward[1] + now->forward[1])};
    now->at_m[0] += dt * speed * (mean[0] + slip * mean[1]);
    now->at_m[1] += dt * speed * (mean[1] - slip * mean[0]);
    for (; (double)log->count * way_point_s <= log->time_s + dt; log->count++) {
        double part = ((double)log->count * way_point_s - log->time_s) / dt;
        blend(&from, now, part, &log->kept[log->count % WAY_POINTS]);
    }
    log->time_s += dt;
}

/* Where the antenna was at a time that is kept. */
static inline void antenna_at(const way_log *log, double time_s, const double antenna[2], double at[2])
{
    const double steps = time_s / way_point_s;
    const uint32_t k = (uint32_t)steps;
    way_point p;
    blend(&log->kept[k % WAY_POINTS], &log->kept[(k + 1) % WAY_POINTS], steps - (double)k, &p);
    at[0] = p.at_m[0] + p.forward[0] * antenna[0] - p.forward[1] * antenna[1];
    at[1] = p.at_m[1] + p.forward[1] * antenna[0] + p.forward[0] * antenna[1];
}

static bool has_time(const way_log *log, double time_s)
{
    double steps = time_s / way_point_s;
    return steps >= 0.0 && steps > (double)(log->count - WAY_POINTS + 1) && steps + 1.0 < (double)log->count;
}

/* ---- fixes */

static double time_of(const fix_log *log, uint32_t k)
{
    return log->fix[k % LATENESS_FIXES].time_s;
}

static const double *place_of(const fix_log *log, uint32_t k)
{
    return log->fix[k % LATENESS_FIXES].at_m;
}

bool fix_log_take(fix_log *log, const way_log *way, const double at[2])
{
    if (log->count > 0 && way->time_s - time_of(log, log->count - 1) < least_spacing_s)
        return false;
    const uint32_t k = log->count++ % LATENESS_FIXES;
    log->fix[k].time_s = way->time_s;
    log->fix[k].at_m[0] = at[0];
    log->fix[k].at_m[1] = at[1];
    return true;
}

/* The newest fix that is a pair's time before fix k; false: none is near that. */
static bool find_partner(const fix_log *log, uint32_t k, uint32_t *partner)
{
    for (uint32_t i = k; i-- > 0 && log->count - i <= LATENESS_FIXES;) {
        double before_s = time_of(log, k) - time_of(log, i);
        *partner = i;
        if (before_s >= pair_s - 0.25 * least_spacing_s)
            return before_s <= pair_s + pair_more_s;
    }
    return false;
}

/* ---- comparing */

void lateness_clear(lateness *l)
{
    memset(l, 0, sizeof *l);
}

static double latency_of(const lateness_range *range, int i)
{
    return range->first_s + i * range->step_s;
}

/* What is left of the spell's squares when the way is (a + b t) times itself, a and b complex: as they fit
 * best, by the normal equations of the two. */
static double left_of_spell(const lateness *l, int i)
{
    const lateness_sums *s = &l->sums[i];
    const double det = s->way2[0] * s->way2[2] - s->way2[1] * s->way2[1];
    double fit = 0.0;
    if (!(s->way2[0] > 0.0))
        return l->square;
    for (int k = 0; k < 2; k++) {
        const double *by = k == 0 ? s->along : s->across;
        double more = by[1] - s->way2[1] / s->way2[0] * by[0];
        fit += by[0] * by[0] / s->way2[0] + (det > 0.0 ? more * more * s->way2[0] / det : 0.0);
    }
    return l->square - fit;
}

static void end_spell(lateness *l)
{
    const double keep = exp(-l->spell_s / memory_s);
    l->lasted_s = keep * (l->lasted_s - l->spell_s) + l->spell_s;
    for (int i = 0; i < LATENESS_TRIED; i++)
        l->left_over[i] = keep * l->left_over[i] + left_of_spell(l, i);
    memset(l->sums, 0, sizeof l->sums);
    l->square = l->spell_s = 0.0;
}

typedef struct {
    double from_s, to_s; /* stamps */
    double way_m[2];     /* between them by the receiver */
} pair;

/* The ways of dead reckoning in that time, for all latencies; false: all are short. */
static bool ways_of(const way_log *log, const lateness_range *range, const pair *of, const float antenna_m[2],
                    double way[LATENESS_TRIED][2])
{
    const double antenna[2] = {(double)antenna_m[0], (double)antenna_m[1]};
    bool moves = false;
    for (int i = 0; i < range->tried; i++) {
        double begin[2], late_s = latency_of(range, i);
        antenna_at(log, of->from_s - late_s, antenna, begin);
        antenna_at(log, of->to_s - late_s, antenna, way[i]);
        for (int k = 0; k < 2; k++)
            way[i][k] -= begin[k];
        moves |= way[i][0] * way[i][0] + way[i][1] * way[i][1] >= least_way_m * least_way_m;
    }
    return moves;
}

static void compare(lateness *l, const lateness_range *range, const pair *of, double way[][2], double weight)
{
    const double x = of->way_m[0], y = of->way_m[1];
    if (l->spell_s >= longest_spell_s)
        end_spell(l);
    l->spell_s += weight;
    l->lasted_s += weight;
    l->square += weight * (x * x + y * y);
    for (int i = 0; i < range->tried; i++) {
        const double *w = way[i], along = w[0] * x + w[1] * y, across = w[0] * y - w[1] * x;
        lateness_sums *s = &l->sums[i];
        double by = weight;
        for (int k = 0; k < 3; k++, by *= l->spell_s) {
            s->way2[k] += by * (w[0] * w[0] + w[1] * w[1]);
            s->along[k < 2 ? k : 1] += k < 2 ? by * along : 0.0;
            s->across[k < 2 ? k : 1] += k < 2 ? by * across : 0.0;
        }
    }
}

/* The pair that ends at fix k. */
static bool pair_of(const lateness_range *range, const way_log *way, const fix_log *fixes, uint32_t k,
                    pair *out)
{
    uint32_t from;
    if (!find_partner(fixes, k, &from))
        return false;
    *out = (pair){.from_s = time_of(fixes, from), .to_s = time_of(fixes, k)};
    for (int i = 0; i < 2; i++)
        out->way_m[i] = place_of(fixes, k)[i] - place_of(fixes, from)[i];
    return has_time(way, out->from_s - latency_of(range, range->tried - 1));
}

void lateness_compare(lateness *l, const lateness_range *range, const way_log *way, const fix_log *fixes,
                      const float antenna[2])
{
    double ways[LATENESS_TRIED][2];
    pair of;
    if (fixes->count - l->done >= LATENESS_FIXES)
        l->done = fixes->count - LATENESS_FIXES + 1;
    for (uint32_t k = l->done + 1; k < fixes->count; k++) {
        const double since_s = time_of(fixes, k) - time_of(fixes, l->done);
        if (!has_time(way, time_of(fixes, k) - range->first_s))
            return;
        if (since_s < range->spacing_s)
            continue;
        if (pair_of(range, way, fixes, k, &of) && ways_of(way, range, &of, antenna, ways))
            compare(l, range, &of, ways, fmin(since_s, longest_s));
        l->done = k;
    }
}

/* ---- what came of it */

static double left_over(const lateness *l, int i)
{
    return l->left_over[i] + left_of_spell(l, i);
}

/* The sum of squares at a latency that is tried, or the nearest. */
static double left_over_at(const lateness *l, const lateness_range *range, double latency_s)
{
    double i = round((latency_s - range->first_s) / range->step_s);
    return left_over(l, (int)fmin(fmax(i, 0.0), range->tried - 1));
}

/* Fewer independent differences than this say nothing. By how much a few are less sure than many: quantiles
 * of Student's distribution at 1e-4 are 3.9 (1 + 9 / n) sigmas for n from 4 to 20. */
static const double least_freedom = 4.0, small_sample = 9.0;

/* How many of the differences are independent, less those that the fit of each spell takes up: two complex
 * factors are as much as two differences. */
static double freedom_of(const lateness *l)
{
    const double spells = (l->lasted_s - l->spell_s) / longest_spell_s + 1.0;
    return fmax(l->lasted_s / independent_s - 2.0 * spells, 1.0);
}

bool lateness_find(const lateness *l, const lateness_range *range, double than_s, lateness_fit *out)
{
    const int reach = (int)fmax(round(reach_s / range->step_s), 1.0);
    int best = 0;
    double least = left_over(l, 0);
    for (int i = 1; i < range->tried; i++) {
        const double left = left_over(l, i);
        if (left < least) {
            best = i;
            least = left;
        }
    }
    if (best < reach || best >= range->tried - reach)
        return false;
    double before = left_over(l, best - reach), after = left_over(l, best + reach);
    double apart_s = reach * range->step_s, bend = (before - 2.0 * least + after) / (2.0 * apart_s * apart_s);
    double variance = fmax(least, 0.0) / freedom_of(l);
    if (!(bend > 0.0) || !(variance > 0.0))
        return false;
    out->latency_s = latency_of(range, best) + (before - after) / (4.0 * bend * apart_s);
    out->sigma_s = sqrt(variance / bend);
    out->sigmas = sqrt(fmax(left_over_at(l, range, than_s) - least, 0.0) / variance);
    return isfinite(out->sigma_s);
}

bool lateness_open(const lateness *l, const lateness_range *range, double sigmas, bool open[])
{
    const double freedom = freedom_of(l);
    double left[LATENESS_TRIED], least = INFINITY;
    if (freedom < least_freedom)
        return false;
    for (int i = 0; i < range->tried; i++)
        least = fmin(least, left[i] = left_over(l, i));
    const double by = sigmas * (1.0 + small_sample / freedom);
    const double most = least + by * by * fmax(least, 0.0) / freedom;
    for (int i = 0; i < range->tried; i++)
        open[i] = !(left[i] > most);
    return true;
}
