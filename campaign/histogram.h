/*
 * Histograms and grids as columns.def writes them, over bins of a tenth of a decade, pooled over drives.
 */
#ifndef POSED_CAMPAIGN_HISTOGRAM_H
#define POSED_CAMPAIGN_HISTOGRAM_H

#include "campaign/statistics.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { BIN_FIRST = -40, BIN_LAST = 40, BIN_COUNT = BIN_LAST - BIN_FIRST + 1 };

/* Counts by bin: element i is of bin BIN_FIRST + i. */
typedef struct {
    float bins[BIN_COUNT];
} histogram;

/* Counts by two bins, the error's first. */
typedef struct {
    double cells[BIN_COUNT][BIN_COUNT];
} histogram_grid;

/* Where element `i` of `bins` begins, and its middle on a logarithmic scale. */
double bin_start(size_t i);
double bin_middle(size_t i);

/* Adds "bin:count bin:count ..." or "bx,by:count ...". Bins outside the range count in the outermost. False
 * when the text is something else; what stands before the fault is added then. */
bool histogram_add(histogram *h, const char *text);
bool histogram_grid_add(histogram_grid *g, const char *text);
/* The same of a grid's text, summed over its second bin: the errors alone. */
bool histogram_add_errors(histogram *h, const char *text);

/* The quantiles of what `count` drives hold together, with an interval each: percentile bootstrap over
 * drives, 400 resamples (fewer when there are more than 5,000 drives, never below 100) with a fixed seed, so
 * that the same table gives the same interval. Within a bin samples count as spread evenly on the logarithmic
 * scale, so a quantile is known to some percent at best. Source: Efron and Tibshirani 1993, chapters 13
 * and 8.5 (clusters). Fills `quantiles[shares]`; false when memory is short. One drive gives no interval. */
bool histogram_quantiles(const histogram *drives, size_t count, const double *shares, size_t share_count,
                         estimate *quantiles);

#ifdef __cplusplus
}
#endif
#endif
