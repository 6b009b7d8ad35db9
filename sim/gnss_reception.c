#include "sim/gnss_reception.h"

#include "sim/sensor.h"
#include "sim/vec.h"

/* Assumed where no source gives a figure; docs/SIMULATOR.md has them all. Means of exponential times: */
static const double outage_mean_s = 4, float_mean_s = 15, wrong_fix_mean_s = 20, refix_mean_s = 10;
/* A wrong fix is off by whole cycles of the narrow or wide lane, together. */
static const double wrong_fix_least_m = 0.2, wrong_fix_most_m = 1.5;
/* A reflection wanders by this share of its size, for so long, as the vehicle moves through its pattern. */
static const double wander_share = 0.15, wander_tau_s = 4;
/* How fast errors grow and shrink when the sky changes: a receiver's own filter. */
static const double factor_tau_s = 2;
/* Under trees the carrier slips more often; in a canyon it hardly ever holds. */
static const double float_more_under_trees = 4, float_share_in_canyon = 0.9, most_float = 0.95;

static void begin_excursion(gnss_excursion *x, double size_m, double vertical_factor, rng *r)
{
    double towards = rng_between(r, -PI, PI);
    x->size_m = size_m;
    x->direction[0] = cos(towards);
    x->direction[1] = sin(towards);
    x->direction[2] = vertical_factor * rng_between(r, -1, 1);
    x->ramp_s = rng_chance(r, 0.5) ? 0 : rng_between(r, 1, 2);
    for (int i = 0; i < 3; i++)
        x->wander[i] = drift_start(r, wander_share, wander_tau_s);
}

static void move_excursion(gnss_excursion *x, double step_s, rng *r)
{
    double change = x->ramp_s > 0 ? step_s / x->ramp_s : 1;
    x->level = fmin(fmax(x->level + (x->on ? change : -change), 0), 1);
    for (int i = 0; i < 3 && x->level > 0; i++)
        drift_next(&x->wander[i], r, step_s);
}

/* Log-uniform: for each that is larger than 20 m there are as many between 8 and 20 m. */
static double reflection_size(const sim_gnss_errors *e, rng *r)
{
    return e->canyon_least_m * pow(e->canyon_most_m / e->canyon_least_m, rng_uniform(r));
}

static void move_reflection(gnss_reception *g, const sim_gnss_errors *e, sim_sky sky, double step_s, rng *r)
{
    gnss_excursion *x = &g->reflection;
    bool was = x->on;
    x->on = sim_episode_next(was, sky == SKY_CANYON ? e->canyon_share : 0, e->canyon_episode_s, step_s, r);
    if (x->on && !was)
        begin_excursion(x, reflection_size(e, r), e->vertical_factor, r);
    move_excursion(x, step_s, r);
    g->reflection_m = x->level * x->size_m;
}

static void move_wrong_fix(gnss_reception *g, const sim_gnss_errors *e, double step_s, rng *r)
{
    gnss_excursion *x = &g->wrong_fix;
    bool was = x->on;
    double per_mean = e->wrong_fix_per_hour * wrong_fix_mean_s / 3600, share = per_mean / (1 + per_mean);
    x->on = g->solution == SOLUTION_FIXED && sim_episode_next(was, share, wrong_fix_mean_s, step_s, r);
    if (x->on && !was)
        begin_excursion(x, rng_between(r, wrong_fix_least_m, wrong_fix_most_m), e->vertical_factor, r);
    x->ramp_s = 0; /* integers do not fade */
    move_excursion(x, step_s, r);
}

static void move_outage(gnss_reception *g, const sim_gnss_errors *e, sim_sky sky, double step_s, rng *r)
{
    bool had = g->outage;
    double share = sky == SKY_TUNNEL ? 1 : sky == SKY_CANYON ? e->canyon_outage : 0;
    g->outage = sim_episode_next(had, share, outage_mean_s, step_s, r);
    g->sky_s = g->outage ? 0 : g->sky_s + step_s;
    if (!g->outage || had)
        return;
    /* Reacquisition of a warm receiver takes about a second; carriers and ambiguities follow. */
    g->acquire_s = rng_between(r, 0.5, 2.5);
    g->float_s = g->acquire_s + rng_between(r, 2, 5);
    g->fixed_s = g->float_s - refix_mean_s * log(1 - rng_uniform(r));
}

static double float_share(const sim_gnss_errors *e, sim_sky sky)
{
    double share = sky == SKY_CANYON  ? fmax(e->float_share, float_share_in_canyon)
                   : sky == SKY_TREES ? e->float_share * float_more_under_trees
                                      : e->float_share;
    return fmin(share, fmax(e->float_share, most_float));
}

static gnss_solution solve(const gnss_reception *g, const sim_gnss_errors *e)
{
    if (g->outage || g->sky_s < g->acquire_s)
        return SOLUTION_NONE;
    if (e->grade != SIM_GNSS_RTK || g->sky_s < g->float_s || g->reflection.level > 0)
        return SOLUTION_CODE;
    return g->floating || g->sky_s < g->fixed_s ? SOLUTION_FLOAT : SOLUTION_FIXED;
}

static double factor_of(const gnss_reception *g, const sim_gnss_errors *e, sim_sky sky)
{
    double factor = sky == SKY_TREES ? e->trees_factor : sky == SKY_CANYON ? e->canyon_factor : 1;
    double since_s = g->sky_s - g->acquire_s;
    if (since_s >= e->recovery_s)
        return factor;
    double left = 1 - fmax(since_s, 0) / e->recovery_s;
    return fmax(factor, 1 + (e->recovery_factor - 1) * left);
}

static void add_up(gnss_reception *g)
{
    const gnss_excursion *x = &g->reflection, *w = &g->wrong_fix;
    for (int i = 0; i < 3; i++)
        g->offset_m[i] = x->level * x->size_m * (x->direction[i] + x->wander[i].value) +
                         w->level * w->size_m * w->direction[i];
}

void gnss_reception_start(gnss_reception *g, const sim_gnss_errors *e, sim_sky sky, rng *r)
{
    *g = (gnss_reception){.sky_s = 1e6};
    g->factor = sky == SKY_TUNNEL ? e->recovery_factor : factor_of(g, e, sky);
    g->floating = rng_chance(r, float_share(e, sky));
    g->outage = sky == SKY_CANYON && rng_chance(r, e->canyon_outage);
    g->reflection.on = sky == SKY_CANYON && rng_chance(r, e->canyon_share);
    if (g->reflection.on)
        begin_excursion(&g->reflection, reflection_size(e, r), e->vertical_factor, r);
    g->reflection.level = g->reflection.on;
}

void gnss_reception_next(gnss_reception *g, const sim_gnss_errors *e, sim_sky sky, double step_s, rng *r)
{
    bool had = g->solution != SOLUTION_NONE;
    move_outage(g, e, sky, step_s, r);
    move_reflection(g, e, sky, step_s, r);
    g->floating = sim_episode_next(g->floating, float_share(e, sky), float_mean_s, step_s, r);
    g->solution = solve(g, e);
    move_wrong_fix(g, e, step_s, r);
    double target = factor_of(g, e, sky), keep = exp(-step_s / factor_tau_s);
    /* What comes back does so with its errors, not with those of before. */
    g->factor = had ? keep * g->factor + (1 - keep) * target : fmax(g->factor, target);
    add_up(g);
}
