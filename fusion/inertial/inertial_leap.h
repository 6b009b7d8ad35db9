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

/* leap_take of a yaw rate: what is found is in rad/s. */
bool inertial_leap_take(leap_watch *w, int64_t stamp_ns, double rate_radps, leap_found *out);

#ifdef __cplusplus
}
#endif
#endif
