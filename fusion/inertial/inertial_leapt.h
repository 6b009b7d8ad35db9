/*
 * Inside the fusion core: what follows when a gyro has leapt.
 */
#ifndef POSED_FUSION_INERTIAL_LEAPT_H
#define POSED_FUSION_INERTIAL_LEAPT_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The gyro, or yaw rate, that was last found to have leapt. */
typedef struct {
    int source;
    int64_t found_ns; /* INT64_MIN: never */
    float sigmas;     /* by so many of what it was known to */
} gyro_leap;

/* A sample of what drives the filter, which is at its stamp: where it has leapt its bias goes along. */
void inertial_leapt_hear(fusion *c, const source_run *s, int64_t stamp_ns, const inertial_input *input);
/* It has been found to have leapt by so many sigmas. */
void inertial_leapt_tell(fusion *c, int source, int64_t now_ns, float sigmas);
/* By how many; 0: not lately. */
float inertial_leapt_lately(const fusion *c, int source, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
