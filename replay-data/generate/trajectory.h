/*
 * The drive itself: where the vehicle is at every millisecond, without any error.
 *
 * Positions are in the plane of the datum (earth.h). The table is the trajectory: velocities and
 * accelerations are its differences, so that what the sensors feel and where the vehicle goes agree to
 * rounding.
 */
#ifndef POSED_GENERATE_TRAJECTORY_H
#define POSED_GENERATE_TRAJECTORY_H

#include <stddef.h>

#include "sim/earth.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { STEPS_PER_SECOND = 1000 };

/* Of all random numbers of the drive. */
#define DRIVE_SEED 20260512u

typedef struct {
    double plane_m[3];                   /* body origin: east, north, up of the datum */
    double yaw_rad, pitch_rad, roll_rad; /* R = Rz(yaw) Ry(pitch) Rx(roll); yaw from east, pitch nose down */
    double s_m;                          /* distance along the road */
    double speed_mps;                    /* horizontal */
} trajectory_state;

typedef struct {
    sim_earth earth;
    size_t count;
    trajectory_state *states; /* one per millisecond */
} trajectory;

/* Drives the loop once. NULL states when there is no memory. */
trajectory trajectory_create(void);
void trajectory_destroy(trajectory *t);

/* Turns from body axes to the plane. */
void trajectory_attitude(const trajectory *t, size_t step, double R[3][3]);
/* A point of the body, `lever_m` from its origin: where it is, how fast it moves over the earth and how that
 * changes, all as vectors of the plane. Differences need 0 < step < count - 1. */
void trajectory_position(const trajectory *t, size_t step, const double lever_m[3], double out_m[3]);
void trajectory_velocity(const trajectory *t, size_t step, const double lever_m[3], double out_mps[3]);
void trajectory_acceleration(const trajectory *t, size_t step, const double lever_m[3], double out_mps2[3]);

#ifdef __cplusplus
}
#endif
#endif
