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
    int count;
} map_route;

/* The lane, those beside it, and what follows them, nearest first, as many as there is room for. */
void map_route_from(const map_view *map, uint32_t lane, map_route *out);
/* Whether a place (ECEF) is within `near_m` of a bound of any of these lanes. */
bool map_route_passes(const map_view *map, const map_route *route, const double ecef_m[3], double near_m);

#ifdef __cplusplus
}
#endif
#endif
