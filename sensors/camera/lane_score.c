#include "sensors/camera/lane_score.h"

#include <math.h>

/* Learned by tests/sensors/lane_learn.py: features that bear on each other, and all of them by themselves;
 * the last of a row is its constant. */
enum { HIDDEN = 6 };
static const double hidden[HIDDEN][LANE_FEATURES + 1] = {
    {0.217,  0.662,  -0.237, -0.004, -0.077, -1.174, -0.127, -0.016, -0.133, 0.388,
     -0.583, -0.661, -0.430, -0.351, -0.296, -0.162, -1.272, 1.251,  0.415,  -1.273,
     0.017,  -0.264, 1.917,  -0.490, -0.761, -0.871, 4.301,  -0.491, -5.524},
    {0.472,  1.043,  -0.271, 0.463,  -0.088, 0.774,  -0.101, -0.231, -0.613, 0.528,
     -0.021, -0.459, -0.371, -0.279, -0.591, -0.284, -2.397, 0.100,  0.513,  -2.071,
     -2.151, -0.428, 1.138,  0.373,  0.929,  -0.540, 2.147,  0.093,  -2.797},
    {-0.135, 0.236,  -0.565, -0.120, -0.360, 0.045,  1.007,  0.131,  2.138, 0.122,
     -0.286, -0.251, -0.250, -0.490, -1.160, 0.072,  -1.481, 1.353,  0.222, -1.686,
     -1.256, 1.346,  1.266,  -0.122, -0.443, -0.760, 4.565,  -1.342, -7.119},
    {0.070,  0.462,  -0.698, -0.130, -0.449, 0.299,  0.094,  -0.087, -1.381, -0.382,
     0.319,  0.385,  -0.316, -0.419, -0.889, -0.006, -1.948, -0.693, -0.036, -0.999,
     -2.105, -2.304, 1.640,  0.510,  0.902,  -0.349, 2.549,  0.992,  1.642},
    {0.468,  -0.809, -0.301, 0.704,  -0.088, 0.028,  -0.163, 0.074, -0.029, 0.269,
     -0.272, -0.433, -0.611, -0.234, -0.476, -0.041, -0.168, 1.341, -0.127, -1.312,
     0.176,  -2.752, 1.858,  0.167,  0.194,  -0.366, 2.616,  0.153, -2.181},
    {-0.017, -0.259, -0.362, -0.139, -0.282, -0.867, 1.162,  0.386,  1.732, -0.130,
     -0.296, -0.308, -0.306, -0.469, -1.126, 0.027,  -0.274, 1.850,  0.510, -3.528,
     2.525,  -0.002, 0.003,  -0.056, -0.558, -0.500, 4.508,  -1.224, -5.734}};
static const double out_of_hidden[HIDDEN] = {0.491, 0.550, 0.629, 0.566, 0.479, 0.555};
static const double straight[LANE_FEATURES + 1] = {
    0.128,  -0.310, -1.286, 0.999,  -0.156, -0.366, 0.608,  0.111,  -1.711, -0.250,
    -1.036, -1.486, -1.003, 0.364,  -0.755, 0.335,  -0.342, -0.592, -0.641, 0.894,
    -1.811, -2.375, 0.977,  -0.156, -0.700, 0.470,  1.961,  -1.726, 2.878};

static const double ahead_m = 15.0;

/* A lane beside the lane, with a smaller share of its marks, is left to what was learned. Smaller: clutter
 * beside both lines makes them unsure; larger: a lane that was painted anew beside the old one is sure,
 * though nothing tells which holds. */
static const double weak_rival = 0.3;

/* Fewer marks are no line, whatever else speaks for it. */
enum { least_hits = 5 };

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

static void list_features(const lane_fit *fit, int side, double width_m, double out[LANE_FEATURES])
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
    out[27] = own->parts / 0.2;
}

static double weigh(const double weights[LANE_FEATURES + 1], const double features[LANE_FEATURES])
{
    double sum = weights[LANE_FEATURES];
    for (int i = 0; i < LANE_FEATURES; i++)
        sum += weights[i] * features[i];
    return sum;
}

static double probability(const double features[LANE_FEATURES])
{
    double sum = weigh(straight, features);
    for (int i = 0; i < HIDDEN; i++)
        sum += out_of_hidden[i] * tanh(weigh(hidden[i], features));
    return 1.0 / (1.0 + exp(-sum));
}

double lane_score_most(double again)
{
    double strong = clip((again - weak_rival) / (1.0 - weak_rival), 0.0, 1.0);
    return 1.0 - 0.5 * strong;
}

lane_judgement lane_judge(const lane_fit *fit, int side, double width_m)
{
    lane_judgement j = {.score = 0.0};
    list_features(fit, side, width_m, j.features);
    if (fit->support[side].hits >= least_hits)
        j.score = fmin(probability(j.features), lane_score_most(fit->support[side].again));
    return j;
}
