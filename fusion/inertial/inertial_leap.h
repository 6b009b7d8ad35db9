/*
 * Whether a yaw rate has leapt from one sample to the next. No I/O, no allocation; in the order of stamps.
 */
#ifndef POSED_FUSION_INERTIAL_LEAP_H
#define POSED_FUSION_INERTIAL_LEAP_H

#include "fusion/motion/leap.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double by_radps;
    double sigma_radps; /* of that, by the scatter of the samples */
    double since_s;     /* how long ago that was */
} inertial_leap;

/* Forgets all samples. */
void inertial_leap_reset(leap_watch *w);
/* Takes the next sample; true: some samples ago it has leapt. Samples that are far apart, or not in
 * order, begin anew. */
bool inertial_leap_take(leap_watch *w, int64_t stamp_ns, double rate_radps, inertial_leap *out);

#ifdef __cplusplus
}
#endif
#endif
