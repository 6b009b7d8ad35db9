/*
 * Inside the fusion core: the map as a whole against receivers.
 */
#ifndef POSED_FUSION_MAP_SHIFT_H
#define POSED_FUSION_MAP_SHIFT_H

#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Compares the map with what receivers say; call with each frame of landmarks. */
void map_shift_look(fusion *c, int64_t now_ns);
/* Adds to a pose's covariance what the map may be off as a whole. */
void map_shift_doubt(const fusion *c, fusion_pose *p);

#ifdef __cplusplus
}
#endif
#endif
