#include "fusion/map_route.h"

#include <math.h>

static void add(map_route *r, uint32_t lane)
{
    for (int i = 0; i < r->count; i++) {
        if (r->lanes[i] == lane)
            return;
    }
    if (lane != MAP_NONE && r->count < ROUTE_LANES_MOST)
        r->lanes[r->count++] = lane;
}

void map_route_from(const map_view *map, uint32_t lane, map_route *out)
{
    out->count = 0;
    add(out, lane);
    for (int i = 0; i < out->count; i++) {
        const map_lane *at = &map->lanes[out->lanes[i]];
        add(out, at->left_lane);
        add(out, at->right_lane);
        for (int k = 0; k < MAP_MAX_FOLLOWERS; k++)
            add(out, at->followers[k]);
    }
}

/* Squared distance of a point from a segment. */
static double from_segment(const double p[3], const double a[3], const double b[3])
{
    double way[3], to[3], dot = 0.0, length2 = 0.0, sum = 0.0;
    for (int i = 0; i < 3; i++) {
        way[i] = b[i] - a[i];
        to[i] = p[i] - a[i];
        dot += way[i] * to[i];
        length2 += way[i] * way[i];
    }
    double share = length2 > 0.0 ? fmin(fmax(dot / length2, 0.0), 1.0) : 0.0;
    for (int i = 0; i < 3; i++)
        sum += (to[i] - share * way[i]) * (to[i] - share * way[i]);
    return sum;
}

static bool line_passes(const map_view *map, uint32_t line, const double ecef_m[3], double near_m)
{
    const map_line *l = &map->lines[line];
    for (uint32_t i = 1; i < l->point_count; i++) {
        if (from_segment(ecef_m, map->points[l->first_point + i - 1], map->points[l->first_point + i]) <
            near_m * near_m)
            return true;
    }
    return false;
}

bool map_route_passes(const map_view *map, const map_route *route, const double ecef_m[3], double near_m)
{
    for (int i = 0; i < route->count; i++) {
        const map_lane *lane = &map->lanes[route->lanes[i]];
        if (line_passes(map, lane->left_line, ecef_m, near_m) ||
            line_passes(map, lane->right_line, ecef_m, near_m))
            return true;
    }
    return false;
}
