/*
 * Inside the fusion core: a sub-solution's error d that is no small one in attitude.
 */
#ifndef POSED_FUSION_BANK_TURN_H
#define POSED_FUSION_BANK_TURN_H

#include "fusion/filter/filter.h"

#ifdef __cplusplus
extern "C" {
#endif

bool bank_is_turned(const float *d);
/* By so much that what was linearized at the filter's attitude says nothing about it. */
bool bank_is_astray(const float *d);
/* The transition as its attitude has it: `out` of `in`, which is the filter's. */
void bank_turn_span(const float *d, const filter_span *in, filter_span *out);
/* Carries the error on over the filter's transition. */
void bank_turn_carry(float *d, const filter_span *in);
/* How much more it turns the heading than its vertical part says, rad: what is linear in it does not hold. */
float bank_turn_heading(const filter *f, const float *d);
/* Makes of a measurement of velocity in vehicle axes (innovation and Jacobian of the filter) one whose
 * innovation less H d, and whose H, are those of the error. `v`: the velocity that the filter had then. */
void bank_turn_measurement(const float v[3], const float *d, measurement *m);

#ifdef __cplusplus
}
#endif
#endif
