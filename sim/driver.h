/*
 * The driver: how fast to go, where in the lane to be, how to steer and brake.
 */
#ifndef POSED_SIM_DRIVER_H
#define POSED_SIM_DRIVER_H

#include "sim/rng.h"
#include "sim/world.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What the driver sees of the vehicle. */
typedef struct {
    double s_m, lateral_m; /* of the rear axle, on the road */
    double speed_mps;      /* forward */
    double course_rad;     /* direction of the rear axle's motion, less the road's */
} driver_view;

typedef struct {
    double steer_rad, accel_mps2;
} driver_action;

typedef struct {
    const sim_world *world;
    const sim_vehicle_settings *vehicle;
    rng random;
    float *bend_mps; /* highest speed at each metre, bends and braking ahead of them considered */
    size_t bend_count;
    double wait_s;   /* of a standstill, until the driver goes */
    double passed_m; /* stops up to here are done */
    int lane;        /* that the driver wants to be in */
    double offset_m; /* of that lane, moving there while a lane is changed */
    drift wander;    /* in the lane */
    double wander_m; /* smoothed */
    double next_change_m;
    driver_action now; /* eases towards what is wanted */
} driver;

/* False: no memory. */
bool driver_start(driver *d, const sim_world *w, const sim_vehicle_settings *set, double wanted_mps,
                  double friction, rng random);
void driver_finish(driver *d);
/* The speed that the driver wants at s_m. */
double driver_speed(const driver *d, double s_m);
driver_action driver_act(driver *d, const driver_view *v, double dt_s);

#ifdef __cplusplus
}
#endif
#endif
