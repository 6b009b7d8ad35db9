/*
 * The luminance plane of a decoded picture: what every look at a picture works on. No colour is ever
 * converted where the picture has a plane of luminance.
 */
#ifndef POSED_SENSORS_CAMERA_LUMA_H
#define POSED_SENSORS_CAMERA_LUMA_H

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct AVFrame;

/* 8 bits a pixel, row after row. */
typedef struct {
    const uint8_t *data;
    ptrdiff_t stride; /* bytes from a row to the next; at least `width` */
    int width, height;
    bool limited; /* 16 is black and 235 white (ITU-R BT.601, BT.709); otherwise 0 and 255 */
} luma_view;

/* Keeps what a conversion needs, where one is needed. */
typedef struct luma luma;

/* NULL: out of memory. */
luma *luma_create(void);
void luma_destroy(luma *l);

/* Points `view` at the luminance of `frame`, which must outlive it; so must the next call's. False with `e`
 * set: a format that cannot be converted, or out of memory. Allocates only when size or format change. */
bool luma_of(luma *l, const struct AVFrame *frame, luma_view *view, error *e);

#ifdef __cplusplus
}
#endif
#endif
