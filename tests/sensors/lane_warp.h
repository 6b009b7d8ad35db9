/*
 * A real road picture as another road, another place on it, or another camera would have shown it: every
 * pixel is carried through the road's plane. What is known of the lane is carried along.
 */
#ifndef POSED_TESTS_LANE_WARP_H
#define POSED_TESTS_LANE_WARP_H

#include "tests/sensors/lane_photo.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double curvature_1pm; /* of the lane's middle beside the vehicle, left positive */
    double rate_1pm2;     /* and its change by the metre, as far as `most_1pm` */
    double most_1pm;
    double crest_1pm;  /* the road falls away ahead by crest x^2/2; negative: it rises */
    double wider;      /* the lane, against what it was */
    double aside_m;    /* the vehicle goes so much further left in its lane, */
    double turn_rad;   /* and is turned to the left */
    lane_ground told;  /* what the detector is told of the camera */
    camera_model seen; /* and what it is */
} road_warp;

/* The picture's own camera and road, but that the lane is as straight as it was. */
road_warp road_warp_none(const road_photo *p);

road_photo road_photo_warp(const road_photo *from, const road_warp *w);

#ifdef __cplusplus
}
#endif
#endif
