/*
 * What the files of a replay share: the drive that is read, the core that it goes to, and where results go.
 * replay.c plays, replay_results.c takes what the core says, replay_setup.c makes ready.
 */
#ifndef POSED_DAEMON_REPLAY_REPLAY_ENGINE_H
#define POSED_DAEMON_REPLAY_REPLAY_ENGINE_H

#include "config/run_settings.h"
#include "daemon/live.h"
#include "daemon/progress.h"
#include "daemon/replay/read_ahead.h"
#include "daemon/replay/recorder.h"
#include "daemon/replay/replay.h"
#include "daemon/replay/shuffle.h"
#include "inject/inject.h"
#include "map/pmap.h"
#include "wire/drive_source.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const replay_options *options;
    replay_result *result;
    drive_source *source;
    read_ahead *ahead; /* reads it; NULL: nobody but this thread */
    fusion *core;
    live *live; /* --live: it holds the core; NULL otherwise */
    int64_t hold_ns, valid_ns;
    recorder recorder;
    frame_filter filter;
    run_settings *run;    /* of the configuration: the map; with --live what posed run would take of it */
    pmap *map;            /* NULL: none was named */
    inject_map *wrong;    /* the map with faults; NULL: it has none */
    inject *faults;       /* NULL: none are injected */
    frame *faulty;        /* one out of it */
    arrival_store store;  /* of a shuffled replay */
    fault_set *malformed; /* per source: the one fault that the core cannot see */
    progress progress;
    int64_t next_tap_ns;         /* when the tap's next status is due */
    int64_t last_ns;             /* when the drive ends, as far as it says; INT64_MIN: it does not */
    double start_s, start_cpu_s; /* monotonic, and of this process */
    bool started;                /* start_ns is known */
    bool no_memory;
} replay_engine;

/* Opens what the options name, and creates the core. EXIT_OK, EXIT_BAD or EXIT_USAGE, with `e`; what has been
 * opened is the caller's to close. */
int replay_set_up(replay_engine *n, error *e);

/* Where results of the core go, of n (its context): results, recording, tap. Verdicts only where they are
 * wanted. */
fusion_sinks replay_sinks(replay_engine *n);
live_sinks replay_live_sinks(replay_engine *n);

/* A look at a condition, for the tap, which must want it. */
void replay_take_look(void *context, const fault_event *look);
void replay_take_fault(void *context, const fault_event *event);

/* Shows the tap how the core is. */
void replay_tap_status(replay_engine *n);

#ifdef __cplusplus
}
#endif
#endif
