#include "map/lanes.h"

#include "fusion/geodesy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the grid of ends, and how many of a neighbourhood are looked at: more is no map. */
static const double cell_m = 2;
enum { MOST_NEAR = 64 };

static double radians(double degrees)
{
    return degrees * 0.017453292519943295;
}

void map_plane_at(map_plane *p, double latitude_deg, double longitude_deg, double height_m)
{
    *p = (map_plane){.latitude_deg = latitude_deg, .longitude_deg = longitude_deg, .height_m = height_m};
    geodetic_to_ecef(radians(latitude_deg), radians(longitude_deg), height_m, p->origin_ecef_m);
    enu_axes(radians(latitude_deg), radians(longitude_deg), p->axes);
}

void map_plane_point(const map_plane *p, double latitude_deg, double longitude_deg, double height_m,
                     double out_m[3])
{
    double ecef_m[3], d[3];
    geodetic_to_ecef(radians(latitude_deg), radians(longitude_deg), isnan(height_m) ? p->height_m : height_m,
                     ecef_m);
    for (int i = 0; i < 3; i++)
        d[i] = ecef_m[i] - p->origin_ecef_m[i];
    for (int i = 0; i < 3; i++)
        out_m[i] = p->axes[i][0] * d[0] + p->axes[i][1] * d[1] + p->axes[i][2] * d[2];
}

const double *map_bound_point_m(const map_lanes *l, uint32_t way, bool reversed, uint32_t i)
{
    const map_way *w = &l->m->ways[way];
    uint32_t at = reversed ? w->ref_count - 1 - i : i;
    return l->nodes_m[l->m->refs[w->first_ref + at]];
}

map_gate map_lane_begin(const map_lanes *l, uint32_t lanelet)
{
    const map_lanelet *a = &l->m->lanelets[lanelet];
    return (map_gate){map_bound_point_m(l, a->left, a->left_reversed, 0),
                      map_bound_point_m(l, a->right, a->right_reversed, 0)};
}

map_gate map_lane_finish(const map_lanes *l, uint32_t lanelet)
{
    const map_lanelet *a = &l->m->lanelets[lanelet];
    return (map_gate){map_bound_point_m(l, a->left, !a->left_reversed, 0),
                      map_bound_point_m(l, a->right, !a->right_reversed, 0)};
}

static double distance_m(const double a[3], const double b[3])
{
    return hypot(a[0] - b[0], a[1] - b[1]);
}

/* The middle of the map: halfway between its extremes. East of the first node, so that the date line is a
 * meridian like any other. */
static void lay_plane(map_lanes *l)
{
    const map_data *m = l->m;
    double low[2] = {0}, high[2] = {0}, height_m = NAN;
    for (size_t i = 0; i < m->node_count; i++) {
        double east = m->nodes[i].longitude_deg - m->nodes[0].longitude_deg;
        double at[2] = {m->nodes[i].latitude_deg - m->nodes[0].latitude_deg, east > 180    ? east - 360
                                                                             : east < -180 ? east + 360
                                                                                           : east};
        for (int k = 0; k < 2; k++) {
            low[k] = fmin(low[k], at[k]);
            high[k] = fmax(high[k], at[k]);
        }
        if (isnan(height_m))
            height_m = map_node_height_m(m, &m->nodes[i]);
    }
    double latitude_deg = m->node_count ? m->nodes[0].latitude_deg + (low[0] + high[0]) / 2 : 0;
    double longitude_deg = m->node_count ? m->nodes[0].longitude_deg + (low[1] + high[1]) / 2 : 0;
    map_plane_at(&l->plane, latitude_deg, longitude_deg, isnan(height_m) ? 0 : height_m);
    for (size_t i = 0; i < m->node_count; i++)
        map_plane_point(&l->plane, m->nodes[i].latitude_deg, m->nodes[i].longitude_deg,
                        map_node_height_m(m, &m->nodes[i]), l->nodes_m[i]);
}

