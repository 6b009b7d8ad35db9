/*
 * Inside the fusion core: speeds of wheels.
 */
#ifndef POSED_FUSION_WHEELS_H
#define POSED_FUSION_WHEELS_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

void wheel_setup(fusion *c, source_run *s);
void wheel_fuse(fusion *c, source_run *s, const frame *in);
/* Speed of the rear axle's centre, m/s; NAN: the frame has none. */
float wheels_speed(const frame_wheel *w);
/* Neither it nor any wheel is above `limit`, m/s. */
bool wheels_stand(const frame_wheel *w, float limit);

#ifdef __cplusplus
}
#endif
#endif
