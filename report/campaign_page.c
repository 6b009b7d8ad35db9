#include "report/campaign_page.h"

#include "campaign/aim.h"
#include "report/campaign_parts.h"
#include "report/shell.h"

#include <math.h>

/* What accuracy and honesty are shown of: fault-free runs, or, when there are none, those with faults. */
static bool basis(const campaign_summary *s)
{
    const summary_group *clean = summary_total(s, false);
    return !clean || clean->f.judged == 0;
}

static void write_total(const campaign_summary *s, json_writer *w)
{
    const summary_group *clean = summary_total(s, basis(s)), *faulted = summary_total(s, true);
    json_open(w, "total", '{');
    json_text(w, "of", basis(s) ? "runs with faults" : "fault-free runs");
    if (clean) {
        json_whole(w, "judged", clean->f.judged);
        campaign_write_estimate(w, "coverage", clean->f.coverage95);
        campaign_write_estimate(w, "nees", clean->f.nees);
        json_number(w, "nees_band_low", clean->f.nees_band.low, DECIMALS);
        json_number(w, "nees_band_high", clean->f.nees_band.high, DECIMALS);
        campaign_write_estimate(w, "horizontal_p95_m", clean->f.horizontal_m.p95);
        json_number(w, "availability", clean->f.availability.value, DECIMALS);
        json_number(w, "available_fraction", clean->f.available_fraction.value, DECIMALS);
    }
    if (faulted) {
        json_whole(w, "injected", faulted->f.injected);
        campaign_write_estimate(w, "detected", faulted->f.detected_share);
        campaign_write_estimate(w, "named", faulted->f.named_share);
    }
    json_close(w, '}');
}

void campaign_write_aims(json_writer *w, const campaign_summary *s)
{
    static const char *const words[] = {[AIM_UNKNOWN] = NULL, [AIM_MET] = "yes", [AIM_MISSED] = "no"};
    aim aims[AIM_COUNT];
    size_t count = aims_judge(s, aims);
    json_open(w, "aims", '[');
    for (size_t i = 0; i < count; i++) {
        json_open(w, NULL, '{');
        json_text(w, "what", aims[i].what);
        json_text(w, "aim", aims[i].aim);
        json_text(w, "measured", aims[i].measured);
        json_text(w, "met", words[aims[i].verdict]);
        json_close(w, '}');
    }
    json_close(w, ']');
}

/* ---- errors against bounds ---- */

static double cell_of(const campaign_summary *s, bool level, int faulted, int road, size_t x, size_t y)
{
    double sum = 0;
    for (int f = 0; f < 2; f++) {
        for (int r = 0; r < ROAD_CLASS_COUNT; r++) {
            const summary_grids *g = &s->grids[f * ROAD_CLASS_COUNT + r];
            if ((faulted < 0 || f == faulted) && (road < 0 || r == road))
                sum += (level ? &g->level : &g->bound)->cells[x][y];
        }
    }
    return sum;
}

/* [[error, bound, samples], ...] of the runs with or without faults (-1: all), on one class of road (-1:
 * all). */
static void write_cells(const campaign_summary *s, json_writer *w, bool level, int faulted, int road)
{
    json_open(w, "cells", '[');
    for (size_t i = 0; i < (size_t)BIN_COUNT * BIN_COUNT; i++) {
        size_t x = i / BIN_COUNT, y = i % BIN_COUNT;
        double samples = cell_of(s, level, faulted, road, x, y);
        if (samples > 0)
            json_numbers(w, NULL, (const double[]){bin_middle(x), bin_middle(y), samples}, 3, 1, 6);
    }
    json_close(w, ']');
}

static bool has_cells(const campaign_summary *s, bool level, int faulted, int road)
{
    for (size_t i = 0; i < (size_t)BIN_COUNT * BIN_COUNT; i++) {
        if (cell_of(s, level, faulted, road, i / BIN_COUNT, i % BIN_COUNT) > 0)
            return true;
    }
    return false;
}

static void write_bounds(const campaign_summary *s, json_writer *w)
{
    static const char *const sets[] = {"fault-free runs", "runs with faults"};
    json_open(w, "stanford", '[');
    for (int road = 0; road < ROAD_CLASS_COUNT; road++) {
        if (!has_cells(s, true, -1, road))
            continue;
        json_open(w, NULL, '{');
        json_text(w, "of", summary_road_words[road]);
        json_number(w, "limit_m", hypot(s->alert[road].lateral_m, s->alert[road].longitudinal_m), 3);
        write_cells(s, w, true, -1, road);
        json_close(w, '}');
    }
    json_close(w, ']');
    json_open(w, "error_bound", '[');
    for (int faulted = 0; faulted < 2; faulted++) {
        if (!has_cells(s, false, faulted, -1))
            continue;
        json_open(w, NULL, '{');
        json_text(w, "of", sets[faulted]);
        write_cells(s, w, false, faulted, -1);
        json_close(w, '}');
    }
    json_close(w, ']');
}

/* ---- honesty and accuracy ---- */

