/*
 * What the lane detector saw, drawn over the picture for a person to judge.
 */
#ifndef POSED_SENSORS_CAMERA_OVERLAY_H
#define POSED_SENSORS_CAMERA_OVERLAY_H

#include "sensors/camera/lanes.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint8_t *rgb; /* 3 x width x height bytes */
    int width, height;
} overlay;

/* The marks as dots, the lines by their score (green from 0.8, yellow from 0.4, red below), their numbers. */
void overlay_lanes(const overlay *o, const lane_ground *g, const lane_finder *f, const lanes_view *v);

/* Text in capitals, `scale` pixels per dot of its 3 x 5 font. */
void overlay_text(const overlay *o, int x, int y, int scale, const char *text);

/* A square dot about a place. */
void overlay_dot(const overlay *o, double x, double y, int half, const uint8_t paint[3]);

#ifdef __cplusplus
}
#endif
#endif
