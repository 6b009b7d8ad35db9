/*
 * A drive that was run into the row of the campaign's table.
 */
#ifndef POSED_CAMPAIGN_JUDGE_H
#define POSED_CAMPAIGN_JUDGE_H

#include "campaign/record.h"
#include "campaign/row.h"
#include "inject/inject.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fills in all columns but those of what was run, and of what it cost. `plan` NULL: nothing was injected.
 * False with `trouble` set when it cannot be judged. */
bool judge_run(const run_record *r, const inject_plan *plan, campaign_row *row);

#ifdef __cplusplus
}
#endif
#endif
