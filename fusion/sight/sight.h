/*
 * Inside the fusion core: points of the world as a sensor on the vehicle has them. What depends on the pose
 * and not on the point is worked out once for all that are looked for from there.
 */
#ifndef POSED_FUSION_SIGHT_H
#define POSED_FUSION_SIGHT_H

#include "fusion/core/core.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As of the pose that it was made from: make it anew when something has been fused. */
typedef struct {
    const filter *f;
    double at_ecef_m[3], v_ecef_mps[3]; /* of the navigation point, when the sensor saw the world */
    double r[3][3];                     /* from vehicle to ECEF axes, row-major, at that time */
    mat3 to_sensor;                     /* from vehicle axes */
    mat3 from_ecef;                     /* to sensor axes */
    vec3 mount[2];                      /* axes of mount_axes */
    vec3 lever_m;                       /* of the sensor, vehicle axes */
    vec3 turn[3];    /* of a camera: axes about which errors of its mount turn, sensor axes */
    int first_state; /* of the source's own; 0: it has none */
    int late_state;  /* by how much it saw the world before its stamp; 0: it has none */
} sight;

/* to_sensor: from vehicle axes to the sensor's, with what is known of the error of its mount. */
void sight_make(const fusion *c, const source_run *s, mat3 to_sensor, sight *out);
/* As the sensor saw the world latency_s before its stamp, of which `state` is the error: in the pose as it
 * was then, to first order in the turn meanwhile. */
void sight_go_back(sight *v, double latency_s, int state);
/* How much what a turn at that rate does to a direction says of a latency: share of the column that goes with
 * it. */
float sight_turn_tells(vec3 rate_radps);
/* From the navigation point to a point (ECEF), ECEF axes, m. */
void sight_away(const sight *v, const double ecef_m[3], double away_m[3]);
/* What is away_m from the navigation point, in sensor axes: d = S (vehicle(away) - lever). */
void sight_point(sight *v, const double away_m[3], vec3 d);
/* The same with its Jacobian by position, attitude and the IMU's mount in the rows of `m`, which is started.
 */
void sight_measure(sight *v, const double away_m[3], measurement *m, vec3 d);

/* ---- landmarks.c: as a camera sees them */
void camera_sight(const fusion *c, const source_run *s, sight *out);
/* Predicts azimuth, elevation (rad) and range (m) of a point (ECEF). False: too near to be linear. */
bool landmark_look(sight *v, const double ecef_m[3], float predicted[3]);
/* The same with the rows of the Jacobian; `m` is started. */
bool landmark_predict(sight *v, const double ecef_m[3], measurement *m, float predicted[3]);

#ifdef __cplusplus
}
#endif
#endif
