/*
 * Ticks: times on whole multiples of a period since the epoch, so that poses of one rate have the same stamps
 * whenever they began.
 */
#ifndef POSED_FUSION_TICKS_H
#define POSED_FUSION_TICKS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The rate in millihertz, as the other functions take it; `rate_hz` from 0.001 to 1e6. */
int64_t tick_rate(double rate_hz);

/* The time of a tick: tick k is at k / rate thousands of seconds, rounded down to a nanosecond. */
int64_t tick_time_ns(int64_t rate, int64_t tick);

/* The first tick at or after a time. */
int64_t tick_from(int64_t rate, int64_t time_ns);

#ifdef __cplusplus
}
#endif
#endif
