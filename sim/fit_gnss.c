/* A GNSS receiver's errors: what is new with every fix, what lasts and how long, lags, claims. */
#include "sim/fit_private.h"
#include "sim/vec.h"

#include <stdlib.h>

/* A course counts from here on, m/s. */
static const double course_mps = 3;
/* What the simulator has besides the white part of the velocity's error: half as large, slow. */
static const double velocity_slow = 0.5;

typedef struct {
    fit_source *s;
    size_t count, velocities;
    double *t_s, *at_m[3];                  /* of fixes, in the motion's plane */
    double *v_t_s, *speed_mps, *course_rad; /* course from east; of velocities */
    double *off[3], *claim_m, *room;
    bool vector, claims;
} gnss;

static bool make_room(gnss *g)
{
    double **all[] = {&g->t_s,    &g->at_m[0], &g->at_m[1],   &g->at_m[2],    &g->v_t_s,   &g->off[0],
                      &g->off[1], &g->off[2],  &g->speed_mps, &g->course_rad, &g->claim_m, &g->room};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        *all[i] = fit_room(g->s, g->s->count);
    return !g->s->failed;
}

static void give_back(gnss *g)
{
    double *all[] = {g->t_s,    g->at_m[0], g->at_m[1],   g->at_m[2],    g->v_t_s,   g->off[0],
                     g->off[1], g->off[2],  g->speed_mps, g->course_rad, g->claim_m, g->room};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
}

static void take_velocity(gnss *g, const frame_gnss *f, double t_s)
{
    const float *v = f->velocity_enu_mps;
    double speed = (double)f->speed_mps, course = (double)f->course_rad;
    if (isfinite(v[0]) && isfinite(v[1])) {
        g->vector = true;
        speed = hypot((double)v[0], (double)v[1]);
        course = atan2((double)v[0], (double)v[1]);
    }
    if (!isfinite(speed))
        return;
    g->v_t_s[g->velocities] = t_s;
    g->speed_mps[g->velocities] = speed;
    g->course_rad[g->velocities++] = PI / 2 - course;
}

static void take_frames(gnss *g)
{
    size_t at = 0;
    const sim_earth *earth = sim_motion_earth(g->s->in->motion);
    while (g->count < g->s->count && fit_next(g->s, FRAME_GNSS, &at)) {
        const frame_gnss *f = &g->s->scratch->u.gnss;
        double t = fit_seconds(g->s, g->s->scratch->stamp_ns), plane[3];
        if (f->fix == GNSS_FIX_NONE || !isfinite(f->latitude_rad) || !isfinite(f->longitude_rad))
            continue;
        earth_plane(earth,
                    &(geodetic){f->latitude_rad, f->longitude_rad, isfinite(f->height_m) ? f->height_m : 0},
                    plane);
        for (int i = 0; i < 3; i++)
            g->at_m[i][g->count] = plane[i];
        if (!isfinite(f->height_m))
            g->at_m[2][g->count] = NAN;
        g->claims |= isfinite(f->h_acc_m);
        g->claim_m[g->count] = (double)f->h_acc_m;
        g->t_s[g->count++] = t;
        take_velocity(g, f, t);
    }
}

/* Errors of the fixes when they are that late; returns how many lie inside the motion. */
static size_t find_errors(gnss *g, double late_s)
{
    size_t n = 0;
    for (size_t i = 0; i < g->count; i++) {
        fit_truth x;
        if (!fit_truth_at(g->s, &g->s->source->mount, g->t_s[i] - late_s, &x))
            continue;
        for (int j = 0; j < 3; j++)
            g->off[j][n] = g->at_m[j][i] - x.at_m[j];
        g->room[n++] = g->t_s[i];
    }
    return n;
}

/* Mean square of the error along the way, about its mean. */
static double along_spread(void *context, double late_s)
{
    gnss *g = context;
    double sum = 0, squares = 0;
    size_t n = 0;
    for (size_t i = 0; i < g->count; i++) {
        fit_truth x;
        if (!fit_truth_at(g->s, &g->s->source->mount, g->t_s[i] - late_s, &x))
            continue;
        double along =
            (g->at_m[0][i] - x.at_m[0]) * cos(x.yaw_rad) + (g->at_m[1][i] - x.at_m[1]) * sin(x.yaw_rad);
        sum += along;
        squares += along * along;
        n++;
    }
    return n > 0 ? squares / (double)n - sum / (double)n * (sum / (double)n) : INFINITY;
}

