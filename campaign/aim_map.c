/* The aims of drives on a map. */
#include "campaign/aim_private.h"

#include <math.h>
#include <string.h>

/* 95 % of errors of fault-free drives: on local roads the figures of Reid et al. 2019 for what a vehicle
 * needs to keep its lane, on freeways a third of their alert limits. */
static const struct {
    road_class road;
    const char *what, *goal;
    size_t quantity; /* of map_figures */
    double most;
} errors[] = {
    {ROAD_LOCAL, "local roads, on a map: across at 95 %", "<= 0.10 m", offsetof(map_figures, cross_m), 0.10},
    {ROAD_LOCAL, "local roads, on a map: along at 95 %", "<= 0.29 m", offsetof(map_figures, along_m), 0.29},
    {ROAD_LOCAL, "local roads, on a map: heading at 95 %", "<= 0.17 deg", offsetof(map_figures, heading_deg),
     0.17},
    {ROAD_FREEWAY, "freeways, on a map: across at 95 %", "<= 0.20 m", offsetof(map_figures, cross_m), 0.20},
    {ROAD_FREEWAY, "freeways, on a map: along at 95 %", "<= 0.48 m", offsetof(map_figures, along_m), 0.48},
};
enum { ERRORS = sizeof errors / sizeof *errors };
_Static_assert((int)ERRORS + 5 == (int)AIM_MAP_COUNT, "AIM_MAP_COUNT of aim.h");

static const map_figures *of_road(const campaign_summary *s, road_class road)
{
    for (size_t i = 0; i < s->group_count; i++) {
        const summary_group *g = &s->groups[i];
        if (g->by == BY_ROAD && !g->faulted && strcmp(g->road, summary_road_words[road]) == 0 &&
            g->f.map.runs > 0)
            return &g->f.map;
    }
    return NULL;
}

static void judge_error(const campaign_summary *s, size_t i, aim *a)
{
    const map_figures *f = of_road(s, errors[i].road);
    const quantiles *q = f ? (const quantiles *)(const void *)((const char *)f + errors[i].quantity) : NULL;
    bool known = q && isfinite(q->p95.value);
    aim_say(a, errors[i].what, errors[i].goal);
    if (known)
        aim_measured(a, known, "%.3f (%.3f-%.3f), %zu drives", q->p95.value, q->p95.low, q->p95.high,
                     f->runs);
    else
        aim_measured(a, known, "-");
    a->verdict = aim_verdict_of(known, known && q->p95.value <= errors[i].most);
}

/* Sums over drives with faults and without; -1: there are none. */
static int64_t both(const map_figures *clean, const map_figures *faulted, size_t count)
{
    const map_figures *of[] = {clean, faulted};
    int64_t sum = -1;
    for (size_t i = 0; i < 2; i++) {
        int64_t one = of[i] ? *(const int64_t *)(const void *)((const char *)of[i] + count) : -1;
        if (one >= 0)
            sum = (sum < 0 ? 0 : sum) + one;
    }
    return sum;
}

static void judge_lane(const map_figures *clean, const map_figures *faulted, aim *a)
{
    int64_t sure = both(clean, faulted, offsetof(map_figures, lane_sure_poses));
    int64_t wrong = both(clean, faulted, offsetof(map_figures, lane_wrong));
    aim_say(a, "poses that are sure of a wrong lane", "0");
    aim_measured(a, sure >= 0, "%lld of %lld", (long long)wrong, (long long)sure);
    a->verdict = aim_verdict_of(sure > 0, wrong == 0);
}

static void judge_rare(const char *what, int64_t wrong, int64_t used, aim *a)
{
    aim_say(a, what, "<= 1 in 10,000");
    aim_measured(a, used >= 0, "%lld of %lld", (long long)wrong, (long long)used);
    a->verdict = aim_verdict_of(used > 0, used > 0 && 10000 * (double)wrong <= (double)used);
}

static void judge_pairings(const map_figures *clean, const map_figures *faulted, aim *a)
{
    judge_rare("detections used as another element",
               both(clean, faulted, offsetof(map_figures, pairings_wrong)),
               both(clean, faulted, offsetof(map_figures, pairings)), a);
}

static void judge_returns(const map_figures *clean, const map_figures *faulted, aim *a)
{
    judge_rare("returns of radars used as another element",
               both(clean, faulted, offsetof(map_figures, returns_wrong)),
               both(clean, faulted, offsetof(map_figures, returns)), a);
}

void aims_judge_map(const campaign_summary *s, aim aims[AIM_MAP_COUNT])
{
    const summary_group *clean = summary_total(s, false), *faulted = summary_total(s, true);
    const map_figures *f = clean && clean->f.map.runs > 0 ? &clean->f.map : NULL;
    const map_figures *g = faulted && faulted->f.map.runs > 0 ? &faulted->f.map : NULL;
    for (size_t i = 0; i < ERRORS; i++)
        judge_error(s, i, &aims[i]);
    aim_judge_coverage(f ? &f->coverage95 : NULL, "on a map: coverage of the 95 % region, fault-free",
                       &aims[ERRORS]);
    judge_lane(f, g, &aims[ERRORS + 1]);
    judge_pairings(f, g, &aims[ERRORS + 2]);
    judge_returns(f, g, &aims[ERRORS + 3]);
    aim_judge_share(g ? &g->named_share : NULL, "drives past elements that are elsewhere: one of them named",
                    ">= 0.95", 0.95, &aims[ERRORS + 4]);
}
