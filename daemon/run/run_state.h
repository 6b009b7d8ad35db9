/*
 * What the files of posed run share. Not for others.
 */
#ifndef POSED_DAEMON_RUN_RUN_STATE_H
#define POSED_DAEMON_RUN_RUN_STATE_H

#include "common/log.h"
#include "daemon/live.h"
#include "daemon/map_use.h"
#include "daemon/run/hosted.h"
#include "daemon/run/intake.h"
#include "daemon/run/outlet.h"
#include "daemon/run/run_bus.h"
#include "daemon/run/run_clock.h"
#include "daemon/run/run_options.h"
#include "daemon/run/run_watch.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const run_options *options;
    settings *settings; /* in force */
    run_settings *run;
    run_bus bus;
    run_clock clock;
    intake *intake;
    pmap *map;        /* NULL: none */
    live_sinks sinks; /* where the live engine's results go */
    live *live;
    outlet out;
    hosted *hosted;
    run_watch watch;
    int signals;
    bool stopping;
    int64_t started_ns;
    int64_t state_due_ns;  /* monotonic */
    int64_t status_due_ns; /* monotonic */
    int64_t status_sent_ns;
    int64_t pose_ns; /* the last tick's; INT64_MIN: none */
    fusion_status status;
    status_extra extra;
    uint64_t told_masks; /* hash of mode and flags as last told */
    log_limit log_state;
} daemon_state;

/* ---- run_reload.c */

/* The map that `r` names, as it is in its file now; where that is the one in force, that one. False with `e`
 * set: it cannot be used. */
bool run_open_map(const daemon_state *d, const run_settings *r, pmap **map, error *e);
/* `map`, which `r` names, is in force from now on, and is the state's; no core may rest on the old one any
 * more. */
void run_keep_map(daemon_state *d, const run_settings *r, pmap *map);
/* An engine that gives to the state's sinks; NULL when memory is short. */
live *run_make_live(const daemon_state *d, const settings *s, const run_settings *r, const pmap *map);
/* SIGHUP: configuration and map anew, all of it or nothing. */
void run_reload(daemon_state *d);

#ifdef __cplusplus
}
#endif
#endif
