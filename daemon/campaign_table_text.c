/*
 * A campaign's tables for people.
 */
#include "campaign/aim.h"
#include "daemon/campaign_words.h"
#include "daemon/printable.h"
#include "daemon/text_grid.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

enum { MAX_FAILING = 40 }; /* the JSON has all */

typedef struct {
    const campaign_summary *s;
    summary_by by;
    bool markdown, failed;
    FILE *out;
} printer;

__attribute__((format(printf, 2, 3))) static void heading(const printer *p, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs(p->markdown ? "\n### " : "\n", p->out);
    vfprintf(p->out, format, args);
    fputs(p->markdown ? "\n\n" : "\n", p->out);
    va_end(args);
}

static void paragraph(const printer *p, const char *text)
{
    fprintf(p->out, p->markdown ? "\n%s\n" : "  %s\n", text);
}

static void end_grid(printer *p, text_grid *g)
{
    p->failed = !text_grid_end(g, p->out, p->markdown) || p->failed;
}

/* ---- which groups a table shows ---- */

static bool shown(const printer *p, const summary_group *g, bool faulted)
{
    if (g->faulted != faulted || g->f.judged == 0 || g->by == BY_FAULT)
        return false;
    return g->by == BY_TOTAL || p->by == g->by || (p->by == SUMMARY_BY_COUNT && g->by != BY_SCENARIO_SENSORS);
}

static size_t count_shown(const printer *p, bool faulted)
{
    size_t count = 0;
    for (size_t i = 0; i < p->s->group_count; i++)
        count += shown(p, &p->s->groups[i], faulted);
    return count;
}

static void name_cell(text_grid *g, const summary_group *group)
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

static void grid_of(printer *p, const char *title, const char *columns, bool faulted, row_writer write)
{
    char heads[256];
    text_grid t;
    heading(p, "%s", title);
    snprintf(heads, sizeof heads, "%s", columns);
    text_grid_begin(&t, heads);
    for (size_t i = 0; i < p->s->group_count; i++) {
        if (!shown(p, &p->s->groups[i], faulted))
            continue;
        name_cell(&t, &p->s->groups[i]);
        write(&t, &p->s->groups[i]);
    }
    end_grid(p, &t);
}

