#include "daemon/fault_log.h"

#include "common/vector.h"

#include <stdlib.h>
#include <string.h>

void fault_log_init(fault_log *log)
{
    memset(log, 0, sizeof *log);
}

void fault_log_finish(fault_log *log)
{
    free(log->spans);
    memset(log, 0, sizeof *log);
}

size_t fault_log_slot(uint16_t source)
{
    if (source == FAULT_SOURCE_MAP)
        return SETTINGS_MAX_SOURCES + 1;
    return source < SETTINGS_MAX_SOURCES ? source : SETTINGS_MAX_SOURCES;
}

void fault_log_add(fault_log *log, const fault_event *event)
{
    size_t *open = &log->open[fault_log_slot(event->source)][event->code];
    if (*open) {
        if (!event->raised) {
            log->spans[*open - 1].to_ns = event->stamp_ns;
            *open = 0;
        }
        return;
    }
    if (!event->raised)
        return;
    fault_span *spans = vector_reserve(log->spans, &log->capacity, log->count + 1, sizeof *spans);
    if (!spans) {
        log->failed = true;
        return;
    }
    log->spans = spans;
    spans[log->count++] = (fault_span){event->stamp_ns, INT64_MAX, event->source, event->code};
    *open = log->count;
}

static int compare_spans(const void *left, const void *right)
{
    const fault_span *a = left, *b = right;
    if (a->from_ns != b->from_ns)
        return a->from_ns < b->from_ns ? -1 : 1;
    return a->source != b->source ? a->source - b->source : a->code - b->code;
}

void fault_log_sort(fault_log *log)
{
    if (log->count > 0)
        qsort(log->spans, log->count, sizeof *log->spans, compare_spans);
}

const char *fault_source_name(const settings *s, uint16_t source)
{
    if (source == FAULT_SOURCE_MAP)
        return "map";
    return source < s->source_count ? s->sources[source].name : "system";
}
