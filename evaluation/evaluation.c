#include "evaluation/evaluation.h"

#include "fusion/geodesy.h"

#include <math.h>
#include <stdlib.h>

/* Above this speed the headings of reference and vehicle are compared for their constant difference. */
static const double heading_speed_mps = 3.0;

static const double deg = 180 / M_PI;

/* Chi-square with two degrees of freedom: -2 ln(1 - p). */
static const double chi2_2_50 = 1.386294361119891, chi2_2_999 = 13.815510557964274;

/* ---- one number of a sample ---- */

typedef double metric(const error_sample *s);

static double metric_horizontal(const error_sample *s)
{
    return hypot(s->enu_m[0], s->enu_m[1]);
}

static double metric_up(const error_sample *s)
{
    return s->enu_m[2];
}

static double metric_vertical(const error_sample *s)
{
    return fabs(s->enu_m[2]);
}

static double metric_heading(const error_sample *s)
{
    return fabs(s->heading_rad);
}

static double metric_along(const error_sample *s)
{
    return fabs(s->along_m);
}

static double metric_cross(const error_sample *s)
{
    return fabs(s->cross_m);
}

static double metric_velocity_east(const error_sample *s)
{
    return s->velocity_enu_mps[0];
}

static double metric_velocity_north(const error_sample *s)
{
    return s->velocity_enu_mps[1];
}

static double metric_nees(const error_sample *s)
{
    return s->nees;
}

static double metric_inside(const error_sample *s)
{
    return s->inside95;
}

static double metric_inside50(const error_sample *s)
{
    return s->nees <= chi2_2_50;
}

static double metric_inside999(const error_sample *s)
{
    return s->nees <= chi2_2_999;
}

/* ---- many samples ---- */

/* Mean of value^power over the samples where it is known; NAN when it is nowhere. */
static double mean_power(const error_sample *s, size_t count, metric *value, int power)
{
    double sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        double v = value(&s[i]);
        if (!isfinite(v))
            continue;
        sum += power == 2 ? v * v : v;
        known++;
    }
    return known > 0 ? sum / (double)known : NAN;
}

static double rms(const error_sample *s, size_t count, metric *value)
{
    return sqrt(mean_power(s, count, value, 2));
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double evaluation_quantile(const double *sorted, size_t count, double p)
{
    if (count == 0)
        return NAN;
    double place = p * (double)(count - 1);
    size_t below = (size_t)place;
    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - (double)below);
}

/* The known values, sorted, into `room` (count places); returns how many. */
static size_t sort_values(const error_sample *s, size_t count, metric *value, double *room)
{
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        double v = value(&s[i]);
        if (isfinite(v))
            room[known++] = v;
    }
    qsort(room, known, sizeof *room, compare_doubles);
    return known;
}

/* Mean direction of the heading errors while it moves; NAN when it never does. */
static double mean_heading_error(const error_sample *s, size_t count)
{
    double sines = 0, cosines = 0;
    for (size_t i = 0; i < count; i++) {
        if (!(s[i].speed_mps > heading_speed_mps) || !isfinite(s[i].heading_rad))
            continue;
        sines += sin(s[i].heading_rad);
        cosines += cos(s[i].heading_rad);
    }
    return sines == 0 && cosines == 0 ? NAN : atan2(sines, cosines);
}

static double heading_rms(const error_sample *s, size_t count, double offset)
{
    double sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        double left = wrap_angle(s[i].heading_rad - (isfinite(offset) ? offset : 0));
        if (!isfinite(left))
            continue;
        sum += left * left;
        known++;
    }
    return known > 0 ? sqrt(sum / (double)known) : NAN;
}

/* ---- the poses against the truth ---- */

static int64_t claimed_since(const evaluation_input *in)
{
    for (size_t i = 0; i < in->pose_count; i++) {
        uint8_t mode = in->poses[i].mode;
        if (mode == MODE_NOMINAL || mode == MODE_DEGRADED)
            return in->poses[i].stamp_ns;
    }
    return INT64_MAX;
}

size_t evaluation_samples(const evaluation_input *in, error_sample *samples, size_t *due)
{
    const double lever[3] = {in->mount.x_m, in->mount.y_m, in->mount.z_m};
    int64_t since_ns = claimed_since(in);
    size_t count = 0, hint = 0;
    pose_sample pose;
    *due = 0;
    if (in->pose_count == 0)
        return 0;
    for (size_t i = 0; i < in->truth_count; i++) {
        const truth_point *truth = &in->truth[i];
        if (truth->stamp_ns < since_ns || truth->stamp_ns > in->poses[in->pose_count - 1].stamp_ns)
            continue;
        ++*due;
        if (!pose_sample_at(in->poses, in->pose_count, &hint, truth->stamp_ns, &pose) || !pose.claimed)
            continue;
        pose_sample_move(&pose, lever);
        error_sample_make(&pose, truth, in->mount.yaw_deg / deg, &samples[count++]);
    }
    return count;
}

