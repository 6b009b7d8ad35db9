/*
 * What two campaigns are compared by: one table of metrics, each a value per run.
 */
#ifndef POSED_CAMPAIGN_METRIC_H
#define POSED_CAMPAIGN_METRIC_H

#include "campaign/results.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How it is tested and told: by ranks and medians, by means, or as share of runs with yes. */
typedef enum { METRIC_RANKS, METRIC_MEAN, METRIC_SHARE } metric_test;

typedef enum { METRIC_ANY, METRIC_FAULT_FREE, METRIC_FAULTED } metric_runs;

typedef struct {
    const char *name, *unit; /* unit "1": a share or a ratio */
    metric_test test;
    metric_runs runs; /* those that it says something of */
    bool more_is_better;
    double honest;                        /* not NAN: the nearer the mean is to it, the better */
    double (*get)(const result_row *row); /* NAN: does not apply to this run */
} metric;

extern const metric metrics[];
extern const size_t metric_count;

#ifdef __cplusplus
}
#endif
#endif
