/*
 * The clocks of this machine.
 */
#ifndef POSED_COMMON_CLOCK_H
#define POSED_COMMON_CLOCK_H

#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One of clock_gettime's, in nanoseconds and in seconds. */
static inline int64_t clock_ns(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline double clock_s(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Time that nobody sets. */
static inline int64_t monotonic_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

static inline double monotonic_s(void)
{
    return clock_s(CLOCK_MONOTONIC);
}

/* UTC since the Unix epoch, as the system has it. */
static inline int64_t utc_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

/* Processor seconds that this process has used. */
static inline double processor_s(void)
{
    return clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

#ifdef __cplusplus
}
#endif
#endif
