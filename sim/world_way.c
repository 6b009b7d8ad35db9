/* The road of a map: a way through its lanelets, and what stands beside it. */
#include "sim/vec.h"
#include "sim/world_private.h"
#include "sim/world_route.h"

#include <stdlib.h>
#include <string.h>

/* Marks that are further from the way are of other streets. */
static const double beside_m = 60;

static void finish(route_walk *w)
{
    map_lanes_finish(&w->lanes);
    map_problems_finish(&w->problems);
    map_data_finish(&w->m);
    free(w->best_m);
    free(w->left);
    free(w->route);
    free(w->way);
}

/* The file's name, with the real data's directory where it begins with that. */
static bool name_of(const sim_road_settings *set, char *out, size_t size, error *e)
{
    size_t head = strlen(SIM_REAL_DATA);
    const char *directory = getenv("POSED_REAL_DATA");
    bool real = strncmp(set->file, SIM_REAL_DATA, head) == 0;
    if (real && !directory)
        return error_set(e, "road: file %s: POSED_REAL_DATA is not set in the environment", set->file);
    int length = real ? snprintf(out, size, "%s/%s", directory, set->file + head)
                      : snprintf(out, size, "%s", set->file);
    return (length >= 0 && (size_t)length < size) || error_set(e, "road: file %s: too long", set->file);
}

static bool all_have_heights(const route_walk *w, uint32_t way)
{
    const map_way *a = &w->m.ways[way];
    for (uint32_t i = 0; i < a->ref_count; i++) {
        if (isnan(map_node_height_m(&w->m, &w->m.nodes[w->m.refs[a->first_ref + i]])))
            return false;
    }
    return true;
}

/* Where a node is in the simulator's plane. */
static void place(const route_walk *w, const sim_earth *earth, uint32_t node, double plane_m[3])
{
    const map_node *n = &w->m.nodes[node];
    double height_m = w->flat ? w->s->datum_height_m : map_node_height_m(&w->m, n);
    geodetic at = {radians(n->latitude_deg), radians(n->longitude_deg), height_m};
    earth_plane(earth, &at, plane_m);
}

/* The point that lies at that share of a bound's length. */
static void bound_at(const route_walk *w, const sim_earth *earth, uint32_t way, bool reversed, double share,
                     double plane_m[3])
{
    const map_way *a = &w->m.ways[way];
    double wanted_m = share * route_bound_m(w, way), passed_m = 0;
    for (uint32_t i = 1; i < a->ref_count; i++) {
        const double *p = map_bound_point_m(&w->lanes, way, reversed, i - 1),
                     *q = map_bound_point_m(&w->lanes, way, reversed, i);
        double step_m = hypot(q[0] - p[0], q[1] - p[1]);
        if (passed_m + step_m < wanted_m && i + 1 < a->ref_count) {
            passed_m += step_m;
            continue;
        }
        double part = step_m > 0 ? fmin((wanted_m - passed_m) / step_m, 1) : 0, from[3], to[3];
        place(w, earth, w->m.refs[a->first_ref + (reversed ? a->ref_count - i : i - 1)], from);
        place(w, earth, w->m.refs[a->first_ref + (reversed ? a->ref_count - 1 - i : i)], to);
        for (int k = 0; k < 3; k++)
            plane_m[k] = from[k] + part * (to[k] - from[k]);
        return;
    }
}

/* What of a bound can be seen. */
static uint8_t edge_of(const map_way *w)
{
    static const uint8_t edges[MAP_LINE_COUNT] = {
        [MAP_LINE_UNKNOWN] = EDGE_BARE, [MAP_LINE_SOLID] = EDGE_SOLID,  [MAP_LINE_DASHED] = EDGE_DASHED,
        [MAP_LINE_CURB] = EDGE_CURB,    [MAP_LINE_VIRTUAL] = EDGE_BARE, [MAP_LINE_RAIL] = EDGE_BARE};
    return edges[w->type];
}

static bool add_point(route_walk *w, const sim_earth *earth, const map_lanelet *l, double share)
{
    double left[3], right[3];
    if (!map_grow(&w->way, w->way_count, &w->way_room, sizeof *w->way))
        return false;
    road_way_point *p = &w->way[w->way_count++];
    bound_at(w, earth, l->left, l->left_reversed, share, left);
    bound_at(w, earth, l->right, l->right_reversed, share, right);
    for (int k = 0; k < 3; k++)
        p->plane_m[k] = (left[k] + right[k]) / 2;
    p->width_m = (float)hypot(left[0] - right[0], left[1] - right[1]);
    p->limit_mps = isnan(l->speed_limit_mps) ? INFINITY : l->speed_limit_mps;
    p->road = l->road;
    p->edges[0] = edge_of(&w->m.ways[l->right]);
    p->edges[1] = edge_of(&w->m.ways[l->left]);
    return true;
}

