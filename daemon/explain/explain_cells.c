#include "daemon/explain/explain_cells.h"

#include <math.h>
#include <string.h>

/* What a source said stands no longer than this, s. */
static const double most_s = 1.5;

static void mark(const explain_cells *c, double from_s, double to_s, unsigned char bit)
{
    const double per_s = (double)c->count / (c->to_s - c->from_s);
    const double from = fmax(floor((from_s - c->from_s) * per_s), 0);
    const double to = fmin((to_s - c->from_s) * per_s, (double)c->count - 1);
    for (double cell = from; cell <= to; cell++)
        c->cells[(size_t)cell] |= bit;
}

static void mark_from(const explanation *x, const explain_cells *c, int64_t stamp_ns, double lasts_s,
                      unsigned char bit)
{
    const double at_s = explain_seconds(x, stamp_ns);
    mark(c, at_s, at_s + lasts_s, bit);
}

static void mark_verdicts(const explanation *x, size_t source, double lasts_s, const explain_cells *c)
{
    const drive_log *log = &x->log.drive;
    for (size_t i = 0; i < log->verdict_count; i++) {
        const verdict *v = &log->verdicts[i];
        if (v->source != source)
            continue;
        if (v->decision == DECISION_REJECTED)
            mark_from(x, c, v->stamp_ns, lasts_s, CELL_REFUSED);
        else if (v->decision == DECISION_FUSED || v->decision == DECISION_DOWN_WEIGHTED)
            mark_from(x, c, v->stamp_ns, lasts_s, CELL_USED);
    }
}

/* An IMU's frames drive the prediction, and no verdict says so: the filter's own count does. */
static void mark_counted(const explanation *x, size_t source, double lasts_s, const explain_cells *c)
{
    const drive_log *log = &x->log.drive;
    for (size_t i = 1; i < log->status_count; i++) {
        if (log->statuses[i].sources[source].used > log->statuses[i - 1].sources[source].used)
            mark_from(x, c, log->statuses[i - 1].stamp_ns, lasts_s, CELL_USED);
    }
}

void explain_cells_of_source(const explanation *x, size_t source, explain_cells *c)
{
    const drive_log *log = &x->log.drive;
    const float rate_hz = x->status ? x->status->sources[source].rate_hz : 0;
    const double lasts_s = rate_hz > 0 ? fmin(0.8 / (double)rate_hz, most_s) : 0;
    memset(c->cells, 0, c->count);
    for (size_t i = 0; i < log->frame_count; i++) {
        if (log->frames[i].source == source)
            mark_from(x, c, log->frames[i].stamp_ns, lasts_s, CELL_CAME);
    }
    mark_verdicts(x, source, lasts_s, c);
    mark_counted(x, source, lasts_s, c);
}

static double end_s(const explanation *x, int64_t time_ns)
{
    return time_ns == INT64_MAX ? INFINITY : explain_seconds(x, time_ns);
}

void explain_cells_of_flag(const explanation *x, const explain_flag *flag, explain_cells *c)
{
    memset(c->cells, 0, c->count);
    mark(c, explain_seconds(x, flag->begin_ns), end_s(x, flag->gone_ns), CELL_HELD);
    mark(c, explain_seconds(x, flag->rise_ns), end_s(x, flag->clear_ns), CELL_UP);
}
