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

/* Where frames go. False: it has failed for good. */
typedef struct {
    void *context;
    bool (*frame)(void *context, const frame *f, const char *source);
} adapter_sink;

typedef struct {
    const adapter_kind *kind;
    const char *source;              /* "gnss/roof"; "" for one that relays many */
    const source_settings *settings; /* NULL: defaults */
    const char *config; /* the file that the options stand in, for messages and paths; NULL: none */
    const adapter_setting *options;
    size_t option_count;
    adapter_sink sink;
} adapter_start;

/* Checks every option against the kind's table; NULL with all problems in `p`. Nothing of `start` but its
 * sink's context, `config` and `kind` must outlive the call. */
adapter *adapter_create(const adapter_start *start, config_problems *p);
void adapter_destroy(adapter *a);

/* Runs it in this thread, to its end. */
bool adapter_run(adapter *a, error *e);

/* Tells it to stop; from any thread or a signal handler. */
void adapter_stop(adapter *a);

typedef struct {
    uint64_t frames, malformed, dropped;
} adapter_counts;
adapter_counts adapter_get_counts(const adapter *a);

#ifdef __cplusplus
}
#endif
#endif
