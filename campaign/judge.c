#include "campaign/judge.h"

#include "campaign/alarms.h"
#include "campaign/judge_map.h"
#include "sim/sim.h"

#include <math.h>
#include <stdlib.h>

static const double deg = 180 / M_PI;

/* The error before a fault is that of so many seconds before it; it has not recovered while the error is so
 * many times as large. */
static const double before_s = 10, recovered_factor = 3;

/* A pause of the usable pose that is longer than this is no recovery. */
static const double longest_pause_s = 0.5;

typedef struct {
    const run_record *record;
    error_sample *samples;
    size_t count, due;
    alert_limits limits;
} judged;

static double second_of(int64_t stamp_ns)
{
    return 1e-9 * (double)(stamp_ns - SIM_BEGIN_NS);
}

static double horizontal(const error_sample *s)
{
    return hypot(s->enu_m[0], s->enu_m[1]);
}

static bool is_inside_alert(const error_sample *s, const alert_limits *a)
{
    return fabs(s->along_m) <= a->longitudinal_m && fabs(s->cross_m) <= a->lateral_m &&
           fabs(s->enu_m[2]) <= a->vertical_m && fabs(s->heading_rad) * deg <= a->heading_deg;
}

/* ---- accuracy and honesty ---- */

static void fill_accuracy(const evaluation *v, campaign_row *row)
{
    row->horizontal_rmse_m = v->horizontal_rmse_m;
    row->horizontal_p50_m = v->horizontal_p50_m;
    row->horizontal_p95_m = v->horizontal_p95_m;
    row->horizontal_max_m = v->horizontal_max_m;
    row->along_p95_m = v->along_p95_m;
    row->cross_p95_m = v->cross_p95_m;
    row->vertical_p95_m = v->vertical_p95_m;
    row->heading_p95_deg = v->heading_p95_deg;
    row->velocity_rmse_mps = hypot(v->velocity_east_rmse_mps, v->velocity_north_rmse_mps);
    row->coverage50 = v->coverage50_horizontal;
    row->coverage95 = v->coverage95_horizontal;
    row->coverage999 = v->coverage999_horizontal;
    row->nees = v->nees_horizontal_mean;
}

typedef struct {
    campaign_histogram along, cross, heading;
    campaign_grid error_bound, stanford;
} counts;

static void fill_counts(const judged *j, counts *c, campaign_row *row)
{
    size_t inside = 0;
    for (size_t i = 0; i < j->count; i++) {
        const error_sample *s = &j->samples[i];
        inside += is_inside_alert(s, &j->limits);
        campaign_histogram_add(&c->along, fabs(s->along_m));
        campaign_histogram_add(&c->cross, fabs(s->cross_m));
        campaign_histogram_add(&c->heading, fabs(s->heading_rad) * deg);
        campaign_grid_add(&c->error_bound, horizontal(s), s->bound_m);
    }
    row->inside_alert = j->count > 0 ? (double)inside / (double)j->count : NAN;
    campaign_histogram_text(&c->along, row->along_histogram, sizeof row->along_histogram);
    campaign_histogram_text(&c->cross, row->cross_histogram, sizeof row->cross_histogram);
    campaign_histogram_text(&c->heading, row->heading_histogram, sizeof row->heading_histogram);
    campaign_grid_text(&c->error_bound, row->error_bound_grid, sizeof row->error_bound_grid);
}

static void fill_initialised(const run_record *r, campaign_row *row)
{
    for (size_t i = 0; i < r->pose_count; i++) {
        fusion_mode mode = (fusion_mode)r->poses[i].mode;
        if (mode != MODE_INITIALIZING && mode != MODE_LOST) {
            row->initialised_s = second_of(r->poses[i].stamp_ns);
            return;
        }
    }
}

static double nis_of(const run_record *r, source_kind kind)
{
    return r->dof[kind] > 0 ? r->nis[kind] / r->dof[kind] : NAN;
}

static double share_of(const run_record *r, fusion_mode mode)
{
    size_t all = 0;
    for (int i = 0; i < MODE_COUNT; i++)
        all += r->modes[i];
    return all > 0 ? (double)r->modes[mode] / (double)all : NAN;
}

static void fill_filter(const run_record *r, campaign_row *row)
{
    row->nis_gnss = nis_of(r, SOURCE_GNSS);
    row->nis_radar = nis_of(r, SOURCE_RADAR);
    row->nis_wheel = nis_of(r, SOURCE_WHEEL);
    row->nis_camera = nis_of(r, SOURCE_CAMERA);
    row->nis_roadside = nis_of(r, SOURCE_ROADSIDE);
    row->nis_odometry = nis_of(r, SOURCE_ODOMETRY);
    row->nominal = share_of(r, MODE_NOMINAL);
    row->degraded = share_of(r, MODE_DEGRADED);
    row->dead_reckoning = share_of(r, MODE_DEAD_RECKONING);
    row->lost = share_of(r, MODE_LOST);
}

/* ---- while the fault lasted, and after ---- */

