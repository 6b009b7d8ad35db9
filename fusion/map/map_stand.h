/*
 * Inside the fusion core: what stands beside the road, by a radar.
 */
#ifndef POSED_FUSION_MAP_STAND_H
#define POSED_FUSION_MAP_STAND_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"
#include "fusion/radar/radar_things.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Nearer than this an azimuth turns too fast to be linear, m. */
#define MAP_RETURNS_NEAREST_M 3.0f
/* Elements are looked for up to here, m: beyond, two degrees are more than the posts are apart. */
#define MAP_RETURNS_REACH_M 60.0f
/* So many of the states for errors of elements are left to cameras, who know better which it is. */
enum { MAP_RETURNS_RESERVE = 3 };
/* The radar is compared with the map. */
bool map_returns_used(const fusion *c, const source_run *s);
float map_returns_azimuth_sigma(const source_run *s, const radar_detection *d);
/* Where a radar is and how its axes lie, at a scan's stamp: the filter may not have come there yet. */
typedef struct {
    double at_m[3];   /* ECEF */
    float axes[2][3]; /* its x and y, ECEF */
} radar_stand;
void map_returns_stand(const fusion *c, const source_run *s, const frame *in, radar_stand *out);
/* Where a return of the scan is, against what stands. */
void map_returns_place(const fusion *c, const source_run *s, const radar_stand *at, const radar_detection *d,
                       radar_place *out);
/* Call with every scan, whether it is fused or not: gathers what stands. */
void map_returns_note(fusion *c, source_run *s, const frame *in);

#ifdef __cplusplus
}
#endif
#endif
