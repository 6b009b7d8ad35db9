/* When frames come: rate, loss, jitter, and how late they are. */
#include "sim/fit_private.h"
#include "sim/vec.h"

#include <stdlib.h>

/* A stamp this close to the reception is no stamp of its own, s. */
static const double unstamped_s = 1e-4;
/* What posed found on line counts when it knows it this well, s. */
static const double known_s = 0.03;
/* So far from an even grid frames may be without one being lost; a longer gap is no loss: the source was off.
 */
static const double grid_periods = 3, off_periods = 50;

typedef struct {
    double *stamp_s, *received_s;
    size_t count;
} times;

static bool take_times(fit_source *s, times *t)
{
    size_t at = 0;
    *t = (times){fit_room(s, s->count), fit_room(s, s->count), 0};
    while (!s->failed && t->count < s->count && fit_next(s, s->kind, &at)) {
        t->stamp_s[t->count] = fit_seconds(s, s->scratch->stamp_ns);
        t->received_s[t->count++] = fit_seconds(s, s->scratch->received_ns);
    }
    return !s->failed;
}

/* What the intervals say: how many frames there should have been, and how regular they are. */
typedef struct {
    double period_s, expected, jitter_s;
} rhythm;

/* Frames that are merely late come back to an even grid; where some are lost, the grid walks away. */
static bool is_even(const double *t_s, size_t n, double period_s)
{
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        double off = t_s[i] - t_s[0] - period_s * (double)i;
        least = fmin(least, off);
        most = fmax(most, off);
    }
    return most - least < grid_periods * period_s;
}

/* The period beneath late and lost frames: whole periods over spans that grow as it gets known better. */
static double refine(const double *t_s, size_t n, double period_s)
{
    for (size_t length = 8; length < n; length *= 4) {
        double span = 0, periods = 0;
        for (size_t i = 0; i + length < n; i += length) {
            double one = t_s[i + length] - t_s[i];
            span += one;
            periods += round(one / period_s);
        }
        period_s = periods > 0 ? span / periods : period_s;
    }
    return period_s;
}

/* Frames that did not come: whole periods, less those in which the source was off. */
static void count_gaps(const double *t_s, size_t n, rhythm *r)
{
    double off_s = 0;
    r->period_s = refine(t_s, n, r->period_s);
    for (size_t i = 1; i < n; i++) {
        double step = t_s[i] - t_s[i - 1];
        off_s += step > off_periods * r->period_s ? step - r->period_s : 0;
    }
    r->expected = fmax(round((t_s[n - 1] - t_s[0] - off_s) / r->period_s) + 1, (double)n);
}

static rhythm find_rhythm(const double *t_s, size_t n)
{
    const series x = {t_s, t_s, n};
    double off = 0, singles = 0;
    rhythm r = {(t_s[n - 1] - t_s[0]) / (double)(n - 1), (double)n, 0};
    if (!is_even(t_s, n, r.period_s)) {
        r.period_s = series_step(&x);
        count_gaps(t_s, n, &r);
    }
    for (size_t i = 1; i < n; i++) {
        double step = t_s[i] - t_s[i - 1];
        if (step < 1.5 * r.period_s) {
            off += fabs(step - r.period_s);
            singles++;
        }
    }
    r.jitter_s = off / fmax(singles, 1);
    return r;
}

/* Of stamped frames: the least delay, and the mean of what comes on top. */
static void fit_delays(fit_source *s, const times *t)
{
    double *delay = fit_room(s, t->count), sum = 0;
    if (s->failed)
        return;
    for (size_t i = 0; i < t->count; i++)
        sum += delay[i] = t->received_s[i] - t->stamp_s[i];
    (void)series_median(delay, t->count); /* sorts them */
    double least = delay[t->count / 50];
    fit_take(s->fit, s->where, "latency_s", least, "least delay from stamp to reception (2nd percentile)");
    fit_take(s->fit, s->where, "latency_jitter_s", fmax(sum / (double)t->count - least, 0),
             "mean delay less the least");
    free(delay);
}

static double possible_rate(double hz)
{
    return 200 / fmax(round(200 / fmin(hz, 200)), 1);
}

void fit_pace(fit_source *s)
{
    times t;
    if (take_times(s, &t)) {
        double apart = 0;
        for (size_t i = 0; i < t.count; i++)
            apart = fmax(apart, t.received_s[i] - t.stamp_s[i]);
        s->stamped = apart > unstamped_s;
        rhythm r = find_rhythm(s->stamped ? t.stamp_s : t.received_s, t.count);
        s->rate_hz = 1 / r.period_s;
        fit_take(s->fit, s->where, "rate_hz", possible_rate(s->rate_hz),
                 "%.2f Hz recorded; the nearest that the simulator has", s->rate_hz);
        fit_take(s->fit, s->where, "loss", 1 - (double)t.count / r.expected,
                 "%.0f frames in the rhythm of %zu that came", r.expected, t.count);
        fit_take(s->fit, s->where, "stamped", s->stamped,
                 s->stamped ? "stamps differ from receptions" : "every stamp is its reception");
        if (s->stamped)
            fit_delays(s, &t);
        else
            fit_take(s->fit, s->where, "latency_jitter_s", r.jitter_s,
                     "mean departure of an interval from the mean one");
    }
    free(t.stamp_s);
    free(t.received_s);
}

void fit_latency(fit_source *s, double found_s, const char *how)
{
    double online = (double)s->status->latency_s, sigma = (double)s->status->latency_sigma_s;
    bool known = isfinite(online) && sigma < known_s;
    double mean_s = s->sensor->latency_s + s->sensor->latency_jitter_s;
    s->latency_s = isfinite(found_s) ? found_s : known ? online : s->stamped ? 0 : mean_s;
    if (s->stamped) { /* the delay is known; what is found is an error of the stamps */
        if (isfinite(found_s))
            fit_remark(s->fit, s->where, "stamps are %.0f ms late (%s); the simulator's are exact",
                       1e3 * found_s, how);
        return;
    }
    double least = s->latency_s - s->sensor->latency_jitter_s;
    if (isfinite(found_s))
        fit_take(s->fit, s->where, "latency_s", least, "%s, %.0f ms, less the jitter", how, 1e3 * found_s);
    else if (known)
        fit_take(s->fit, s->where, "latency_s", least, "as posed finds it on line, %.0f ms, less the jitter",
                 1e3 * online);
    else
        fit_keep(s->fit, s->where, "latency_s", "the drive's changes of speed do not show it");
}
