/*
 * A core under way with an IMU, one GNSS receiver and one wheel source, to time its steps: one prediction,
 * one fix.
 */
#ifndef POSED_TESTS_BENCH_RIG_H
#define POSED_TESTS_BENCH_RIG_H

#include "fusion/core/core.h"

typedef struct {
    fusion *core;
    source_run *gnss;
    filter saved; /* what rig_restore goes back to */
    source_run saved_gnss;
    float *saved_covariance;
    inertial_input input;
    frame fix; /* with a position and no velocity, at the time of the filter */
    unsigned steps;
} rig;

/* Twenty seconds of driving. False when memory is short or the core did not start. */
bool rig_open(rig *r);
void rig_close(rig *r);

/* Goes back to the end of the drive, so that the next steps find what steps of a drive find. */
void rig_restore(rig *r);

/* One prediction of 10 ms: filter_predict. */
void rig_predict(rig *r);
/* One fix, the receiver's whole path: noise model, Jacobian, gate, fusing, verdict. */
void rig_update(rig *r);
/* The gate and the fusing of the same measurement alone: core_fuse. */
void rig_fuse(rig *r);

#endif
