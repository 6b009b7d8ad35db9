/*
 * Inside the fusion core: elements that are not where the map has them.
 */
#ifndef POSED_FUSION_MAP_TRUST_H
#define POSED_FUSION_MAP_TRUST_H

#include "fusion/core/source_run.h"
#include "fusion/filter/filter.h"
#include "fusion/fusion.h"
#include "fusion/map/map_run.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A slot has been given to a mark. */
void map_trust_begin(fusion *c, int slot);
/* A slot is about to be given away: what its element may have spoilt stays in the pose's covariance. */
void map_trust_end(fusion *c, int slot);
/* Elements in use that may well stand elsewhere: which states their errors have, with what variance, and the
 * mean square of where they would stand (m^2, ECEF), as often as they do. */
typedef struct {
    int count;
    struct {
        int state;
        float variance, square[3][3];
    } of[MAP_SLOTS_MAX];
} map_suspects;
/* Those of now, whose shares count. They hold until something is fused. */
void map_trust_suspects(const fusion *c, map_suspects *out);
/* What they add to the covariance of two predictions, values r and q of their projections. */
float map_suspects_shared(const map_suspects *s, const projection *a, int r, const projection *b, int q);
/* Adds to a pose's covariance what its elements may be off beyond their survey. */
void map_trust_doubt(const fusion *c, fusion_pose *p);

/* What a measurement says of the elements of the map that the pose rests on; before it is fused. */
void map_trust_hear(fusion *c, const source_run *s, const measurement *m, const projection *j);
/* What a camera says contradicts all others: whether that is put down to the map, or to what was taken for
 * its elements, and not to the camera. */
bool map_trust_explains(const fusion *c, uint32_t sources, int64_t now_ns);
/* What the pose may be off by, one sigma per axis, m, while it may have been tied to the wrong elements, or
 * rests on some that have been given up. */
float map_trust_hidden(const fusion *c);
/* It has been; the pose is no longer tied to the map. */
void map_trust_blame(fusion *c, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
