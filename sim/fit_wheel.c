/* Wheel speeds: scale, noise, step, latency. */
#include "sim/fit_private.h"
#include "sim/vec.h"

#include <stdlib.h>

enum { MOST_SPEEDS = 20000 }; /* for scale and latency */

static const double moves_mps = 3;

typedef struct {
    fit_source *s;
    size_t count;
    double *t_s, *speed_mps, *wheel_mps[4], *room;
    bool each, yaw_rate;
} wheels;

static bool make_room(wheels *w)
{
    w->t_s = fit_room(w->s, w->s->count);
    w->speed_mps = fit_room(w->s, w->s->count);
    w->room = fit_room(w->s, w->s->count);
    for (int i = 0; i < 4; i++)
        w->wheel_mps[i] = fit_room(w->s, w->s->count);
    return !w->s->failed;
}

static void give_back(wheels *w)
{
    free(w->t_s);
    free(w->speed_mps);
    free(w->room);
    for (int i = 0; i < 4; i++)
        free(w->wheel_mps[i]);
}

/* The rear wheels' mean, as posed takes it; else what the bus calls the speed. */
static void take_frames(wheels *w)
{
    size_t at = 0;
    while (w->count < w->s->count && fit_next(w->s, FRAME_WHEEL, &at)) {
        const frame_wheel *f = &w->s->scratch->u.wheel;
        bool rear = isfinite(f->wheel_mps[2]) && isfinite(f->wheel_mps[3]);
        double speed = rear ? ((double)f->wheel_mps[2] + (double)f->wheel_mps[3]) / 2 : (double)f->speed_mps;
        w->yaw_rate |= isfinite(f->yaw_rate_radps);
        if (!isfinite(speed))
            continue;
        w->each |= rear && isfinite(f->wheel_mps[0]) && isfinite(f->wheel_mps[1]);
        for (int i = 0; i < 4; i++)
            w->wheel_mps[i][w->count] = (double)f->wheel_mps[i];
        w->t_s[w->count] = fit_seconds(w->s, w->s->scratch->stamp_ns);
        w->speed_mps[w->count++] = speed;
    }
}

/* Sums over what moves, at one latency. */
typedef struct {
    double ww, wv, vv, n;
} sums;

static sums add_up(const wheels *w, double late_s)
{
    sums a = {0};
    for (size_t i = 0; i < w->count; i += 1 + w->count / MOST_SPEEDS) {
        fit_truth x;
        if (!(fabs(w->speed_mps[i]) > moves_mps) ||
            !fit_truth_at(w->s, &w->s->source->mount, w->t_s[i] - late_s, &x))
            continue;
        a.ww += w->speed_mps[i] * w->speed_mps[i];
        a.wv += w->speed_mps[i] * x.forward_mps;
        a.vv += x.forward_mps * x.forward_mps;
        a.n++;
    }
    return a;
}

/* Mean square of what a scale does not explain. */
static double unexplained(void *context, double late_s)
{
    sums a = add_up(context, late_s);
    return a.n > 0 ? (a.ww - a.wv * a.wv / a.vv) / a.n : INFINITY;
}

static double noise_of(const wheels *w, const double *speed_mps, double quantum)
{
    const series x = {w->t_s, speed_mps, w->count};
    double rough = series_rough(&x), step = isfinite(quantum) ? quantum : 0;
    return sqrt(fmax(rough * rough - step * step / 12, 0));
}

static void fit_noise(wheels *w)
{
    fit_source *s = w->s;
    const double *one = w->each ? w->wheel_mps[2] : w->speed_mps;
    const series x = {w->t_s, one, w->count};
    double quantum = series_quantum(&x), noise = noise_of(w, one, quantum);
    if (isfinite(quantum))
        fit_take(s->fit, s->where, "quantum_mps", quantum,
                 "least difference of two speeds; all are multiples of it");
    else
        fit_keep(s->fit, s->where, "quantum_mps", "the speeds show no step");
    if (isfinite(noise))
        fit_take(s->fit, s->where, "noise_mps", w->each ? noise : noise * sqrt(2),
                 "third differences of %s, less the step", w->each ? "one wheel" : "the speed of two");
    else
        fit_keep(s->fit, s->where, "noise_mps", "too few frames in a row");
}

