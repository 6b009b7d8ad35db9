#include "campaign/figures_private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef const result_row *const *row_list;

const char *const summary_kind_words[] = {
    [KIND_GNSS] = "gnss",     [KIND_RADAR] = "radar",       [KIND_WHEEL] = "wheel",
    [KIND_CAMERA] = "camera", [KIND_ROADSIDE] = "roadside", [KIND_ODOMETRY] = "odometry",
};

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

estimate figures_share_mean(const figures_bench *b)
{
    return mean_of_drives(b->values, b->weights, b->count, 0, 1);
}

static estimate positive_mean(const figures_bench *b)
{
    return mean_of_drives(b->values, b->weights, b->count, 0, INFINITY);
}

/* ---- accuracy ---- */

static const char *along_text(const result_row *row)
{
    return row->along_histogram;
}

static const char *cross_text(const result_row *row)
{
    return row->cross_histogram;
}

static const char *heading_text(const result_row *row)
{
    return row->heading_histogram;
}

static const char *grid_text(const result_row *row)
{
    return row->error_bound_grid;
}

bool figures_pooled(const figures_bench *b, const char *(*column)(const result_row *row),
                    bool (*add)(histogram *h, const char *text), quantiles *q)
{
    static const double shares[] = {0.5, 0.95};
    estimate found[2];
    memset(b->histograms, 0, b->count * sizeof *b->histograms);
    for (size_t i = 0; i < b->count; i++)
        *b->unreadable += !add(&b->histograms[i], column(b->rows[i]));
    bool good = histogram_quantiles(b->histograms, b->count, shares, 2, found);
    *q = (quantiles){found[0], found[1]};
    return good;
}

static bool accuracy(const figures_bench *b, summary_figures *f)
{
    FIGURES_COLUMN(b, inside_alert);
    f->inside_alert = figures_share_mean(b);
    FIGURES_COLUMN(b, availability);
    f->availability = figures_share_mean(b);
    return figures_pooled(b, along_text, histogram_add, &f->along_m) &&
           figures_pooled(b, cross_text, histogram_add, &f->cross_m) &&
           figures_pooled(b, heading_text, histogram_add, &f->heading_deg) &&
           figures_pooled(b, grid_text, histogram_add_errors, &f->horizontal_m);
}

/* ---- honesty ---- */

static void honesty(const figures_bench *b, summary_figures *f)
{
    FIGURES_COLUMN(b, coverage50);
    f->coverage50 = figures_share_mean(b);
    FIGURES_COLUMN(b, coverage95);
    f->coverage95 = figures_share_mean(b);
    FIGURES_COLUMN(b, coverage999);
    f->coverage999 = figures_share_mean(b);
    FIGURES_COLUMN(b, nees);
    f->nees = positive_mean(b);
    size_t known = 0;
    for (size_t i = 0; i < b->count; i++)
        known += !isnan(b->values[i]);
    f->nees_worth = nees_worth(b->values, b->count, 2);
    f->nees_band = nees_band(known, f->nees_worth, 2);
    FIGURES_COLUMN(b, nis_gnss);
    f->nis[KIND_GNSS] = positive_mean(b);
    FIGURES_COLUMN(b, nis_radar);
    f->nis[KIND_RADAR] = positive_mean(b);
    FIGURES_COLUMN(b, nis_wheel);
    f->nis[KIND_WHEEL] = positive_mean(b);
    FIGURES_COLUMN(b, nis_camera);
    f->nis[KIND_CAMERA] = positive_mean(b);
    FIGURES_COLUMN(b, nis_roadside);
    f->nis[KIND_ROADSIDE] = positive_mean(b);
    FIGURES_COLUMN(b, nis_odometry);
    f->nis[KIND_ODOMETRY] = positive_mean(b);
}

/* ---- alarms and faults ---- */

static void alarms(const figures_bench *b, summary_figures *f)
{
    double hours = 0;
    for (size_t i = 0; i < b->count; i++) {
        int64_t count = b->rows[i]->false_alarms;
        double drive_h = count < 0 || isnan(b->rows[i]->duration_s) ? 0 : b->rows[i]->duration_s / 3600;
        b->values[i] = drive_h > 0 ? (double)count : 0;
        b->weights[i] = drive_h;
        f->false_alarms += (int64_t)b->values[i];
        f->alarmed_runs += b->values[i] > 0;
        hours += drive_h;
    }
    f->false_alarms_per_h = rate_poisson((size_t)f->false_alarms, hours);
    f->false_alarm_dispersion = rate_dispersion(b->values, b->weights, b->count);
}

/* Sorts the values that are known to the front; what stands behind them is of no use any more. */
static size_t sort_known(double *values, size_t count)
{
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(values[i]))
            values[known++] = values[i];
    }
    qsort(values, known, sizeof *values, by_value);
    return known;
}

static quantiles of_sorted(const double *sorted, size_t count)
{
    return (quantiles){quantile_sorted(sorted, count, 0.5), quantile_sorted(sorted, count, 0.95)};
}

