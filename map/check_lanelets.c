#include "map/check.h"

#include <inttypes.h>
#include <math.h>

/* A lane for vehicles is as wide as this: RASt 06 has 2.75 m as its narrowest lane, a lane at a junction may
 * be twice as wide as a wide one. Beyond the second pair it is no lane. */
static const double narrow_m = 1.5, wide_m = 8;
static const double too_narrow_m = 0.3, too_wide_m = 30;
/* Lanes that end as near to where another begins as this, and go the same way, were meant to meet. */
static const double gap_m = 2;
/* What a survey leaves between points that are one. */
static const double same_m = 0.01;

static map_place at_lanelet(const map_lanelet *a)
{
    return (map_place){"lanelet", a->id, a->file, a->place};
}

static double distance_m(const double a[3], const double b[3])
{
    return hypot(a[0] - b[0], a[1] - b[1]);
}

/* From a point to the segment from a to b. */
static double to_segment_m(const double at[3], const double a[3], const double b[3])
{
    double d[2] = {b[0] - a[0], b[1] - a[1]}, square = d[0] * d[0] + d[1] * d[1];
    double share = square > 0 ? ((at[0] - a[0]) * d[0] + (at[1] - a[1]) * d[1]) / square : 0;
    share = fmin(fmax(share, 0), 1);
    return hypot(at[0] - a[0] - share * d[0], at[1] - a[1] - share * d[1]);
}

typedef struct {
    double least_m, most_m;
    int64_t least_node, most_node;
    bool least_at_end; /* a lane may begin or end as a point */
} width;

/* From each point of one bound to the nearest place of the other. `next` only moves on a little at a time:
 * two long bounds would cost the product of their points otherwise. */
static void measure(const map_lanes *l, uint32_t from, bool from_reversed, uint32_t to, bool to_reversed,
                    width *w)
{
    const map_way *a = &l->m->ways[from], *b = &l->m->ways[to];
    enum { LOOK = 32 };
    uint32_t next = 0;
    for (uint32_t i = 0; i < a->ref_count; i++) {
        const double *at = map_bound_point_m(l, from, from_reversed, i);
        double least_m = INFINITY;
        uint32_t last = next + LOOK, best = next;
        for (uint32_t k = next > LOOK ? next - LOOK : 0; k + 1 < b->ref_count && k <= last; k++) {
            double d = to_segment_m(at, map_bound_point_m(l, to, to_reversed, k),
                                    map_bound_point_m(l, to, to_reversed, k + 1));
            if (d < least_m) {
                least_m = d;
                best = k;
            }
        }
        next = best;
        uint32_t ref = from_reversed ? a->ref_count - 1 - i : i;
        int64_t node = l->m->nodes[l->m->refs[a->first_ref + ref]].id;
        if (least_m < w->least_m) {
            w->least_m = least_m;
            w->least_node = node;
            w->least_at_end = i == 0 || i + 1 == a->ref_count;
        }
        if (least_m > w->most_m) {
            w->most_m = least_m;
            w->most_node = node;
        }
    }
}

static void check_width(const map_lanes *l, const map_lanelet *a, map_problems *p)
{
    width w = {.least_m = INFINITY};
    measure(l, a->left, a->left_reversed, a->right, a->right_reversed, &w);
    measure(l, a->right, a->right_reversed, a->left, a->left_reversed, &w);
    if (w.least_m < narrow_m)
        map_problem_add(p, w.least_m < too_narrow_m && !w.least_at_end ? MAP_ERROR : MAP_WARNING, "narrow",
                        at_lanelet(a), "is %.2f m wide at node %" PRId64, w.least_m, w.least_node);
    if (w.most_m > wide_m)
        map_problem_add(p, w.most_m > too_wide_m ? MAP_ERROR : MAP_WARNING, "wide", at_lanelet(a),
                        "is %.2f m wide at node %" PRId64, w.most_m, w.most_node);
}

static void middle_of(map_gate g, double out_m[3])
{
    for (int i = 0; i < 3; i++)
        out_m[i] = (g.left_m[i] + g.right_m[i]) / 2;
}

/* Across a gate from left to right, so that the cosine of two says whether lanes go the same way. */
static double same_way(map_gate a, map_gate b)
{
    double u[2] = {a.right_m[0] - a.left_m[0], a.right_m[1] - a.left_m[1]};
    double v[2] = {b.right_m[0] - b.left_m[0], b.right_m[1] - b.left_m[1]};
    double length = hypot(u[0], u[1]) * hypot(v[0], v[1]);
    return length > 0 ? (u[0] * v[0] + u[1] * v[1]) / length : 0;
}

/* The lane that begins nearest to where another ends. */
typedef struct {
    const map_lanes *l;
    uint32_t from, nearest;
    map_gate end;
    double at_m[3], distance_m;
} search;

