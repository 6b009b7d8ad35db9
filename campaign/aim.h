/*
 * What a campaign should show, and whether it does: coverage, NEES, false alarms, hazards, naming.
 */
#ifndef POSED_CAMPAIGN_AIM_H
#define POSED_CAMPAIGN_AIM_H

#include "campaign/summary.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { AIM_UNKNOWN, AIM_MET, AIM_MISSED } aim_verdict;

typedef struct {
    char what[96], aim[48], measured[112];
    aim_verdict verdict; /* by the figure itself, not by its interval */
} aim;

/* The last ones are of drives on a map. */
enum { AIM_COUNT = 19, AIM_MAP_COUNT = 10 };

/* Where the 95 % coverage of one scenario and set of sensors should lie, and that of all. */
static const double aim_coverage_low = 0.93, aim_coverage_high = 0.97;
static const double aim_group_low = 0.90, aim_group_high = 0.98;
static const double aim_alarms_per_h = 0.1;

/* Those that the runs can say something of; the others are AIM_UNKNOWN. Returns how many there are: without a
 * drive on a map, those of the map are not among them. */
size_t aims_judge(const campaign_summary *s, aim aims[AIM_COUNT]);

#ifdef __cplusplus
}
#endif
#endif
