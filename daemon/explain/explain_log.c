#include "daemon/explain/explain_log.h"

#include "common/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Several times for each look of the integrity monitor, so that none is missed. */
static const double status_period_s = 0.02;

/* ---- the tap */

static void tap_frame(void *context, const frame *f)
{
    explain_log_frame(context, f);
}

static void tap_verdict(void *context, const verdict *v)
{
    explain_log_verdict(context, v);
}

static void tap_status(void *context, const fusion_status *status)
{
    explain_log_status(context, status);
}

static void tap_fault(void *context, const fault_event *event)
{
    explain_log_fault(context, event);
}

static void tap_look(void *context, const fault_event *look)
{
    explain_log_look(context, look);
}

/* A time that far away; the ends of int64 stay what they are. */
static int64_t moved(int64_t at_ns, double seconds)
{
    int64_t time_ns;
    if (at_ns == INT64_MIN)
        return INT64_MIN;
    if (__builtin_add_overflow(at_ns, llround(seconds * 1e9), &time_ns))
        return seconds < 0 ? INT64_MIN : INT64_MAX;
    return time_ns;
}

void explain_log_init(explain_log *log, int64_t at_ns, double span_s)
{
    memset(log, 0, sizeof *log);
    log->at_ns = at_ns;
    log->from_ns = moved(at_ns, -span_s);
    log->to_ns = moved(at_ns, span_s);
    log->newest.stamp_ns = INT64_MIN;
    for (size_t i = 0; i < SETTINGS_MAX_SOURCES; i++)
        log->voices[i].stamp_ns = INT64_MIN;
    for (size_t i = 0; i < FAULT_LOG_SLOTS; i++) {
        for (size_t k = 0; k < FAULT_COUNT; k++)
            log->held_since[i][k] = INT64_MIN;
    }
    log->tap = (replay_tap){.context = log,
                            .frame = tap_frame,
                            .verdict = tap_verdict,
                            .status = tap_status,
                            .fault = tap_fault,
                            .look = tap_look,
                            .status_period_s = status_period_s};
}

void explain_log_finish(explain_log *log)
{
    free(log->flags);
    free(log->exclusions);
    free(log->looks);
    drive_log_finish(&log->drive);
    memset(log, 0, sizeof *log);
}

static bool is_near(const explain_log *log, int64_t stamp_ns)
{
    return log->at_ns != INT64_MIN && stamp_ns >= log->from_ns && stamp_ns <= log->to_ns;
}

/* ---- conditions and flags */

/* The evidence furthest from its limit so far. */
static void keep_worst(explain_flag *flag, const fault_event *look)
{
    if (!isfinite(look->evidence))
        return;
    bool first = isnan(flag->worst);
    if (first || fabsf(look->evidence - look->limit) > fabsf(flag->worst - flag->worst_limit)) {
        flag->worst = look->evidence;
        flag->worst_limit = look->limit;
        flag->worst_ns = look->stamp_ns;
    }
}

static void keep_look(explain_log *log, const fault_event *look)
{
    if (!is_near(log, look->stamp_ns))
        return;
    explain_look *looks = vector_reserve(log->looks, &log->look_capacity, log->look_count + 1, sizeof *looks);
    if (!looks) {
        log->failed = true;
        return;
    }
    log->looks = looks;
    looks[log->look_count++] =
        (explain_look){look->stamp_ns, look->source, look->code, look->raised, look->evidence, look->limit};
}

void explain_log_look(explain_log *log, const fault_event *look)
{
    const size_t slot = fault_log_slot(look->source);
    int64_t *since_ns = &log->held_since[slot][look->code];
    const size_t open = log->open[slot][look->code];
    explain_flag *flag = open ? &log->flags[open - 1] : &log->worst[slot][look->code];
    keep_look(log, look);
    if (look->raised) {
        if (*since_ns == INT64_MIN && !open)
            flag->worst = NAN;
        if (*since_ns == INT64_MIN)
            *since_ns = look->stamp_ns;
        flag->gone_ns = INT64_MAX;
        keep_worst(flag, look);
    } else {
        if (open && flag->gone_ns == INT64_MAX)
            flag->gone_ns = look->stamp_ns;
        *since_ns = INT64_MIN;
    }
}

static void rise(explain_log *log, const fault_event *event, size_t slot)
{
    explain_flag *flags = vector_reserve(log->flags, &log->flag_capacity, log->flag_count + 1, sizeof *flags);
    if (!flags) {
        log->failed = true;
        return;
    }
    const int64_t since_ns = log->held_since[slot][event->code];
    const explain_flag *before = &log->worst[slot][event->code];
    log->flags = flags;
    flags[log->flag_count++] = (explain_flag){.begin_ns = since_ns == INT64_MIN ? event->stamp_ns : since_ns,
                                              .rise_ns = event->stamp_ns,
                                              .gone_ns = INT64_MAX,
                                              .clear_ns = INT64_MAX,
                                              .source = event->source,
                                              .code = event->code,
                                              .evidence = event->evidence,
                                              .limit = event->limit,
                                              .worst = before->worst,
                                              .worst_limit = before->worst_limit,
                                              .worst_ns = before->worst_ns};
    log->open[slot][event->code] = log->flag_count;
}

/* ---- exclusions */

