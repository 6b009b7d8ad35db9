/*
 * A drive on a map into its columns of the campaign's table: errors, lanes, pairings, elements that are
 * elsewhere.
 */
#ifndef POSED_CAMPAIGN_JUDGE_MAP_H
#define POSED_CAMPAIGN_JUDGE_MAP_H

#include "campaign/record.h"
#include "campaign/row.h"

#ifdef __cplusplus
extern "C" {
#endif

/* So long is the way in: errors on the map are those after it, s. */
static const double judge_map_way_in_s = 10;
/* A lane is sure beyond this probability; a lane change is followed when the new lane is sure so soon, s. */
static const float judge_map_sure = 0.99f;
static const double judge_map_follow_s = 5;

/* Fills in the columns "on a map" when the drive was on one. False: no memory. */
bool judge_map(const run_record *r, const error_sample *samples, size_t count, campaign_row *row);

/* The parts of it. Lanes: judge_lanes.c; pairings and elements: judge_pairings.c. */
bool judge_lanes(const run_record *r, campaign_row *row);
bool judge_pairings(const run_record *r, campaign_row *row);

#ifdef __cplusplus
}
#endif
#endif
