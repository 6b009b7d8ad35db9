/*
 * Drives on a map on a campaign's page.
 */
#include "report/campaign_parts.h"

static void write_count(json_writer *w, const char *key, int64_t count)
{
    json_number(w, key, (double)count, 0);
}

static void write_row(json_writer *w, const summary_group *g)
{
    const map_figures *f = &g->f.map;
    json_open(w, NULL, '{');
    json_text(w, "scenario", g->scenario);
    json_text(w, "sensors", g->sensors);
    json_text(w, "fault", g->fault);
    write_count(w, "runs", (int64_t)f->runs);
    campaign_write_estimate(w, "cross_m", f->cross_m.p95);
    campaign_write_estimate(w, "along_m", f->along_m.p95);
    campaign_write_estimate(w, "heading_deg", f->heading_deg.p95);
    campaign_write_estimate(w, "coverage", f->coverage95);
    json_number(w, "sure", f->lane_sure.value, DECIMALS);
    write_count(w, "sure_poses", f->lane_sure_poses);
    write_count(w, "wrong_poses", f->lane_wrong);
    json_number(w, "right_s", f->lane_right_s.p50.value, DECIMALS);
    write_count(w, "pairings", f->pairings);
    write_count(w, "pairings_wrong", f->pairings_wrong);
    write_count(w, "returns", f->returns);
    write_count(w, "returns_wrong", f->returns_wrong);
    write_count(w, "met", (int64_t)f->wrong_runs);
    campaign_write_estimate(w, "named", f->named_share);
    json_close(w, '}');
}

void campaign_write_map(const campaign_summary *s, json_writer *w)
{
    json_open(w, "map", '[');
    for (size_t i = 0; i < s->group_count; i++) {
        const summary_group *g = &s->groups[i];
        if (g->f.map.runs > 0 && ((g->by == BY_SCENARIO_SENSORS && !g->faulted) || g->by == BY_FAULT))
            write_row(w, g);
    }
    json_close(w, ']');
}
