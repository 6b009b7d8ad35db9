/*
 * Rows of bars: which flags were up, and which sources were used.
 */
#include "daemon/explain/explain_cells.h"
#include "daemon/explain/explain_draw.h"

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
                flag->clear_ns == INT64_MAX ? d->s.to_s : explain_draw_seconds(d, flag->clear_ns), DRAW_RED);
        svg_bar(&d->s, y + 2, 3, explain_draw_seconds(d, flag->begin_ns),
                flag->gone_ns == INT64_MAX ? d->s.to_s : explain_draw_seconds(d, flag->gone_ns), DRAW_PALE);
        row++;
    }
}

enum { CELLS = 200 };

static void draw_source(explain_drawing *d, size_t source, double y)
{
    unsigned char cells[CELLS];
    explain_cells c = {d->s.from_s, d->s.to_s, CELLS, cells};
    const double cell_s = (d->s.to_s - d->s.from_s) / CELLS;
    explain_cells_of_source(d->x, source, &c);
    for (size_t from = 0, to; from < CELLS; from = to) {
        const unsigned char cell = cells[from];
        const bool used = cell & CELL_USED;
        for (to = from + 1; to < CELLS && cells[to] == cell;)
            to++;
        const double at_s = d->s.from_s + (double)from * cell_s, end_s = d->s.from_s + (double)to * cell_s;
        if (used)
            svg_bar(&d->s, y + 4, ROW - 8, at_s, end_s, DRAW_GREEN);
        else if (cell & CELL_CAME)
            svg_bar(&d->s, y + 7, ROW - 14, at_s, end_s, DRAW_GREY);
        if (cell & CELL_REFUSED)
            svg_bar(&d->s, y + (used ? 9 : 4), used ? ROW - 13 : ROW - 8, at_s, end_s, DRAW_RED);
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
