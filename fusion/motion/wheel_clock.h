/*
 * Wheels whose stamps are late: a bus that buffers, a gateway that stamps what it passes on.
 *
 * Where their yaw rate drives the filter, all that it says of the turn is as late as they are: in each bend
 * the heading lags. Beside a receiver that shows by shape (lateness.h), but as one that is early; and nothing
 * says where a vehicle is before it is there. So the wheels are late, and from then on their frames are taken
 * to be as much older: at the door, before they wait for their turn (fusion.c).
 */
#ifndef POSED_FUSION_WHEEL_CLOCK_H
#define POSED_FUSION_WHEEL_CLOCK_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The stamps of one wheel source are late by from_s, from change_ns on gradually by to_s. */
typedef struct {
    double from_s, to_s;
    int64_t change_ns; /* by their own stamps; INT64_MIN: they never were */
    int seen;          /* looks in a row that had them later than that */
    float sigma_s;     /* by how much they may be later than that beyond what is set, one sigma */
} wheel_clock;

/* When a frame of `s` with this stamp was measured. A function of the stamp alone in every order of arrival
 * inside the window. */
int64_t wheel_clock_stamp(const fusion *c, const source_run *s, int64_t stamp_ns);

/* What the wheels say is being moved in time at this (corrected) stamp: compared with nothing. */
bool wheel_clock_moves(const fusion *c, int64_t stamp_ns);

/* A receiver is later than the wheels by `latency_s`, one sigma `sigma_s` of how well that fits, where it was
 * held to be by `own_s` +- own_sigma_s. True: that is of the wheels, and not the receiver's. */
bool wheel_clock_explains(fusion *c, const source_run *receiver, double latency_s, double sigma_s,
                          double own_s, double own_sigma_s);

/* How late the yaw rate that drives the filter may be unseen, s^2: in a bend the heading lags by that. */
float wheel_clock_doubt(const fusion *c);

#ifdef __cplusplus
}
#endif
#endif
