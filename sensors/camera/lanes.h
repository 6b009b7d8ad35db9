/*
 * The lines of the own lane, picture after picture. docs/CAMERA.md has how it works and what it was measured
 * to do.
 */
#ifndef POSED_SENSORS_CAMERA_LANES_H
#define POSED_SENSORS_CAMERA_LANES_H

#include "common/error.h"
#include "fusion/frame.h"
#include "sensors/camera/colour.h"
#include "sensors/camera/lane_fit.h"
#include "sensors/camera/lane_ground.h"
#include "sensors/camera/lane_score.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A lane width that is expected: the mean of those of a country's roads. */
#define LANES_WIDTH_M 3.5

/* Lines with a smaller score are not told. */
#define LANES_LEAST_SCORE 0.05

typedef struct {
    double width_m; /* lane width that is expected */
} lanes_options;

typedef struct {
    frame_lanes frame; /* what is told: none, one or two lines */
    /* What it was made of, for overlays and tests. */
    lane_fit fit;
    double score[LANE_SIDES];
    double features[LANE_SIDES][LANE_FEATURES];
    double offset_m[LANE_SIDES]; /* at the body's origin */
    double heading_rad, sigma_m[LANE_SIDES];
    char type[LANE_SIDES][12];
    bool found; /* there is a shape at all */
} lanes_view;

typedef struct lane_finder lane_finder;

/* For pictures of the ground's size. NULL with `e` set: the road is not in the picture, or out of memory. */
lane_finder *lanes_create(const lanes_options *o, const lane_ground *g, error *e);
void lanes_destroy(lane_finder *f);

/* Forgets what earlier pictures showed. */
void lanes_forget(lane_finder *f);

/* Looks at the next picture, `after_s` after the last one. False: out of memory. Allocates only when the
 * colour planes' size changes. */
bool lanes_look(lane_finder *f, const colour_view *picture, double after_s, lanes_view *out);

/* The marks of the last picture and where they lie. */
const lane_marks *lanes_marks(const lane_finder *f);
const top_view_grid *lanes_grid(const lane_finder *f);

#ifdef __cplusplus
}
#endif
#endif
