#include "sensors/camera/lane_score.h"

#include <math.h>

/* Learned by tests/sensors/lane_learn.py; the last is the constant. */
static const double weights[LANE_FEATURES + 1] = {
    0.34,  0.55,  -2.20, 1.59, -0.95, -1.57, 0.65,  1.28,  -1.62, -0.16, -1.87, -1.48, -2.11, -0.59,
    -1.75, -0.12, -2.39, 0.99, 0.22,  -1.16, -1.80, -3.47, 3.40,  -0.10, 0.07,  -0.64, 1.49,  2.44};

static const double ahead_m = 15.0;

static double clip(double x, double least, double most)
{
    return x < least ? least : x < most ? x : most;
}

/* Hits against those of chance, as a logarithm: 0 for as many, 1 for 8 times as many. */
static double surprise(const lane_support *s)
{
    return clip(log((s->hits + 0.5) / (s->chance + 2.0)) / log(8.0), -1.0, 1.5);
}

/* Of the line's y where it is still to be used, ahead_m: where nothing tells the pitch from the heading, or
 * the heading from the bend, it is known beside the car alone. */
static double sigma_ahead(const lane_fit *fit, int side)
{
    const double x = ahead_m,
                 row[LANE_UNKNOWNS] = {
                     1.0, side == LANE_LEFT ? 0.5 : -0.5, x, x * x / 2.0, x * x * x / 6.0, 0.0, 0.0};
    double variance = 0.0;
    for (int i = 0; i < LANE_UNKNOWNS; i++) {
        for (int j = 0; j < LANE_UNKNOWNS; j++)
            variance += row[i] * fit->belief.covariance[i][j] * row[j];
    }
    return sqrt(fmax(variance, 0.0));
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
    out[23] = clip(fabs(at[LANE_CURVATURE]) / 0.01, 0.0, 2.0);
    out[24] = clip(fabs(at[LANE_CREST]) / 0.001, 0.0, 2.0);
    out[25] = clip(sigma_ahead(fit, side) / 0.2, 0.0, 2.0);
    out[26] = own->followed / fmax(own->hits * own->strength, 0.1);
}

double lane_score(const double features[LANE_FEATURES])
{
    double sum = weights[LANE_FEATURES];
    for (int i = 0; i < LANE_FEATURES; i++)
        sum += weights[i] * features[i];
    return 1.0 / (1.0 + exp(-sum));
}
