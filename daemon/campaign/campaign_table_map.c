/*
 * A campaign's tables of drives on a map.
 */
#include "daemon/campaign/campaign_table_parts.h"

#include <inttypes.h>

static bool is_shown(const table_printer *p, const summary_group *g, bool faulted)
{
    if (g->faulted != faulted || g->f.map.runs == 0 || g->by == BY_FAULT)
        return false;
    return g->by == BY_TOTAL || g->by == (p->by == SUMMARY_BY_COUNT ? BY_SCENARIO_SENSORS : p->by);
}

static void count_of(text_grid *t, int64_t part, int64_t whole)
{
    if (whole < 0)
        text_grid_cell(t, "-");
    else
        text_grid_cell(t, "%" PRId64 " of %" PRId64, part, whole);
}

static void write_errors(text_grid *t, const map_figures *f)
{
    text_grid_cell(t, "%zu", f->runs);
    text_grid_estimate(t, f->cross_m.p95, 3);
    text_grid_estimate(t, f->along_m.p95, 3);
    text_grid_estimate(t, f->heading_deg.p95, 2);
    text_grid_estimate(t, f->coverage95, 3);
}

static void write_lanes(text_grid *t, const map_figures *f)
{
    text_grid_number(t, f->lane_sure.value, 3);
    count_of(t, f->lane_wrong, f->lane_sure_poses);
    text_grid_number(t, f->lane_right_s.p50.value, 1);
    text_grid_number(t, f->lane_right_s.p95.value, 1);
    text_grid_cell(t, "%zu", f->lane_never_runs);
    count_of(t, f->lane_changes_followed, f->lane_changes);
    count_of(t, f->pairings_wrong, f->pairings);
    count_of(t, f->returns_wrong, f->returns);
}

static void write_faults(text_grid *t, const map_figures *f)
{
    text_grid_cell(t, "%zu", f->runs);
    text_grid_number(t, f->cross_m.p95.value, 3);
    text_grid_number(t, f->along_m.p95.value, 3);
    text_grid_number(t, f->coverage95.value, 3);
    text_grid_cell(t, "%zu", f->wrong_runs);
    text_grid_estimate(t, f->named_share, 2);
    count_of(t, f->elements_missed_right, f->elements_wrong);
    text_grid_cell(t, "%" PRId64, f->elements_missed - f->elements_missed_right);
}

static void print_groups(table_printer *p, bool faulted, const char *columns,
                         void (*write)(text_grid *t, const map_figures *f))
{
    char heads[256];
    text_grid t;
    snprintf(heads, sizeof heads, "%s", columns);
    text_grid_begin(&t, heads);
    for (size_t i = 0; i < p->s->group_count; i++) {
        const summary_group *g = &p->s->groups[i];
        if (!is_shown(p, g, faulted))
            continue;
        table_name_cell(&t, g);
        write(&t, &g->f.map);
    }
    table_end_grid(p, &t);
}

void table_print_map(table_printer *p, bool faulted)
{
    const summary_group *total = summary_total(p->s, faulted);
    const char *of = faulted ? "with faults" : "fault-free";
    if (!total || total->f.map.runs == 0)
        return;
    table_heading(p, "On a map, %s: errors at 95 %% after the first 10 s", of);
    print_groups(p, faulted, "<group|runs|across, m|along, m|heading, deg|in 95 %", write_errors);
    table_heading(p, "On a map, %s: poses sure of a lane, time to the right one, detections used", of);
    print_groups(p, faulted,
                 "<group|sure|wrong lane|50 %, s|95 %, s|never|changes followed|wrong pairings|wrong returns",
                 write_lanes);
}

void table_print_map_faults(table_printer *p)
{
    char heads[] = "<fault|runs|across, m|along, m|in 95 %|met|one named|elements named|others";
    const summary_group *total = summary_total(p->s, true);
    text_grid t;
    if (!total || total->f.map.runs == 0)
        return;
    table_heading(p, "On a map, with faults: runs that met elements elsewhere, and what was named");
    text_grid_begin(&t, heads);
    for (size_t i = 0; i < p->s->group_count; i++) {
        const summary_group *g = &p->s->groups[i];
        if (g->f.map.runs == 0 || (g->by != BY_FAULT && !(g->by == BY_TOTAL && g->faulted)))
            continue;
        table_name_cell(&t, g);
        write_faults(&t, &g->f.map);
    }
    table_end_grid(p, &t);
}
