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
/* Where a way passes by. */
typedef struct {
    double way_m;       /* from the first lane's begin */
    float direction[3]; /* as the lane is driven there, a unit vector (ECEF) */
} map_passing;

/* Whether what is at a place (ECEF) stands along these lanes: within `near_m` of a bound of one of them, and
 * of none of another road: beside a crossing it may be of that one, turned away, or behind a corner. A lane
 * that shares a bound with them, the opposite direction, is of the same road. `out`: where the nearest bound
 * passes it. */
bool map_route_passes(const map_view *map, const map_route *route, const double ecef_m[3], double near_m,
                      map_passing *out);
/* How far along the first of these lanes a place (ECEF) is, from its begin, m: where its bounds pass. */
double map_route_way(const map_view *map, const map_route *route, const double ecef_m[3]);
/* Whether a way of way_m from one place to another (ECEF) stays within beside_m of the line of sight between
 * them, however it goes. */
bool map_route_is_straight(double way_m, const double from_m[3], const double to_m[3], double beside_m);

#ifdef __cplusplus
}
#endif
#endif
