/*
 * A campaign's tables for people: a row for each group.
 */
#include "daemon/campaign/campaign_table_parts.h"
#include "daemon/campaign/campaign_words.h"

#include <inttypes.h>
#include <math.h>

static void paragraph(const table_printer *p, const char *text)
{
    fprintf(p->out, p->markdown ? "\n%s\n" : "  %s\n", text);
}

/* ---- which groups a table shows ---- */

static bool shown(const table_printer *p, const summary_group *g, bool faulted)
{
    if (g->faulted != faulted || g->f.judged == 0 || g->by == BY_FAULT)
        return false;
    return g->by == BY_TOTAL || p->by == g->by || (p->by == SUMMARY_BY_COUNT && g->by != BY_SCENARIO_SENSORS);
}

static size_t count_shown(const table_printer *p, bool faulted)
{
    size_t count = 0;
    for (size_t i = 0; i < p->s->group_count; i++)
        count += shown(p, &p->s->groups[i], faulted);
    return count;
}

void table_name_cell(text_grid *g, const summary_group *group)
{
    switch (group->by) {
    case BY_SCENARIO:
        text_grid_cell(g, "scenario %s", group->scenario);
        return;
    case BY_SENSORS:
        text_grid_cell(g, "sensors %s", group->sensors);
        return;
    case BY_SCENARIO_SENSORS:
        text_grid_cell(g, "%s, %s", group->scenario, group->sensors);
        return;
    case BY_FAULT:
        text_grid_cell(g, "%s", group->fault[0] ? group->fault : "?");
        return;
    case BY_ROAD:
        text_grid_cell(g, "road %s", group->road);
        return;
    default:
        text_grid_cell(g, "all");
    }
}

typedef void (*row_writer)(text_grid *t, const summary_group *g);

static void grid_of(table_printer *p, const char *title, const char *columns, bool faulted, row_writer write)
{
    char heads[256];
    text_grid t;
    table_heading(p, "%s", title);
    snprintf(heads, sizeof heads, "%s", columns);
    text_grid_begin(&t, heads);
    for (size_t i = 0; i < p->s->group_count; i++) {
        if (!shown(p, &p->s->groups[i], faulted))
            continue;
        table_name_cell(&t, &p->s->groups[i]);
        write(&t, &p->s->groups[i]);
    }
    table_end_grid(p, &t);
}

static void faults_of(table_printer *p, const char *title, const char *columns, row_writer write)
{
    char heads[256];
    text_grid t;
    table_heading(p, "%s", title);
    snprintf(heads, sizeof heads, "%s", columns);
    text_grid_begin(&t, heads);
    for (size_t i = 0; i < p->s->group_count; i++) {
        const summary_group *g = &p->s->groups[i];
        if (g->by != BY_FAULT && !(g->by == BY_TOTAL && g->faulted))
            continue;
        table_name_cell(&t, g);
        write(&t, g);
    }
    table_end_grid(p, &t);
}

/* ---- rows ---- */

static void write_accuracy(text_grid *t, const summary_group *g)
{
    text_grid_cell(t, "%zu", g->f.judged);
    text_grid_estimate(t, g->f.along_m.p95, 2);
    text_grid_estimate(t, g->f.cross_m.p95, 2);
    text_grid_estimate(t, g->f.heading_deg.p95, 2);
    text_grid_number(t, g->f.inside_alert.value, 3);
}

static void write_nis(text_grid *t, const summary_group *g)
{
    for (size_t i = 0; i < SUMMARY_KINDS; i++)
        text_grid_spread(t, g->f.nis[i], 2);
}

static void write_service(text_grid *t, const summary_group *g)
{
    text_grid_cell(t, "%zu", g->f.judged);
    text_grid_number(t, g->f.hours, 1);
    text_grid_estimate(t, g->f.availability, 3);
    text_grid_cell(t, "%" PRId64, g->f.false_alarms);
    text_grid_cell(t, "%zu", g->f.alarmed_runs);
    text_grid_estimate(t, g->f.false_alarms_per_h, 2);
    text_grid_number(t, g->f.false_alarm_dispersion, 1);
}

static void write_faults(text_grid *t, const summary_group *g)
{
    text_grid_cell(t, "%zu", g->f.injected);
    text_grid_estimate(t, g->f.detected_share, 2);
    text_grid_estimate(t, g->f.named_share, 2);
    text_grid_number(t, g->f.named_code_share.value, 2);
    text_grid_number(t, g->f.detect_s.p95.value, 2);
    text_grid_number(t, g->f.horizontal_m.p95.value, 2);
    text_grid_number(t, g->f.false_alarms_per_h.value, 2);
}

static void write_times(text_grid *t, const summary_group *g)
{
    text_grid_cell(t, "%zu", g->f.detect_count);
    text_grid_estimate(t, g->f.detect_s.p50, 2);
    text_grid_estimate(t, g->f.detect_s.p95, 2);
    text_grid_estimate(t, g->f.recover_s.p50, 2);
    text_grid_estimate(t, g->f.recover_s.p95, 2);
}

