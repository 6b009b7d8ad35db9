/*
 * Whether the bounds held: errors against protection levels and alert limits.
 */
#ifndef POSED_EVALUATION_INTEGRITY_H
#define POSED_EVALUATION_INTEGRITY_H

#include "evaluation/evaluation_sample.h"

#ifdef __cplusplus
extern "C" {
#endif

/* NAN each where there is no epoch. An epoch is a sample with protection levels. */
typedef struct {
    size_t epochs;
    size_t misleading; /* an error is larger than its protection level: along, across, vertical, heading or
                          horizontal */
    size_t hazardous;  /* an error is larger than its alert limit, all protection levels are below theirs, and
                          there is no alert */
    double available_fraction; /* share of epochs whose protection levels are below the alert limits */
    double pl_horizontal_p50_m, pl_cross_p50_m, pl_along_p50_m;
    double error_over_pl_max; /* the largest ratio, of any direction */
} evaluation_integrity;

/* What may be how the reference is mounted, and is taken off: a lasting difference of headings of a few
 * degrees. NAN for a larger one, which is the estimate's error. */
double evaluation_mount(double offset_rad);

/* `heading_offset_rad` is the mean of the heading's error, NAN where it is not known; the median about it is
 * taken off as the reference's mount. `room` has `count` places. */
void evaluate_integrity(const error_sample *s, size_t count, double heading_offset_rad, double *room,
                        evaluation_integrity *out);

#ifdef __cplusplus
}
#endif
#endif
