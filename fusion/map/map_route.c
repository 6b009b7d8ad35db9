#include "fusion/map/map_route.h"

#include <math.h>

/* Lanes that are looked at around a place. */
enum { AROUND_MOST = 48 };

static bool is_of(const map_route *r, uint32_t lane)
{
    for (int i = 0; i < r->count; i++) {
        if (r->lanes[i] == lane)
            return true;
    }
    return false;
}

static void add(map_route *r, uint32_t lane, double begin_m)
{
    if (lane == MAP_NONE || r->count == ROUTE_LANES_MOST || is_of(r, lane))
        return;
    r->begin_m[r->count] = begin_m;
    r->lanes[r->count++] = lane;
}

static double distance(const double a[3], const double b[3])
{
    double sum = 0.0;
    for (int i = 0; i < 3; i++)
        sum += (b[i] - a[i]) * (b[i] - a[i]);
    return sqrt(sum);
}

/* From the line's first point to that one. */
static double way_to(const map_view *map, const map_line *l, uint32_t point)
{
    double sum_m = 0.0;
    for (uint32_t i = l->first_point + 1; i <= point; i++)
        sum_m += distance(map->points[i - 1], map->points[i]);
    return sum_m;
}

static double length_of(const map_view *map, uint32_t lane)
{
    const map_line *l = &map->lines[map->lanes[lane].left_line];
    return way_to(map, l, l->first_point + l->point_count - 1);
}

void map_route_from(const map_view *map, uint32_t lane, double reach_m, map_route *out)
{
    out->count = 0;
    add(out, lane, 0.0);
    double farthest_m = lane == MAP_NONE ? 0.0 : length_of(map, lane) + reach_m;
    for (int i = 0; i < out->count; i++) {
        const map_lane *at = &map->lanes[out->lanes[i]];
        double end_m = out->begin_m[i] + length_of(map, out->lanes[i]);
        add(out, at->left_lane, out->begin_m[i]);
        add(out, at->right_lane, out->begin_m[i]);
        for (int k = 0; end_m < farthest_m && k < MAP_MAX_FOLLOWERS; k++)
            add(out, at->followers[k], end_m);
    }
}

/* Squared distance of a point from a segment; `share`: how far along that it is nearest. */
static double from_segment(const double p[3], const double a[3], const double b[3], double *share)
{
    double way[3], to[3], dot = 0.0, length2 = 0.0, sum = 0.0;
    for (int i = 0; i < 3; i++) {
        way[i] = b[i] - a[i];
        to[i] = p[i] - a[i];
        dot += way[i] * to[i];
        length2 += way[i] * way[i];
    }
    *share = length2 > 0.0 ? fmin(fmax(dot / length2, 0.0), 1.0) : 0.0;
    for (int i = 0; i < 3; i++)
        sum += (to[i] - *share * way[i]) * (to[i] - *share * way[i]);
    return sum;
}

typedef struct {
    double square_m2;     /* of the distance */
    double share;         /* of the segment, up to where it is nearest */
    double begin_m;       /* of the lane on its way */
    const map_line *line; /* NULL: none is as near */
    uint32_t point;       /* at which the segment ends */
    bool reversed;        /* it runs against its lane */
} nearest;

static void from_line(const map_view *map, uint32_t line, bool reversed, double begin_m,
                      const double ecef_m[3], nearest *n)
{
    const map_line *l = &map->lines[line];
    for (uint32_t i = l->first_point + 1; i < l->first_point + l->point_count; i++) {
        double share, square_m2 = from_segment(ecef_m, map->points[i - 1], map->points[i], &share);
        if (square_m2 < n->square_m2)
            *n = (nearest){square_m2, share, begin_m, l, i, reversed};
    }
}

/* The nearest piece of the lane's bounds, if it is nearer than what `n` has. */
static void from_lane(const map_view *map, uint32_t lane, double begin_m, const double ecef_m[3], nearest *n)
{
    const map_lane *l = &map->lanes[lane];
    from_line(map, l->left_line, l->left_reversed, begin_m, ecef_m, n);
    from_line(map, l->right_line, l->right_reversed, begin_m, ecef_m, n);
}

static double way_of(const map_view *map, const nearest *n)
{
    const double *a = map->points[n->point - 1], *b = map->points[n->point];
    double on_m = way_to(map, n->line, n->point - 1) + n->share * distance(a, b);
    double whole_m = way_to(map, n->line, n->line->first_point + n->line->point_count - 1);
    return n->begin_m + (n->reversed ? whole_m - on_m : on_m);
}

static void direction_of(const map_view *map, const nearest *n, float out[3])
{
    const double *a = map->points[n->point - 1], *b = map->points[n->point];
    double length = distance(a, b);
    for (int i = 0; i < 3; i++)
        out[i] = length > 0.0 ? (float)((n->reversed ? a[i] - b[i] : b[i] - a[i]) / length) : 0.0f;
}

static bool has_line(const map_lane *l, uint32_t line)
{
    return l->left_line == line || l->right_line == line;
}

/* Whether it shares a bound with one of the route's. */
static bool is_beside(const map_view *map, const map_route *r, uint32_t lane)
{
    for (int i = 0; i < r->count; i++) {
        const map_lane *own = &map->lanes[r->lanes[i]];
        if (has_line(own, map->lanes[lane].left_line) || has_line(own, map->lanes[lane].right_line))
            return true;
    }
    return false;
}

bool map_route_passes(const map_view *map, const map_route *route, const double ecef_m[3], double near_m,
                      map_passing *out)
{
    uint32_t around[AROUND_MOST];
    nearest own = {.square_m2 = near_m * near_m}, other = own;
    for (int i = 0; i < route->count; i++)
        from_lane(map, route->lanes[i], route->begin_m[i], ecef_m, &own);
    if (!own.line)
        return false;
    direction_of(map, &own, out->direction);
    out->way_m = way_of(map, &own);
    size_t n = map_near_lanes(map, ecef_m, near_m, around, AROUND_MOST);
    for (size_t i = 0; i < n && i < AROUND_MOST; i++) {
        if (!is_of(route, around[i]) && !is_beside(map, route, around[i]))
            from_lane(map, around[i], 0.0, ecef_m, &other);
    }
    return !other.line;
}

double map_route_way(const map_view *map, const map_route *route, const double ecef_m[3])
{
    nearest own = {.square_m2 = INFINITY};
    from_lane(map, route->lanes[0], 0.0, ecef_m, &own);
    return own.line ? way_of(map, &own) : 0.0;
}

/* The farthest that a line of a given length gets from its chord is where both parts are equally long: a
 * triangle, (way/2)^2 = (chord/2)^2 + height^2. */
bool map_route_is_straight(double way_m, const double from_m[3], const double to_m[3], double beside_m)
{
    double chord_m = distance(from_m, to_m);
    return way_m * way_m - chord_m * chord_m <= 4.0 * beside_m * beside_m;
}
