/*
 * The parts of a campaign's page; private to report/.
 */
#ifndef POSED_REPORT_CAMPAIGN_PARTS_H
#define POSED_REPORT_CAMPAIGN_PARTS_H

#include "campaign/summary.h"
#include "report/json.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { DECIMALS = 5 };

/* "NAME": its value, "NAME_low" and "NAME_high". */
void campaign_write_estimate(json_writer *w, const char *name, estimate e);

void campaign_write_alarms(const campaign_summary *s, json_writer *w);
void campaign_write_faults(const campaign_summary *s, json_writer *w);
/* Drives on a map: fault-free by scenario and sensors, the others by fault. */
void campaign_write_map(const campaign_summary *s, json_writer *w);
void campaign_write_failing(const campaign_summary *s, json_writer *w);

#ifdef __cplusplus
}
#endif
#endif
