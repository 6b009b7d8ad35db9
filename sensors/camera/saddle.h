/*
 * Saddles of light: where two dark and two bright quarters meet, as at the inner corners of a chessboard.
 */
#ifndef POSED_SENSORS_CAMERA_SADDLE_H
#define POSED_SENSORS_CAMERA_SADDLE_H

#include "common/error.h"
#include "sensors/camera/luma.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SADDLE_MOST = 4000 };

typedef struct {
    double u, v; /* pixels, 0 in the middle of the first */
    double strength;
    double
        phase; /* of the second harmonic of the ring about it: twice the angle at which it is bright, rad */
} saddle;

/* The saddles of the picture into `out`, of SADDLE_MOST, the strongest first; their number. -1 with `e` set:
 * too small a picture, or out of memory. */
int saddle_find(const luma_view *picture, saddle *out, error *e);

#ifdef __cplusplus
}
#endif
#endif
