/*
 * The inner corners of a chessboard in a picture.
 */
#ifndef POSED_SENSORS_CAMERA_BOARD_H
#define POSED_SENSORS_CAMERA_BOARD_H

#include "common/error.h"
#include "sensors/camera/luma.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BOARD_MOST_SIDE = 30, BOARD_MOST_CORNERS = BOARD_MOST_SIDE * BOARD_MOST_SIDE };

typedef struct {
    double uv[2]; /* pixels, 0 in the middle of the first */
} board_corner;

/* All columns x rows inner corners, row after row, in `out`; the order runs around the board as x right and y
 * down would, from any of its corners. False with `e` set: the board is not there, or not all of it. */
bool board_find(const luma_view *picture, int columns, int rows, board_corner *out, error *e);

#ifdef __cplusplus
}
#endif
#endif
