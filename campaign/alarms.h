/*
 * Flags against what was injected: alarms that nothing explains, faults that were found and named.
 */
#ifndef POSED_CAMPAIGN_ALARMS_H
#define POSED_CAMPAIGN_ALARMS_H

#include "campaign/record.h"
#include "campaign/row.h"
#include "inject/inject.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A flag may follow its fault by this long, s: evidence is collected over windows. */
#define ALARM_GRACE_S 10.0

/* Fills in the row's columns of alarms and faults, but for recover_s and fault_max_m. `plan` NULL: nothing
 * was injected. */
void alarms_judge(const run_record *r, const inject_plan *plan, campaign_row *row);

/* The table of flags that are statements about the drive, as Markdown. */
void alarms_write_reference(FILE *out);

#ifdef __cplusplus
}
#endif
#endif