static void write_reliability(const summary_figures *f, json_writer *w)
{
    const struct {
        double promised;
        const estimate *observed;
    } rows[] = {{0.5, &f->coverage50}, {0.95, &f->coverage95}, {0.999, &f->coverage999}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (isnan(rows[i].observed->value))
            continue;
        json_open(w, NULL, '{');
        json_number(w, "promised", rows[i].promised, 3);
        json_number(w, "observed", rows[i].observed->value, DECIMALS);
        json_number(w, "low", rows[i].observed->low, DECIMALS);
        json_number(w, "high", rows[i].observed->high, DECIMALS);
        json_close(w, '}');
    }
}

static void write_groups(const campaign_summary *s, json_writer *w)
{
    json_open(w, "groups", '[');
    for (size_t i = 0; i < s->group_count; i++) {
        const summary_group *g = &s->groups[i];
        if (g->by != BY_SCENARIO_SENSORS || g->faulted != basis(s) || g->f.judged == 0)
            continue;
        json_open(w, NULL, '{');
        json_text(w, "scenario", g->scenario);
        json_text(w, "sensors", g->sensors);
        json_whole(w, "runs", g->f.judged);
        campaign_write_estimate(w, "coverage", g->f.coverage95);
        campaign_write_estimate(w, "nees", g->f.nees);
        json_number(w, "nees_band_low", g->f.nees_band.low, DECIMALS);
        json_number(w, "nees_band_high", g->f.nees_band.high, DECIMALS);
        json_close(w, '}');
    }
    json_close(w, ']');
}

static void write_nis(const summary_figures *f, json_writer *w)
{
    for (size_t i = 0; i < SUMMARY_KINDS; i++) {
        if (isnan(f->nis[i].value))
            continue;
        json_open(w, NULL, '{');
        json_text(w, "kind", summary_kind_words[i]);
        campaign_write_estimate(w, "nis", f->nis[i]);
        json_close(w, '}');
    }
}

static void write_direction(json_writer *w, const char *road, const char *direction, const quantiles *q,
                            double limit_m)
{
    if (isnan(q->p95.value))
        return;
    json_open(w, NULL, '{');
    json_text(w, "road", road);
    json_text(w, "direction", direction);
    json_number(w, "p50_m", q->p50.value, DECIMALS);
    json_number(w, "p95_m", q->p95.value, DECIMALS);
    json_number(w, "low", q->p95.low, DECIMALS);
    json_number(w, "high", q->p95.high, DECIMALS);
    json_number(w, "limit_m", limit_m, 3);
    json_close(w, '}');
}

static void write_accuracy(const campaign_summary *s, json_writer *w)
{
    json_open(w, "accuracy", '[');
    for (size_t i = 0; i < s->group_count; i++) {
        const summary_group *g = &s->groups[i];
        road_class road;
        if (g->by != BY_ROAD || g->faulted != basis(s) || !summary_road(g->road, &road))
            continue;
        write_direction(w, g->road, "across", &g->f.cross_m, s->alert[road].lateral_m);
        write_direction(w, g->road, "along", &g->f.along_m, s->alert[road].longitudinal_m);
    }
    json_close(w, ']');
}

static void write_head(const campaign_summary *s, json_writer *w)
{
    const summary_group *totals[] = {summary_total(s, false), summary_total(s, true)};
    json_text(w, "kind", "campaign");
    json_text(w, "version", s->of->version[0] ? s->of->version : POSED_VERSION);
    json_text(w, "name", s->of->name[0] ? s->of->name : s->of->path);
    json_whole(w, "runs", s->of->count);
    json_number(w, "faulted_runs", totals[1] ? (double)totals[1]->f.runs : 0, 0);
    json_number(w, "hours", (totals[0] ? totals[0]->f.hours : 0) + (totals[1] ? totals[1]->f.hours : 0), 2);
    json_numbers(w, "coverage_band", (const double[]){aim_group_low, aim_group_high}, 2, 1, 2);
}

void campaign_page_write_data(const campaign_summary *s, FILE *out)
{
    json_writer w = {out, false};
    const summary_group *of = summary_total(s, basis(s));
    json_open(&w, NULL, '{');
    write_head(s, &w);
    write_total(s, &w);
    campaign_write_aims(&w, s);
    campaign_write_alarms(s, &w);
    write_bounds(s, &w);
    json_open(&w, "reliability", '[');
    if (of)
        write_reliability(&of->f, &w);
    json_close(&w, ']');
    json_open(&w, "nis", '[');
    if (of)
        write_nis(&of->f, &w);
    json_close(&w, ']');
    write_groups(s, &w);
    write_accuracy(s, &w);
    campaign_write_map(s, &w);
    campaign_write_faults(s, &w);
    campaign_write_failing(s, &w);
    json_close(&w, '}');
}

void campaign_page_write(const campaign_summary *s, FILE *out)
{
    fwrite(report_page_head, 1, report_page_head_size, out);
    campaign_page_write_data(s, out);
    fwrite(report_page_tail, 1, report_page_tail_size, out);
}
