/*
 * Inside the fusion core: a pose that a camera's lines deny.
 */
#ifndef POSED_FUSION_MAP_ADRIFT_H
#define POSED_FUSION_MAP_ADRIFT_H

#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A look at lines: by how much the lane that fits best misses them, squared over its variance, and in metres;
 * it counts for so long, s. */
void map_adrift_look(fusion *c, float misfit, float off_m, float for_s);
/* The pose is no longer tied to the map: in which lane it is, and whether lines fit, is asked anew. */
void map_adrift_untie(fusion *c);
/* Adds to a pose's covariance what the pose without the map does not know, while lines deny it. */
void map_adrift_doubt(const fusion *c, fusion_pose *p);

#ifdef __cplusplus
}
#endif
#endif
