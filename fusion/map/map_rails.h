/*
 * Inside the fusion core: the same, of rails.
 */
#ifndef POSED_FUSION_MAP_RAILS_H
#define POSED_FUSION_MAP_RAILS_H

#include "fusion/core/source_run.h"
#include "fusion/fusion.h"
#include "fusion/radar/radar_things.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A scan begins: which rails are near. */
void map_rails_begin(fusion *c);
/* One of its returns stands, and is of the thing that thing_of has; `place` as map_returns_place has it. */
void map_rails_note(fusion *c, const source_run *s, int which, const radar_place *place, int64_t now_ns);
/* Compares the scan with the rails; true when anything was fused. */
bool map_rails_fuse(fusion *c, source_run *s, const frame *in);
/* A rail runs so near by that what it returns may be taken for what stands there. */
bool map_rails_stand_near(const fusion *c, const double ecef_m[3], float within_m);

#ifdef __cplusplus
}
#endif
#endif
