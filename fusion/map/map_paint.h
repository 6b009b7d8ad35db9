/*
 * Inside the fusion core: lines that are not where the map has them.
 */
#ifndef POSED_FUSION_MAP_PAINT_H
#define POSED_FUSION_MAP_PAINT_H

#include "fusion/map/map_bounds.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Compares the lines seen with those of the lane that the vehicle is in, dt_s after the last
 * look. */
void map_paint_look(fusion *c, const source_run *s, int64_t now_ns, float dt_s,
                    const camera_lane *const seen[2], const lane_cut *cut);
/* The line on that side (0 left, 1 right) is not where the map has it. */
bool map_paint_moved(const fusion *c, int side);
/* What the variance of a line is multiplied with, as it has been seen beside its place: 1 or more. */
float map_paint_doubt(const fusion *c, int side);
/* How many lines have lately been seen beside their places. */
int map_paint_count(const fusion *c, int64_t now_ns);

#ifdef __cplusplus
}
#endif
#endif
