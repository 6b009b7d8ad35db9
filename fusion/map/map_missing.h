/*
 * Inside the fusion core: elements that are missed.
 */
#ifndef POSED_FUSION_MAP_MISSING_H
#define POSED_FUSION_MAP_MISSING_H

#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Call once a second. Evidence: elements near the pose, at least one is expected. */
void map_missing_look(fusion *c, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