static void number_or_none(text_grid *t, int64_t count, size_t runs)
{
    if (count < 0)
        text_grid_cell(t, "none yet");
    else
        text_grid_cell(t, "%" PRId64 " in %zu", count, runs);
}

static void level_or_none(text_grid *t, const summary_figures *f, double value, int decimals)
{
    if (f->level_runs == 0)
        text_grid_cell(t, "none yet");
    else
        text_grid_number(t, value, decimals);
}

static void write_integrity(text_grid *t, const summary_group *g)
{
    text_grid_cell(t, "%zu", g->f.level_runs);
    number_or_none(t, g->f.misleading, g->f.misleading_runs);
    number_or_none(t, g->f.hazardous, g->f.hazardous_runs);
    number_or_none(t, g->f.unsafe, g->f.unsafe_runs);
    level_or_none(t, &g->f, g->f.pl_along_m.p50.value, 2);
    level_or_none(t, &g->f, g->f.pl_cross_m.p50.value, 2);
    level_or_none(t, &g->f, g->f.pl_horizontal_m.p50.value, 2);
    level_or_none(t, &g->f, g->f.error_over_pl_max, 2);
    level_or_none(t, &g->f, g->f.available_fraction.value, 3);
}

/* ---- all of it ---- */

static const char accuracy_heads[] = "<group|runs|along 95 %, m|across 95 %, m|heading 95 %, deg|in limits";
static const char honesty_heads[] = "<group|runs|in 50 %|in 95 %|in 99.9 %|NEES|band";
static const char nis_heads[] = "<group|gnss|radar|wheel|camera|roadside|odometry";
static const char service_heads[] = "<group|runs|hours|pose there|alarms|in runs|per hour|bursts";
static const char fault_heads[] = "<fault|runs|detected|right source|code|t95, s|e95, m|alarms/h";
static const char time_heads[] =
    "<fault|detected|to detect 50 %, s|to detect 95 %, s|to recover 50 %, s|to recover 95 %, s";
static const char integrity_heads[] =
    "<group|runs|misleading|hazardous|unsafe|along, m|across, m|hor., m|err/PL|below AL";

/* Without protection levels all groups would say the same. */
static void print_integrity(table_printer *p, bool faulted, const char *of)
{
    char title[128];
    summary_by by = p->by;
    if (!summary_has_levels(p->s))
        p->by = BY_TOTAL;
    snprintf(title, sizeof title, "Integrity, %s: epochs in runs; medians of protection levels", of);
    grid_of(p, title, integrity_heads, faulted, write_integrity);
    p->by = by;
    if (!summary_has_levels(p->s))
        paragraph(p, "There are no protection levels in these runs yet.");
}

static void print_set(table_printer *p, bool faulted)
{
    const char *of = faulted ? "with faults" : "fault-free";
    char title[128];
    if (count_shown(p, faulted) == 0)
        return;
    if (p->by == SUMMARY_BY_COUNT || p->by == BY_ROAD)
        table_print_roads(p, faulted);
    snprintf(title, sizeof title, "Accuracy, %s", of);
    grid_of(p, title, accuracy_heads, faulted, write_accuracy);
    snprintf(title, sizeof title, "Honesty of the covariance: share of truth inside, and NEES, %s", of);
    grid_of(p, title, honesty_heads, faulted, table_write_honesty);
    if (!faulted && p->by == SUMMARY_BY_COUNT)
        table_print_cross(p);
    snprintf(title, sizeof title, "NIS over degrees of freedom by kind of source, %s (1 is honest)", of);
    grid_of(p, title, nis_heads, faulted, write_nis);
    snprintf(title, sizeof title, "Share of the time with a pose, and false alarms, %s", of);
    grid_of(p, title, service_heads, faulted, write_service);
    print_integrity(p, faulted, of);
    table_print_map(p, faulted);
}

static void print_faults(table_printer *p)
{
    if (!summary_total(p->s, true))
        return;
    faults_of(p,
              "Faults: detected; right source and code named, of those detected; 95 % of times and of errors",
              fault_heads, write_faults);
    faults_of(p, "Times with their intervals", time_heads, write_times);
    if (p->by == BY_FAULT)
        faults_of(p, "Integrity by fault", integrity_heads, write_integrity);
    table_print_map_faults(p);
}

bool campaign_table_print(const campaign_summary *s, summary_by by, bool markdown, FILE *out)
{
    table_printer p = {.s = s, .by = by, .markdown = markdown, .out = out};
    table_print_head(&p);
    table_print_aims(&p);
    if (by != BY_FAULT)
        print_set(&p, false);
    if (by == BY_FAULT || by == SUMMARY_BY_COUNT)
        print_faults(&p);
    if (by != BY_FAULT)
        print_set(&p, true);
    table_print_failing(&p);
    return !p.failed;
}
