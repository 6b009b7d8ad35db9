/*
 * The oracle's measurement models, written from their definitions and not from fusion/: each is only z - h(x)
 * in double; H is its numeric derivative in the error state.
 */
#ifndef POSED_TESTS_ORACLE_MODELS_H
#define POSED_TESTS_ORACLE_MODELS_H

#include "tests/oracle/oracle.h"

#include "fusion/radar/radar_ego.h"
#include "fusion/verdict.h"

typedef struct {
    const settings *set;
    const frame *in;
    verdict_quantity quantity;
    int first_state; /* of the source's own states; 0: none */
    int landmark;    /* index into the frame's, where quantity is QUANTITY_LANDMARK */
    bool reversed;   /* a speed without a sign is taken as one backwards */
    double ego[2];   /* what the scan said, where quantity is QUANTITY_EGO_VELOCITY */
} model_case;

/* z - h(x). */
void model_residual(const oracle *o, const oracle_state *x, const model_case *c, double out[3]);

/* Innovation and H by central differences; dim and r are the caller's. */
void model_linearize(const oracle *o, const model_case *c, oracle_measurement *m);

/* The point that the filter's position means, in body axes: the first IMU, else the origin. */
void model_navigation_point(const settings *set, double at[3]);

/* The settings' landmark of that id, -1: none. */
int model_find_landmark(const settings *set, uint64_t id);

#endif
