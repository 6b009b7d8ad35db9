/*
 * What a replay leaves behind for those who ask why: each flag from the first sign of its condition to the
 * last, each exclusion with what the integrity monitor saw then, and, about one moment, all that was said.
 */
#ifndef POSED_DAEMON_EXPLAIN_EXPLAIN_LOG_H
#define POSED_DAEMON_EXPLAIN_EXPLAIN_LOG_H

#include "daemon/fault_log.h"
#include "daemon/replay/replay_options.h"
#include "report/drive_log.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A flag that rose. Times are stamps; INT64_MAX: not yet. */
typedef struct {
    int64_t begin_ns;         /* since when its condition had held without a break */
    int64_t rise_ns;          /* when it rose */
    int64_t gone_ns;          /* since when the condition has been away */
    int64_t clear_ns;         /* when it cleared */
    uint16_t source;          /* as in fault_event */
    uint8_t code;             /* fault_code */
    float evidence, limit;    /* as it rose; NAN: none */
    float worst, worst_limit; /* the evidence furthest from its limit while the condition held; NAN: none */
    int64_t worst_ns;
    uint64_t fused, refused; /* measurements of its source while it was up */
} explain_flag;

/* The integrity monitor left sources out. */
typedef struct {
    int64_t stamp_ns;
    uint32_t sources;      /* bit = index: those that went out at that moment */
    float evidence, limit; /* the separation that decided, and what chance allows; standard deviations */
    fusion_status status;  /* as it decided: the hypotheses are those of its look */
    /* Of each: its first measurement afterwards, and of that quantity the one furthest off while it was out;
     * dim 0: none came. */
    verdict after[SETTINGS_MAX_SOURCES], furthest[SETTINGS_MAX_SOURCES];
} explain_exclusion;

/* The last that a source said up to the moment that is asked about. */
typedef struct {
    int64_t stamp_ns;             /* of its newest frame; INT64_MIN: none */
    verdict last[QUANTITY_COUNT]; /* of each quantity */
    bool judged[QUANTITY_COUNT];  /* there is one */
} explain_voice;

/* One look at a condition. */
typedef struct {
    int64_t stamp_ns;
    uint16_t source;
    uint8_t code;
    bool present;
    float evidence, limit;
} explain_look;

typedef struct {
    int64_t at_ns, from_ns, to_ns; /* the moment, and what is kept whole: set before the replay */
    explain_flag *flags;           /* after explain_log_sort in the order of the replay's list */
    size_t flag_count, flag_capacity;
    explain_exclusion *exclusions;
    size_t exclusion_count, exclusion_capacity;
    explain_look *looks; /* from from_ns to to_ns */
    size_t look_count, look_capacity;
    drive_log drive; /* the same: frames, verdicts, status fifty times a second */
    explain_voice voices[SETTINGS_MAX_SOURCES];
    fusion_status newest;                             /* status before the next event */
    int64_t held_since[FAULT_LOG_SLOTS][FAULT_COUNT]; /* the condition; INT64_MIN: it does not hold */
    size_t open[FAULT_LOG_SLOTS][FAULT_COUNT];        /* index + 1 of the flag that is up; 0: none */
    explain_flag worst[FAULT_LOG_SLOTS][FAULT_COUNT]; /* before it rises */
    bool failed;                                      /* memory ran out */
    replay_tap tap;                                   /* to replay with */
} explain_log;

/* Begins a log about a moment, kept whole for `span_s` on either side; INT64_MIN: about none. The tap refers
 * to `log`. To be finished. */
void explain_log_init(explain_log *log, int64_t at_ns, double span_s);
void explain_log_finish(explain_log *log);

/* Sorts the flags as fault_log_sort does. Nothing can be added after that. */
void explain_log_sort(explain_log *log);

/* The tap's own functions, for tests. */
void explain_log_look(explain_log *log, const fault_event *look);
void explain_log_fault(explain_log *log, const fault_event *event);
void explain_log_verdict(explain_log *log, const verdict *v);
void explain_log_frame(explain_log *log, const frame *f);
void explain_log_status(explain_log *log, const fusion_status *status);

/* By how much a measurement was off, horizontally where it is a position or a velocity; its own unit. */
double explain_off(const verdict *v);

/* The newest status kept whose look a pose of that time rests on; NULL: none. */
const fusion_status *explain_log_status_at(const explain_log *log, int64_t stamp_ns);

#ifdef __cplusplus
}
#endif
#endif
