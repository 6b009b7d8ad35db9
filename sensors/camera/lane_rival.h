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

/* The marks on the strongest rival of the line at `side`, as a share of those on the line: 0 none, 1 as many.
 * `has_other`: the lane's other line is known, so a rival must make a lane of about `width_m`. */
double lane_rival(const top_view_grid *grid, const lane_marks *marks, double height_m, const lane_shape *s,
                  int side, bool has_other, double width_m);

#ifdef __cplusplus
}
#endif
#endif
