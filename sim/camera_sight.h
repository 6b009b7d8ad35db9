/*
 * How well a camera sees: light, rain, fog, tunnels and a low sun, as factors on what its perception does and
 * as the figures of its health.
 */
#ifndef POSED_SIM_CAMERA_SIGHT_H
#define POSED_SIM_CAMERA_SIGHT_H

#include "sim/sensor.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    double sun_yaw_rad; /* of a low sun, from east towards north */
    double daylight;    /* 0 night .. 1, as the exposure has followed it */
    int64_t seen_ns;
    /* Now: */
    double dark, blind; /* 0..1 */
    double detection;   /* chance of a detection at no distance, over that by clear day */
    double noise;       /* its errors, over those by clear day: >= 1 */
    double fog_m;       /* meteorological optical range (contrast 0.05); INFINITY: clear */
} camera_sight;

void camera_sight_start(camera_sight *c, const sim_moment *first, rng *r);
/* At the time of `m`, for a camera that looks towards yaw_rad of the plane. */
void camera_sight_next(camera_sight *c, const sim_moment *m, double yaw_rad, rng *r);
/* Chance of a detection at that distance over that by clear day. */
double camera_sight_at(const camera_sight *c, double distance_m);
void camera_sight_health(const camera_sight *c, const sim_moment *m, rng *r, frame_camera_health *out);

#ifdef __cplusplus
}
#endif
#endif