static double error_before(const judged *j, double from_s)
{
    double sum = 0;
    size_t known = 0;
    for (size_t i = 0; i < j->count; i++) {
        double s = second_of(j->samples[i].stamp_ns);
        if (s < from_s - before_s || s >= from_s)
            continue;
        sum += horizontal(&j->samples[i]) * horizontal(&j->samples[i]);
        known++;
    }
    return known > 0 ? sqrt(sum / (double)known) : 0;
}

static void fill_largest(const judged *j, double from_s, double to_s, campaign_row *row)
{
    for (size_t i = 0; i < j->count; i++) {
        double s = second_of(j->samples[i].stamp_ns);
        if (s >= from_s && s <= to_s)
            row->fault_max_m = fmax(row->fault_max_m, horizontal(&j->samples[i])); /* fmax passes NAN over */
    }
}

/* The last moment at which the error was too large, or there was no usable pose, after the end. */
static void fill_recovery(const judged *j, const inject_fault *f, campaign_row *row)
{
    double limit_m = fmax(fmin(j->limits.longitudinal_m, j->limits.lateral_m),
                          recovered_factor * error_before(j, f->from_s));
    double end_s = row->duration_s, bad_s = f->to_s, last_s = f->to_s;
    for (size_t i = 0; i < j->count; i++) {
        double s = second_of(j->samples[i].stamp_ns);
        if (s < f->to_s)
            continue;
        if (s - last_s > longest_pause_s)
            bad_s = s;
        last_s = s;
        if (!(horizontal(&j->samples[i]) <= limit_m))
            bad_s = s;
    }
    /* Good at the end, and for longer than a pause. */
    if (end_s - last_s <= 2 * longest_pause_s && last_s - bad_s > longest_pause_s)
        row->recover_s = bad_s - f->to_s;
}

static void fill_fault(const judged *j, const inject_plan *plan, campaign_row *row)
{
    inject_fault f = inject_plan_get(plan, 0);
    fill_largest(j, f.from_s, f.to_s, row);
    if (isfinite(f.to_s) && f.to_s < row->duration_s)
        fill_recovery(j, &f, row);
}

/* ---- integrity ---- */

/* No ALERT, and further off than the alert limit: along or across. */
static bool is_unsafe(const error_sample *s, const alert_limits *limits)
{
    return !s->alerted && (fabs(s->along_m) > limits->longitudinal_m || fabs(s->cross_m) > limits->lateral_m);
}

static void fill_integrity(const judged *j, const evaluation_integrity *v, counts *c, campaign_row *row)
{
    if (v->epochs == 0)
        return; /* the bank is off */
    row->epochs = (int64_t)v->epochs;
    row->misleading = (int64_t)v->misleading;
    row->hazardous = (int64_t)v->hazardous;
    row->pl_horizontal_p50_m = v->pl_horizontal_p50_m;
    row->pl_along_p50_m = v->pl_along_p50_m;
    row->pl_cross_p50_m = v->pl_cross_p50_m;
    row->error_over_pl_max = v->error_over_pl_max;
    row->available_fraction = v->available_fraction;
    row->unsafe = 0;
    for (size_t i = 0; i < j->count; i++) {
        row->unsafe += is_unsafe(&j->samples[i], &j->limits);
        campaign_grid_add(&c->stanford, horizontal(&j->samples[i]),
                          j->samples[i].protection[POSE_PROTECTIONS - 1]);
    }
    campaign_grid_text(&c->stanford, row->stanford_grid, sizeof row->stanford_grid);
}

static bool give_up(campaign_row *row, const char *why)
{
    snprintf(row->trouble, sizeof row->trouble, "%s", why);
    return false;
}

static bool judge_samples(judged *j, counts *c, campaign_row *row)
{
    const run_record *r = j->record;
    evaluation v;
    j->count = evaluation_samples(
        &(evaluation_input){r->poses, r->pose_count, r->truth, r->truth_count, r->config->truth, NULL, 0},
        j->samples, &j->due);
    if (!evaluation_summarize(j->samples, j->count, &v))
        return give_up(row, "out of memory");
    row->samples = (int64_t)j->count;
    row->availability = j->due > 0 ? (double)j->count / (double)j->due : 0;
    fill_accuracy(&v, row);
    fill_counts(j, c, row);
    fill_integrity(j, &v.integrity, c, row);
    return judge_map(r, j->samples, j->count, row) || give_up(row, "out of memory");
}

bool judge_run(const run_record *r, const inject_plan *plan, campaign_row *row)
{
    judged j = {.record = r,
                .samples = calloc(r->truth_count + 1, sizeof *j.samples),
                .limits = r->config->alert[r->config->road]};
    counts *c = calloc(1, sizeof *c);
    bool good = j.samples && c && !r->full ? judge_samples(&j, c, row) : give_up(row, "out of memory");
    if (good) {
        row->distance_m = r->distance_m;
        fill_initialised(r, row);
        fill_filter(r, row);
        alarms_judge(r, plan, row);
        if (plan)
            fill_fault(&j, plan, row);
    }
    free(c);
    free(j.samples);
    return good;
}
