/*
 * Inside the fusion core: radars against the map.
 */
#ifndef POSED_FUSION_MAP_RETURNS_H
#define POSED_FUSION_MAP_RETURNS_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A radar's states on a map. */
void map_returns_setup(fusion *c, source_run *s);
/* One sigma of the place on the ground, the worse axis at most; as doubtful as the map has it. */
float map_returns_spread(const fusion *c, int64_t now_ns);
/* Compares the scan that was noted last with the map; the filter is at its stamp. */
void map_returns_fuse(fusion *c, source_run *s, const frame *in);

#ifdef __cplusplus
}
#endif
#endif