/* Twice the area under a bound, seen from `from`; the sum over a closed way is positive when it runs
 * counter-clockwise. */
static double area_under(const map_lanes *l, uint32_t way, bool reversed, const double from_m[3])
{
    double sum = 0;
    for (uint32_t i = 1; i < l->m->ways[way].ref_count; i++) {
        const double *a = map_bound_point_m(l, way, reversed, i - 1),
                     *b = map_bound_point_m(l, way, reversed, i);
        sum += (a[0] - from_m[0]) * (b[1] - from_m[1]) - (b[0] - from_m[0]) * (a[1] - from_m[1]);
    }
    return sum;
}

static double cross_of(const double a[3], const double b[3], const double from_m[3])
{
    return (a[0] - from_m[0]) * (b[1] - from_m[1]) - (b[0] - from_m[0]) * (a[1] - from_m[1]);
}

/* The bounds of a lanelet may run either way in its file. Both have to run alike, and the left one on the
 * left: along the left and back along the right is clockwise. */
static void orient(map_lanes *l, map_lanelet *a)
{
    const double *lb = map_bound_point_m(l, a->left, false, 0), *le = map_bound_point_m(l, a->left, true, 0);
    const double *rb = map_bound_point_m(l, a->right, false, 0),
                 *re = map_bound_point_m(l, a->right, true, 0);
    a->left_reversed = false;
    a->right_reversed = distance_m(lb, rb) + distance_m(le, re) > distance_m(lb, re) + distance_m(le, rb);
    const double *right_begin = a->right_reversed ? re : rb, *right_end = a->right_reversed ? rb : re;
    double area = area_under(l, a->left, false, lb) + cross_of(le, right_end, lb) +
                  area_under(l, a->right, !a->right_reversed, lb) + cross_of(right_begin, lb, lb);
    if (area > 0) {
        a->left_reversed = true;
        a->right_reversed = !a->right_reversed;
    }
}

static int64_t cell_of(double x_m)
{
    double cell = floor(x_m / cell_m);
    return cell > -1e9 && cell < 1e9 ? (int64_t)cell : 0;
}

static uint64_t cell_key(int64_t x, int64_t y)
{
    return ((uint64_t)(x + 0x40000000) << 32) | (uint64_t)(y + 0x40000000);
}

static void middle_of(map_gate g, double out_m[3])
{
    for (int i = 0; i < 3; i++)
        out_m[i] = (g.left_m[i] + g.right_m[i]) / 2;
}

static int by_key(const void *a, const void *b)
{
    const map_lane_end *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->lanelet > y->lanelet) - (x->lanelet < y->lanelet);
}

static void index_ends(map_lanes *l)
{
    for (uint32_t i = 0; i < l->m->lanelet_count; i++) {
        double at_m[3];
        if (!l->m->lanelets[i].vehicles)
            continue;
        middle_of(map_lane_begin(l, i), at_m);
        l->begins[l->end_count] = (map_lane_end){cell_key(cell_of(at_m[0]), cell_of(at_m[1])), i};
        middle_of(map_lane_finish(l, i), at_m);
        l->ends[l->end_count++] = (map_lane_end){cell_key(cell_of(at_m[0]), cell_of(at_m[1])), i};
    }
    if (l->end_count > 1) {
        qsort(l->begins, l->end_count, sizeof *l->begins, by_key);
        qsort(l->ends, l->end_count, sizeof *l->ends, by_key);
    }
}

static size_t first_at(const map_lane_end *list, size_t count, uint64_t key)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void near(const map_lane_end *list, size_t count, const double at_m[3], map_take_end *take,
                 void *context)
{
    int left = MOST_NEAR;
    for (int64_t x = -1; x <= 1; x++) {
        for (int64_t y = -1; y <= 1; y++) {
            uint64_t key = cell_key(cell_of(at_m[0]) + x, cell_of(at_m[1]) + y);
            for (size_t i = first_at(list, count, key); i < count && list[i].key == key && left > 0; i++) {
                take(context, list[i].lanelet);
                left--;
            }
        }
    }
}

