/*
 * What posed run tells the service manager and the log: that it works, in which mode, and which faults rise.
 */
#ifndef POSED_DAEMON_RUN_RUN_WATCH_H
#define POSED_DAEMON_RUN_RUN_WATCH_H

#include "common/log.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int64_t interval_ns; /* between proofs of life */
    int64_t due_ns;      /* monotonic */
    bool wanted;         /* the service manager has a watchdog */
    bool proven;         /* something went all the way since the watchdog was last fed */
    uint64_t taken;      /* frames, at that time */
    fusion_mode mode;    /* as last told */
    log_limit log[FAULT_COUNT];
} run_watch;

void run_watch_init(run_watch *w);

/* Something came the whole way from a socket through the loop. */
void run_watch_alive(run_watch *w);

/* Feeds the watchdog when it is due and a frame has been processed, or a probe has come back, since the last
 * time: a loop that turns without working is not alive. True when it is time for another probe. */
bool run_watch_due(run_watch *w, int64_t at_ns, uint64_t taken);

/* When run_watch_due wants to be called next, monotonic. */
int64_t run_watch_next(const run_watch *w);

void run_watch_say_mode(run_watch *w, const fusion_status *status);
void run_watch_say_fault(run_watch *w, const settings *s, const fault_event *event);

#ifdef __cplusplus
}
#endif
#endif
