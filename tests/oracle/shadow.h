/*
 * Runs the oracle beside a fusion core, fed by what the core does.
 *
 * The program is linked with --wrap, so that every call by which fusion/ moves its filter passes here first:
 * the oracle takes the same inertial input, the same frames, the same noise R and models, the same decision
 * to fuse or to reject, and computes everything else by itself. The product has no hook for this.
 *
 * Taken from the fast filter: the pose, covariance and sources' states with which it starts, R of each
 * measurement (its scale follows the innovations), variances that are reset or widened, and whether a
 * measurement is fused. Computed by the oracle: mechanization, F, Q, the history of motion, h(x), H, S, NIS,
 * robust weight, gain, update, the pose that is published and its covariance.
 */
#ifndef POSED_TESTS_ORACLE_SHADOW_H
#define POSED_TESTS_ORACLE_SHADOW_H

#include "tests/oracle/models.h"

#include "fusion/fusion.h"

/* The largest difference of something, and when. */
typedef struct {
    double worst, at_s;
    int which; /* component */
} worst_difference;

typedef struct {
    oracle o;
    const settings *set;
    fusion *core;
    bool inside;    /* the fast filter is busy: its calls among its own parts are its own affair */
    bool running;   /* the oracle has a state */
    bool placed;    /* the fast filter has been placed, the oracle not yet */
    uint64_t adopt; /* own states whose value has been set from outside */
    double ego[2];
    const frame *seen; /* the frame whose landmarks are being fused */
    int64_t frame_ns;
    int landmark; /* last of this frame that was fused */

    int64_t first_ns;
    uint64_t poses, predictions, measurements, decisions_differ, translations;
    worst_difference position_m, attitude_deg, velocity_mps;
    worst_difference pose_variance, velocity_variance, state_variance; /* relative */
    worst_difference carried_variance; /* the pose's against that always carried on to its time */
    worst_difference innovation;       /* in sigmas of the innovation */
    worst_difference weight;
} shadow;

/* Makes `s` the one that the wrapped calls find; NULL: none. Before fusion_create. */
void shadow_install(shadow *s, const settings *set);
/* To be called with each pose of the core. */
void shadow_compare(shadow *s, const fusion_pose *pose);

#endif
