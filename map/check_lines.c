#include "map/check.h"
#include "map/crossing.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Points that are closer than this are one point. */
static const double same_m = 1e-3;
/* A road's line has a point more often than that, even a straight one. */
static const double longest_m = 2000;
/* Between two points of a line; roads have less than 0.3. */
static const double steepest = 0.4;

static map_place at_way(const map_way *w)
{
    return (map_place){"way", w->id, w->file, w->place};
}

static const double *point(const map_lanes *l, const map_way *w, uint32_t i)
{
    return l->nodes_m[l->m->refs[w->first_ref + i]];
}

static int64_t node_id(const map_lanes *l, const map_way *w, uint32_t i)
{
    return l->m->nodes[l->m->refs[w->first_ref + i]].id;
}

static void check_segment(const map_lanes *l, const map_way *w, uint32_t i, map_problems *p)
{
    const double *a = point(l, w, i), *b = point(l, w, i + 1);
    double length_m = hypot(a[0] - b[0], a[1] - b[1]), up_m = fabs(a[2] - b[2]);
    if (length_m < same_m && w->is_bound)
        map_problem_add(p, MAP_ERROR, "zero_length", at_way(w),
                        "node %" PRId64 " and node %" PRId64 ", which follow each other, are at one place",
                        node_id(l, w, i), node_id(l, w, i + 1));
    if (length_m > longest_m)
        map_problem_add(p, MAP_ERROR, "long_segment", at_way(w),
                        "from node %" PRId64 " to node %" PRId64 " it is %.0f m: is a position wrong?",
                        node_id(l, w, i), node_id(l, w, i + 1), length_m);
    if (w->is_bound && up_m > 0.2 + steepest * length_m && length_m <= longest_m)
        map_problem_add(p, MAP_WARNING, "steep", at_way(w),
                        "from node %" PRId64 " to node %" PRId64 " it rises or falls %.1f m in %.1f m",
                        node_id(l, w, i), node_id(l, w, i + 1), up_m, length_m);
}

static size_t segments_of(const map_lanes *l, uint32_t way, uint32_t chain, map_segment *out)
{
    const map_way *w = &l->m->ways[way];
    for (uint32_t i = 0; i + 1 < w->ref_count; i++) {
        const double *a = point(l, w, i), *b = point(l, w, i + 1);
        out[i] = (map_segment){a, b, fmin(a[0], b[0]), fmax(a[0], b[0]), chain, i};
    }
    return w->ref_count > 0 ? w->ref_count - 1 : 0;
}

static void check_crossing(const map_lanes *l, uint32_t way, map_segment *room, map_problems *p)
{
    const map_way *w = &l->m->ways[way];
    map_crossing c;
    size_t count = segments_of(l, way, 0, room);
    map_crossing_result result = map_find_crossing(room, count, true, &c);
    if (result == CROSSING_FOUND)
        map_problem_add(p, MAP_ERROR, "crosses_itself", at_way(w),
                        "after node %" PRId64 " it crosses what comes after node %" PRId64,
                        node_id(l, w, c.a->number), node_id(l, w, c.b->number));
    else if (result == CROSSING_GIVEN_UP)
        map_problem_add(p, MAP_NOTE, "not_checked", at_way(w), "has too many points to look for crossings");
}

/* Bounds of one lanelet may meet at a point, and must not cross. */
static void check_pair(const map_lanes *l, const map_lanelet *a, map_segment *room, map_problems *p)
{
    map_place at = {"lanelet", a->id, a->file, a->place};
    map_crossing c;
    size_t count = segments_of(l, a->left, 0, room);
    count += segments_of(l, a->right, 1, room + count);
    map_crossing_result result = map_find_crossing(room, count, false, &c);
    if (result == CROSSING_FOUND)
        map_problem_add(p, MAP_ERROR, "bounds_cross", at,
                        "left and right bound (way %" PRId64 ", way %" PRId64 ") cross after node %" PRId64
                        " and node %" PRId64,
                        l->m->ways[a->left].id, l->m->ways[a->right].id,
                        node_id(l, &l->m->ways[c.a->chain == 0 ? a->left : a->right], c.a->number),
                        node_id(l, &l->m->ways[c.b->chain == 0 ? a->left : a->right], c.b->number));
    else if (result == CROSSING_GIVEN_UP)
        map_problem_add(p, MAP_NOTE, "not_checked", at, "has too many points to look for crossings");
}

static size_t longest(const map_data *m)
{
    size_t most = 0;
    for (size_t i = 0; i < m->way_count; i++)
        most = m->ways[i].ref_count > most ? m->ways[i].ref_count : most;
    return most;
}

bool map_check_lines(const map_lanes *l, map_problems *p)
{
    const map_data *m = l->m;
    map_segment *room = malloc((2 * longest(m) + 1) * sizeof *room);
    if (!room)
        return false;
    for (uint32_t i = 0; i < m->way_count; i++) {
        for (uint32_t k = 0; k + 1 < m->ways[i].ref_count; k++)
            check_segment(l, &m->ways[i], k, p);
        if (m->ways[i].is_bound)
            check_crossing(l, i, room, p);
    }
    for (size_t i = 0; i < m->lanelet_count; i++) {
        if (m->lanelets[i].vehicles)
            check_pair(l, &m->lanelets[i], room, p);
    }
    free(room);
    return true;
}
