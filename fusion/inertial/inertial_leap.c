/*
 * The yaw rate of a vehicle is what tyres have accelerated it to: by 3 rad/s^2 at most, which no driver
 * begins within a sample. Of the yaw rate alone: where a road's slope changes a body pitches and rolls within
 * less.
 */
#include "fusion/inertial/inertial_leap.h"

/* Samples further apart than 0.026 s hide what a vehicle does in between. Less than 0.01 rad/s (0.6 deg/s) is
 * no leap: what it does to a heading is learned in time, and cheap gyros speak in steps of up to 0.2 deg/s.
 * Too small: two steps in a row are a leap. */
static const leap_limits limits = {.near_s = 0.026, .least = 0.01, .least_sigma = 2e-4};

bool inertial_leap_take(leap_watch *w, int64_t stamp_ns, double rate_radps, leap_found *out)
{
    return leap_take(w, &limits, stamp_ns, rate_radps, out);
}
