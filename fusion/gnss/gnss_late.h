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

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"
#include "fusion/gnss/lateness.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Receivers whose latency is looked for. */
enum { LATE_RECEIVERS = 3, LATE_OTHERS = 2 };
typedef struct {
    fix_log fixes;
    lateness near, other[LATE_OTHERS];
    local_plane plane;             /* of the fixes */
    bool begun;                    /* something has been compared */
    bool news;                     /* and some of it since the last look */
    bool in_time;                  /* it has been, since its stamps last leapt */
    bool refuted;                  /* its latency is not as it was assumed */
    double first_s, first_sigma_s; /* its latency as it was known when that began */
    double looked_s;               /* way.time_s of the last look */
    double other_s[LATE_OTHERS];   /* what the last look had, where it was known; NAN */
    double known_s, known_sigma_s; /* the latency as it was last found; sigma 0: it was not */
} late_receiver;
typedef struct {
    way_log way;
    double speed_mps, rate_radps, bias_radps; /* the newest, and what the rate is off by */
    double fast_mps;                          /* the fastest of late */
    int64_t speed_ns, rate_ns, way_ns;        /* of these and of the way; INT64_MIN: none */
    int rate_source;                          /* -1: none */
    late_receiver of[LATE_RECEIVERS];
} late_watch;

/* What wheels, a yaw rate and receivers say, in the order of stamps, also of those that are left out. */
void late_hear(fusion *c, source_run *s, const frame *in);

/* Judges what was compared: a latency is set right, a receiver whose clock is another one is left out of the
 * pose (receiver_state.out_of_time). Called at each of the core's checks. gnss_late_judge.c */
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
