/*
 * Faults over a drive: when each rose and cleared.
 */
#ifndef POSED_DAEMON_FAULT_LOG_H
#define POSED_DAEMON_FAULT_LOG_H

#include "fusion/faults.h"
#include "fusion/settings.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int64_t from_ns, to_ns; /* to_ns: INT64_MAX while still up */
    uint16_t source;        /* as in fault_event */
    uint8_t code;           /* fault_code */
} fault_span;

enum { FAULT_LOG_SLOTS = SETTINGS_MAX_SOURCES + 2 }; /* each source, the system, the map */

typedef struct {
    fault_span *spans; /* in the order in which they rose */
    size_t count, capacity;
    size_t open[FAULT_LOG_SLOTS][FAULT_COUNT]; /* index + 1 of the span that is up; 0: none */
    bool failed;                               /* memory ran out: the log is not complete */
} fault_log;

void fault_log_init(fault_log *log);
void fault_log_finish(fault_log *log);

/* A place of its own, below FAULT_LOG_SLOTS, for each source, the system and the map. */
size_t fault_log_slot(uint16_t source);

/* Takes an event; `failed` is set when there is no memory for it. */
void fault_log_add(fault_log *log, const fault_event *event);

/* Sorts the spans by when they rose; nothing can be added after that. */
void fault_log_sort(fault_log *log);

/* "gnss/roof", "system" or "map". */
const char *fault_source_name(const settings *s, uint16_t source);

#ifdef __cplusplus
}
#endif
#endif
