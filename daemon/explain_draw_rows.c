/*
 * Rows of bars: which flags were up, and which sources were used.
 */
#include "daemon/explain_draw.h"

#include <math.h>

enum { ROW = 18 };

/* ---- rows */

static bool is_seen(const explain_drawing *d, const explain_flag *flag)
{
    return flag->begin_ns <= d->x->log.to_ns && flag->clear_ns >= d->x->log.from_ns;
}

void explain_draw_flags(explain_drawing *d)
{
    const explain_log *log = &d->x->log;
    size_t rows = 0, row = 0;
    for (size_t i = 0; i < log->flag_count; i++)
        rows += is_seen(d, &log->flags[i]);
    if (rows == 0)
        return;
    explain_draw_panel(d, (double)rows * ROW + 6, "Flags");
    d->key = svg_key(&d->s, d->key, DRAW_RED, "", "up");
    svg_key(&d->s, d->key, DRAW_PALE, "", "its condition holds");
    for (size_t i = 0; i < log->flag_count; i++) {
        const explain_flag *flag = &log->flags[i];
        char label[96];
        double y = d->s.top + 3 + (double)row * ROW;
        if (!is_seen(d, flag))
            continue;
        snprintf(label, sizeof label, "%s %s", fault_source_name(explain_settings(d->x), flag->source),
                 fault_describe((fault_code)flag->code)->name);
        svg_row_label(&d->s, y + 13, label);
        svg_bar(&d->s, y + 4, ROW - 8, explain_draw_seconds(d, flag->rise_ns),
                flag->clear_ns == INT64_MAX ? d->s.to_s : explain_draw_seconds(d, flag->clear_ns), DRAW_RED,
                1);
        svg_bar(&d->s, y + 2, 3, explain_draw_seconds(d, flag->begin_ns),
                flag->gone_ns == INT64_MAX ? d->s.to_s : explain_draw_seconds(d, flag->gone_ns), DRAW_PALE,
                1);
        row++;
    }
}

enum { CELL_CAME = 1, CELL_USED = 2, CELL_REFUSED = 4, CELLS = 200 };

static double cell_s(const explain_drawing *d)
{
    return (d->s.to_s - d->s.from_s) / CELLS;
}

/* What happens at a time stands until the source speaks again, at most a second and a half. */
static void mark(const explain_drawing *d, unsigned char cells[CELLS], int64_t stamp_ns, double lasts_s,
                 unsigned char bit)
{
    double from = (explain_draw_seconds(d, stamp_ns) - d->s.from_s) / cell_s(d);
    for (double cell = floor(from); cell <= from + lasts_s / cell_s(d); cell++) {
        if (cell >= 0 && cell < CELLS)
            cells[(size_t)cell] |= bit;
    }
}

/* An IMU's frames drive the prediction, and no verdict says so: the filter's own count does. */
static void mark_source(const explain_drawing *d, size_t source, unsigned char cells[CELLS])
{
    const drive_log *log = &d->x->log.drive;
    const float rate_hz = d->x->status ? d->x->status->sources[source].rate_hz : 0;
    const double lasts_s = rate_hz > 0 ? fmin(0.8 / (double)rate_hz, DRAW_GAP_S) : 0;
    for (size_t i = 0; i < log->frame_count; i++) {
        if (log->frames[i].source == source)
            mark(d, cells, log->frames[i].stamp_ns, lasts_s, CELL_CAME);
    }
    for (size_t i = 0; i < log->verdict_count; i++) {
        const verdict *v = &log->verdicts[i];
        if (v->source == source && v->decision == DECISION_REJECTED)
            mark(d, cells, v->stamp_ns, lasts_s, CELL_REFUSED);
        else if (v->source == source &&
                 (v->decision == DECISION_FUSED || v->decision == DECISION_DOWN_WEIGHTED))
            mark(d, cells, v->stamp_ns, lasts_s, CELL_USED);
    }
    for (size_t i = 1; i < log->status_count; i++) {
        if (log->statuses[i].sources[source].used > log->statuses[i - 1].sources[source].used)
            mark(d, cells, log->statuses[i - 1].stamp_ns, fmax(lasts_s, 0.1), CELL_USED);
    }
}

static void draw_source(explain_drawing *d, size_t source, double y)
{
    unsigned char cells[CELLS] = {0};
    mark_source(d, source, cells);
    for (size_t from = 0, to; from < CELLS; from = to) {
        const unsigned char cell = cells[from];
        const double at_s = d->s.from_s + (double)from * cell_s(d);
        for (to = from + 1; to < CELLS && cells[to] == cell;)
            to++;
        const double end_s = d->s.from_s + (double)to * cell_s(d);
        if (cell & CELL_USED)
            svg_bar(&d->s, y + 4, ROW - 8, at_s, end_s, DRAW_GREEN, 1);
        else if (cell & CELL_CAME)
            svg_bar(&d->s, y + 7, ROW - 14, at_s, end_s, DRAW_GREY, 1);
        if (cell & CELL_REFUSED)
            svg_bar(&d->s, y + (cell & CELL_USED ? 9 : 4), cell & CELL_USED ? ROW - 13 : ROW - 8, at_s, end_s,
                    DRAW_RED, 1);
    }
}

void explain_draw_sources(explain_drawing *d)
{
    const settings *s = explain_settings(d->x);
    size_t rows = 0, row = 0;
    for (size_t i = 0; i < s->source_count; i++)
        rows += s->sources[i].enabled;
    explain_draw_panel(d, (double)rows * ROW + 6, "Sources");
    d->key = svg_key(&d->s, d->key, DRAW_GREEN, "", "used");
    d->key = svg_key(&d->s, d->key, DRAW_RED, "", "refused");
    svg_key(&d->s, d->key, DRAW_GREY, "", "came, and was not used");
    for (size_t i = 0; i < s->source_count; i++) {
        if (!s->sources[i].enabled)
            continue;
        double y = d->s.top + 3 + (double)row++ * ROW;
        svg_row_label(&d->s, y + 13, s->sources[i].name);
        draw_source(d, i, y);
    }
}
