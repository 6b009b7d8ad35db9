/* The road of a map: a way through its lanelets, and what stands beside it. */
#include "map/lanes.h"
#include "map/map_data.h"
#include "sim/vec.h"
#include "sim/world_private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What has to be left of the way where the vehicle can be at the end, for sensors that look ahead; what is
 * laid beyond it where there is more. */
static const double least_reserve_m = 60, reserve_m = 400;
/* Marks that are further from the way are of other streets. */
static const double beside_m = 60;

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
} walk;

static void finish(walk *w)
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

static double bound_length_m(const walk *w, uint32_t way)
{
    double sum = 0;
    for (uint32_t i = 1; i < w->m.ways[way].ref_count; i++) {
        const double *a = map_bound_point_m(&w->lanes, way, false, i - 1),
                     *b = map_bound_point_m(&w->lanes, way, false, i);
        sum += hypot(b[0] - a[0], b[1] - a[1]);
    }
    return sum;
}

static double lane_length_m(const walk *w, uint32_t lanelet)
{
    const map_lanelet *l = &w->m.lanelets[lanelet];
    return (bound_length_m(w, l->left) + bound_length_m(w, l->right)) / 2;
}

static double furthest_m(const walk *w, uint32_t lanelet)
{
    const uint32_t *next = w->lanes.links[lanelet].followers;
    double most_m = 0;
    for (int i = 0; i < MAP_MAX_FOLLOWERS && next[i] != MAP_NONE; i++)
        most_m = fmax(most_m, w->best_m[next[i]]);
    return most_m + lane_length_m(w, lanelet);
}

/* From the ends of the map backwards: a lanelet all of whose followers end, ends. What is never reached so
 * can go on for ever. */
static bool find_ends(walk *w)
{
    size_t count = w->m.lanelet_count, done = 0, queued = 0;
    uint32_t *queue = calloc(count + 1, sizeof *queue);
    w->best_m = calloc(count + 1, sizeof *w->best_m);
    w->left = calloc(count + 1, sizeof *w->left);
    if (!queue || !w->best_m || !w->left) {
        free(queue);
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t *next = w->lanes.links[i].followers;
        w->best_m[i] = INFINITY;
        while (w->left[i] < MAP_MAX_FOLLOWERS && next[w->left[i]] != MAP_NONE)
            w->left[i]++;
        if (w->left[i] == 0)
            queue[queued++] = i;
    }
    for (; done < queued; done++) {
        const uint32_t *before = w->lanes.links[queue[done]].predecessors;
        w->best_m[queue[done]] = furthest_m(w, queue[done]);
        for (int i = 0; i < MAP_MAX_FOLLOWERS && before[i] != MAP_NONE; i++) {
            if (--w->left[before[i]] == 0)
                queue[queued++] = before[i];
        }
    }
    free(queue);
    memset(w->left, 0, count * sizeof *w->left);
    return true;
}

static bool go_to(walk *w, uint32_t lanelet)
{
    if (!map_grow(&w->route, w->route_count, &w->route_room, sizeof *w->route))
        return false;
    w->route[w->route_count++] = lanelet;
    w->length_m += lane_length_m(w, lanelet);
    w->left[lanelet]++;
    return true;
}

/* How good it is to go on at a lanelet: best is a way that is long enough and ends, for what never ends may
 * be a roundabout; then one that never ends; then the longest. */
static double worth(const walk *w, uint32_t lanelet, double needed_m)
{
    double best_m = w->best_m[lanelet];
    return best_m == INFINITY ? 1e12 : best_m >= needed_m ? 2e12 + best_m : best_m;
}

/* The best follower; of several, where the way has been least often; then the first. */
static uint32_t choose(const walk *w, const uint32_t *list, double needed_m)
{
    uint32_t best = MAP_NONE;
    for (size_t i = 0; i < MAP_MAX_FOLLOWERS && list[i] != MAP_NONE; i++) {
        double more = best == MAP_NONE ? 1 : worth(w, list[i], needed_m) - worth(w, best, needed_m);
        if (more > 0 || (more >= 0 && w->left[list[i]] < w->left[best]))
            best = list[i];
    }
    return best;
}

/* Without a route: the best lanelet to begin at; of several, the one with the lowest id. */
static uint32_t choose_begin(const walk *w, double needed_m)
{
    uint32_t best = MAP_NONE;
    for (uint32_t i = 0; i < w->m.lanelet_count; i++) {
        const map_lanelet *l = &w->m.lanelets[i];
        if (!l->vehicles)
            continue;
        double more = best == MAP_NONE ? 1 : worth(w, i, needed_m) - worth(w, best, needed_m);
        if (more > 0 || (more >= 0 && l->id < w->m.lanelets[best].id))
            best = i;
    }
    return best;
}

static uint32_t find_lanelet(const walk *w, int64_t id)
{
    for (uint32_t i = 0; i < w->m.lanelet_count; i++) {
        if (w->m.lanelets[i].id == id && w->m.lanelets[i].vehicles)
            return i;
    }
    return MAP_NONE;
}