/* Wheels against their mean: what turning does to them averages out over a drive of many bends. */
static void fit_each(wheels *w)
{
    double mean[4] = {0}, all = 0, squares = 0;
    if (!w->each) {
        fit_keep(w->s->fit, w->s->where, "scale_each", "it does not tell each wheel");
        return;
    }
    for (size_t i = 0; i < w->count; i++) {
        for (int k = 0; k < 4; k++) {
            double v = isfinite(w->wheel_mps[k][i]) ? w->wheel_mps[k][i] : 0;
            mean[k] += v;
            all += v / 4;
        }
    }
    for (int k = 0; k < 4; k++)
        squares += pow(mean[k] / all - 1, 2);
    fit_take(w->s->fit, w->s->where, "scale_each", sqrt(squares / 3),
             "ways of the four wheels against each other");
}

static void fit_scale(wheels *w)
{
    fit_source *s = w->s;
    sums a = add_up(w, s->latency_s);
    if (!(a.n > 32)) {
        fit_keep(s->fit, s->where, "scale", "too few speeds above %.0f m/s", moves_mps);
        return;
    }
    double scale = a.wv / a.vv;
    fit_take(s->fit, s->where, "scale", fabs(scale - 1), "speeds are %.4f times the motion's", scale);
    fit_remark(s->fit, s->where, "speeds against the motion, less that scale: %.3f m/s",
               sqrt(fmax((a.ww - a.wv * a.wv / a.vv) / a.n, 0)));
}

/* Moments in which the speed is far off what the motion says: more than six robust deviations, and new when
 * none was for a second. Their number, and the root mean square of their peaks. */
typedef struct {
    size_t count;
    double way_m, squares, sigma;
} bumps;

static double off_at(const wheels *w, size_t i, double scale, double *forward_mps)
{
    fit_truth x;
    if (!(fabs(w->speed_mps[i]) > moves_mps) ||
        !fit_truth_at(w->s, &w->s->source->mount, w->t_s[i] - w->s->latency_s, &x))
        return NAN;
    *forward_mps = x.forward_mps;
    return w->speed_mps[i] - scale * x.forward_mps;
}

static double robust_deviation(const wheels *w, double scale, double *middle)
{
    double v;
    size_t n = 0;
    for (size_t i = 0; i < w->count; i++) {
        w->room[n] = off_at(w, i, scale, &v);
        n += isfinite(w->room[n]);
    }
    *middle = series_median(w->room, n);
    for (size_t i = 0; i < n; i++)
        w->room[i] = fabs(w->room[i] - *middle);
    return 1.4826 * series_median(w->room, n);
}

static bumps find_bumps(const wheels *w, double scale)
{
    double middle, last_s = -INFINITY, peak = 0, v = 0;
    bumps b = {.sigma = robust_deviation(w, scale, &middle)};
    for (size_t i = 1; i < w->count; i++) {
        double off = fabs(off_at(w, i, scale, &v) - middle);
        if (!isfinite(off))
            continue;
        b.way_m += fabs(v) * fmin(w->t_s[i] - w->t_s[i - 1], 1);
        if (!(off > 6 * b.sigma))
            continue;
        if (w->t_s[i] - last_s > 1) {
            b.squares += peak * peak;
            peak = 0;
            b.count++;
        }
        peak = fmax(peak, off);
        last_s = w->t_s[i];
    }
    b.squares += peak * peak;
    return b;
}

static void fit_bumps(wheels *w)
{
    fit_source *s = w->s;
    sums a = add_up(w, s->latency_s);
    bumps b = find_bumps(w, a.vv > 0 ? a.wv / a.vv : 1);
    if (!(b.way_m > 100)) {
        fit_keep(s->fit, s->where, "bumps_per_km", "too short a way");
        return;
    }
    fit_take(s->fit, s->where, "bumps_per_km", 1000 * (double)b.count / b.way_m,
             "%zu moments of more than six deviations (%.3f m/s) in %.0f m", b.count, b.sigma, b.way_m);
    if (b.count > 0)
        fit_take(s->fit, s->where, "bump_mps", sqrt(b.squares / (double)b.count),
                 "root mean square of their peaks");
}

void fit_wheel(fit_source *s)
{
    wheels w = {.s = s};
    if (make_room(&w)) {
        take_frames(&w);
        fit_latency(s, series_shift(unexplained, &w, -0.1, 0.4),
                    "speeds shifted until they fit the motion best");
        fit_take(s->fit, s->where, "yaw_rate", w.yaw_rate,
                 w.yaw_rate ? "it gives a yaw rate" : "it gives none");
        fit_scale(&w);
        fit_each(&w);
        fit_noise(&w);
        fit_bumps(&w);
    }
    give_back(&w);
}
