/*
 * The time of posed run: UTC on the monotonic clock, so that it runs evenly whatever is done to the system's
 * clock; it follows that clock's slow corrections slowly and its steps at once. Or, for recordings, the time
 * of the drive.
 */
#ifndef POSED_DAEMON_RUN_RUN_CLOCK_H
#define POSED_DAEMON_RUN_RUN_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    bool drive;            /* time is that of the newest frame */
    int64_t drive_ns;      /* INT64_MIN: none yet */
    int64_t base_ns;       /* UTC less monotonic */
    int64_t followed_ns;   /* monotonic, when base_ns was last looked at */
    int64_t stepped_ns;    /* the last step */
    int64_t stepped_at_ns; /* monotonic; INT64_MIN: never */
} run_clock;

void run_clock_init(run_clock *c, bool drive);

/* Now. INT64_MIN: drive time, and no frame yet. */
int64_t run_clock_now(const run_clock *c);

/* A frame was received at `received_ns`: the time of a drive moves on to it. */
void run_clock_frame(run_clock *c, int64_t received_ns);

/* Compares with the system's clock: returns by how much that was stepped since the last call, 0: it was not.
 * The clock has followed then. */
int64_t run_clock_follow(run_clock *c);

/* The step of the last five seconds; 0: none. */
int64_t run_clock_recent_step(const run_clock *c);

#ifdef __cplusplus
}
#endif
#endif
