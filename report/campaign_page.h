/*
 * The page of a campaign: its figures as data for report/page/campaign.js.
 */
#ifndef POSED_REPORT_CAMPAIGN_PAGE_H
#define POSED_REPORT_CAMPAIGN_PAGE_H

#include "campaign/summary.h"
#include "report/json.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes the page. Whether writing failed, `out` knows. */
void campaign_page_write(const campaign_summary *s, FILE *out);

/* Its data alone: one JSON object (docs/REPORT.md). */
void campaign_page_write_data(const campaign_summary *s, FILE *out);

/* "aims" into the open object of `w`: each with what was measured and whether it is met. The page and the
   figures for programs share it. */
void campaign_write_aims(json_writer *w, const campaign_summary *s);

#ifdef __cplusplus
}
#endif
#endif
