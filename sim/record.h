/*
 * The truth of a recorded drive, read for its motion.
 */
#ifndef POSED_SIM_RECORD_H
#define POSED_SIM_RECORD_H

#include "sim/motion.h"
#include "sim/scenario.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The motion of the vehicle in a drive (MCAP) that brings truth. NULL with `e` set. */
sim_motion *sim_record_motion(const char *path, const sim_vehicle_settings *vehicle, error *e);

/* How far that vehicle's body points into a bend from its rear axle's course: the slip angle of the rear
 * tyres (Rajamani 2012, 2.4: load of the rear axle over its cornering stiffness). */
double sim_record_slip(const sim_vehicle_settings *vehicle);

#ifdef __cplusplus
}
#endif
#endif
