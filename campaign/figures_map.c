/* The figures of drives on a map. */
#include "campaign/figures_private.h"

#include <math.h>
#include <stdlib.h>

static const char *along_text(const result_row *row)
{
    return row->map_along_histogram;
}

static const char *cross_text(const result_row *row)
{
    return row->map_cross_histogram;
}

static const char *heading_text(const result_row *row)
{
    return row->map_heading_histogram;
}

static bool errors(const figures_bench *b, map_figures *f)
{
    for (size_t i = 0; i < b->count; i++)
        b->weights[i] = (double)b->rows[i]->map_samples;
    FIGURES_COLUMN(b, map_coverage95);
    f->coverage95 = figures_share_mean(b);
    return figures_pooled(b, along_text, histogram_add, &f->along_m) &&
           figures_pooled(b, cross_text, histogram_add, &f->cross_m) &&
           figures_pooled(b, heading_text, histogram_add, &f->heading_deg);
}

static void lanes(const figures_bench *b, map_figures *f)
{
    figures_tally sure = figures_no_tally, wrong = figures_no_tally, changes = figures_no_tally,
                  followed = figures_no_tally;
    for (size_t i = 0; i < b->count; i++) {
        const result_row *r = b->rows[i];
        figures_add(&sure, r->lane_sure);
        figures_add(&wrong, r->lane_wrong);
        figures_add(&changes, r->lane_changes);
        figures_add(&followed, r->lane_changes_followed);
        b->weights[i] = r->lane_poses > 0 ? (double)r->lane_poses : 0;
        b->values[i] = r->lane_poses > 0 ? (double)r->lane_sure / (double)r->lane_poses : NAN;
        f->lane_never_runs += isnan(r->lane_right_s);
    }
    f->lane_sure = figures_share_mean(b);
    f->lane_sure_poses = sure.sum;
    f->lane_wrong = wrong.sum;
    f->lane_wrong_runs = wrong.with;
    f->lane_wrong_run_share = share_rare(wrong.with, wrong.runs);
    f->lane_changes = changes.sum;
    f->lane_changes_followed = followed.sum;
    FIGURES_COLUMN(b, lane_right_s);
    f->lane_right_s = figures_over_drives(b);
    FIGURES_COLUMN(b, lane_change_s);
    f->lane_change_s = figures_over_drives(b);
}

static void elements(const figures_bench *b, map_figures *f)
{
    figures_tally used = figures_no_tally, mistaken = figures_no_tally, wrong = figures_no_tally,
                  missed = figures_no_tally, right = figures_no_tally, returns = figures_no_tally,
                  others = figures_no_tally, beside = figures_no_tally;
    for (size_t i = 0; i < b->count; i++) {
        const result_row *r = b->rows[i];
        figures_add(&used, r->pairings);
        figures_add(&mistaken, r->pairings_wrong);
        figures_add(&returns, r->returns);
        figures_add(&others, r->returns_wrong);
        figures_add(&beside, r->returns_beside);
        figures_add(&wrong, r->elements_wrong);
        figures_add(&missed, r->elements_missed);
        figures_add(&right, r->elements_missed_right);
        f->named_runs += r->elements_wrong > 0 && r->elements_missed_right > 0;
    }
    f->pairings = used.sum;
    f->pairings_wrong = mistaken.sum;
    f->pairings_wrong_runs = mistaken.with;
    f->returns = returns.sum;
    f->returns_wrong = others.sum;
    f->returns_beside = beside.sum;
    f->returns_wrong_runs = others.with;
    f->elements_wrong = wrong.sum;
    f->wrong_runs = wrong.with;
    f->elements_missed = missed.sum;
    f->elements_missed_right = right.sum;
    f->named_share = share_wilson(f->named_runs, f->wrong_runs);
}

bool figures_on_map(const figures_bench *all, map_figures *f)
{
    const result_row **rows = calloc(all->count + 1, sizeof *rows);
    figures_bench b = *all;
    b.rows = rows;
    b.count = 0;
    for (size_t i = 0; rows && i < all->count; i++) {
        if (all->rows[i]->map_samples >= 0)
            rows[b.count++] = all->rows[i];
    }
    f->runs = b.count;
    bool good = rows && errors(&b, f);
    if (good) {
        lanes(&b, f);
        elements(&b, f);
    }
    free(rows);
    return good;
}
