/*
 * A line on the terminal while a long drive is replayed, and the pace of a replay in real time.
 */
#ifndef POSED_DAEMON_PROGRESS_H
#define POSED_DAEMON_PROGRESS_H

#include "common/clock.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    bool active; /* standard error is a terminal, and wanted */
    bool shown;
    double start_s, last_s;
} progress;

void progress_init(progress *p, bool wanted);
/* `done` is 0..1, NAN: not known; `drive_s` how far into the drive. Shows at most five times a second, and
 * nothing in the first second. */
void progress_show(progress *p, double done, double drive_s);
/* Clears the line. */
void progress_finish(progress *p);

/* Waits until the drive's time `drive_s` is due at `speed` times real time since `start_s` (monotonic). */
void pace_wait(double start_s, double drive_s, double speed);

#ifdef __cplusplus
}
#endif
#endif
