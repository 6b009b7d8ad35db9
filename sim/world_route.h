/*
 * What the files that drive on a map share: a way through its lanelets (world_route.c finds it, world_way.c
 * makes the road of it).
 */
#ifndef POSED_SIM_WORLD_ROUTE_H
#define POSED_SIM_WORLD_ROUTE_H

#include "map/lanes.h"
#include "map/map_data.h"
#include "sim/road.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What has to be left of the way where the vehicle can be at the end, for sensors that look ahead; what is
 * laid beyond it where there is more. */
#define ROUTE_LEAST_RESERVE_M 60
#define ROUTE_RESERVE_M 400

typedef struct {
    const sim_scenario *s;
    map_data m;
    map_problems problems;
    map_lanes lanes;
    double *best_m; /* how far one can get from a lanelet's begin; INFINITY: there is always a way on */
    uint32_t *left; /* followers that are not known to end; visits, when the way is chosen */
    uint32_t *route;
    road_way_point *way;
    size_t route_count, route_room, way_count, way_room;
    double length_m;
    bool flat;
} route_walk;

/* Chooses w->route, long enough for the scenario, and measures it. `file` stands for the map in messages.
 * False with `e` set. */
bool route_find(route_walk *w, const char *file, error *e);

/* How long a way of the map is, and a lanelet, m. */
double route_bound_m(const route_walk *w, uint32_t way);
double route_lane_m(const route_walk *w, uint32_t lanelet);

#ifdef __cplusplus
}
#endif
#endif
