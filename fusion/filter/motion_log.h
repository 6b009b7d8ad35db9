/*
 * The motion of the last seconds, for measurements that are late: what the inertial input moved, free of
 * corrections.
 *
 * With V the running integral of acceleration and X that of V, a velocity known now gives the past one and
 * the way since: v(t - L) = v(t) - (V(t) - V(t-L)), and the integral of v over L = L (v(t) - V(t)) + X(t) -
 * X(t-L).
 */
#ifndef POSED_FUSION_MOTION_LOG_H
#define POSED_FUSION_MOTION_LOG_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MOTION_LOG_SIZE = 512 }; /* a power of two; at least 5 ms apart: 2.56 s */

typedef struct {
    double time_s; /* since the log began */
    double v[3], x[3];
} motion_point;

typedef struct {
    motion_point now;
    uint32_t count; /* points ever kept; the newest is at (count - 1) % SIZE */
    motion_point kept[MOTION_LOG_SIZE];
} motion_log;

/* What happened in the last latency_s. */
typedef struct {
    double velocity_change[3]; /* v(now) - v(then), m/s */
    double way_change[3];      /* latency * v(now) - (p(now) - p(then)), m */
    double accel_then[3];      /* m/s^2, averaged over some 50 ms around then */
} motion_delta;

/* Forgets all. */
void motion_log_clear(motion_log *log);

/* Appends a step: acceleration (any fixed axes) over dt_s. */
void motion_log_step(motion_log *log, const double accel_mps2[3], double dt_s);

/* The change since latency_s ago. Beyond what is kept (and for a negative latency) the nearest acceleration
 * is held. */
void motion_log_delta(const motion_log *log, double latency_s, motion_delta *out);

#ifdef __cplusplus
}
#endif
#endif
