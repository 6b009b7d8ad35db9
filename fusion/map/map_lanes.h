/*
 * Inside the fusion core: a camera's lines against the map.
 */
#ifndef POSED_FUSION_MAP_LANES_H
#define POSED_FUSION_MAP_LANES_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

void map_lanes_fuse(fusion *c, source_run *s, const frame *in);
/* The lane that the vehicle is in as far as is known at that time, and the probability of that; 0: none. */
void map_lane_at(const fusion *c, int64_t stamp_ns, uint64_t *id, float *probability);

#ifdef __cplusplus
}
#endif
#endif
