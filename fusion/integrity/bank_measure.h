/*
 * Inside the fusion core: what sub-solutions make of measurements.
 */
#ifndef POSED_FUSION_BANK_MEASURE_H
#define POSED_FUSION_BANK_MEASURE_H

#include "fusion/core/core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Around a measurement of the filter: before it is fused (whether or not it will be), and after; `fused`: the
 * filter has been corrected. */
void bank_expect(fusion *c, const source_run *s, fuse_how how);
void bank_measure(fusion *c, const source_run *s, measurement *m, fuse_how how, bool fused);
/* The filter's state has been corrected by d: what is covered was about the pose before. */
void bank_follow(fusion *c, const float *d);
/* A measurement for those sub-solutions alone that leave out what drives the filter. */
void bank_measure_undriven(fusion *c, measurement *m);

#ifdef __cplusplus
}
#endif
#endif
