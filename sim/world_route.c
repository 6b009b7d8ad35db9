/* A way through the lanelets of a map. */
#include "sim/world_route.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

double route_bound_m(const route_walk *w, uint32_t way)
{
    double sum = 0;
    for (uint32_t i = 1; i < w->m.ways[way].ref_count; i++) {
        const double *a = map_bound_point_m(&w->lanes, way, false, i - 1),
                     *b = map_bound_point_m(&w->lanes, way, false, i);
        sum += hypot(b[0] - a[0], b[1] - a[1]);
    }
    return sum;
}

double route_lane_m(const route_walk *w, uint32_t lanelet)
{
    const map_lanelet *l = &w->m.lanelets[lanelet];
    return (route_bound_m(w, l->left) + route_bound_m(w, l->right)) / 2;
}

static double furthest_m(const route_walk *w, uint32_t lanelet)
{
    const uint32_t *next = w->lanes.links[lanelet].followers;
    double most_m = 0;
    for (int i = 0; i < MAP_MAX_FOLLOWERS && next[i] != MAP_NONE; i++)
        most_m = fmax(most_m, w->best_m[next[i]]);
    return most_m + route_lane_m(w, lanelet);
}

/* From the ends of the map backwards: a lanelet all of whose followers end, ends. What is never reached so
 * can go on for ever. */
static bool find_ends(route_walk *w)
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

static bool go_to(route_walk *w, uint32_t lanelet)
{
    if (!map_grow(&w->route, w->route_count, &w->route_room, sizeof *w->route))
        return false;
    w->route[w->route_count++] = lanelet;
    w->length_m += route_lane_m(w, lanelet);
    w->left[lanelet]++;
    return true;
}

/* How good it is to go on at a lanelet: best is a way that is long enough and ends, for what never ends may
 * be a roundabout; then one that never ends; then the longest. */
static double worth(const route_walk *w, uint32_t lanelet, double needed_m)
{
    double best_m = w->best_m[lanelet];
    return best_m == INFINITY ? 1e12 : best_m >= needed_m ? 2e12 + best_m : best_m;
}

/* The best follower; of several, where the way has been least often; then the first. */
static uint32_t choose(const route_walk *w, const uint32_t *list, double needed_m)
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
static uint32_t choose_begin(const route_walk *w, double needed_m)
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

static uint32_t find_lanelet(const route_walk *w, int64_t id)
{
    for (uint32_t i = 0; i < w->m.lanelet_count; i++) {
        if (w->m.lanelets[i].id == id && w->m.lanelets[i].vehicles)
            return i;
    }
    return MAP_NONE;
}

static bool follows(const route_walk *w, uint32_t before, uint32_t lanelet)
{
    for (int i = 0; i < MAP_MAX_FOLLOWERS; i++) {
        if (w->lanes.links[before].followers[i] == lanelet)
            return true;
    }
    return false;
}

static bool take_route(route_walk *w, const char *file, error *e)
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

bool route_find(route_walk *w, const char *file, error *e)
{
    const sim_road_settings *set = &w->s->road;
    double drive_m = w->s->duration_s * set->speed_mps;
    if (!find_ends(w))
        return error_set(e, "out of memory");
    if (!take_route(w, file, e))
        return false;
    uint32_t next = w->route_count == 0 ? choose_begin(w, drive_m + ROUTE_LEAST_RESERVE_M) : MAP_NONE;
    if (next == MAP_NONE && w->route_count == 0)
        return error_set(e, "road: %s has no lanelet for vehicles", file);
    while (w->length_m < drive_m + ROUTE_RESERVE_M) {
        if (w->route_count > 0)
            next = choose(w, w->lanes.links[w->route[w->route_count - 1]].followers,
                          drive_m + ROUTE_LEAST_RESERVE_M - w->length_m);
        if (next == MAP_NONE)
            break;
        if (!go_to(w, next))
            return error_set(e, "out of memory");
    }
    if (w->length_m >= drive_m + ROUTE_LEAST_RESERVE_M)
        return true;
    return error_set(
        e,
        "road: the way from lanelet %" PRId64 " through %s ends after %.0f m: at %.3g m/s a drive of "
        "%.0f s fits, not %.0f s",
        w->m.lanelets[w->route[0]].id, file, w->length_m, set->speed_mps,
        fmax(floor((w->length_m - ROUTE_LEAST_RESERVE_M) / set->speed_mps), 0), w->s->duration_s);
}
