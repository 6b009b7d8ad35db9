/*
 * The drawing's gist for a terminal: the 20 s before and after the moment, half a second a character.
 */
#include "daemon/explain/explain_cells.h"
#include "daemon/explain/explain_text.h"

#include <math.h>
#include <string.h>

enum { STRIP = 80, FLAGS_MOST = 10 };

static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

typedef struct {
    const explain_printer *p;
    unsigned char cells[STRIP];
    explain_cells c;
} strip;

static void begin_row(const strip *s, const char *label)
{
    fprintf(s->p->out, "  %-28s ", label);
}

/* The largest of each cell; NAN where there is none. */
static double find_largest(const strip *s, double largest[STRIP], const error_sample *samples, size_t count,
                           bool level)
{
    double most = NAN;
    for (size_t i = 0; i < STRIP; i++)
        largest[i] = NAN;
    for (size_t i = 0; i < count; i++) {
        const double share =
            (explain_seconds(s->p->x, samples[i].stamp_ns) - s->c.from_s) / (s->c.to_s - s->c.from_s);
        const double value =
            level ? samples[i].protection[4] : hypot(samples[i].enu_m[0], samples[i].enu_m[1]);
        if (!(share >= 0 && share < 1) || !isfinite(value))
            continue;
        double *cell = &largest[(size_t)(share * STRIP)];
        *cell = value <= *cell ? *cell : value;
        most = value <= most ? most : value;
    }
    return most;
}

static void print_curve(const strip *s, const char *label, bool level)
{
    const explain_run *run = &s->p->x->runs[0];
    double largest[STRIP];
    const double most = find_largest(s, largest, run->samples, run->sample_count, level);
    if (!(most > 0))
        return;
    begin_row(s, label);
    for (size_t i = 0; i < STRIP; i++)
        fputs(isfinite(largest[i]) ? blocks[(size_t)fmin(8 * largest[i] / most, 7)] : " ", s->p->out);
    fprintf(s->p->out, " %.2f m at most\n", most);
}

static void print_flag(strip *s, const explain_flag *flag)
{
    char label[96];
    snprintf(label, sizeof label, "%s %s", fault_source_name(explain_settings(s->p->x), flag->source),
             fault_describe((fault_code)flag->code)->name);
    explain_cells_of_flag(s->p->x, flag, &s->c);
    begin_row(s, label);
    for (size_t i = 0; i < STRIP; i++)
        fputs(s->cells[i] & CELL_UP ? "█" : s->cells[i] & CELL_HELD ? "▒" : "·", s->p->out);
    fputc('\n', s->p->out);
}

static void print_source(strip *s, size_t source)
{
    explain_cells_of_source(s->p->x, source, &s->c);
    begin_row(s, explain_settings(s->p->x)->sources[source].name);
    for (size_t i = 0; i < STRIP; i++) {
        const unsigned char cell = s->cells[i];
        const bool used = cell & CELL_USED, refused = cell & CELL_REFUSED;
        fputs(used && refused ? "▒" : used ? "█" : refused ? "x" : cell & CELL_CAME ? "·" : " ", s->p->out);
    }
    fputc('\n', s->p->out);
}

void explain_print_strip(const explain_printer *p)
{
    const explanation *x = p->x;
    strip s = {.p = p, .c = {x->at_s - EXPLAIN_SPAN_S, x->at_s + EXPLAIN_SPAN_S, STRIP, NULL}};
    size_t flags = 0;
    s.c.cells = s.cells;
    explain_print_heading(p, "The time about it");
    fprintf(p->out, "  %-28s %-39.1f|%39.1f s\n", "", s.c.from_s, s.c.to_s);
    print_curve(&s, "horizontal error", false);
    print_curve(&s, "protection level", true);
    for (size_t i = 0; i < x->log.flag_count && flags < FLAGS_MOST; i++) {
        const explain_flag *flag = &x->log.flags[i];
        if (flag->begin_ns > x->log.to_ns || flag->clear_ns < x->log.from_ns)
            continue;
        print_flag(&s, flag);
        flags++;
    }
    for (size_t i = 0; i < explain_settings(x)->source_count; i++) {
        if (explain_settings(x)->sources[i].enabled)
            print_source(&s, i);
    }
    fputs("  flags: █ up, ▒ the condition holds; sources: █ used, ▒ in part, x refused, · came and was not "
          "used\n",
          p->out);
}
