/*
 * How the lanelets of a map hang together: which way they run, what follows what, what lies beside what.
 */
#ifndef POSED_MAP_LANES_H
#define POSED_MAP_LANES_H

#include "map/map_data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where lanelets begin and end, each within this of the other's bound, they follow each other. */
#define MAP_JOIN_M 0.1

/* Nodes in a plane that touches the ellipsoid in the middle of the map: east, north, up of its origin,
 * metres, earth-fixed axes. */
typedef struct {
    double latitude_deg, longitude_deg, height_m; /* the origin */
    double origin_ecef_m[3], axes[3][3];          /* rows: east, north, up */
} map_plane;

/* The plane that touches the ellipsoid below this place, in degrees, at this height. */
void map_plane_at(map_plane *p, double latitude_deg, double longitude_deg, double height_m);
/* A height of NAN counts as the origin's. */
void map_plane_point(const map_plane *p, double latitude_deg, double longitude_deg, double height_m,
                     double out_m[3]);

typedef struct {
    uint32_t followers[MAP_MAX_FOLLOWERS], predecessors[MAP_MAX_FOLLOWERS]; /* lanelets; MAP_NONE: no more */
    uint32_t left_lane, right_lane; /* beside it, same direction; MAP_NONE: none */
    bool too_many;                  /* more follow or precede than there is room for */
} map_lane_links;

/* A cell of the grid of lanelets' ends. */
typedef struct {
    uint64_t key;
    uint32_t lanelet;
} map_lane_end;

typedef struct {
    const map_data *m;
    map_plane plane;
    double (*nodes_m)[3];  /* of each node of the map */
    map_lane_links *links; /* of each lanelet */
    map_lane_end *begins;  /* of vehicles' lanelets, by cell */
    map_lane_end *ends;    /* the same of where they end */
    size_t end_count;      /* of each */
} map_lanes;

/* Sets left_reversed and right_reversed of the lanelets, and finds the rest. False: no memory. To be finished
 * either way. The map must outlive it. */
bool map_lanes_find(map_lanes *l, map_data *m);
void map_lanes_finish(map_lanes *l);

/* Node `i` of a bound in the direction of the lane. */
const double *map_bound_point_m(const map_lanes *l, uint32_t way, bool reversed, uint32_t i);

/* Both ends of a lanelet, as left and right point. */
typedef struct {
    const double *left_m, *right_m;
} map_gate;
/* In the direction of the lane; points of `l`. */
map_gate map_lane_begin(const map_lanes *l, uint32_t lanelet);
map_gate map_lane_finish(const map_lanes *l, uint32_t lanelet);

/* Calls `take` for the vehicles' lanelets whose begin (or end; the middle of it) may be within 2 m of a
 * point; at most 64 of them. */
typedef void map_take_end(void *context, uint32_t lanelet);
void map_begins_near(const map_lanes *l, const double at_m[3], map_take_end *take, void *context);
void map_ends_near(const map_lanes *l, const double at_m[3], map_take_end *take, void *context);

#ifdef __cplusplus
}
#endif
#endif