/* Those that go out at one moment go out together. */
static void exclude(explain_log *log, const fault_event *event)
{
    explain_exclusion *x = log->exclusion_count > 0 ? &log->exclusions[log->exclusion_count - 1] : NULL;
    if (!x || x->stamp_ns != event->stamp_ns) {
        x = vector_reserve(log->exclusions, &log->exclusion_capacity, log->exclusion_count + 1, sizeof *x);
        if (!x) {
            log->failed = true;
            return;
        }
        log->exclusions = x;
        x += log->exclusion_count++;
        memset(x, 0, sizeof *x);
        x->stamp_ns = event->stamp_ns;
        x->evidence = event->evidence;
        x->limit = event->limit;
        x->status = log->newest;
    }
    x->sources |= UINT32_C(1) << event->source;
}

void explain_log_fault(explain_log *log, const fault_event *event)
{
    const size_t slot = fault_log_slot(event->source);
    size_t *open = &log->open[slot][event->code];
    if (!event->raised) {
        if (*open)
            log->flags[*open - 1].clear_ns = event->stamp_ns;
        *open = 0;
        return;
    }
    if (*open)
        return;
    rise(log, event, slot);
    if (event->code == FAULT_EXCLUDED && event->source < SETTINGS_MAX_SOURCES)
        exclude(log, event);
}

/* ---- what sources say */

void explain_log_frame(explain_log *log, const frame *f)
{
    explain_voice *voice = &log->voices[f->source];
    if (f->stamp_ns <= log->at_ns && f->stamp_ns > voice->stamp_ns)
        voice->stamp_ns = f->stamp_ns;
    if (is_near(log, f->stamp_ns))
        drive_log_frame(&log->drive, f);
}

/* That a car does not slide sideways, and lies level, is nothing that the source said. */
static bool is_said(const verdict *v)
{
    return v->quantity != QUANTITY_NON_HOLONOMIC && v->quantity != QUANTITY_TILT &&
           v->reason != REASON_RATE_LIMITED && v->quantity < QUANTITY_COUNT;
}

double explain_off(const verdict *v)
{
    return v->dim > 1 ? hypot(v->innovation[0], v->innovation[1]) : fabs((double)v->innovation[0]);
}

/* What a source says while it is out is compared with the pose without it. */
static void compare_excluded(explain_log *log, const verdict *v)
{
    const size_t open = log->open[fault_log_slot(v->source)][FAULT_EXCLUDED];
    explain_exclusion *x = log->exclusion_count > 0 ? &log->exclusions[log->exclusion_count - 1] : NULL;
    while (x && !(x->sources >> v->source & 1u))
        x = x > log->exclusions ? x - 1 : NULL;
    if (!x || v->dim == 0 || v->stamp_ns < x->stamp_ns || !open || log->flags[open - 1].gone_ns != INT64_MAX)
        return;
    verdict *after = &x->after[v->source], *furthest = &x->furthest[v->source];
    if (after->dim == 0)
        *after = *furthest = *v;
    else if (v->quantity == after->quantity && explain_off(v) > explain_off(furthest))
        *furthest = *v;
}

/* What becomes of a source while its flags are up. */
static void count_effect(explain_log *log, const verdict *v)
{
    const size_t *open = log->open[fault_log_slot(v->source)];
    for (int code = 0; code < FAULT_COUNT; code++) {
        if (!open[code])
            continue;
        explain_flag *flag = &log->flags[open[code] - 1];
        flag->fused += v->decision == DECISION_FUSED || v->decision == DECISION_DOWN_WEIGHTED;
        flag->refused += v->decision == DECISION_REJECTED;
    }
}

void explain_log_verdict(explain_log *log, const verdict *v)
{
    if (!is_said(v) || v->source >= SETTINGS_MAX_SOURCES)
        return;
    count_effect(log, v);
    if (v->stamp_ns <= log->at_ns) {
        log->voices[v->source].last[v->quantity] = *v;
        log->voices[v->source].judged[v->quantity] = true;
    }
    compare_excluded(log, v);
    if (is_near(log, v->stamp_ns))
        drive_log_verdict(&log->drive, v);
}

void explain_log_status(explain_log *log, const fusion_status *status)
{
    log->newest = *status;
    if (is_near(log, status->stamp_ns))
        drive_log_status(&log->drive, status);
}

const fusion_status *explain_log_status_at(const explain_log *log, int64_t stamp_ns)
{
    const fusion_status *found = NULL;
    for (size_t i = 0; i < log->drive.status_count; i++) {
        const fusion_status *status = &log->drive.statuses[i];
        int64_t known_ns = status->looked_ns == INT64_MIN ? status->stamp_ns : status->looked_ns;
        found = known_ns <= stamp_ns ? status : found;
    }
    return found;
}

/* ---- the end */

static int compare_flags(const void *left, const void *right)
{
    const explain_flag *a = left, *b = right;
    if (a->rise_ns != b->rise_ns)
        return a->rise_ns < b->rise_ns ? -1 : 1;
    return a->source != b->source ? a->source - b->source : a->code - b->code;
}

void explain_log_sort(explain_log *log)
{
    if (log->flag_count > 0)
        qsort(log->flags, log->flag_count, sizeof *log->flags, compare_flags);
}
