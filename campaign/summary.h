/*
 * What a campaign's rows amount to: figures with intervals, of all runs and of groups of them. Fault-free and
 * faulted runs are never mixed in one figure. docs/STATISTICS.md has the meaning of each.
 */
#ifndef POSED_CAMPAIGN_SUMMARY_H
#define POSED_CAMPAIGN_SUMMARY_H

#include "campaign/figures.h"
#include "fusion/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    BY_TOTAL,
    BY_SCENARIO,
    BY_SENSORS,
    BY_SCENARIO_SENSORS,
    BY_FAULT,
    BY_ROAD,
    SUMMARY_BY_COUNT
} summary_by;
extern const char *const summary_by_words[SUMMARY_BY_COUNT]; /* "total", "scenario", "sensors", ... */

typedef struct {
    summary_by by;
    bool faulted;                                  /* of the runs with faults, or of those without */
    const char *scenario, *sensors, *fault, *road; /* NULL: of all */
    summary_figures f;
} summary_group;

/* Kinds of failing runs, the worst first. A fault-free run is far off when more than a tenth of it lay
 * outside the 99.9 % region: of honest drives fewer than 1 in 100, however their errors hang together
 * (Markov's inequality: 0.001 / 0.1). */
typedef enum { FAIL_TROUBLE, FAIL_HAZARDOUS, FAIL_COVERAGE } fail_kind;
static const double fail_coverage999 = 0.9;

typedef struct {
    const result_row *row;
    fail_kind kind;
} failing_run;

/* The errors of the samples against what bounded them, one per class of road. */
typedef struct {
    histogram_grid bound, level;
    bool has_bound, has_level;
} summary_grids;

typedef struct {
    const results *of;
    summary_group *groups; /* by kind, fault-free first, names in order */
    size_t group_count, group_capacity;
    failing_run *failing; /* the worst kind first, then by number */
    size_t failing_count;
    size_t unreadable; /* histograms and grids that are not what columns.def says */
    alert_limits alert[ROAD_CLASS_COUNT];
    summary_grids *grids; /* [faulted][road_class], 2 * ROAD_CLASS_COUNT of them */
} campaign_summary;

/* The words of a class of road as in columns.def, and back; false: it is none. */
extern const char *const summary_road_words[ROAD_CLASS_COUNT];
bool summary_road(const char *word, road_class *road);

/* Works everything out; `r` must outlive it. False with `e` set when memory is short; to be finished in any
 * case. */
bool summary_make(campaign_summary *s, const results *r, error *e);
void summary_finish(campaign_summary *s);

/* The group of all runs with or without faults. NULL: there are none. */
const summary_group *summary_total(const campaign_summary *s, bool faulted);

/* Whether any run has protection levels. */
bool summary_has_levels(const campaign_summary *s);

/* Whether any run was driven on a map. */
bool summary_has_map(const campaign_summary *s);

/* The command that runs the run again, for a shell. Returns what snprintf does. */
int summary_command(const campaign_summary *s, const result_row *row, char *text, size_t size);
/* Why it failed, in words. */
int summary_reason(const failing_run *f, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
