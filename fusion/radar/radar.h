/*
 * Inside the fusion core: the velocity that a radar sees.
 */
#ifndef POSED_FUSION_RADAR_H
#define POSED_FUSION_RADAR_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

void radar_setup(fusion *c, source_run *s);
void radar_fuse(fusion *c, source_run *s, const frame *in);
/* From vehicle axes to sensor axes, the error of the mount's yaw included. */
void radar_turn(const source_run *s, float yaw, mat3 out);
/* Velocity of the sensor in its own axes, as its range rates show it, with the Jacobian of the first two
 * rows; `m` is started. */
void radar_velocity(const fusion *c, source_run *s, measurement *m, vec3 velocity);

#ifdef __cplusplus
}
#endif
#endif
