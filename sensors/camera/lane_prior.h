/*
 * What is known of a lane before a picture: nothing but how roads and cars are, or what the last one showed.
 */
#ifndef POSED_SENSORS_CAMERA_LANE_PRIOR_H
#define POSED_SENSORS_CAMERA_LANE_PRIOR_H

#include "sensors/camera/lane_shape.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Roads that are built for speed, over hills, and that wind. */
typedef enum { LANE_GENTLE, LANE_HILLY, LANE_WINDING } lane_road_kind;

/* One sigma of what a picture may show. */
double lane_prior_sigma(lane_road_kind kind, int unknown);

/* Before the first picture, of a lane of this width. */
void lane_prior_first(lane_road_kind kind, double width_m, lane_belief *out);

/* After the last picture's belief, `after_s` later. */
void lane_prior_next(lane_road_kind kind, const lane_belief *last, double after_s, lane_belief *out);

/* What the bend of a lane that was found tells of the road; `before`: what it was taken for. */
lane_road_kind lane_prior_kind(lane_road_kind before, const lane_shape *found);

#ifdef __cplusplus
}
#endif
#endif
