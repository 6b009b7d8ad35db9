/*
 * A campaign's tables that are not one row for each group.
 */
#include "daemon/campaign/campaign_table_parts.h"
#include "campaign/aim.h"
#include "daemon/printable.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { MAX_FAILING = 40 }; /* the JSON has all */

void table_heading(const table_printer *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs(p->markdown ? "\n### " : "\n", p->out);
    vfprintf(p->out, format, args);
    fputs(p->markdown ? "\n\n" : "\n", p->out);
    va_end(args);
}

void table_end_grid(table_printer *p, text_grid *g)
{
    p->failed = !text_grid_end(g, p->out, p->markdown) || p->failed;
}

void table_write_honesty(text_grid *t, const summary_group *g)
{
    text_grid_cell(t, "%zu", g->f.judged);
    text_grid_number(t, g->f.coverage50.value, 3);
    text_grid_estimate(t, g->f.coverage95, 3);
    text_grid_number(t, g->f.coverage999.value, 3);
    text_grid_estimate(t, g->f.nees, 2);
    if (isfinite(g->f.nees_band.low))
        text_grid_cell(t, "%.2f-%.2f", g->f.nees_band.low, g->f.nees_band.high);
    else
        text_grid_cell(t, "-");
}

void table_print_head(const table_printer *p)
{
    const results *r = p->s->of;
    const summary_group *totals[] = {summary_total(p->s, false), summary_total(p->s, true)};
    double hours = 0, distance_km = 0;
    size_t judged = 0, troubled = 0, faulted = totals[1] ? totals[1]->f.runs : 0;
    for (size_t i = 0; i < 2; i++) {
        hours += totals[i] ? totals[i]->f.hours : 0;
        distance_km += totals[i] ? totals[i]->f.distance_km : 0;
        judged += totals[i] ? totals[i]->f.judged : 0;
        troubled += totals[i] ? totals[i]->f.troubled : 0;
    }
    char name[256];
    const char *raw = r->name[0] ? r->name : r->path;
    printable_copy(raw, strlen(raw), name, sizeof name);
    fprintf(p->out, "%s%s%s: %zu runs (%zu fault-free, %zu with faults), %.1f h, %.0f km driven.\n", name,
            r->version[0] ? ", posed " : "", r->version, r->count, r->count - faulted, faulted, hours,
            distance_km);
    fprintf(p->out, "%zu could be judged, %zu ended in trouble. In brackets: 95 %% intervals.\n", judged,
            troubled);
}

void table_print_aims(table_printer *p)
{
    static const char *const words[] = {[AIM_UNKNOWN] = "-", [AIM_MET] = "yes", [AIM_MISSED] = "NO"};
    char heads[] = "<what|<aim|<measured|<met";
    aim aims[AIM_COUNT];
    text_grid t;
    size_t count = aims_judge(p->s, aims);
    table_heading(p, "Aims");
    text_grid_begin(&t, heads);
    for (size_t i = 0; i < count; i++) {
        text_grid_cell(&t, "%s", aims[i].what);
        text_grid_cell(&t, "%s", aims[i].aim);
        text_grid_cell(&t, "%s", aims[i].measured);
        text_grid_cell(&t, "%s", words[aims[i].verdict]);
    }
    table_end_grid(p, &t);
}

static void road_row(text_grid *t, const summary_group *g, const char *direction, const quantiles *q,
                     double limit)
{
    text_grid_cell(t, "%s", g->road);
    text_grid_cell(t, "%s", direction);
    text_grid_cell(t, "%zu", g->f.judged);
    text_grid_estimate(t, q->p50, 3);
    text_grid_estimate(t, q->p95, 3);
    text_grid_number(t, limit, 2);
    text_grid_cell(t, "%s", !isfinite(q->p95.value) ? "-" : q->p95.value <= limit ? "inside" : "OVER");
}

