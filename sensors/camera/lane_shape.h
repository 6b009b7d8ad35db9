/*
 * The lane as a shape on the ground: two parallel clothoids.
 *
 *   y(x) = centre +- width/2 + heading x + curvature x^2/2 + rate x^3/6
 *
 * x ahead and y left of the point below the camera, metres; the picture is seen by a car that pitches by
 * `pitch` against its mount (lane_ground_pitched).
 */
#ifndef POSED_SENSORS_CAMERA_LANE_SHAPE_H
#define POSED_SENSORS_CAMERA_LANE_SHAPE_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LANE_CENTRE, LANE_WIDTH, LANE_HEADING, LANE_CURVATURE, LANE_RATE, LANE_PITCH, LANE_UNKNOWNS };
enum { LANE_LEFT, LANE_RIGHT, LANE_SIDES };

typedef struct {
    double at[LANE_UNKNOWNS]; /* m, m, rad, 1/m, 1/m^2, rad */
} lane_shape;

/* y of a line at x. */
double lane_shape_y(const lane_shape *s, int side, double x_m);
/* dy/dx there. */
double lane_shape_slope(const lane_shape *s, double x_m);

/* A shape with what is known of it: mean and covariance. */
typedef struct {
    lane_shape mean;
    double covariance[LANE_UNKNOWNS][LANE_UNKNOWNS];
} lane_belief;

/* Inverse of a symmetric positive definite matrix in place. False: it is none. */
bool lane_invert(double a[LANE_UNKNOWNS][LANE_UNKNOWNS]);

#ifdef __cplusplus
}
#endif
#endif
