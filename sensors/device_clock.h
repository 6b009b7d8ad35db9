/*
 * The clock of a device, put on the host's: the device says when it measured, by a clock of its own that
 * starts anywhere and runs a little fast or slow; the host knows when the message arrived, which is later by
 * a delay that jumps about (USB polls, a busy machine) but is never below a floor.
 *
 * Arrivals therefore lie on or above one line over the device's time, and often near it. The line is the
 * edge of their lower convex hull that spans the mean of the times (S. Moon, P. Skelly, D. Towsley,
 * "Estimation and Removal of Clock Skew from Network Delay Measurements", INFOCOM 1999: it minimizes the sum
 * of the delays above it). The hull is made of the earliest arrival of each second of the last minute, so
 * late ones cost nothing, however late.
 *
 * What cannot be seen is the floor itself: stamps are late by the shortest delay.
 */
#ifndef POSED_SENSORS_DEVICE_CLOCK_H
#define POSED_SENSORS_DEVICE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DEVICE_CLOCK_BINS = 64 };

/* Seconds of the device since `device_origin_ns`, and how much more the host's clock went on by then. */
typedef struct {
    double device_s, ahead_s;
} device_clock_point;

typedef struct {
    int64_t device_origin_ns, host_origin_ns;
    int64_t last_device_ns, last_host_ns, last_stamp_ns;
    device_clock_point bins[DEVICE_CLOCK_BINS]; /* the earliest of each second, a ring */
    size_t first, count;
    double offset_s, skew; /* the line: ahead_s = offset_s + skew * device_s */
    uint64_t resets;       /* since it was zeroed, the first message's not counted */
    bool started;
} device_clock;

/* All zero is a clock that has heard nothing. */

/* Takes a message's device time (int64, never wrapped: see device_time_unwrap) and its arrival by the host's
 * monotonic clock; both nanoseconds. Returns when it was measured, by the host's clock: not after the
 * arrival, and not before the message before it unless the clock started anew. It does so when the device's
 * time goes back, or one of the two clocks went on by RESET_S more than the other. */
int64_t device_clock_stamp(device_clock *c, int64_t device_ns, int64_t host_ns);

/* A counter of 32 bits that wraps, continued: the time nearest to `last` that has these low bits. */
int64_t device_time_unwrap(int64_t last, uint32_t low);

#ifdef __cplusplus
}
#endif
#endif
