/*
 * The error of the estimate at one truth point.
 */
#ifndef POSED_DAEMON_EVALUATION_SAMPLE_H
#define POSED_DAEMON_EVALUATION_SAMPLE_H

#include "evaluation/pose_sample.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Estimated less true; NAN each: not known. */
typedef struct {
    int64_t stamp_ns;
    double enu_m[3];
    double along_m, cross_m; /* left positive */
    double velocity_enu_mps[3];
    double heading_rad; /* -pi..pi */
    double speed_mps;   /* of the truth, over ground */
    double nees;        /* horizontal, e' P^-1 e; NAN: the covariance is no covariance */
    bool inside95;      /* nees <= 5.991 */
    double bound_m;     /* longer half axis of the horizontal 95 % ellipse; NAN as nees */
    uint8_t mode;       /* fusion_mode of the pose */
    double protection[POSE_PROTECTIONS], alert[4]; /* as in pose_sample */
    bool alerted;
} error_sample;

/* `s` is the estimate already moved to the truth point. `yaw_rad` is how the reference's x axis is turned
 * from the body's, left positive. */
void error_sample_make(const pose_sample *s, const truth_point *truth, double yaw_rad, error_sample *out);

/* To -pi..pi. */
double wrap_angle(double rad);

#ifdef __cplusplus
}
#endif
#endif
