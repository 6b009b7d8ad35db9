#include "tests/fusion/lane_map.h"

#include <check.h>
#include <string.h>

void lane_map_begin(lane_map *m)
{
    memset(m, 0, sizeof *m);
    m->view = (map_view){.points = (const double(*)[3])m->points,
                         .point_line = m->point_lines,
                         .lines = m->lines,
                         .lanes = m->lanes,
                         .tiles = m->tiles,
                         .tile_lanes = m->tile_lanes,
                         .tile_count = 1};
}

uint32_t lane_map_line(lane_map *m, uint8_t type)
{
    const uint32_t index = m->view.line_count++;
    ck_assert_uint_lt(index, LANE_MAP_LINES);
    m->lines[index] = (map_line){.id = index + 1, .first_point = m->view.point_count, .type = type};
    return index;
}

void lane_map_point(lane_map *m, const double at_ecef_m[3], double x_m, double y_m)
{
    const uint32_t line = m->view.line_count - 1, index = m->view.point_count++;
    const double away_m[3] = {x_m, y_m, 0.0};
    ck_assert_uint_lt(index, LANE_MAP_POINTS);
    for (int i = 0; i < 3; i++)
        m->points[index][i] = at_ecef_m[i] + away_m[i];
    m->point_lines[index] = line;
    m->lines[line].point_count++;
}

uint32_t lane_map_lane(lane_map *m, uint64_t id, uint32_t left_line, uint32_t right_line)
{
    const uint32_t index = m->view.lane_count++;
    ck_assert_uint_lt(index, LANE_MAP_LANES);
    map_lane *l = &m->lanes[index];
    *l = (map_lane){.id = id,
                    .left_line = left_line,
                    .right_line = right_line,
                    .left_lane = MAP_NONE,
                    .right_lane = MAP_NONE};
    for (int i = 0; i < MAP_MAX_FOLLOWERS; i++)
        l->followers[i] = l->predecessors[i] = MAP_NONE;
    return index;
}

static void add(uint32_t list[MAP_MAX_FOLLOWERS], uint32_t lane)
{
    int at = 0;
    while (list[at] != MAP_NONE)
        ck_assert_int_lt(++at, MAP_MAX_FOLLOWERS);
    list[at] = lane;
}

void lane_map_follow(lane_map *m, uint32_t before, uint32_t after)
{
    add(m->lanes[before].followers, after);
    add(m->lanes[after].predecessors, before);
}

void lane_map_end(lane_map *m, const double at_ecef_m[3])
{
    m->tiles[0] = (map_tile){.key = map_tile_key(at_ecef_m), .lane_count = m->view.lane_count};
    m->view.tile_lane_count = m->view.lane_count;
    for (uint32_t i = 0; i < m->view.lane_count; i++)
        m->tile_lanes[i] = i;
}
