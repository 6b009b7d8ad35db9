/*
 * How good the poses are, against a reference trajectory. Pure functions over arrays.
 *
 * A truth point counts when two poses that are NOMINAL, DEGRADED or DEAD_RECKONING enclose it
 * (pose_sample_at), after the first that is NOMINAL or DEGRADED: before it nothing was claimed. Whether the
 * bound was tight enough for them to be usable is another question, see evaluation_integrity. The estimate is
 * moved to the truth point first. What was not claimed is not hidden: `availability` is the share of truth
 * points after initialisation that could be counted.
 */
#ifndef POSED_DAEMON_EVALUATION_H
#define POSED_DAEMON_EVALUATION_H

#include "evaluation/evaluation_integrity.h"
#include "evaluation/evaluation_sample.h"
#include "fusion/fusion.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/* An interval to look at by itself. */
typedef struct {
    int64_t from_ns, to_ns;
} evaluation_interval;

/* NAN each where it does not apply. */
typedef struct {
    size_t samples;
    double distance_m;     /* that the truth travelled in the interval */
    double end_error_m;    /* horizontal, at the last sample of the interval */
    double max_error_m;    /* horizontal */
    double growth_percent; /* change of the horizontal error vector over the interval, per distance */
    double coverage95;     /* as below, in the interval */
} evaluation_drop;

/* NAN each where it does not apply. */
typedef struct {
    size_t samples;
    double availability;
    double horizontal_rmse_m, horizontal_p50_m, horizontal_p95_m, horizontal_max_m;
    double vertical_rmse_m, vertical_p95_m;
    double velocity_east_rmse_mps, velocity_north_rmse_mps;
    double
        heading_offset_deg;  /* constant part of estimated less true heading: how the reference is mounted */
    double heading_rmse_deg; /* of what is left */
    double heading_p95_deg;  /* of the whole, the constant part as well */
    double along_p95_m,
        cross_p95_m; /* against the true direction of motion; at less than 1 m/s the true heading */
    double coverage95_horizontal; /* share of samples whose 95 % region holds the truth: NEES <= 5.991 */
    double coverage50_horizontal, coverage999_horizontal; /* the same of 50 %: 1.386, and of 99.9 %: 13.816 */
    double nees_horizontal_mean;                          /* 2 when the covariance tells the truth */
    evaluation_integrity integrity;
} evaluation;

typedef struct {
    const fusion_pose *poses; /* sorted by stamp */
    size_t pose_count;
    const truth_point *truth; /* sorted by stamp */
    size_t truth_count;
    mount_settings mount; /* of the truth point; its yaw turns the reference's heading */
    const evaluation_interval *intervals;
    size_t interval_count;
} evaluation_input;

/* Evaluates; `drops` takes interval_count results. False: no memory. Without any sample, `out->samples` is 0.
 */
bool evaluate(const evaluation_input *in, evaluation *out, evaluation_drop *drops);

/* The two halves of evaluate. A sample for each truth point that counts goes into `samples`, which has room
 * for in->truth_count; returns how many. `*due` is how many truth points should have counted. */
size_t evaluation_samples(const evaluation_input *in, error_sample *samples, size_t *due);

/* Everything but `availability`, which is NAN. False: no memory. */
bool evaluation_summarize(const error_sample *samples, size_t count, evaluation *out);

/* The p-quantile (0..1) of sorted values, linear between neighbours; NAN when there are none. */
double evaluation_quantile(const double *sorted, size_t count, double p);

#ifdef __cplusplus
}
#endif
#endif
