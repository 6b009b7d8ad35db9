/*
 * Two campaigns, metric by metric and group by group: what got better or worse, and whether chance can
 * explain it.
 */
#ifndef POSED_CAMPAIGN_COMPARISON_H
#define POSED_CAMPAIGN_COMPARISON_H

#include "campaign/metric.h"
#include "campaign/summary.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { CHANGE_NONE, CHANGE_BETTER, CHANGE_WORSE } change_kind;

/* One metric in one group. */
typedef struct {
    const metric *metric;
    summary_by by;
    bool faulted;
    const char *name;      /* of the group; "" of all */
    size_t runs_a, runs_b; /* with a value */
    bool paired;           /* the same drives in both: `pairs` of them, and the figures are of these */
    size_t pairs;
    double a, b;       /* medians of METRIC_RANKS, otherwise means */
    double difference; /* b less a; of pairs of METRIC_RANKS the median difference */
    double effect;     /* METRIC_RANKS: rank-biserial, -1 to 1, positive: b is larger; otherwise NAN */
    double p, p_holm;  /* of this test alone; corrected for all. NAN: could not be tested */
    change_kind kind;  /* by p_holm < comparison_level, and the direction */
} change;
static const double comparison_level = 0.05;

typedef struct {
    size_t matched, only_a, only_b; /* runs */
    size_t tests, better, worse;    /* tests: that have a p */
    change *changes;                /* by group, then metric */
    size_t count, capacity;
} comparison;

/* Compares. A run is the same in both when scenario, sensors, fault and seed are. Where most runs of the
 * smaller side have a partner, partners are compared; else the two sets. Groups: all, by scenario, by
 * sensors, by fault; fault-free and faulted apart; `only` BY_TOTAL to BY_FAULT: of that kind alone,
 * SUMMARY_BY_COUNT: all. False with `e` set when memory is short; to be finished in any case. */
bool comparison_make(comparison *c, const results *a, const results *b, summary_by only, error *e);
void comparison_finish(comparison *c);

#ifdef __cplusplus
}
#endif
#endif
