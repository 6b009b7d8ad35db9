/*
 * A small map of lanes that a test lays out: lines of points, and lanes between them, all in one tile.
 */
#ifndef POSED_TESTS_FUSION_LANE_MAP_H
#define POSED_TESTS_FUSION_LANE_MAP_H

#include "fusion/map.h"

enum { LANE_MAP_POINTS = 400, LANE_MAP_LINES = 12, LANE_MAP_LANES = 6 };

/* Tests may change what they have laid out; counts are in `view`. */
typedef struct {
    double points[LANE_MAP_POINTS][3];
    uint32_t point_lines[LANE_MAP_POINTS];
    map_line lines[LANE_MAP_LINES];
    map_lane lanes[LANE_MAP_LANES];
    map_tile tiles[1];
    uint32_t tile_lanes[LANE_MAP_LANES];
    map_view view;
} lane_map;

/* Nothing is on it. */
void lane_map_begin(lane_map *m);
/* A line of that type (MAP_LINE_...), whose points follow; returns its index. Its id is one more. */
uint32_t lane_map_line(lane_map *m, uint8_t type);
/* One more point of the newest line, metres along ECEF axes from at_ecef_m. */
void lane_map_point(lane_map *m, const double at_ecef_m[3], double x_m, double y_m);
/* A lane between two lines that run as it does; returns its index. */
uint32_t lane_map_lane(lane_map *m, uint64_t id, uint32_t left_line, uint32_t right_line);
void lane_map_follow(lane_map *m, uint32_t before, uint32_t after);
/* All lanes are in the tile of that place. */
void lane_map_end(lane_map *m, const double at_ecef_m[3]);

#endif
