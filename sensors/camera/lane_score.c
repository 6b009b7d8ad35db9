#include "sensors/camera/lane_score.h"

#include <math.h>

/* Learned by tests/sensors/lane_learn.py; the last is the constant. */
static const double weights[LANE_FEATURES + 1] = {
    0.22,  0.90,  -2.06, 1.62, -0.76, -1.35, 0.60, 0.65,  -1.40, 0.84,  -1.14, -0.90,
    -1.57, -0.93, -2.24, 0.04, -2.42, 1.03,  0.08, -0.79, -1.34, -4.54, 3.40,  3.13,
};

static double clip(double x, double least, double most)
{
    return x < least ? least : x < most ? x : most;
}

/* Hits against those of chance, as a logarithm: 0 for as many, 1 for 8 times as many. */
static double surprise(const lane_support *s)
{
    return clip(log((s->hits + 0.5) / (s->chance + 2.0)) / log(8.0), -1.0, 1.5);
}

void lane_features(const lane_fit *fit, int side, double width_m, double out[LANE_FEATURES])
{
    const lane_support *own = &fit->support[side], *other = &fit->support[!side];
    const double *at = fit->belief.mean.at;
    double rows = fmax(own->rows, 1.0), both = clip(surprise(other), 0.0, 1.0);
    out[0] = surprise(own);
    out[1] = own->strength;
    out[2] = own->hits / rows;
    out[3] = clip(own->hits / 40.0, 0.0, 1.0);
    out[4] = own->near_hits;
    out[5] = clip(own->misfit_m / 0.1, 0.0, 2.0);
    out[6] = clip(surprise(other), -0.5, 1.0);
    out[7] = both * other->strength * clip(other->hits / 20.0, 0.0, 1.0);
    out[8] = clip(fabs(at[LANE_WIDTH] - width_m) / 0.5, 0.0, 2.0);
    out[9] = clip((own->far_m - own->near_m) / 30.0, 0.0, 1.0);
    out[10] = clip(fabs(at[LANE_PITCH]) / 0.02, 0.0, 2.0);
    out[11] = clip(fabs(at[LANE_HEADING]) / 0.05, 0.0, 2.0);
    out[12] = clip(own->gap_m / 10.0, 0.0, 2.0);
    out[13] = clip(sqrt(fit->belief.covariance[LANE_CENTRE][LANE_CENTRE]) / 0.1, 0.0, 2.0);
    out[14] = clip(own->near_m / 15.0, 0.0, 2.0);
    out[15] = clip(own->uneven_m / 0.05, 0.0, 2.0);
    out[16] = clip(own->rival, 0.0, 1.5);
    out[17] = own->rise;
    out[18] = own->lit;
    out[19] = both * clip(other->rival, 0.0, 1.5);
    out[20] = own->skew;
    out[21] = clip(own->width_m / 0.3, 0.0, 2.0);
    out[22] = own->apart;
}

double lane_score(const double features[LANE_FEATURES])
{
    double sum = weights[LANE_FEATURES];
    for (int i = 0; i < LANE_FEATURES; i++)
        sum += weights[i] * features[i];
    return 1.0 / (1.0 + exp(-sum));
}
