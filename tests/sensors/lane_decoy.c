#include "tests/sensors/lane_decoy.h"
#include "tests/draws.h"
#include "tests/sensors/lane_noise.h"

#include <math.h>

road_decoy road_decoy_draw(uint64_t *r, double lane_m, int sun)
{
    road_decoy d = {.seed = draw_bits(r)};
    int first = sun ? DECOY_BARRIER : DECOY_TAR;
    d.kind = (road_decoy_kind)(first + (int)road_uniform(r, 0, DECOYS - first));
    d.side = road_uniform(r, 0, 1) < 0.5 ? 1 : -1;
    d.aside_m = road_uniform(r, -0.5 * lane_m - 0.8, 0.5 * lane_m + 0.8);
    d.drift = 0.004 * road_uniform(r, -1, 1) * road_uniform(r, 0, 1);
    d.stray_m = d.kind == DECOY_TAR || d.kind == DECOY_TARS ? road_uniform(r, 0.0, 0.3) : 0.0;
    d.width_m = road_uniform(r, 0.05, 0.2);
    d.gap_m = road_uniform(r, 0.1, 0.4);
    d.factor = d.kind < DECOY_TAR ? road_uniform(r, 0.25, 0.5) : road_uniform(r, 0.4, 0.7);
    d.edge = road_uniform(r, 0.0, 0.15);
    d.period_m = 12.2;
    d.dash_m = road_uniform(r, 0, 1) < 0.5 ? road_uniform(r, 3.0, 5.0) : 20.0;
    if (d.kind == DECOY_OLD && road_uniform(r, 0, 1) < 0.7)
        d.factor = road_uniform(r, 1.05, 1.4);
    if (d.kind == DECOY_STEP || d.kind == DECOY_STRIP) {
        d.factor = road_uniform(r, 0, 1) < 0.5 ? d.factor : road_uniform(r, 1.2, 1.7);
        d.width_m = road_uniform(r, 0.2, 0.7);
    }
    return d;
}

/* How much of a place is within half the width of a middle. */
static double strip(double aside, double width_m, double blur_m)
{
    return fmin(fmax((0.5 * width_m - fabs(aside)) / blur_m + 0.5, 0.0), 1.0);
}

static double beyond(double aside, double blur_m)
{
    return fmin(fmax(aside / blur_m + 0.5, 0.0), 1.0);
}

/* `at`: how far left of it, or right where its side is -1. */
static double shadow_of(const road_decoy *d, double along, double at, double blur_m)
{
    double dark = beyond(at, blur_m);
    if (d->kind == DECOY_GAP) /* 0.3 m of rail, then the sun through, then the barrier */
        return dark * (1.0 - strip(at - 0.3 - 0.5 * d->gap_m, d->gap_m, blur_m));
    if (d->kind == DECOY_BARRIER)
        return dark;
    double post = along - 2.0 * floor(along / 2.0) < 0.15 ? strip(at, 1.0, blur_m) : 0.0;
    double rails = strip(at, 0.22, blur_m) + strip(at - 0.22 - d->gap_m, 0.2, blur_m);
    return fmin(rails + post, 1.0);
}

static double surface_of(const road_decoy *d, double along, double at, double blur_m)
{
    double wear = road_noise(along * 1.5, at * 6.0, d->seed) > -0.25 ? 1.0 : 0.0;
    double phase = along / d->period_m;
    switch (d->kind) {
    case DECOY_TAR:
        return strip(at, d->width_m, blur_m);
    case DECOY_TARS:
        return strip(at - 0.5 * (d->gap_m + d->width_m), d->width_m, blur_m) +
               strip(at + 0.5 * (d->gap_m + d->width_m), d->width_m, blur_m);
    case DECOY_OLD:
        return (phase - floor(phase)) * d->period_m < d->dash_m ? wear * strip(at, 0.15, blur_m) : 0.0;
    case DECOY_SEAM:
        return strip(at, 0.5 * d->width_m, blur_m);
    case DECOY_STEP:
        return beyond(at, blur_m);
    default:
        return strip(at, d->width_m, blur_m);
    }
}

void road_decoy_at(const road_decoy *d, double along, double aside, double blur_m, double *light,
                   double *surface)
{
    if (d->kind == DECOY_NONE)
        return;
    double stray = d->stray_m * road_noise(along * 0.12, 1.0, d->seed);
    double at = d->side * (aside - d->aside_m - d->drift * along + stray);
    if (d->kind < DECOY_TAR) {
        *light *= 1.0 + (d->factor - 1.0) * shadow_of(d, along, at, blur_m);
        return;
    }
    *surface *= 1.0 + (d->factor - 1.0) * fmin(surface_of(d, along, at, blur_m), 1.0);
    if (d->kind == DECOY_SEAM)
        *surface *= 1.0 + d->edge * strip(at - 0.25 * d->width_m - 0.06, 0.12, blur_m);
}