static bool make_points(route_walk *w, const sim_earth *earth)
{
    for (size_t i = 0; i < w->route_count; i++) {
        const map_lanelet *l = &w->m.lanelets[w->route[i]];
        long n = lround(fmax(route_lane_m(w, w->route[i]), 1));
        for (long k = 0; k < n; k++) { /* its end is the next one's begin */
            if (!add_point(w, earth, l, (double)k / (double)n))
                return false;
        }
    }
    return true;
}

static sim_element_kind kind_of(uint8_t class)
{
    static const uint8_t kinds[MAP_CLASS_COUNT] = {
        [MAP_CLASS_OTHER] = ELEMENT_KINDS, [MAP_CLASS_SIGN] = ELEMENT_SIGN, [MAP_CLASS_LIGHT] = ELEMENT_LIGHT,
        [MAP_CLASS_POLE] = ELEMENT_POLE,   [MAP_CLASS_TAG] = ELEMENT_TAG,   [MAP_CLASS_POST] = ELEMENT_POLE,
        [MAP_CLASS_RAIL] = ELEMENT_RAIL};
    return (sim_element_kind)kinds[class];
}

static bool give(sim_world *world, size_t *room, const sim_element *e)
{
    if (!map_grow(&world->given, world->given_count, room, sizeof *world->given))
        return false;
    world->given[world->given_count++] = *e;
    return true;
}

/* Each time that the way passes it, it stands beside the nearest metre. */
static bool give_thing(sim_world *world, size_t *room, const road *r, sim_element *e)
{
    double nearest_m = INFINITY;
    for (size_t i = 0; i <= r->count; i++) {
        double d = INFINITY;
        if (i < r->count)
            d = hypot(r->samples[i].plane_m[0] - e->plane_m[0], r->samples[i].plane_m[1] - e->plane_m[1]);
        if (d < beside_m && d < nearest_m) {
            nearest_m = d;
            e->s_m = (double)i;
        } else if (d > 2 * beside_m && nearest_m < beside_m) { /* it is behind */
            if (!give(world, room, e))
                return false;
            nearest_m = INFINITY;
        }
    }
    return true;
}

static bool give_things(sim_world *world, const route_walk *w, const road *r)
{
    size_t room = 0;
    for (size_t i = 0; i < w->m.thing_count; i++) {
        const map_thing *t = &w->m.things[i];
        double height_m = map_thing_height_m(&w->m, t);
        geodetic at = {radians(t->latitude_deg), radians(t->longitude_deg),
                       isnan(height_m) ? w->s->datum_height_m : height_m};
        sim_element e = {.id = (uint64_t)t->id, .kind = kind_of(t->kind), .given = true};
        earth_plane(&world->earth, &at, e.plane_m);
        if (e.kind != ELEMENT_KINDS && !give_thing(world, &room, r, &e))
            return false;
    }
    return true;
}

static bool read(route_walk *w, const char *file, error *e)
{
    if (!map_read(&w->m, file, &w->problems, e))
        return false;
    return map_lanes_find(&w->lanes, &w->m) || error_set(e, "out of memory");
}

/* The datum is where the way begins. */
static void set_datum(sim_world *world, route_walk *w)
{
    const map_way *left = &w->m.ways[w->m.lanelets[w->route[0]].left];
    const map_node *n = &w->m.nodes[w->m.refs[left->first_ref]];
    for (size_t i = 0; i < w->route_count && !w->flat; i++) {
        const map_lanelet *l = &w->m.lanelets[w->route[i]];
        w->flat = !all_have_heights(w, l->left) || !all_have_heights(w, l->right);
    }
    double height_m = w->flat ? w->s->datum_height_m : map_node_height_m(&w->m, n);
    world->earth = sim_earth_at((geodetic){radians(n->latitude_deg), radians(n->longitude_deg), height_m});
}

bool world_drive_map(sim_world *world, road *r, const sim_scenario *s, rng random, error *e)
{
    char file[RUN_PATH_SIZE + 4096];
    route_walk w = {.s = s};
    bool good = name_of(&s->road, file, sizeof file, e) && read(&w, file, e) && route_find(&w, file, e);
    if (good) {
        set_datum(world, &w);
        good = (make_points(&w, &world->earth) && road_follow(r, s, w.way, w.way_count, random) &&
                give_things(world, &w, r)) ||
               error_set(e, "out of memory");
    }
    if (good && r->count < 3)
        good = error_set(e, "road: the way through %s has no length", file);
    finish(&w);
    return good;
}
