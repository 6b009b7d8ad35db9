/*
 * What the motion*.c files share.
 */
#ifndef POSED_SIM_MOTION_PRIVATE_H
#define POSED_SIM_MOTION_PRIVATE_H

#include "sim/motion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Knots of velocity and direction, s: 0.1 s keeps what a driver does and takes off the reference's noise. */
#define MOTION_KNOT_S 0.1

/* One reference point in the plane; the velocity is that of the point. */
typedef struct {
    double t_s, at_m[3], velocity_mps[3], yaw_rad; /* NAN: unknown */
} motion_place;

typedef struct {
    const sim_record *record;
    motion_place *places;
    size_t count;
    size_t knots, drift_knots;
    double (*velocity)[3]; /* by knot, of the body origin */
    double *yaw;           /* by knot */
    double (*drift)[3];    /* by drift knot */
} motion_maker;

/* Fills in places, `count` of them, from points of the reference. */
void motion_take_places(motion_maker *k, const sim_earth *e, const truth_point *points);
/* Velocity and direction of the body origin at each knot. False: no memory. */
bool motion_find_way(motion_maker *k);

static inline double motion_seconds(int64_t ns)
{
    return 1e-9 * (double)ns;
}

static inline size_t motion_clamp(long i, size_t count)
{
    return i < 0 ? 0 : i >= (long)count ? count - 1 : (size_t)i;
}

#ifdef __cplusplus
}
#endif
#endif
