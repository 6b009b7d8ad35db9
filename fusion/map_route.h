/*
 * Inside the fusion core: the lanes that lie ahead of the vehicle, and what stands along them.
 */
#ifndef POSED_FUSION_MAP_ROUTE_H
#define POSED_FUSION_MAP_ROUTE_H

#include "fusion/map.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ROUTE_LANES_MOST = 32 };

typedef struct {
    uint32_t lanes[ROUTE_LANES_MOST];
    double begin_m[ROUTE_LANES_MOST]; /* way from the first lane's begin to that of this one */
    int count;
} map_route;

/* The lane, those beside it, and what follows them up to reach_m behind the lane's end, nearest first, as
 * many as there is room for. */
void map_route_from(const map_view *map, uint32_t lane, double reach_m, map_route *out);
/* Whether what is at a place (ECEF) stands along these lanes: within `near_m` of a bound of one of them, and
 * of none of another road: beside a crossing it may be of that one, turned away, or behind a corner. A lane
 * that shares a bound with them, the opposite direction, is of the same road. `direction`: in which that
 * bound goes there, as its lane is driven, a unit vector (ECEF). */
bool map_route_passes(const map_view *map, const map_route *route, const double ecef_m[3], double near_m,
                      float direction[3]);

#ifdef __cplusplus
}
#endif
#endif
