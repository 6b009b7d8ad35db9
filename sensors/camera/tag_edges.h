/*
 * Where straight lines put a tag's corners in a picture whose lines are bent.
 */
#ifndef POSED_SENSORS_CAMERA_TAG_EDGES_H
#define POSED_SENSORS_CAMERA_TAG_EDGES_H

#include "sensors/camera/model.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A detector takes a tag's corners from straight lines that it fits to the edges (Wang and Olson, AprilTag 2,
 * IROS 2016); distortion bends the edges, and the lines meet beside the corners. For corners that stand at
 * `points` in optical axes, in order around the square: by how much, in pixels, corner less meeting point. */
void tag_edges_shift(const camera_model *m, double points[4][3], double shift[4][2]);

#ifdef __cplusplus
}
#endif
#endif
