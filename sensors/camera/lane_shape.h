/*
 * The lane as a shape on the ground: two parallel clothoids. Its middle turns with the way s as u does with
 * the place ahead: for a circle sin(heading) is x/radius, whatever it has turned.
 *
 *   u(x) = heading + curvature x + rate x^2/2,   y' = tan(asin u),   y = centre + integral of y' +- width/2 /
 * cos
 *
 * x ahead and y left of the point below the camera, metres; the picture is seen by a car that pitches by
 * `pitch` against its mount, and the road falls away by crest x^2/2 below the plane under the car
 * (lane_ground.h).
 */
#ifndef POSED_SENSORS_CAMERA_LANE_SHAPE_H
#define POSED_SENSORS_CAMERA_LANE_SHAPE_H

#include "sensors/camera/lane_ground.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    LANE_CENTRE,
    LANE_WIDTH,
    LANE_HEADING,
    LANE_CURVATURE,
    LANE_RATE,
    LANE_PITCH,
    LANE_CREST,
    LANE_UNKNOWNS
};
enum { LANE_LEFT, LANE_RIGHT, LANE_SIDES };

typedef struct {
    double at[LANE_UNKNOWNS]; /* m, m, rad, 1/m, 1/m^2, rad, 1/m */
} lane_shape;

/* y of a line at x. */
double lane_shape_y(const lane_shape *s, int side, double x_m);
/* And of the lane's middle. */
double lane_shape_middle(const lane_shape *s, double x_m);
/* dy/dx there. */
double lane_shape_slope(const lane_shape *s, double x_m);

/* The place on the road of what the mount alone would put at x ahead on a flat one. */
lane_pitched lane_shape_place(const lane_shape *s, double x_m, double height_m);
/* And the other way; scale 0: hidden behind the crest. */
lane_pitched lane_shape_seen(const lane_shape *s, double x_m, double height_m);

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
