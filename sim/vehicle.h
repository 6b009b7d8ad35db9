/*
 * The vehicle: a driver on the road, a dynamic bicycle model with tyre slip, a body on springs. And the
 * others on the road.
 *
 * Advanced in steps of SIM_STEP_NS. What the states say is consistent: velocity is the derivative of
 * position, acceleration that of velocity, rate that of attitude, to the accuracy that an integrating filter
 * with perfect sensors needs (tests hold: 60 s of dead reckoning on perfect averages stays within 0.1 m).
 */
#ifndef POSED_SIM_VEHICLE_H
#define POSED_SIM_VEHICLE_H

#include "sim/rng.h"
#include "sim/world.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SIM_STEP_NS = 5000000, SIM_STEPS_PER_S = 200 };

/* The vehicle at one instant. Plane axes: east, north, up of the datum. Body axes and origin as everywhere
 * in posed: x forward, y left, z up, centre of the rear axle on the ground. */
typedef struct {
    double t_s;             /* since the drive's begin */
    double s_m;             /* along the road */
    double lateral_m;       /* from the middle line of the carriageway, left positive */
    int lane;               /* that the origin is in, 0 rightmost */
    double plane_m[3];      /* of the body origin */
    double velocity_mps[3]; /* of the body origin, in the plane */
    double accel_mps2[3];   /* of the body origin, in the plane, without gravity */
    double R[3][3];         /* from body axes to the plane, row-major */
    double yaw_rad;         /* of the body x axis, from east towards north */
    double rate_radps[3];   /* of the body against the plane, in body axes */
    double rate_dot_radps2[3];
    double steer_rad;      /* of the front wheels, left positive */
    double wheel_mps[4];   /* true circumferential speed FL, FR, RL, RR: tyre slip included */
    double braking_mps2;   /* > 0: the driver brakes */
    double vibration_mps2; /* strength (one sigma) of what engine and road put into an IMU */
} sim_state;

typedef struct sim_vehicle sim_vehicle;

sim_vehicle *sim_vehicle_create(const sim_scenario *s, const sim_world *w, uint64_t seed);
void sim_vehicle_destroy(sim_vehicle *v);
/* The state now. Valid until the next step. */
const sim_state *sim_vehicle_state(const sim_vehicle *v);
/* One step of SIM_STEP_NS. */
void sim_vehicle_step(sim_vehicle *v);

/* Other vehicles: each keeps its lane and its speed, slower ones are passed at a distance. */
typedef struct {
    double s_m;
    double plane_m[3]; /* of what a radar sees of it, 0.5 m above the road */
    double velocity_mps[3];
} sim_other;

typedef struct sim_traffic sim_traffic;

sim_traffic *sim_traffic_create(const sim_scenario *s, const sim_world *w, uint64_t seed);
void sim_traffic_destroy(sim_traffic *t);
/* The others within from_m..to_m along the road at time t_s (they are functions of time: no steps). Returns
 * how many were written. */
size_t sim_traffic_near(const sim_traffic *t, double t_s, double from_m, double to_m, sim_other *out,
                        size_t size);

#ifdef __cplusplus
}
#endif
#endif
