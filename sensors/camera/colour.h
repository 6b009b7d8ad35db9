/*
 * The planes of a decoded picture: luminance, and the blue difference where there is colour. And a copy in
 * RGB to draw on.
 */
#ifndef POSED_SENSORS_CAMERA_COLOUR_H
#define POSED_SENSORS_CAMERA_COLOUR_H

#include "sensors/camera/luma.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    luma_view light;
    const uint8_t *cb; /* blue difference, 128 where there is no colour; NULL: a grey picture */
    ptrdiff_t cb_stride;
    int cb_width, cb_height; /* it may be coarser */
} colour_view;

typedef struct colour colour;

/* NULL: out of memory. */
colour *colour_create(void);
void colour_destroy(colour *c);

/* Points `view` at the planes of `frame`, or at copies in `c`; until the next call, and while `frame` lives.
 * False with `e` set: a format that cannot be converted, or out of memory. */
bool colour_of(colour *c, const struct AVFrame *frame, colour_view *view, error *e);

/* The picture in RGB, 3 x width x height bytes, into `out`. */
bool colour_rgb(colour *c, const struct AVFrame *frame, uint8_t *out, error *e);

#ifdef __cplusplus
}
#endif
#endif