static double truth_distance(const evaluation_input *in, const evaluation_interval *interval)
{
    double distance = 0, last[3], here[3];
    bool started = false;
    for (size_t i = 0; i < in->truth_count; i++) {
        const truth_point *t = &in->truth[i];
        if (t->stamp_ns < interval->from_ns || t->stamp_ns > interval->to_ns)
            continue;
        geodetic_to_ecef(t->latitude_rad, t->longitude_rad, t->height_m, here);
        if (started)
            distance += hypot(hypot(here[0] - last[0], here[1] - last[1]), here[2] - last[2]);
        for (int k = 0; k < 3; k++)
            last[k] = here[k];
        started = true;
    }
    return distance;
}

static void evaluate_drop(const evaluation_input *in, const evaluation_interval *interval,
                          const error_sample *s, size_t count, evaluation_drop *out)
{
    while (count > 0 && s->stamp_ns < interval->from_ns) {
        s++;
        count--;
    }
    while (count > 0 && s[count - 1].stamp_ns > interval->to_ns)
        count--;
    *out = (evaluation_drop){.samples = count,
                             .distance_m = truth_distance(in, interval),
                             .end_error_m = NAN,
                             .max_error_m = NAN,
                             .growth_percent = NAN,
                             .coverage95 = NAN};
    if (count == 0)
        return;
    const error_sample *first = &s[0], *last = &s[count - 1];
    double growth = hypot(last->enu_m[0] - first->enu_m[0], last->enu_m[1] - first->enu_m[1]);
    out->end_error_m = metric_horizontal(last);
    out->max_error_m = 0;
    for (size_t i = 0; i < count; i++)
        out->max_error_m = fmax(out->max_error_m, metric_horizontal(&s[i]));
    if (out->distance_m > 0)
        out->growth_percent = 100 * growth / out->distance_m;
    out->coverage95 = mean_power(s, count, metric_inside, 1);
}

static void summarize(const error_sample *s, size_t count, double *room, evaluation *out)
{
    size_t known = sort_values(s, count, metric_horizontal, room);
    out->horizontal_rmse_m = rms(s, count, metric_horizontal);
    out->horizontal_p50_m = evaluation_quantile(room, known, 0.50);
    out->horizontal_p95_m = evaluation_quantile(room, known, 0.95);
    out->horizontal_max_m = evaluation_quantile(room, known, 1.0);
    known = sort_values(s, count, metric_along, room);
    out->along_p95_m = evaluation_quantile(room, known, 0.95);
    known = sort_values(s, count, metric_cross, room);
    out->cross_p95_m = evaluation_quantile(room, known, 0.95);
    known = sort_values(s, count, metric_vertical, room);
    out->vertical_p95_m = evaluation_quantile(room, known, 0.95);
    known = sort_values(s, count, metric_heading, room);
    out->heading_p95_deg = evaluation_quantile(room, known, 0.95) * deg;
    out->vertical_rmse_m = rms(s, count, metric_up);
    out->velocity_east_rmse_mps = rms(s, count, metric_velocity_east);
    out->velocity_north_rmse_mps = rms(s, count, metric_velocity_north);
    double mean = mean_heading_error(s, count), offset = evaluation_mount(mean);
    out->heading_offset_deg = offset * deg;
    out->heading_rmse_deg = heading_rms(s, count, offset) * deg;
    out->coverage50_horizontal = mean_power(s, count, metric_inside50, 1);
    out->coverage999_horizontal = mean_power(s, count, metric_inside999, 1);
    out->coverage95_horizontal = mean_power(s, count, metric_inside, 1);
    out->nees_horizontal_mean = mean_power(s, count, metric_nees, 1);
    evaluate_integrity(s, count, mean, room, &out->integrity);
}

bool evaluation_summarize(const error_sample *samples, size_t count, evaluation *out)
{
    double *room = calloc(count + 1, sizeof *room);
    if (!room)
        return false;
    summarize(samples, count, room, out);
    out->samples = count;
    out->availability = NAN;
    free(room);
    return true;
}

bool evaluate(const evaluation_input *in, evaluation *out, evaluation_drop *drops)
{
    size_t due = 0;
    error_sample *samples = calloc(in->truth_count + 1, sizeof *samples);
    size_t count = samples ? evaluation_samples(in, samples, &due) : 0;
    bool ok = samples && evaluation_summarize(samples, count, out);
    if (ok)
        out->availability = due > 0 ? (double)count / (double)due : NAN;
    for (size_t i = 0; ok && i < in->interval_count; i++)
        evaluate_drop(in, &in->intervals[i], samples, count, &drops[i]);
    free(samples);
    return ok;
}
