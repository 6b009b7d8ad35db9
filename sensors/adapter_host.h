/*
 * The other side of adapter.h: who runs an adapter. Used by posed adapter, by posed run and by tests.
 */
#ifndef POSED_SENSORS_ADAPTER_HOST_H
#define POSED_SENSORS_ADAPTER_HOST_H

#include "config/config.h"
#include "sensors/adapter.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where frames go. */
typedef struct {
    void *context;
    /* False: it has failed for good. One frame that could not be passed on is true, and adapter_dropped. */
    bool (*frame)(void *context, const frame *f, const char *source);
    /* Whether somebody takes the frames now, from the adapter's thread. NULL: always. */
    bool (*connected)(void *context);
    /* Called from the adapter's thread at least this often while it lives: while it waits or publishes. A
     * watchdog is fed from here. NULL: nobody asks. */
    void (*alive)(void *context);
    double alive_interval_s;
} adapter_sink;

typedef struct {
    const adapter_kind *kind;
    const char *source;              /* "gnss/roof"; "" for one that relays many */
    const source_settings *settings; /* NULL: defaults */
    const char *config;  /* the file that the options stand in, for messages and paths; NULL: none */
    size_t line, column; /* of the adapter's name in that file; 0: it does not stand there */
    const adapter_setting *options;
    size_t option_count;
    adapter_sink sink;
} adapter_start;

/* Checks every option against the kind's table; NULL with all problems in `p`. An option of the command line
 * (line 0) stands above one of the configuration. Nothing of `start` but its sink's context and `kind` must
 * outlive the call. */
adapter *adapter_create(const adapter_start *start, config_problems *p);
void adapter_destroy(adapter *a);

/* Runs it in this thread, to its end: true when its input ended or it was told to stop. False without a text
 * in `e` when the sink had failed. */
bool adapter_run(adapter *a, error *e);

/* One frame could not be passed on: counted and logged. For the sink, from the adapter's thread. */
void adapter_dropped(adapter *a);

/* Tells it to stop; from any thread or a signal handler. */
void adapter_stop(adapter *a);

typedef struct {
    uint64_t frames, malformed, dropped;
} adapter_counts;
/* From any thread. */
adapter_counts adapter_get_counts(const adapter *a);

#ifdef __cplusplus
}
#endif
#endif