static double speed_spread(void *context, double late_s)
{
    gnss *g = context;
    double squares = 0;
    size_t n = 0;
    for (size_t i = 0; i < g->velocities; i++) {
        fit_truth x;
        if (!fit_truth_at(g->s, &g->s->source->mount, g->v_t_s[i] - late_s, &x))
            continue;
        double off = g->speed_mps[i] - hypot(x.velocity_mps[0], x.velocity_mps[1]);
        squares += off * off;
        n++;
    }
    return n > 0 ? squares / (double)n : INFINITY;
}

static void fit_lags(gnss *g)
{
    fit_source *s = g->s;
    double late = s->in->truth && g->count > 0 ? series_shift(along_spread, g, 0, 0.6) : NAN;
    double speed_late = g->velocities > 0 ? series_shift(speed_spread, g, 0, 0.8) : NAN;
    fit_latency(s, late, "positions shifted until the error along the way is least");
    if (isfinite(late) && isfinite(speed_late))
        fit_take(s->fit, s->where, "velocity_lag_s", speed_late - late,
                 "speeds fit the motion best %.0f ms late", 1e3 * speed_late);
    else
        fit_keep(s->fit, s->where, "velocity_lag_s", "the lags of position and velocity do not both show");
}

/* ---- positions ---- */

/* The white part across the way: along it, an unsteady reception turns speed into error, and the simulator
 * does that by itself. Sets *along to that along the way. */
static double white_across(gnss *g, double *along)
{
    size_t n = 0;
    double both[2];
    for (size_t i = 0; i < g->count; i++) {
        fit_truth x;
        if (!fit_truth_at(g->s, &g->s->source->mount, g->t_s[i] - g->s->latency_s, &x))
            continue;
        double east = g->at_m[0][i] - x.at_m[0], north = g->at_m[1][i] - x.at_m[1];
        g->off[0][n] = east * cos(x.yaw_rad) + north * sin(x.yaw_rad);
        g->off[1][n] = north * cos(x.yaw_rad) - east * sin(x.yaw_rad);
        g->room[n++] = g->t_s[i];
    }
    for (int j = 0; j < 2; j++)
        both[j] = series_white(&(series){g->room, g->off[j], n});
    *along = both[0];
    return both[1];
}

typedef struct {
    double white, sigma, tau_s; /* of the variation; NAN: nothing lasts */
    double total;               /* of all that lasts, the mean included */
    double mean[3], vertical;
} spread;

static spread find_spread(const gnss *g, size_t n)
{
    spread p = {0};
    double sigmas = 0, taus = 0, lasting = 0, squares[3] = {0};
    for (int j = 0; j < 3; j++) {
        const series x = {g->room, g->off[j], n};
        double white = series_white(&x), sigma, tau;
        p.mean[j] = series_mean(&x);
        squares[j] = p.mean[j] * p.mean[j] + pow(series_deviation(&x), 2);
        if (j == 2)
            break;
        series_lasting(&x, white, &sigma, &tau);
        p.white += white * white / 2;
        if (isfinite(sigma)) {
            sigmas += sigma * sigma;
            taus += log(tau);
            lasting++;
        }
    }
    p.sigma = lasting > 0 ? sqrt(sigmas / lasting) : NAN;
    p.tau_s = lasting > 0 ? exp(taus / lasting) : NAN;
    p.total = sqrt(fmax((squares[0] + squares[1]) / 2 - p.white, 0));
    p.white = sqrt(p.white);
    p.vertical = sqrt(squares[2]) / fmax(hypot(p.total, p.white), 1e-6);
    return p;
}

/* In a drive that is short against it, what lasts looks like a constant and a slow change. The process in the
 * simulator has the size of both, and changes as fast: sigma^2 / tau is as measured. */
static void fit_slow(gnss *g, const spread *p)
{
    fit_source *s = g->s;
    sim_fit *fit = s->fit;
    fit_take(fit, s->where, "open_least_m", p->total,
             "all that lasts, per axis: constant %.2f m east, %.2f m north, variation %.2f m", p->mean[0],
             p->mean[1], p->sigma);
    fit_take(fit, s->where, "open_most_m", p->total, "the same");
    double used = s->sensor->of.gnss.open_least_m, tau = p->tau_s * used * used / (p->sigma * p->sigma);
    if (!isfinite(tau)) {
        fit_keep(fit, s->where, "open_tau_least_s", "the error does not vary");
        return;
    }
    fit_take(fit, s->where, "open_tau_least_s", tau,
             "so that it changes as fast as the variation does: %.2f m over %.1f s", p->sigma, p->tau_s);
    fit_take(fit, s->where, "open_tau_most_s", tau, "the same");
}

