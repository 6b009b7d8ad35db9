/*
 * A receiver whose latency is not what was assumed: found by the shape of its way (lateness.h) against wheels
 * and a yaw rate, which owe nothing to any receiver.
 *
 * A Kalman filter learns a latency from what it begins with, and from a pose that has followed the late
 * receiver. One that is off by many sigmas of that stays so for minutes, and the pose is behind by as much of
 * the way.
 */
#ifndef POSED_FUSION_GNSS_LATE_H
#define POSED_FUSION_GNSS_LATE_H

#include "fusion/core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What wheels, a yaw rate and receivers say, in the order of stamps, also of those that are left out. */
void late_hear(fusion *c, source_run *s, const frame *in);

/* Judges what was compared: a latency is set right, a receiver whose clock is another one is left out of the
 * pose (source_run.out_of_time). Called at each of the core's checks. gnss_late_judge.c */
void late_look(fusion *c, int64_t now_ns);

/* A latency that was found before goes on to be known when the filter starts anew; false: none was.
 * gnss_late_judge.c */
bool late_known(fusion *c, const source_run *s);

/* The latencies, and lags of velocities, that are not estimated since what was assumed of them is refuted: a
 * set of states. gnss_late_judge.c */
uint64_t late_considered(fusion *c);

/* Between the two files: what is kept of a receiver, NULL of one beyond LATE_RECEIVERS; and the ranges of
 * late_receiver.other. */
late_receiver *late_receiver_of(fusion *c, const source_run *s);
extern const lateness_range *const late_ranges[LATE_OTHERS];

#ifdef __cplusplus
}
#endif
#endif
