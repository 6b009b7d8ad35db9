/*
 * The camera model: pinhole with radial and tangential distortion, as OpenCV has it (k1 k2 p1 p2 k3; Brown
 * 1966).
 *
 *   x = X/Z, y = Y/Z, r2 = x^2 + y^2, radial = 1 + k1 r2 + k2 r2^2 + k3 r2^3
 *   u = fx (x radial + 2 p1 x y + p2 (r2 + 2 x^2)) + cx
 *   v = fy (y radial + p1 (r2 + 2 y^2) + 2 p2 x y) + cy
 *
 * Optical axes: X right, Y down, Z along the optical axis. Pixels: u right, v down, 0 in the middle of the
 * first. Bearings are in the axes of fusion/frame.h: x along the optical axis, y left, z up.
 */
#ifndef POSED_SENSORS_CAMERA_MODEL_H
#define POSED_SENSORS_CAMERA_MODEL_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double fx, fy, cx, cy; /* pixels */
    double k1, k2, p1, p2, k3;
} camera_model;

/* The pixel of the direction (x, y, 1). `jacobian` (may be NULL): d(u, v)/d(x, y), row after row. */
void model_to_pixel(const camera_model *m, const double xy[2], double uv[2], double jacobian[4]);

/* The direction (x, y, 1) of a pixel. False: no direction that the model maps there, as beyond the fold of a
 * distortion that was fitted to a smaller picture. */
bool model_to_ray(const camera_model *m, const double uv[2], double xy[2]);

/* Fills in what was left to the picture of this size: a middle that is NAN, a focal length down of 0. */
void model_complete(camera_model *m, const int size[2]);

/* The model for the same camera's picture of `to` pixels instead of `from`, shrunk or enlarged. */
void model_scale(camera_model *m, const int from[2], const int to[2]);

/* A point in optical axes. */
typedef struct {
    double azimuth_rad;   /* left positive */
    double elevation_rad; /* up positive */
    double range;         /* in the unit of the point */
} camera_bearing;

/* `jacobian` (may be NULL): d(azimuth, elevation, range)/d(point), row after row. The point may not lie on
 * the camera's vertical axis. */
camera_bearing model_bearing(const double point[3], double jacobian[9]);

#ifdef __cplusplus
}
#endif
#endif
