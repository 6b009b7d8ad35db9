/*
 * A token bucket: so many per second on average, so many at once.
 */
#ifndef POSED_DAEMON_RUN_RATE_LIMIT_H
#define POSED_DAEMON_RUN_RATE_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Starts zeroed, and full. */
typedef struct {
    double spent;    /* tokens taken and not yet earned back */
    int64_t last_ns; /* 0: never */
} rate_limit;

/* Whether one more may pass at `now_ns`. `rate_hz` on average; after a pause what gathers in `burst_s`, and
 * no fewer than four. */
bool rate_limit_pass(rate_limit *l, double rate_hz, double burst_s, int64_t now_ns);

/* The clock was stepped. */
void rate_limit_shift(rate_limit *l, int64_t delta_ns);

#ifdef __cplusplus
}
#endif
#endif
