/*
 * Inside the fusion core: returns of nothing. What another transmitter in the band makes of a scan is either
 * a raised floor, in which weak returns drown, or false returns at places and speeds of no meaning, which do
 * not come again (Brooker, "Mutual interference of millimeter-wave radar systems", IEEE T-EMC 49(1), 2007).
 * So a return counts as noise when nothing at rest explains it and no earlier scan had it.
 */
#ifndef POSED_FUSION_RADAR_NOISE_H
#define POSED_FUSION_RADAR_NOISE_H

#include "fusion/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { RADAR_REMEMBERED = 64 };

typedef struct {
    float range_m, azimuth_rad, doppler_mps;
} radar_echo;

/* Of the last scan that was looked at, what nothing at rest explained; and counts that forget. */
typedef struct {
    int64_t stamp_ns; /* INT64_MIN: none */
    int count;
    radar_echo echoes[RADAR_REMEMBERED];
    float returns, noise;
} radar_memory;

/* No scan has been looked at. */
void radar_noise_init(radar_memory *m);

/* Looks at a scan. What is at rest has these range rates: -(v0 cos az + v1 sin az) give or take `slack_mps`
 * and what `azimuth_sigma_rad` makes of it, each one sigma. Returns the share of the returns of the last
 * seconds that are noise; 0 before enough have come. */
float radar_noise_share(radar_memory *m, const frame_radar *scan, int64_t stamp_ns,
                        const float velocity_mps[2], float slack_mps, float azimuth_sigma_rad);

#ifdef __cplusplus
}
#endif
#endif