/* Of the values on the bench, which are in another order afterwards. */
quantiles figures_over_drives(const figures_bench *b)
{
    size_t known = sort_known(b->values, b->count);
    return of_sorted(b->values, known);
}

static bool faults(const figures_bench *b, summary_figures *f)
{
    for (size_t i = 0; i < b->count; i++) {
        const result_row *r = b->rows[i];
        bool counts = r->injected > 0 && r->detected >= 0, seen = counts && r->detected > 0;
        f->injected += counts;
        f->detected += seen;
        f->named += seen && r->named > 0;
        f->named_code += seen && r->named_code > 0;
        b->values[i] = seen ? r->detect_s : NAN;
    }
    f->detected_share = share_wilson(f->detected, f->injected);
    f->named_share = share_wilson(f->named, f->detected);
    f->named_code_share = share_wilson(f->named_code, f->detected);
    f->detect_count = sort_known(b->values, b->count);
    f->detect_s = of_sorted(b->values, f->detect_count);
    f->detect_sorted_s = calloc(f->detect_count + 1, sizeof *f->detect_sorted_s);
    if (!f->detect_sorted_s)
        return false;
    memcpy(f->detect_sorted_s, b->values, f->detect_count * sizeof *b->values);
    FIGURES_COLUMN(b, named_s);
    f->named_s = figures_over_drives(b);
    FIGURES_COLUMN(b, recover_s);
    f->recover_s = figures_over_drives(b);
    return true;
}

/* ---- integrity ---- */

void figures_add(figures_tally *t, int64_t value)
{
    if (value < 0)
        return;
    t->sum = (t->runs > 0 ? t->sum : 0) + value;
    t->runs++;
    t->with += value > 0;
}

static void integrity(const figures_bench *b, summary_figures *f)
{
    figures_tally epochs = figures_no_tally, misleading = figures_no_tally, hazardous = figures_no_tally,
                  unsafe = figures_no_tally;
    f->error_over_pl_max = NAN;
    for (size_t i = 0; i < b->count; i++) {
        const result_row *r = b->rows[i];
        figures_add(&epochs, r->epochs);
        figures_add(&misleading, r->misleading);
        figures_add(&hazardous, r->hazardous);
        figures_add(&unsafe, r->unsafe);
        f->error_over_pl_max = fmax(f->error_over_pl_max, r->error_over_pl_max);
        b->weights[i] = r->epochs > 0 ? (double)r->epochs : 0;
        b->values[i] = r->epochs > 0 ? r->available_fraction : NAN;
    }
    f->available_fraction = figures_share_mean(b);
    f->epochs = epochs.sum;
    f->level_runs = epochs.with;
    f->misleading = misleading.sum;
    f->misleading_runs = misleading.with;
    f->misleading_run_share = share_rare(misleading.with, misleading.runs);
    f->hazardous = hazardous.sum;
    f->hazardous_runs = hazardous.with;
    f->hazardous_run_share = share_rare(hazardous.with, hazardous.runs);
    f->unsafe = unsafe.sum;
    f->unsafe_runs = unsafe.with;
    f->unsafe_run_share = share_rare(unsafe.with, unsafe.runs);
    FIGURES_COLUMN(b, pl_horizontal_p50_m);
    f->pl_horizontal_m = figures_over_drives(b);
    FIGURES_COLUMN(b, pl_along_p50_m);
    f->pl_along_m = figures_over_drives(b);
    FIGURES_COLUMN(b, pl_cross_p50_m);
    f->pl_cross_m = figures_over_drives(b);
}

static bool work_out(const figures_bench *b, summary_figures *f)
{
    for (size_t i = 0; i < b->count; i++)
        b->weights[i] = (double)b->rows[i]->samples;
    honesty(b, f);
    if (!accuracy(b, f))
        return false;
    alarms(b, f); /* from here on the weights are others */
    integrity(b, f);
    return faults(b, f) && figures_on_map(b, &f->map);
}

bool figures_make(summary_figures *f, row_list rows, size_t count, size_t *unreadable)
{
    memset(f, 0, sizeof *f);
    const result_row **judged = calloc(count + 1, sizeof *judged);
    figures_bench b = {judged,
                       0,
                       calloc(count + 1, sizeof(double)),
                       calloc(count + 1, sizeof(double)),
                       calloc(count + 1, sizeof(histogram)),
                       unreadable};
    f->runs = count;
    for (size_t i = 0; judged && i < count; i++) {
        f->troubled += rows[i]->trouble[0] != '\0';
        f->hours += isnan(rows[i]->duration_s) ? 0 : rows[i]->duration_s / 3600;
        f->distance_km += isnan(rows[i]->distance_m) ? 0 : rows[i]->distance_m / 1000;
        if (result_is_judged(rows[i]))
            judged[b.count++] = rows[i];
    }
    f->judged = b.count;
    bool good = judged && b.values && b.weights && b.histograms && work_out(&b, f);
    free(judged);
    free(b.values);
    free(b.weights);
    free(b.histograms);
    return good;
}

void figures_finish(summary_figures *f)
{
    free(f->detect_sorted_s);
    f->detect_sorted_s = NULL;
}
