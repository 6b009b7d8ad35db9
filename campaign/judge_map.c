#include "campaign/judge_map.h"

#include "sim/sim.h"

#include <math.h>
#include <stdlib.h>

static const double deg = 180 / M_PI, chi2_2_95 = 5.991464547107979;

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double along(const error_sample *s)
{
    return fabs(s->along_m);
}

static double cross(const error_sample *s)
{
    return fabs(s->cross_m);
}

static double heading(const error_sample *s)
{
    return fabs(s->heading_rad) * deg;
}

/* A quantity of the samples: its 95th percentile and its histogram. */
static double fill(const error_sample *samples, size_t count, double (*of)(const error_sample *s),
                   double *room, char *text, size_t size)
{
    campaign_histogram h = {{0}};
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        double value = of(&samples[i]);
        campaign_histogram_add(&h, value);
        if (isfinite(value))
            room[known++] = value;
    }
    campaign_histogram_text(&h, text, size);
    qsort(room, known, sizeof *room, by_value);
    return evaluation_quantile(room, known, 0.95);
}

static bool judge_errors(const error_sample *samples, size_t count, campaign_row *row)
{
    double *room = calloc(count + 1, sizeof *room);
    size_t inside = 0;
    if (!room)
        return false;
    row->map_samples = (int64_t)count;
    row->map_along_p95_m =
        fill(samples, count, along, room, row->map_along_histogram, sizeof row->map_along_histogram);
    row->map_cross_p95_m =
        fill(samples, count, cross, room, row->map_cross_histogram, sizeof row->map_cross_histogram);
    row->map_heading_p95_deg =
        fill(samples, count, heading, room, row->map_heading_histogram, sizeof row->map_heading_histogram);
    for (size_t i = 0; i < count; i++)
        inside += samples[i].nees <= chi2_2_95;
    row->map_coverage95 = count > 0 ? (double)inside / (double)count : NAN;
    free(room);
    return true;
}

bool judge_map(const run_record *r, const error_sample *samples, size_t count, campaign_row *row)
{
    size_t first = 0;
    if (!r->map.survey || !r->stream)
        return true;
    while (first < count && samples[first].stamp_ns - SIM_BEGIN_NS < (int64_t)(judge_map_way_in_s * 1e9))
        first++;
    return !r->map.full && judge_errors(samples + first, count - first, row) && judge_lanes(r, row) &&
           judge_pairings(r, row);
}
