#include "campaign/aim_private.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

aim_verdict aim_verdict_of(bool known, bool met)
{
    return !known ? AIM_UNKNOWN : met ? AIM_MET : AIM_MISSED;
}

void aim_measured(aim *a, bool known, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(a->measured, sizeof a->measured, format, args);
    va_end(args);
    if (!known)
        snprintf(a->measured, sizeof a->measured, "no such runs");
}

void aim_say(aim *a, const char *what, const char *goal)
{
    snprintf(a->what, sizeof a->what, "%s", what);
    snprintf(a->aim, sizeof a->aim, "%s", goal);
}

void aim_judge_coverage(const estimate *e, const char *what, aim *a)
{
    bool known = e && isfinite(e->value);
    aim_say(a, what, "0.93 to 0.97");
    if (known)
        aim_measured(a, known, "%.3f (%.3f-%.3f)", e->value, e->low, e->high);
    else
        aim_measured(a, known, "-");
    a->verdict =
        aim_verdict_of(known, known && e->value >= aim_coverage_low && e->value <= aim_coverage_high);
}

static void judge_groups(const campaign_summary *s, aim *a)
{
    size_t count = 0, inside = 0;
    double least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < s->group_count; i++) {
        double c = s->groups[i].f.coverage95.value;
        if (s->groups[i].by != BY_SCENARIO_SENSORS || s->groups[i].faulted || !isfinite(c))
            continue;
        count++;
        inside += c >= aim_group_low && c <= aim_group_high;
        least = fmin(least, c);
        most = fmax(most, c);
    }
    aim_say(a, "the same in each scenario with each sensor set", "0.90 to 0.98");
    aim_measured(a, count > 0, "%zu of %zu inside; %.3f to %.3f", inside, count, least, most);
    a->verdict = aim_verdict_of(count > 0, inside == count);
}

static void judge_nees(const summary_figures *f, aim *a)
{
    bool known = f && isfinite(f->nees_band.low);
    aim_say(a, "mean horizontal NEES, fault-free", "in its band about 2");
    if (known)
        aim_measured(a, known, "%.2f, band %.2f to %.2f", f->nees.value, f->nees_band.low, f->nees_band.high);
    else
        aim_measured(a, known, "-");
    a->verdict = aim_verdict_of(known, known && f->nees.value >= f->nees_band.low &&
                                           f->nees.value <= f->nees_band.high);
}

static void judge_alarms(const summary_figures *f, aim *a)
{
    bool known = f && isfinite(f->false_alarms_per_h.value);
    aim_say(a, "false alarms per hour, fault-free", "<= 0.1");
    if (known)
        aim_measured(a, known, "%.3g (%.3g-%.3g), %lld in %.1f h", f->false_alarms_per_h.value,
                     f->false_alarms_per_h.low, f->false_alarms_per_h.high, (long long)f->false_alarms,
                     f->hours);
    else
        aim_measured(a, known, "-");
    a->verdict = aim_verdict_of(known, known && f->false_alarms_per_h.value <= aim_alarms_per_h);
}

/* Runs with hazardously misleading information, of all. */
static void judge_hazards(const campaign_summary *s, aim *a)
{
    size_t runs = 0, hazardous = 0;
    for (int faulted = 0; faulted < 2; faulted++) {
        const summary_group *g = summary_total(s, faulted != 0);
        runs += g ? g->f.level_runs : 0;
        hazardous += g ? g->f.hazardous_runs : 0;
    }
    aim_say(a, "hazardously misleading runs", "0");
    aim_measured(a, true, "%zu of %zu, up to %.2g by chance", hazardous, runs,
                 share_rare(hazardous, runs).high);
    if (runs == 0)
        aim_measured(a, true, "no protection levels yet");
    a->verdict = aim_verdict_of(runs > 0, hazardous == 0);
}

void aim_judge_share(const estimate *e, const char *what, const char *goal, double least, aim *a)
{
    bool known = e && isfinite(e->value);
    aim_say(a, what, goal);
    if (known)
        aim_measured(a, known, "%.3f (%.3f-%.3f)", e->value, e->low, e->high);
    else
        aim_measured(a, known, "-");
    a->verdict = aim_verdict_of(known, known && e->value >= least);
}

/* The slowest of the faults whose names begin so: slow ones have ten seconds. */
static void judge_times(const campaign_summary *s, const char *begin, double most_s, aim *a)
{
    const summary_group *slowest = NULL;
    for (size_t i = 0; i < s->group_count; i++) {
        const summary_group *g = &s->groups[i];
        if (g->by != BY_FAULT || strncmp(g->fault, begin, strlen(begin)) != 0 ||
            !isfinite(g->f.detect_s.p95.value))
            continue;
        if (!slowest || g->f.detect_s.p95.value > slowest->f.detect_s.p95.value)
            slowest = g;
    }
    if (slowest)
        aim_measured(a, true, "%.2f s (%.60s)", slowest->f.detect_s.p95.value, slowest->fault);
    else
        aim_measured(a, false, "-");
    a->verdict = aim_verdict_of(slowest, slowest && slowest->f.detect_s.p95.value <= most_s);
}

size_t aims_judge(const campaign_summary *s, aim aims[AIM_COUNT])
{
    const summary_group *clean = summary_total(s, false), *faulted = summary_total(s, true);
    const summary_figures *f = clean ? &clean->f : NULL, *g = faulted ? &faulted->f : NULL;
    aim_judge_coverage(f ? &f->coverage95 : NULL, "coverage of the 95 % region, fault-free", &aims[0]);
    judge_groups(s, &aims[1]);
    judge_nees(f, &aims[2]);
    judge_alarms(f, &aims[3]);
    judge_hazards(s, &aims[4]);
    aim_judge_share(g ? &g->detected_share : NULL, "faults detected", "(no aim: some do no harm)", 0,
                    &aims[5]);
    if (aims[5].verdict == AIM_MET)
        aims[5].verdict = AIM_UNKNOWN;
    aim_judge_share(g ? &g->named_share : NULL, "right source named, of detected faults", ">= 0.95", 0.95,
                    &aims[6]);
    aim_say(&aims[7], "time to detect a jump, 95 %, slowest (gnss_jump*)", "<= 1 s");
    judge_times(s, "gnss_jump", 1, &aims[7]);
    aim_say(&aims[8], "time to detect a drift of 0.1 m/s, 95 % (gnss_drift_01*)", "<= 10 s");
    judge_times(s, "gnss_drift_01", 10, &aims[8]);
    if (!summary_has_map(s))
        return AIM_COUNT - AIM_MAP_COUNT;
    aims_judge_map(s, &aims[AIM_COUNT - AIM_MAP_COUNT]);
    return AIM_COUNT;
}
