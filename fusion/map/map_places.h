/*
 * Inside the fusion core: which bounds of the map a line that is seen may be, where lanes part or join and
 * where the pose is not sure how far it has come.
 */
#ifndef POSED_FUSION_MAP_PLACES_H
#define POSED_FUSION_MAP_PLACES_H

#include "fusion/map/map_bounds.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { PLACES_MOST = 4 };

/* A bound that may be seen there. */
typedef struct {
    float offset_m, heading_rad, curvature_1pm;
} bound_at;

/* The bounds on a side (0 left, 1 right) that a line may be which is seen there, if the vehicle is on_m
 * further along its x axis than its pose says: of that lane, of those that part from it or join it, and of
 * those that they go on into, as far as they cannot be told apart across; each once. What is not painted is
 * not seen. Returns how many; 0: nothing that is seen; -1: no lane is there. */
int bound_places(const fusion *c, double on_m, const lane_cut *cut, int side, bound_at out[PLACES_MOST]);

#ifdef __cplusplus
}
#endif
#endif
