/*
 * How well a camera can see, from the luminance of one picture. docs/ADAPTERS.md has the formulae.
 *
 * The same picture gives the same bits: a camera that has frozen shows in its payload.
 */
#ifndef POSED_SENSORS_CAMERA_HEALTH_H
#define POSED_SENSORS_CAMERA_HEALTH_H

#include "fusion/frame.h"
#include "sensors/camera/luma.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct health_meter health_meter;

/* NULL: out of memory. */
health_meter *health_create(void);
void health_destroy(health_meter *h);

/* Allocates only when a picture is larger than any before; false: out of memory. A picture smaller than
 * 66 x 66 pixels has no contrast, sharpness or blocked share: NAN. */
bool health_measure(health_meter *h, const luma_view *view, frame_camera_health *out);

#ifdef __cplusplus
}
#endif
#endif
