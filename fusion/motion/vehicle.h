/*
 * Inside the fusion core: velocity of a point fixed to the vehicle, in vehicle axes; what a vehicle does not
 * do.
 */
#ifndef POSED_FUSION_VEHICLE_H
#define POSED_FUSION_VEHICLE_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Velocity of the point `at` (vehicle axes, from the navigation point); rows x, y, z of the Jacobian are
 * appended to `m` (position to 3 rows). `velocity` gets the prediction. */
void vehicle_velocity(const filter *f, vec3 at, measurement *m, vec3 velocity);
/* The same as it was `latency_s` ago, in the vehicle's axes of then; `by_latency` gets its derivative. To
 * first order in the turn meanwhile. */
void vehicle_velocity_then(const filter *f, vec3 at, double latency_s, measurement *m, vec3 velocity,
                           vec3 by_latency);
/* Scale of the yaw rate on a vehicle's bus, one sigma (sensors for stability control: a few per cent at most
 * over life and temperature). Too small: after a bend the heading is surer than it is; too large: dead
 * reckoning wears out in town. */
#define YAW_RATE_SCALE_SIGMA 0.015f
/* From b-axes to vehicle axes. */
void vehicle_from_b(const filter *f, const double b[3], vec3 out);
/* The vehicle's rate of turn in its own axes. */
void vehicle_rate(const filter *f, vec3 out);
/* A world vector (ECEF) in vehicle axes. */
void vehicle_from_ecef(const filter *f, const double world[3], vec3 out);
/* Rotation from vehicle to ECEF axes, row-major. */
void vehicle_rotation(const filter *f, double r[3][3]);
/* East and north of the vehicle's forward axis, a unit vector. */
void vehicle_forward(const filter *f, double east_north[2]);
/* Body axes: turn exp(mount) as rows. */
void mount_rows(const filter *f, double r[3][3]);
/* The axes, vehicle's, about which errors of the mount's pitch and yaw turn: exp(m + dm) = exp(m) exp(J dm),
 * columns of J = I - [m x] / 2 + [m x]^2 / 6; the rest of the series is below 1e-4, the mount being a few
 * degrees. */
void mount_axes(const filter *f, vec3 axes[2]);
/* Appends the mount's columns, where it is estimated: `d` is what a turn about each axis does to the
 * measurement. */
void mount_columns(const filter *f, measurement *m, vec3 d[2]);
/* Non-holonomic constraint and, without an accelerometer, the tilt constraint, where they are due. */
void vehicle_constrain(fusion *c, const frame *in);
/* At rest nothing turns faster than this, rad/s, one sigma. */
#define REST_RATE_SIGMA_RADPS 0.003f
/* The vehicle is at rest, as a source says: velocity and rate of turn are zero. `nis` gets that of the
 * velocity; the rate is not fused where that is rejected. */
verdict_decision vehicle_rest(fusion *c, source_run *s, const frame *in, float *nis);
/* It was at rest and is not: until now it may have moved by so much unseen, one sigma. */
void vehicle_wake(fusion *c, float unseen_mps);

#ifdef __cplusplus
}
#endif
#endif
