/*
 * Inside the fusion core: what a vehicle at rest tells of its IMU before there is a pose. At rest with a
 * pose: vehicle_rest in vehicle.h.
 */
#ifndef POSED_FUSION_REST_H
#define POSED_FUSION_REST_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Takes what a frame tells of rest, while there is no pose: the samples of an IMU, and what wheels and
 * receivers say of the motion. */
void rest_hear(fusion *c, source_run *s, const frame *in);
/* The IMU begins to drive the filter with this frame: its gyro's bias as it was at rest, if that is known, is
 * kept for it, and its sigma put into the model. Forgets the rest, for from now on the filter knows better.
 */
void rest_give_bias(fusion *c, source_run *s, const frame *in, inertial_model *m);

#ifdef __cplusplus
}
#endif
#endif