static void faults_of(printer *p, const char *title, const char *columns, row_writer write)
{
    char heads[256];
    text_grid t;
    heading(p, "%s", title);
    snprintf(heads, sizeof heads, "%s", columns);
    text_grid_begin(&t, heads);
    for (size_t i = 0; i < p->s->group_count; i++) {
        const summary_group *g = &p->s->groups[i];
        if (g->by != BY_FAULT && !(g->by == BY_TOTAL && g->faulted))
            continue;
        name_cell(&t, g);
        write(&t, g);
    }
    end_grid(p, &t);
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

static void write_honesty(text_grid *t, const summary_group *g)
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

static void write_integrity(text_grid *t, const summary_group *g)
{
    text_grid_cell(t, "%zu", g->f.level_runs);
    number_or_none(t, g->f.misleading, g->f.misleading_runs);
    number_or_none(t, g->f.hazardous, g->f.hazardous_runs);
    number_or_none(t, g->f.unsafe, g->f.unsafe_runs);
    text_grid_number(t, g->f.pl_along_m.p50.value, 2);
    text_grid_number(t, g->f.pl_cross_m.p50.value, 2);
    text_grid_number(t, g->f.pl_horizontal_m.p50.value, 2);
    text_grid_number(t, g->f.error_over_pl_max, 2);
    text_grid_number(t, g->f.available_fraction.value, 3);
}

/* ---- tables that are made otherwise ---- */

static void print_head(const printer *p)
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

static void print_aims(printer *p)
{
    static const char *const words[] = {[AIM_UNKNOWN] = "-", [AIM_MET] = "yes", [AIM_MISSED] = "NO"};
    char heads[] = "<what|<aim|<measured|<met";
    aim aims[AIM_COUNT];
    text_grid t;
    aims_judge(p->s, aims);
    heading(p, "Aims");
    text_grid_begin(&t, heads);
    for (size_t i = 0; i < AIM_COUNT; i++) {
        text_grid_cell(&t, "%s", aims[i].what);
        text_grid_cell(&t, "%s", aims[i].aim);
        text_grid_cell(&t, "%s", aims[i].measured);
        text_grid_cell(&t, "%s", words[aims[i].verdict]);
    }
    end_grid(p, &t);
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

static void print_roads(printer *p, bool faulted)
{
    char heads[] = "<road|<error|runs|50 %|95 %|alert limit|<95 % is";
    text_grid t;
    heading(p, "Errors by class of road against the alert limits, %s",
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
    end_grid(p, &t);
}

/* Fault-free, each scenario with each set of sensors. */
static void print_cross(printer *p)
{
    char heads[] = "<scenario|<sensors|runs|in 50 %|in 95 %|in 99.9 %|NEES|band|<ok";
    text_grid t;
    heading(p, "%s", "Share of truth inside, by scenario and sensors, fault-free (ok: 0.90 to 0.98 in 95 %)");
    text_grid_begin(&t, heads);
    for (size_t i = 0; i < p->s->group_count; i++) {
        const summary_group *g = &p->s->groups[i];
        double c = g->f.coverage95.value;
        if (g->by != BY_SCENARIO_SENSORS || g->faulted || g->f.judged == 0)
            continue;
        text_grid_cell(&t, "%s", g->scenario);
        text_grid_cell(&t, "%s", g->sensors);
        write_honesty(&t, g);
        text_grid_cell(&t, "%s", c >= aim_group_low && c <= aim_group_high ? "yes" : "NO");
    }
    end_grid(p, &t);
}

/* Lines for a shell: the command, and behind it as a comment what is to be seen. */
static void print_commands(const printer *p, size_t most)
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

static void print_failing(printer *p)
{
    char heads[] = "run|<scenario|<sensors|<fault|<what|<again", text[300];
    text_grid t;
    size_t count = p->s->failing_count, most = count < MAX_FAILING ? count : MAX_FAILING;
    heading(p, count > most ? "Failing runs: %zu of %zu" : "Failing runs: %zu", most, count);
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
    end_grid(p, &t);
}

/* ---- all of it ---- */

static const char accuracy_heads[] = "<group|runs|along 95 %, m|across 95 %, m|heading 95 %, deg|in limits";
static const char honesty_heads[] = "<group|runs|in 50 %|in 95 %|in 99.9 %|NEES|band";
static const char nis_heads[] = "<group|gnss|radar|wheel|camera|roadside";
static const char service_heads[] = "<group|runs|hours|availability|alarms|in runs|per hour|bursts";
static const char fault_heads[] =
    "<fault|runs|detected|right source|code|detect 95 %, s|error 95 %, m|other alarms/h";
static const char time_heads[] =
    "<fault|detected|to detect 50 %, s|to detect 95 %, s|to recover 50 %, s|to recover 95 %, s";
static const char integrity_heads[] =
    "<group|runs|misleading|hazardous|unsafe|along, m|across, m|hor., m|err/PL|below AL";

/* Without protection levels all groups would say the same. */
static void print_integrity(printer *p, bool faulted, const char *of)
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

static void print_set(printer *p, bool faulted)
{
    const char *of = faulted ? "with faults" : "fault-free";
    char title[128];
    if (count_shown(p, faulted) == 0)
        return;
    if (p->by == SUMMARY_BY_COUNT || p->by == BY_ROAD)
        print_roads(p, faulted);
    snprintf(title, sizeof title, "Accuracy, %s", of);
    grid_of(p, title, accuracy_heads, faulted, write_accuracy);
    snprintf(title, sizeof title, "Honesty of the covariance: share of truth inside, and NEES, %s", of);
    grid_of(p, title, honesty_heads, faulted, write_honesty);
    if (!faulted && p->by == SUMMARY_BY_COUNT)
        print_cross(p);
    snprintf(title, sizeof title, "NIS over degrees of freedom by kind of source, %s (1 is honest)", of);
    grid_of(p, title, nis_heads, faulted, write_nis);
    snprintf(title, sizeof title, "Availability and false alarms, %s", of);
    grid_of(p, title, service_heads, faulted, write_service);
    print_integrity(p, faulted, of);
}

static void print_faults(printer *p)
{
    if (!summary_total(p->s, true))
        return;
    faults_of(p, "Faults: detected, and right source named, of those detected", fault_heads, write_faults);
    faults_of(p, "Times with their intervals", time_heads, write_times);
    if (p->by == BY_FAULT)
        faults_of(p, "Integrity by fault", integrity_heads, write_integrity);
}

bool campaign_table_print(const campaign_summary *s, summary_by by, bool markdown, FILE *out)
{
    printer p = {.s = s, .by = by, .markdown = markdown, .out = out};
    print_head(&p);
    print_aims(&p);
    if (by != BY_FAULT)
        print_set(&p, false);
    if (by == BY_FAULT || by == SUMMARY_BY_COUNT)
        print_faults(&p);
    if (by != BY_FAULT)
        print_set(&p, true);
    print_failing(&p);
    return !p.failed;
}
