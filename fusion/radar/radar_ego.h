/*
 * Ego velocity from one radar scan: the things at rest are those whose range rates one velocity explains.
 *
 * Model: doppler_i = -(vx cos az_i + vy sin az_i). Source: Kellner et al., "Instantaneous ego-motion
 * estimation using Doppler radar", ITSC 2013 (RANSAC, then least squares).
 */
#ifndef POSED_FUSION_RADAR_EGO_H
#define POSED_FUSION_RADAR_EGO_H

#include "fusion/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is expected before the scan, in sensor axes; variance: of vx and vy. */
typedef struct {
    float velocity_mps[2];
    float variance[2];
    bool any; /* nothing is: what most agree upon is asked for, however few. That is no velocity to fuse */
} radar_expectation;

typedef struct {
    float doppler_sigma_mps, azimuth_sigma_rad;
    int min_static;
} radar_noise;

typedef struct {
    float velocity_mps[2]; /* forward, left, sensor axes */
    float covariance[2][2];
    int considered, inliers;
} radar_ego;

/* Estimates; false when too few returns agree (considered and inliers are set then as well). Deterministic:
 * the draws come from `seed`. A hypothesis must be within reach of the expectation, so that a queue of cars
 * is not taken for the world; an expectation that is itself sharp counts as one of the returns that must
 * agree. */
bool radar_ego_estimate(const frame_radar *scan, const radar_expectation *expected, const radar_noise *noise,
                        uint64_t seed, radar_ego *out);

#ifdef __cplusplus
}
#endif
#endif
