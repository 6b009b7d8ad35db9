/*
 * Whether something else, parallel to a line that was found and beside it, could be the line as well: an old
 * marking, a seam, the other one of two edges of a shadow.
 */
#ifndef POSED_SENSORS_CAMERA_LANE_RIVAL_H
#define POSED_SENSORS_CAMERA_LANE_RIVAL_H

#include "sensors/camera/lane_ridge.h"
#include "sensors/camera/lane_shape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Marks on the strongest rivals, as a share of those on the lines: 0 none, 1 as many. */
typedef struct {
    double line[LANE_SIDES]; /* of a line; where the lane's other line is there it must make a lane with it */
    double again;            /* of the lane, where both lines are there: the same lane again, beside it */
} lane_rivals;

/* A lane is about `width_m` wide. */
lane_rivals lane_rivals_find(const top_view_grid *grid, const lane_marks *marks, double height_m,
                             const lane_shape *s, const bool there[LANE_SIDES], double width_m);

#ifdef __cplusplus
}
#endif
#endif
