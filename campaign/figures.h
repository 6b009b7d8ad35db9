/*
 * The figures of one set of runs, however chosen. docs/STATISTICS.md has the meaning of each.
 */
#ifndef POSED_CAMPAIGN_FIGURES_H
#define POSED_CAMPAIGN_FIGURES_H

#include "campaign/histogram.h"
#include "campaign/results.h"
#include "campaign/statistics.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { KIND_GNSS, KIND_RADAR, KIND_WHEEL, KIND_CAMERA, KIND_ROADSIDE, KIND_ODOMETRY, SUMMARY_KINDS };
extern const char *const summary_kind_words[SUMMARY_KINDS];

/* A quantile at half and at 95 %. */
typedef struct {
    estimate p50, p95;
} quantiles;

/* Of the drives on a map, from 10 s after their start on where errors are concerned. Counts are -1 when there
 * is no such drive. */
typedef struct {
    size_t runs;
    quantiles along_m, cross_m, heading_deg; /* of absolute errors, pooled over drives */
    estimate coverage95;                     /* weighted by samples */
    estimate lane_sure;                      /* share of poses that are sure of their lane */
    int64_t lane_sure_poses, lane_wrong;     /* of those in another than the truth */
    size_t lane_wrong_runs, lane_never_runs; /* with such; without a pose that was sure of the right lane */
    estimate lane_wrong_run_share;
    quantiles lane_right_s; /* to the first that was */
    int64_t lane_changes, lane_changes_followed;
    quantiles lane_change_s; /* over drives, of the longest */
    int64_t pairings, pairings_wrong;
    size_t pairings_wrong_runs;
    int64_t returns, returns_wrong, returns_beside; /* the same of radars; of what is not told from it */
    size_t returns_wrong_runs;
    int64_t elements_wrong, elements_missed, elements_missed_right;
    size_t wrong_runs, named_runs; /* that met an element that is elsewhere; in which such a one was missed */
    estimate named_share;
} map_figures;

/* Intervals are at 95 % and count drives (statistics.h). What cannot be known is NAN. */
typedef struct {
    size_t runs, judged, troubled; /* judged: without trouble and with truth; the figures below are of them */
    double hours, distance_km;     /* of all runs */
    quantiles along_m, cross_m, heading_deg, horizontal_m; /* of absolute errors, pooled over drives */
    estimate inside_alert, availability;                   /* shares of samples */
    estimate coverage50, coverage95, coverage999, nees;    /* weighted by samples */
    double nees_worth;                                     /* independent samples that one drive is worth */
    estimate nees_band;
    estimate nis[SUMMARY_KINDS];
    /* alarms that no injected fault explains */
    int64_t false_alarms;
    size_t alarmed_runs;
    estimate false_alarms_per_h;
    double false_alarm_dispersion;
    /* injected faults */
    size_t injected, detected, named, named_code; /* runs; of those injected, detected, detected */
    estimate detected_share, named_share, named_code_share;
    quantiles detect_s, named_s, recover_s;
    double *detect_sorted_s; /* `detect_count` times, in rising order */
    size_t detect_count;
    /* integrity; -1 and NAN: no protection levels yet */
    int64_t epochs, misleading, hazardous, unsafe;
    size_t level_runs, misleading_runs, hazardous_runs, unsafe_runs;
    estimate misleading_run_share, hazardous_run_share, unsafe_run_share;
    quantiles pl_horizontal_m, pl_along_m, pl_cross_m; /* over drives, of the drive's median */
    double error_over_pl_max;
    estimate available_fraction;
    map_figures map;
} summary_figures;

/* Works the figures out; to be finished by figures_finish. `*unreadable` grows by the
 * histograms and grids that are not what columns.def says. False when memory is short. */
bool figures_make(summary_figures *f, const result_row *const *rows, size_t count, size_t *unreadable);
void figures_finish(summary_figures *f);

#ifdef __cplusplus
}
#endif
#endif