void table_print_roads(table_printer *p, bool faulted)
{
    char heads[] = "<road|<error|runs|50 %|95 %|alert limit|<95 % is";
    text_grid t;
    table_heading(p, "Errors by class of road against the alert limits, %s",
                  faulted ? "with faults" : "fault-free");
    text_grid_begin(&t, heads);
    for (size_t i = 0; i < p->s->group_count; i++) {
        const summary_group *g = &p->s->groups[i];
        road_class road;
        if (g->by != BY_ROAD || g->faulted != faulted || g->f.judged == 0 || !summary_road(g->road, &road))
            continue;
        road_row(&t, g, "along, m", &g->f.along_m, p->s->alert[road].longitudinal_m);
        road_row(&t, g, "across, m", &g->f.cross_m, p->s->alert[road].lateral_m);
        road_row(&t, g, "heading, deg", &g->f.heading_deg, p->s->alert[road].heading_deg);
    }
    table_end_grid(p, &t);
}

void table_print_cross(table_printer *p)
{
    char heads[] = "<scenario|<sensors|runs|in 50 %|in 95 %|in 99.9 %|NEES|band|<ok";
    text_grid t;
    table_heading(p, "%s",
                  "Share of truth inside, by scenario and sensors, fault-free (ok: 0.90 to 0.98 in 95 %)");
    text_grid_begin(&t, heads);
    for (size_t i = 0; i < p->s->group_count; i++) {
        const summary_group *g = &p->s->groups[i];
        double c = g->f.coverage95.value;
        if (g->by != BY_SCENARIO_SENSORS || g->faulted || g->f.judged == 0)
            continue;
        text_grid_cell(&t, "%s", g->scenario);
        text_grid_cell(&t, "%s", g->sensors);
        table_write_honesty(&t, g);
        text_grid_cell(&t, "%s", c >= aim_group_low && c <= aim_group_high ? "yes" : "NO");
    }
    table_end_grid(p, &t);
}

/* Lines for a shell: the command, and behind it as a comment what is to be seen. */
static void print_commands(const table_printer *p, size_t most)
{
    char why[256], command[300], line[1024], clean[TEXT_GRID_WIDTH + 1];
    for (size_t i = 0; i < most; i++) {
        const failing_run *f = &p->s->failing[i];
        summary_reason(f, why, sizeof why);
        summary_command(p->s, f->row, command, sizeof command);
        int used = snprintf(line, sizeof line, "  %s  # ", command);
        snprintf(line + used, sizeof line - (size_t)used, "%s; %s, %s%s%s", why, f->row->scenario,
                 f->row->sensors, f->row->fault[0] ? ", " : "", f->row->fault);
        printable_copy(line, strlen(line), clean, sizeof clean);
        fprintf(p->out, "%s\n", strlen(clean) > (size_t)used ? clean : line);
    }
}

void table_print_failing(table_printer *p)
{
    char heads[] = "run|<scenario|<sensors|<fault|<what|<again", text[300];
    text_grid t;
    size_t count = p->s->failing_count, most = count < MAX_FAILING ? count : MAX_FAILING;
    table_heading(p, count > most ? "Failing runs: %zu of %zu" : "Failing runs: %zu", most, count);
    if (count == 0 || !p->markdown) {
        print_commands(p, most);
        return;
    }
    text_grid_begin(&t, heads);
    for (size_t i = 0; i < most; i++) {
        const failing_run *f = &p->s->failing[i];
        text_grid_cell(&t, "%" PRId64, f->row->run);
        text_grid_cell(&t, "%s", f->row->scenario);
        text_grid_cell(&t, "%s", f->row->sensors);
        text_grid_cell(&t, "%s", f->row->fault[0] ? f->row->fault : "none");
        summary_reason(f, text, sizeof text);
        text_grid_cell(&t, "%s", text);
        summary_command(p->s, f->row, text, sizeof text);
        text_grid_cell(&t, "%s", text);
    }
    table_end_grid(p, &t);
}