static void take_begin(void *context, uint32_t lanelet)
{
    search *s = context;
    map_gate begin = map_lane_begin(s->l, lanelet);
    double at_m[3], d;
    middle_of(begin, at_m);
    d = distance_m(at_m, s->at_m);
    bool level = fabs(at_m[2] - s->at_m[2]) < 2; /* not the road under a bridge */
    if (lanelet == s->from || !level || d > gap_m || d >= s->distance_m || same_way(s->end, begin) < 0.8)
        return;
    s->distance_m = d;
    s->nearest = lanelet;
}

static void check_gap(const map_lanes *l, uint32_t i, map_problems *p)
{
    const map_lanelet *a = &l->m->lanelets[i];
    search s = {.l = l, .from = i, .nearest = MAP_NONE, .end = map_lane_finish(l, i), .distance_m = INFINITY};
    middle_of(s.end, s.at_m);
    map_begins_near(l, s.at_m, take_begin, &s);
    if (s.nearest == MAP_NONE)
        map_problem_add(p, MAP_NOTE, "no_successor", at_lanelet(a), "nothing follows it in the map");
    else
        map_problem_add(p, MAP_ERROR, "gap", at_lanelet(a),
                        "ends %.2f m from where lanelet %" PRId64 " begins", s.distance_m,
                        l->m->lanelets[s.nearest].id);
}

/* Those that follow, though their ends are not the same points. */
static void check_joints(const map_lanes *l, uint32_t i, map_problems *p)
{
    const map_lane_links *links = &l->links[i];
    map_gate end = map_lane_finish(l, i);
    for (int k = 0; k < MAP_MAX_FOLLOWERS && links->followers[k] != MAP_NONE; k++) {
        map_gate begin = map_lane_begin(l, links->followers[k]);
        double apart_m = fmax(distance_m(end.left_m, begin.left_m), distance_m(end.right_m, begin.right_m));
        if (apart_m > same_m)
            map_problem_add(p, MAP_WARNING, "loose_joint", at_lanelet(&l->m->lanelets[i]),
                            "its end and the begin of lanelet %" PRId64 " are %.2f m apart",
                            l->m->lanelets[links->followers[k]].id, apart_m);
    }
    if (links->too_many)
        map_problem_add(p, MAP_WARNING, "many_followers", at_lanelet(&l->m->lanelets[i]),
                        "more than %d lanelets follow or precede it: some are left out", MAP_MAX_FOLLOWERS);
}

/* Looking for a lanelet that goes against this one, at its begin or at its end. */
typedef struct {
    const map_lanes *l;
    uint32_t from, found;
    map_gate gate;
} head_on_search;

static void take_if_mirrored(head_on_search *s, uint32_t lanelet, map_gate other)
{
    if (lanelet != s->from && s->l->m->lanelets[lanelet].one_way &&
        distance_m(s->gate.left_m, other.right_m) <= MAP_JOIN_M &&
        distance_m(s->gate.right_m, other.left_m) <= MAP_JOIN_M)
        s->found = lanelet;
}

static void take_mirrored_begin(void *context, uint32_t lanelet)
{
    head_on_search *s = context;
    take_if_mirrored(s, lanelet, map_lane_begin(s->l, lanelet));
}

static void take_mirrored_end(void *context, uint32_t lanelet)
{
    head_on_search *s = context;
    take_if_mirrored(s, lanelet, map_lane_finish(s->l, lanelet));
}

/* A one-way lane that nothing leads into or out of, and that begins or ends where another one does that goes
 * the other way: it was entered with left and right swapped. */
static void check_direction(const map_lanes *l, uint32_t i, map_problems *p)
{
    const map_lanelet *a = &l->m->lanelets[i];
    const map_lane_links *links = &l->links[i];
    head_on_search s = {l, i, MAP_NONE, map_lane_begin(l, i)};
    double at_m[3];
    if (!a->one_way || links->followers[0] != MAP_NONE || links->predecessors[0] != MAP_NONE)
        return;
    middle_of(s.gate, at_m);
    map_begins_near(l, at_m, take_mirrored_begin, &s);
    s.gate = map_lane_finish(l, i);
    middle_of(s.gate, at_m);
    map_ends_near(l, at_m, take_mirrored_end, &s);
    if (s.found != MAP_NONE)
        map_problem_add(p, MAP_ERROR, "swapped", at_lanelet(a),
                        "runs against lanelet %" PRId64 ": are left and right swapped?",
                        l->m->lanelets[s.found].id);
}

bool map_check_lanelets(const map_lanes *l, map_problems *p)
{
    for (uint32_t i = 0; i < l->m->lanelet_count; i++) {
        const map_lanelet *a = &l->m->lanelets[i];
        if (!a->vehicles)
            continue;
        check_width(l, a, p);
        check_direction(l, i, p);
        check_joints(l, i, p);
        if (l->links[i].followers[0] == MAP_NONE)
            check_gap(l, i, p);
    }
    return true;
}
