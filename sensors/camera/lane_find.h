/*
 * The lane in the marks of one picture: a vote and a fit, or a fit alone where the last picture tells where
 * it is. Roads are taken for what most of them are, level and nearly straight, unless another is followed
 * better.
 */
#ifndef POSED_SENSORS_CAMERA_LANE_FIND_H
#define POSED_SENSORS_CAMERA_LANE_FIND_H

#include "sensors/camera/lane_fit.h"
#include "sensors/camera/lane_prior.h"
#include "sensors/camera/lane_score.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const top_view_grid *grid;
    const lane_marks *marks;
    double height_m; /* of the camera */
    double width_m;  /* of the lane that is expected */
} lane_scene;

typedef struct {
    lane_fit fit;
    lane_road_kind kind;
    lane_belief before;                /* what was known without this picture */
    lane_judgement judged[LANE_SIDES]; /* by lane_alone.h */
} lane_finding;

/* How much of the marks it follows. */
double lane_find_quality(const lane_fit *fit);

/* Without a guess to begin with. False: no lane. */
bool lane_find_anew(const lane_scene *s, lane_finding *out);

/* From the last picture's belief, `after_s` later. False: the track is lost. */
bool lane_find_tracked(const lane_scene *s, lane_road_kind kind, const lane_belief *last, double after_s,
                       lane_finding *out);

#ifdef __cplusplus
}
#endif
#endif
