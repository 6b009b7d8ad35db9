/*
 * The truth of a simulated drive, as a recorded drive has it.
 */
#ifndef POSED_SIM_SIM_TRUTH_H
#define POSED_SIM_SIM_TRUTH_H

#include "sim/earth.h"
#include "sim/vehicle.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Fills in all but stamp and sequence. */
void sim_truth(const sim_earth *e, const sim_state *x, truth_point *out);

#ifdef __cplusplus
}
#endif
#endif
