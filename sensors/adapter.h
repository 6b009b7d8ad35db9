/*
 * Adapters: each turns what one device says, live, into frames. One file adapter_<name>.c, one struct, one
 * line in adapters.c. An adapter runs as a process of its own (posed adapter) or as a thread of posed run; it
 * cannot tell which. It knows neither the bus nor the estimator: it publishes frames through its `adapter`.
 *
 * docs/ADAPTERS.md takes a reader through writing one.
 */
#ifndef POSED_SENSORS_ADAPTER_H
#define POSED_SENSORS_ADAPTER_H

#include "common/error.h"
#include "common/log.h"
#include "config/run_settings.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    ADAPTER_TEXT,
    ADAPTER_NUMBER,
    ADAPTER_FLAG, /* on the command line: --name, or --name=no */
    ADAPTER_PATH, /* text; relative to the directory of the configuration that it stands in */
} adapter_option_type;

/* One option: a key in the adapter's block of the configuration, and "--name VALUE" on the command line. */
typedef struct {
    const char *name;
    adapter_option_type type;
    const char *unit;    /* of a number; "1": a plain number */
    double min, max;     /* of a number */
    const char *value;   /* the default, as it would be written; NULL: it must be given */
    const char *meaning; /* one sentence */
} adapter_option;

/* A running adapter, as its code sees it. */
typedef struct adapter adapter;

typedef struct {
    const char *name;    /* "gnss" */
    const char *summary; /* one line: what it reads */
    const char *help;    /* what a user must know beyond the options; ends with a newline; may be "" */
    const char
        *source; /* kind of source that it speaks as: "gnss"; NULL: it relays many, and needs no name */
    const adapter_option *options;
    size_t option_count;
    const char *unavailable; /* why this build does not have it; NULL: it does */
    /* Runs until it is told to stop or its input ends (true), or fails (false with `e` set). A device that
     * goes away is waited for, not a failure. Called once, from one thread; must not use mutable statics. */
    bool (*run)(adapter *a, error *e);
} adapter_kind;

extern const adapter_kind *const adapter_kinds[];
extern const size_t adapter_kind_count;

/* NULL when there is none of that name. */
const adapter_kind *adapter_kind_find(const char *name);

/* ---- for the adapter's code */

/* The source that it speaks as, "gnss/roof"; "" for an adapter that relays many. */
const char *adapter_source(const adapter *a);

/* The settings of that source (mount and so on), with defaults where the configuration does not have it. */
const source_settings *adapter_source_settings(const adapter *a);

/* Options, by the name in its table; asking for another one, or for another type, is a bug. adapter_text of a
 * path is one that can be opened from here. */
const char *adapter_text(const adapter *a, const char *name);
/* A text taken as a path, where it may also be something else ("can0", "drive.log"). */
const char *adapter_path(const adapter *a, const char *name);
double adapter_number(const adapter *a, const char *name);
bool adapter_flag(const adapter *a, const char *name);
/* Whether it was given, rather than its default. */
bool adapter_given(const adapter *a, const char *name);
/* "posed.yaml:12:5: device" or "--device": for messages about an option's value. */
const char *adapter_where(const adapter *a, const char *name);

typedef enum { ADAPTER_READY, ADAPTER_TIMEOUT, ADAPTER_STOP } adapter_event;

/* Waits until `fd` (-1: none) can be read or has hung up, `timeout_s` (negative: for ever) has passed, or the
 * adapter is to stop, which wins. */
adapter_event adapter_wait(adapter *a, int fd, double timeout_s);
/* Waits until CLOCK_MONOTONIC has come to `due_ns`; ADAPTER_TIMEOUT then. */
adapter_event adapter_wait_until(adapter *a, int64_t due_ns);

/* Now, UTC since the Unix epoch and CLOCK_MONOTONIC. */
int64_t adapter_now_ns(void);
int64_t adapter_monotonic_ns(void);

/* Publishes a frame of its own source: fills in `sequence` (by kind, from 0) and, where it is negative,
 * `received_ns` with now; `stamp_ns` is the adapter's to set. Never blocks; what cannot be sent is counted
 * and logged. False: the adapter is to stop, or the output has failed for good (a full disk); `run` then
 * returns, with false and no text of its own. */
bool adapter_publish(adapter *a, frame *f);

/* Publishes a frame of any source as it is. Only for adapters that relay many. */
bool adapter_relay(adapter *a, const frame *f, const char *source);

/* The same, but a frame that cannot be sent now is not counted as dropped: `taken` says so, and it may be
 * offered again. For input that can wait. */
bool adapter_offer(adapter *a, const frame *f, const char *source, bool *taken);

/* Whether somebody takes the frames: a connection may still be on its way, or the other side gone, and what
 * is published then is lost. For adapters whose input can wait. */
bool adapter_connected(adapter *a);

/* A line in the log, with the source's name before it; at most one of the same `level` in two seconds. */
__attribute__((format(printf, 3, 4))) void adapter_say(adapter *a, log_level level, const char *format, ...);

/* Malformed input: counted, and said as above. */
__attribute__((format(printf, 2, 3))) void adapter_malformed(adapter *a, const char *format, ...);

#ifdef __cplusplus
}
#endif
#endif
