/*
 * The projective map of a flat board into a picture, and the dense linear algebra of the calibration.
 */
#ifndef POSED_SENSORS_CAMERA_HOMOGRAPHY_H
#define POSED_SENSORS_CAMERA_HOMOGRAPHY_H

#include "sensors/camera/board.h"

#ifdef __cplusplus
extern "C" {
#endif

/* h, row after row with h[8] = 1: the corner at (column, row) of the board is seen at `middle` + the map of
 * it. Least squares on the algebraic error with both sides scaled (Hartley 1997). False: the corners are no
 * such. */
bool homography_of_board(const board_corner *corners, int columns, int rows, const double middle[2],
                         double h[9]);

/* Cholesky factor of a symmetric n x n matrix, in its lower half. False: not positive definite. */
bool dense_factor(double *a, size_t n);
/* With the factor: x becomes the solution. */
void dense_solve(const double *a, size_t n, double *x);

#ifdef __cplusplus
}
#endif
#endif
