/*
 * A campaign's figures for programs. docs/STATISTICS.md has the keys.
 */
#include "daemon/campaign/campaign_words.h"
#include "report/campaign_page.h"
#include "report/json.h"

#include <math.h>

enum { DECIMALS = 6 };

static void write_estimate(json_writer *w, const char *key, estimate e)
{
    json_open(w, key, '{');
    json_number(w, "value", e.value, DECIMALS);
    json_number(w, "low", e.low, DECIMALS);
    json_number(w, "high", e.high, DECIMALS);
    json_close(w, '}');
}

static void write_quantiles(json_writer *w, const char *key, const quantiles *q)
{
    json_open(w, key, '{');
    write_estimate(w, "p50", q->p50);
    write_estimate(w, "p95", q->p95);
    json_close(w, '}');
}

static void write_truth(json_writer *w, const summary_figures *f)
{
    write_quantiles(w, "along_m", &f->along_m);
    write_quantiles(w, "cross_m", &f->cross_m);
    write_quantiles(w, "heading_deg", &f->heading_deg);
    write_quantiles(w, "horizontal_m", &f->horizontal_m);
    write_estimate(w, "inside_alert", f->inside_alert);
    write_estimate(w, "availability", f->availability);
    write_estimate(w, "coverage50", f->coverage50);
    write_estimate(w, "coverage95", f->coverage95);
    write_estimate(w, "coverage999", f->coverage999);
    write_estimate(w, "nees", f->nees);
    write_estimate(w, "nees_band", f->nees_band);
    json_number(w, "nees_worth", f->nees_worth, DECIMALS);
    json_open(w, "nis", '{');
    for (size_t i = 0; i < SUMMARY_KINDS; i++)
        write_estimate(w, summary_kind_words[i], f->nis[i]);
    json_close(w, '}');
}

static void write_alarms(json_writer *w, const summary_figures *f)
{
    json_whole(w, "false_alarms", f->false_alarms);
    json_whole(w, "alarmed_runs", f->alarmed_runs);
    write_estimate(w, "false_alarms_per_h", f->false_alarms_per_h);
    json_number(w, "false_alarm_dispersion", f->false_alarm_dispersion, DECIMALS);
    json_whole(w, "injected", f->injected);
    json_whole(w, "detected_runs", f->detected);
    json_whole(w, "named_runs", f->named);
    write_estimate(w, "detected", f->detected_share);
    write_estimate(w, "named_of_detected", f->named_share);
    write_estimate(w, "named_code_of_detected", f->named_code_share);
    write_quantiles(w, "detect_s", &f->detect_s);
    write_quantiles(w, "named_s", &f->named_s);
    write_quantiles(w, "recover_s", &f->recover_s);
}

static void write_integrity(json_writer *w, const summary_figures *f)
{
    json_whole(w, "epochs", f->epochs);
    json_whole(w, "misleading", f->misleading);
    json_whole(w, "hazardous", f->hazardous);
    json_whole(w, "unsafe", f->unsafe);
    write_estimate(w, "misleading_runs", f->misleading_run_share);
    write_estimate(w, "hazardous_runs", f->hazardous_run_share);
    write_estimate(w, "unsafe_runs", f->unsafe_run_share);
    write_quantiles(w, "pl_horizontal_m", &f->pl_horizontal_m);
    write_quantiles(w, "pl_along_m", &f->pl_along_m);
    write_quantiles(w, "pl_cross_m", &f->pl_cross_m);
    json_number(w, "error_over_pl_max", f->error_over_pl_max, DECIMALS);
    write_estimate(w, "available_fraction", f->available_fraction);
}