static void fit_tails(gnss *g, size_t n)
{
    double changes[2] = {0}, beyond = 0;
    for (int j = 0; j < 2; j++) { /* of changes from fix to fix: what lasts has no tails in a minute */
        for (size_t i = 1; i < n; i++)
            g->off[j][i - 1] = g->off[j][i] - g->off[j][i - 1];
        const series x = {g->room, g->off[j], n - 1};
        changes[j] = series_kurtosis(&x);
        beyond += series_beyond(&x, 3) / 2;
    }
    fit_remark(
        g->s->fit, g->s->where,
        "changes from fix to fix: kurtosis %.1f east, %.1f north, %.1f %% beyond 3 sigma; normal, and the "
        "simulator under an open sky: 3, 0.3 %%",
        changes[0], changes[1], 100 * beyond);
}

static void fit_claim(gnss *g, const spread *p)
{
    fit_source *s = g->s;
    sim_fit *fit = s->fit;
    size_t n = 0;
    fit_take(fit, s->where, "claims", g->claims, g->claims ? "it claims an accuracy" : "it claims none");
    if (!g->claims)
        return;
    for (size_t i = 0; i < g->count; i++)
        if (isfinite(g->claim_m[i]))
            g->claim_m[n++] = g->claim_m[i];
    double claimed = series_median(g->claim_m, n), ratio = claimed / fmax(hypot(p->total, p->white), 1e-3);
    if (!s->in->truth) {
        fit_keep(fit, s->where, "claim_least", "without truth a claim cannot be judged");
        return;
    }
    fit_take(fit, s->where, "claim_least", ratio, "claimed %.2f m (median) over what was found", claimed);
    fit_take(fit, s->where, "claim_most", ratio, "the same");
}

static void fit_position(gnss *g)
{
    fit_source *s = g->s;
    size_t n = find_errors(g, s->latency_s);
    if (n < 32) {
        fit_remark(s->fit, s->where, "%zu fixes inside the motion: too few, the errors are the defaults", n);
        fit_take(s->fit, s->where, "claims", g->claims,
                 g->claims ? "it claims an accuracy" : "it claims none");
        return;
    }
    double along, across = white_across(g, &along);
    n = find_errors(g, s->latency_s);
    spread p = find_spread(g, n);
    fit_take(s->fit, s->where, "white_m", across,
             "across the way, half the squared change from fix to fix, continued to no time; along it %.3f m",
             along);
    if (s->in->truth) {
        fit_slow(g, &p);
        fit_take(s->fit, s->where, "vertical_factor", p.vertical,
                 "vertical error (mean %.2f m) over horizontal", p.mean[2]);
    } else {
        fit_keep(s->fit, s->where, "open_least_m", "posed's own estimate follows what lasts");
    }
    fit_claim(g, &p);
    fit_tails(g, n);
}

/* ---- velocities ---- */

static void fit_velocity(gnss *g)
{
    fit_source *s = g->s;
    double late = s->latency_s + s->sensor->of.gnss.velocity_lag_s, squares = 0;
    size_t n = 0, moving = 0;
    fit_take(s->fit, s->where, "vector", g->vector,
             g->vector ? "it gives the velocity as a vector" : "it gives speed and course");
    for (size_t i = 0; i < g->velocities; i++) {
        fit_truth x;
        if (!fit_truth_at(s, &s->source->mount, g->v_t_s[i] - late, &x))
            continue;
        double speed = hypot(x.velocity_mps[0], x.velocity_mps[1]);
        double across = speed * sin(g->course_rad[i] - atan2(x.velocity_mps[1], x.velocity_mps[0]));
        g->off[0][n] = g->speed_mps[i] - speed;
        squares += pow(g->off[0][n], 2);
        g->room[n++] = g->v_t_s[i];
        if (speed > course_mps && isfinite(across)) {
            squares += across * across;
            moving++;
        }
    }
    if (n < 32) {
        fit_keep(s->fit, s->where, "velocity_mps", "too few velocities");
        return;
    }
    const series x = {g->room, g->off[0], n};
    fit_take(
        s->fit, s->where, "velocity_mps", sqrt(squares / (double)(n + moving)) / hypot(1, velocity_slow),
        "errors along and across, less a slow part of half its size; %.3f m/s of the speed is new each time",
        series_white(&x));
}

void fit_gnss(fit_source *s)
{
    gnss g = {.s = s};
    if (make_room(&g)) {
        take_frames(&g);
        fit_lags(&g);
        fit_position(&g);
        fit_velocity(&g);
    }
    give_back(&g);
}