void map_begins_near(const map_lanes *l, const double at_m[3], map_take_end *take, void *context)
{
    near(l->begins, l->end_count, at_m, take, context);
}

void map_ends_near(const map_lanes *l, const double at_m[3], map_take_end *take, void *context)
{
    near(l->ends, l->end_count, at_m, take, context);
}

/* False: there is no room. */
static bool link_to(uint32_t list[MAP_MAX_FOLLOWERS], uint32_t lanelet)
{
    for (int i = 0; i < MAP_MAX_FOLLOWERS; i++) {
        if (list[i] == MAP_NONE) {
            list[i] = lanelet;
            return true;
        }
    }
    return false;
}

typedef struct {
    map_lanes *l;
    uint32_t from;
} joint;

static void join(void *context, uint32_t to)
{
    joint *j = context;
    map_gate end = map_lane_finish(j->l, j->from), begin = map_lane_begin(j->l, to);
    bool meets = distance_m(end.left_m, begin.left_m) <= MAP_JOIN_M &&
                 distance_m(end.right_m, begin.right_m) <= MAP_JOIN_M &&
                 fabs(end.left_m[2] - begin.left_m[2]) < 2;
    map_lane_links *a = &j->l->links[j->from], *b = &j->l->links[to];
    if (!meets || j->from == to)
        return;
    if (!link_to(a->followers, to))
        a->too_many = true;
    else if (!link_to(b->predecessors, j->from))
        b->too_many = true;
}

static void find_followers(map_lanes *l)
{
    for (uint32_t i = 0; i < l->m->lanelet_count; i++) {
        joint j = {l, i};
        double at_m[3];
        if (!l->m->lanelets[i].vehicles)
            continue;
        middle_of(map_lane_finish(l, i), at_m);
        map_begins_near(l, at_m, join, &j);
    }
}

/* Whose right bound each way is, by way and direction: one of them. */
static bool find_neighbours(map_lanes *l)
{
    const map_data *m = l->m;
    uint32_t *right_of = malloc((2 * m->way_count + 1) * sizeof *right_of);
    if (!right_of)
        return false;
    memset(right_of, 0xff, 2 * m->way_count * sizeof *right_of); /* MAP_NONE */
    for (uint32_t i = 0; i < m->lanelet_count; i++) {
        const map_lanelet *a = &m->lanelets[i];
        if (a->vehicles)
            right_of[2 * a->right + a->right_reversed] = i;
    }
    for (uint32_t i = 0; i < m->lanelet_count; i++) {
        const map_lanelet *a = &m->lanelets[i];
        uint32_t left = a->vehicles ? right_of[2 * a->left + a->left_reversed] : MAP_NONE;
        if (left == MAP_NONE || left == i)
            continue;
        l->links[i].left_lane = left;
        l->links[left].right_lane = i;
    }
    free(right_of);
    return true;
}

bool map_lanes_find(map_lanes *l, map_data *m)
{
    *l = (map_lanes){.m = m};
    l->nodes_m = malloc((m->node_count + 1) * sizeof *l->nodes_m);
    l->links = malloc((m->lanelet_count + 1) * sizeof *l->links);
    l->begins = malloc((m->lanelet_count + 1) * sizeof *l->begins);
    l->ends = malloc((m->lanelet_count + 1) * sizeof *l->ends);
    if (!l->nodes_m || !l->links || !l->begins || !l->ends)
        return false;
    lay_plane(l);
    for (size_t i = 0; i < m->lanelet_count; i++) {
        memset(&l->links[i], 0xff, sizeof l->links[i]); /* MAP_NONE */
        l->links[i].too_many = false;
        orient(l, &m->lanelets[i]);
    }
    index_ends(l);
    find_followers(l);
    return find_neighbours(l);
}

void map_lanes_finish(map_lanes *l)
{
    free(l->nodes_m);
    free(l->links);
    free(l->begins);
    free(l->ends);
    *l = (map_lanes){0};
}
