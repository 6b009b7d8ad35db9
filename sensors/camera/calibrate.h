/*
 * A camera's intrinsics from pictures of a flat board: Zhang's method (A flexible new technique for camera
 * calibration, 2000), refined over all unknowns by Levenberg and Marquardt's.
 */
#ifndef POSED_SENSORS_CAMERA_CALIBRATE_H
#define POSED_SENSORS_CAMERA_CALIBRATE_H

#include "sensors/camera/board.h"
#include "sensors/camera/model.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CALIBRATE_INTRINSICS = 9, CALIBRATE_LEAST_VIEWS = 3 };

typedef struct {
    const board_corner *corners; /* columns x rows */
    double misfit_px;            /* out: root mean square over its corners, of the distance */
} calibrate_view;

typedef struct {
    int columns, rows; /* inner corners */
    int width, height; /* of the pictures */
    bool third;        /* k3 is wanted too; otherwise it is 0 */
} calibrate_board;

typedef struct {
    camera_model model;
    double sigma[CALIBRATE_INTRINSICS]; /* of fx fy cx cy k1 k2 p1 p2 k3, by what the corners show */
    double misfit_px;                   /* over all corners */
} calibration;

/* False with `e` set: too few views, or they do not tell (all from the same direction), or no memory. */
bool calibrate(const calibrate_board *board, calibrate_view *views, size_t count, calibration *out, error *e);

#ifdef __cplusplus
}
#endif
#endif