/* null: none of these runs was driven on a map. */
static void write_map(json_writer *w, const map_figures *f)
{
    if (f->runs == 0) {
        json_text(w, "map", NULL);
        return;
    }
    json_open(w, "map", '{');
    json_whole(w, "runs", f->runs);
    write_quantiles(w, "along_m", &f->along_m);
    write_quantiles(w, "cross_m", &f->cross_m);
    write_quantiles(w, "heading_deg", &f->heading_deg);
    write_estimate(w, "coverage95", f->coverage95);
    write_estimate(w, "lane_sure", f->lane_sure);
    json_whole(w, "lane_sure_poses", f->lane_sure_poses);
    json_whole(w, "lane_wrong_poses", f->lane_wrong);
    write_estimate(w, "lane_wrong_runs", f->lane_wrong_run_share);
    write_quantiles(w, "lane_right_s", &f->lane_right_s);
    json_whole(w, "lane_never_runs", f->lane_never_runs);
    json_whole(w, "lane_changes", f->lane_changes);
    json_whole(w, "lane_changes_followed", f->lane_changes_followed);
    write_quantiles(w, "lane_change_s", &f->lane_change_s);
    json_whole(w, "pairings", f->pairings);
    json_whole(w, "pairings_wrong", f->pairings_wrong);
    json_whole(w, "pairings_wrong_runs", f->pairings_wrong_runs);
    json_whole(w, "returns", f->returns);
    json_whole(w, "returns_wrong", f->returns_wrong);
    json_whole(w, "returns_beside", f->returns_beside);
    json_whole(w, "returns_wrong_runs", f->returns_wrong_runs);
    json_whole(w, "elements_wrong", f->elements_wrong);
    json_whole(w, "elements_missed", f->elements_missed);
    json_whole(w, "elements_missed_right", f->elements_missed_right);
    json_whole(w, "met_runs", f->wrong_runs);
    write_estimate(w, "named_of_met", f->named_share);
    json_close(w, '}');
}

static void write_group(json_writer *w, const summary_group *g)
{
    json_open(w, NULL, '{');
    json_text(w, "by", summary_by_words[g->by]);
    json_text(w, "runs_are", g->faulted ? "with faults" : "fault-free");
    json_text(w, "scenario", g->scenario);
    json_text(w, "sensors", g->sensors);
    json_text(w, "fault", g->fault);
    json_text(w, "road", g->road);
    json_whole(w, "runs", g->f.runs);
    json_whole(w, "judged", g->f.judged);
    json_whole(w, "troubled", g->f.troubled);
    json_number(w, "hours", g->f.hours, DECIMALS);
    json_number(w, "distance_km", g->f.distance_km, DECIMALS);
    write_truth(w, &g->f);
    write_alarms(w, &g->f);
    write_integrity(w, &g->f);
    write_map(w, &g->f.map);
    json_close(w, '}');
}

static void write_failing(json_writer *w, const campaign_summary *s)
{
    static const char *const words[] = {
        [FAIL_TROUBLE] = "trouble", [FAIL_HAZARDOUS] = "hazardous", [FAIL_COVERAGE] = "coverage"};
    char text[512];
    json_open(w, "failing", '[');
    for (size_t i = 0; i < s->failing_count; i++) {
        const failing_run *f = &s->failing[i];
        json_open(w, NULL, '{');
        json_whole(w, "run", f->row->run);
        json_text(w, "scenario", f->row->scenario);
        json_text(w, "sensors", f->row->sensors);
        json_text(w, "fault", f->row->fault);
        json_text(w, "kind", words[f->kind]);
        summary_reason(f, text, sizeof text);
        json_text(w, "why", text);
        summary_command(s, f->row, text, sizeof text);
        json_text(w, "command", text);
        json_close(w, '}');
    }
    json_close(w, ']');
}

void campaign_table_print_json(const campaign_summary *s, FILE *out)
{
    json_writer w = {out, false};
    json_open(&w, NULL, '{');
    json_text(&w, "name", s->of->name);
    json_text(&w, "plan", s->of->plan_path);
    json_text(&w, "version", s->of->version);
    json_whole(&w, "runs", s->of->count);
    campaign_write_aims(&w, s);
    json_open(&w, "groups", '[');
    for (size_t i = 0; i < s->group_count; i++)
        write_group(&w, &s->groups[i]);
    json_close(&w, ']');
    write_failing(&w, s);
    json_close(&w, '}');
    fputc('\n', out);
}
