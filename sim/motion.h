/*
 * The motion of a recorded vehicle, smooth enough to be driven again: position, velocity and direction of the
 * body origin at each step of the simulator.
 *
 * Built from reference points (the truth of a drive, or the poses of a replay). Velocity is a cubic spline
 * through the means of 0.1 s, so acceleration is continuous; what its integral lacks against the recorded
 * positions is added over seconds. Direction is the course with the slip angle that the tyres need, and the
 * recorded heading where the vehicle is too slow to have a course.
 */
#ifndef POSED_SIM_MOTION_H
#define POSED_SIM_MOTION_H

#include "common/error.h"
#include "sim/earth.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SIM_MOTION_STEP_NS = 5000000 };

/* Reference points, by stamp, and where the reference sits on the vehicle. */
typedef struct {
    const truth_point *points;
    size_t count;
    mount_settings mount;
    double slip_rad_per_mps2; /* how far the body points into a bend from the course of its rear axle */
} sim_record;

/* The body origin in the plane of the motion's datum, the first reference point. */
typedef struct {
    double plane_m[3], velocity_mps[3]; /* the derivative of plane_m, by the trapezoidal rule exactly */
    double yaw_rad;                     /* of the body x axis, from east towards north; not wrapped */
} sim_motion_state;

typedef struct sim_motion sim_motion;

/* Takes the longest stretch in which no two points are more than a second apart. NULL with `e` set: there is
 * none of 5 s, or no memory. Keeps nothing of `r`. */
sim_motion *sim_motion_create(const sim_record *r, error *e);
void sim_motion_destroy(sim_motion *m);

const sim_earth *sim_motion_earth(const sim_motion *m);
int64_t sim_motion_begin_ns(const sim_motion *m); /* stamp of state 0 */
size_t sim_motion_count(const sim_motion *m);     /* of states, SIM_MOTION_STEP_NS apart */
const sim_motion_state *sim_motion_states(const sim_motion *m);
double sim_motion_duration_s(const sim_motion *m);
/* The way, without standing and rolling back. */
double sim_motion_length_m(const sim_motion *m);

/* Between two states; before the first and after the last it stays there. False: outside. */
bool sim_motion_at(const sim_motion *m, double t_s, sim_motion_state *out);

#ifdef __cplusplus
}
#endif
#endif