static bool follows(const walk *w, uint32_t before, uint32_t lanelet)
{
    for (int i = 0; i < MAP_MAX_FOLLOWERS; i++) {
        if (w->lanes.links[before].followers[i] == lanelet)
            return true;
    }
    return false;
}

static bool take_route(walk *w, const char *file, error *e)
{
    const sim_road_settings *set = &w->s->road;
    for (size_t i = 0; i < set->route_count; i++) {
        uint32_t lanelet = find_lanelet(w, set->route[i]);
        if (lanelet == MAP_NONE)
            return error_set(e, "road: route: %s has no lanelet %" PRId64 " for vehicles", file,
                             set->route[i]);
        if (i > 0 && !follows(w, w->route[i - 1], lanelet))
            return error_set(e, "road: route: lanelet %" PRId64 " does not follow lanelet %" PRId64 " in %s",
                             set->route[i], set->route[i - 1], file);
        if (!go_to(w, lanelet))
            return error_set(e, "out of memory");
    }
    return true;
}

static bool find_way(walk *w, const char *file, error *e)
{
    const sim_road_settings *set = &w->s->road;
    double drive_m = w->s->duration_s * set->speed_mps;
    if (!find_ends(w))
        return error_set(e, "out of memory");
    if (!take_route(w, file, e))
        return false;
    uint32_t next = w->route_count == 0 ? choose_begin(w, drive_m + least_reserve_m) : MAP_NONE;
    if (next == MAP_NONE && w->route_count == 0)
        return error_set(e, "road: %s has no lanelet for vehicles", file);
    while (w->length_m < drive_m + reserve_m) {
        if (w->route_count > 0)
            next = choose(w, w->lanes.links[w->route[w->route_count - 1]].followers,
                          drive_m + least_reserve_m - w->length_m);
        if (next == MAP_NONE)
            break;
        if (!go_to(w, next))
            return error_set(e, "out of memory");
    }
    if (w->length_m >= drive_m + least_reserve_m)
        return true;
    return error_set(e,
                     "road: the way from lanelet %" PRId64
                     " through %s ends after %.0f m: at %.3g m/s a drive of "
                     "%.0f s fits, not %.0f s",
                     w->m.lanelets[w->route[0]].id, file, w->length_m, set->speed_mps,
                     fmax(floor((w->length_m - least_reserve_m) / set->speed_mps), 0), w->s->duration_s);
}

static bool all_have_heights(const walk *w, uint32_t way)
{
    const map_way *a = &w->m.ways[way];
    for (uint32_t i = 0; i < a->ref_count; i++) {
        if (isnan(map_node_height_m(&w->m, &w->m.nodes[w->m.refs[a->first_ref + i]])))
            return false;
    }
    return true;
}

/* Where a node is in the simulator's plane. */
static void place(const walk *w, const sim_earth *earth, uint32_t node, double plane_m[3])
{
    const map_node *n = &w->m.nodes[node];
    double height_m = w->flat ? w->s->datum_height_m : map_node_height_m(&w->m, n);
    geodetic at = {radians(n->latitude_deg), radians(n->longitude_deg), height_m};
    earth_plane(earth, &at, plane_m);
}

/* The point that lies at that share of a bound's length. */
static void bound_at(const walk *w, const sim_earth *earth, uint32_t way, bool reversed, double share,
                     double plane_m[3])
{
    const map_way *a = &w->m.ways[way];
    double wanted_m = share * bound_length_m(w, way), passed_m = 0;
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
    static const uint8_t edges[MAP_LINE_COUNT] = {[MAP_LINE_UNKNOWN] = EDGE_BARE,
                                                  [MAP_LINE_SOLID] = EDGE_SOLID,
                                                  [MAP_LINE_DASHED] = EDGE_DASHED,
                                                  [MAP_LINE_CURB] = EDGE_CURB,
                                                  [MAP_LINE_VIRTUAL] = EDGE_BARE};
    return edges[w->type];
}

static bool add_point(walk *w, const sim_earth *earth, const map_lanelet *l, double share)
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

static bool make_points(walk *w, const sim_earth *earth)
{
    for (size_t i = 0; i < w->route_count; i++) {
        const map_lanelet *l = &w->m.lanelets[w->route[i]];
        long n = lround(fmax(lane_length_m(w, w->route[i]), 1));
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

static bool give_things(sim_world *world, const walk *w, const road *r)
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

static bool read(walk *w, const char *file, error *e)
{
    if (!map_read(&w->m, file, &w->problems, e))
        return false;
    return map_lanes_find(&w->lanes, &w->m) || error_set(e, "out of memory");
}

/* The datum is where the way begins. */
static void set_datum(sim_world *world, walk *w)
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
    walk w = {.s = s};
    bool good = name_of(&s->road, file, sizeof file, e) && read(&w, file, e) && find_way(&w, file, e);
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
