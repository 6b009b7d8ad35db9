/*
 * A first guess at the lane from one picture's marks, without a guess to begin with.
 *
 * Every combination of pitch, curvature and heading in a grid shifts the marks so that lines of that shape
 * become straight and parallel to the car; their histogram across the road then has a peak at each line. The
 * combination with the best pair of peaks wins. This takes the place of random samples: all hypotheses are
 * tried, and the same picture gives the same bits.
 */
#ifndef POSED_SENSORS_CAMERA_LANE_VOTE_H
#define POSED_SENSORS_CAMERA_LANE_VOTE_H

#include "sensors/camera/lane_ridge.h"
#include "sensors/camera/lane_shape.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double width_m, width_sigma_m; /* lanes that are expected */
    double pitch_sigma_rad;        /* about the mount's */
    double most_heading_rad, most_curvature_1pm;
    double least_curvature_1pm; /* 0: roads as they are built; else bends alone, this much or more */
} lane_search;

typedef struct {
    lane_shape shape;
    double votes[LANE_SIDES]; /* marks, each by its strength; 0: no line on this side */
    double value;             /* what was maximized */
} lane_guess;

/* False: no line at all. */
bool lane_vote(const top_view_grid *grid, const lane_marks *marks, double height_m, const lane_search *s,
               lane_guess *out);

#ifdef __cplusplus
}
#endif
#endif
