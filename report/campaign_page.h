/*
 * The page of a campaign: its figures as data for report/page/campaign.js.
 */
#ifndef POSED_REPORT_CAMPAIGN_PAGE_H
#define POSED_REPORT_CAMPAIGN_PAGE_H

#include "campaign/summary.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes the page. Whether writing failed, `out` knows. */
void campaign_page_write(const campaign_summary *s, FILE *out);

/* Its data alone: one JSON object (docs/REPORT.md). */
void campaign_page_write_data(const campaign_summary *s, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
