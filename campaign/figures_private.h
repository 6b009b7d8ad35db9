/*
 * What the figures*.c files share: room for one value per row, filled again for each figure.
 */
#ifndef POSED_CAMPAIGN_FIGURES_PRIVATE_H
#define POSED_CAMPAIGN_FIGURES_PRIVATE_H

#include "campaign/figures.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const result_row *const *rows; /* those that can be judged */
    size_t count;
    double *values, *weights;
    histogram *histograms;
    size_t *unreadable;
} figures_bench;

/* Fills the values from a column of the rows. */
#define FIGURES_COLUMN(b, name)                                                                              \
    for (size_t i_ = 0; i_ < (b)->count; i_++)                                                               \
    (b)->values[i_] = (b)->rows[i_]->name

/* Mean of the values, which are shares, weighted. */
estimate figures_share_mean(const figures_bench *b);

/* Quantiles of a column of histograms, pooled over drives. False: no memory. */
bool figures_pooled(const figures_bench *b, const char *(*column)(const result_row *row),
                    bool (*add)(histogram *h, const char *text), quantiles *q);

/* Of the values, which are in another order afterwards. */
quantiles figures_over_drives(const figures_bench *b);

/* Sums of a column over the rows that have it; -1: none has. `runs` have it, in `with` it is not 0. */
typedef struct {
    int64_t sum;
    size_t runs, with;
} figures_tally;
static const figures_tally figures_no_tally = {-1, 0, 0};

/* A value below 0 is none. */
void figures_add(figures_tally *t, int64_t value);

/* Of the rows that were driven on a map (figures_map.c). False: no memory. */
bool figures_on_map(const figures_bench *b, map_figures *f);

#ifdef __cplusplus
}
#endif
#endif
