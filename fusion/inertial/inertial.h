/*
 * Inside the fusion core: what drives the filter: an IMU, a yaw rate, or nothing.
 */
#ifndef POSED_FUSION_INERTIAL_H
#define POSED_FUSION_INERTIAL_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

void inertial_setup(fusion *c);
/* The model of a filter that the yaw rate of wheels drives. */
void inertial_yaw_model(const fusion *c, const source_run *s, inertial_model *m);
/* Back to pseudo-inertial input with nothing known. */
void inertial_reset(fusion *c);
/* Takes an IMU or yaw-rate frame as input from its stamp on. */
void inertial_take(fusion *c, source_run *s, const frame *in);

/* Brings the filter to `stamp_ns`. */
void inertial_advance(fusion *c, int64_t stamp_ns);

#ifdef __cplusplus
}
#endif
#endif
