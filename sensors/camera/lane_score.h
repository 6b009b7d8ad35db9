/*
 * How probable it is that a line is where the fit says: see docs/CAMERA.md for what it was learned from, and
 * how well it holds.
 */
#ifndef POSED_SENSORS_CAMERA_LANE_SCORE_H
#define POSED_SENSORS_CAMERA_LANE_SCORE_H

#include "sensors/camera/lane_fit.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { LANE_FEATURES = 28 };

typedef struct {
    double features[LANE_FEATURES]; /* what the score is made of, about 0..1 each */
    double score; /* 0..1: the probability that the line is within 0.15 m and 1 degree of the truth */
} lane_judgement;

/* Of the line at `side` of `fit`; `width_m` is the lane width that is expected. */
lane_judgement lane_judge(const lane_fit *fit, int side, double width_m);

/* The most that a score can be where the whole lane is there `again` (lane_rival.h): of two lanes, equally
 * strong, one holds. */
double lane_score_most(double again);

#ifdef __cplusplus
}
#endif
#endif
