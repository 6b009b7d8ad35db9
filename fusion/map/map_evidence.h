/*
 * Inside the fusion core: what lane lines look like, as evidence of the lane that the vehicle is in.
 */
#ifndef POSED_FUSION_MAP_EVIDENCE_H
#define POSED_FUSION_MAP_EVIDENCE_H

#include "fusion/map/map_bounds.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What lines look like, as evidence (log, the best lane's is 0) of the lanes by how many
 * places to the right of the pose's they lie, and of `other` (or NULL), which runs against them. */
void map_evidence_gather(fusion *c, const camera_lane *const seen[2], const lane_cut *cuts, int count,
                         int own, const lane_cut *other, float dt_s);
float map_evidence_of(const map_run *run, int off);
void map_evidence_forget(map_run *run);
/* The hypothesis that many places to the right has won: it is where the pose is from now on. */
void map_evidence_shift(map_run *run, int by);

#ifdef __cplusplus
}
#endif
#endif
