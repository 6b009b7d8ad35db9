#include "tests/bench/map_spoil.h"

#include "fusion/geodesy.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Lines are painted anew here, m from where the road begins. */
static const double repaint_from_m = 300, repaint_to_m = 700;

static void note(map_spoil *s, uint64_t id)
{
    if (s->id_count < sizeof s->ids / sizeof *s->ids)
        s->ids[s->id_count++] = id;
}

static void move(double at_m[3], const double enu_m[3])
{
    double axes[3][3], latitude, longitude, height;
    ecef_to_geodetic(at_m, &latitude, &longitude, &height);
    enu_axes(latitude, longitude, axes);
    for (int i = 0; i < 3; i++)
        at_m[i] += axes[0][i] * enu_m[0] + axes[1][i] * enu_m[1] + axes[2][i] * enu_m[2];
}

static void move_sign(map_spoil *s, const sim_world *w, world_map *map)
{
    const sim_element *all;
    const map_view *v = world_map_view(map);
    size_t n = sim_world_elements(w, 200, 1e9, &all), at = 0;
    while (at < n && all[at].kind != ELEMENT_SIGN)
        at++;
    for (uint32_t i = 0; at < n && i < v->mark_count; i++) {
        if (v->marks[i].id == all[at].id)
            move(world_map_mark(map, i)->position_ecef_m, (const double[3]){3, 0, 0});
    }
    if (at < n)
        note(s, all[at].id);
}

/* The points of the map's lines, which are this program's own. */
static double (*points_of(const map_view *v))[3]
{
    return (double(*)[3])(uintptr_t)v->points;
}

static void shift(const map_spoil *s, world_map *map)
{
    const map_view *v = world_map_view(map);
    const double by[3] = {s->shift_m * sqrt(0.5), s->shift_m * sqrt(0.5), 0};
    for (uint32_t i = 0; i < v->mark_count; i++)
        move(world_map_mark(map, i)->position_ecef_m, by);
    for (uint32_t i = 0; i < v->point_count; i++)
        move(points_of(v)[i], by);
}

/* One in so many, evenly: what no camera sees any more. */
static void take_away(map_spoil *s, const sim_world *w)
{
    const sim_element *all;
    size_t n = sim_world_elements(w, -1e9, 1e9, &all);
    double due = 0;
    for (size_t i = 0; i < n; i++) {
        if (all[i].kind > ELEMENT_TAG)
            continue;
        due += s->gone;
        if (due < 1)
            continue;
        due -= 1;
        note(s, all[i].id);
        ((sim_element *)(uintptr_t)all)[i].kind = ELEMENT_HOUSE;
    }
}

/* A line to its left (up cross the way that it goes), each point by the chord that it ends, the first by the
 * one that it begins. */
static void move_line(const map_view *v, const map_line *l, double by_m)
{
    double(*at)[3] = &points_of(v)[l->first_point], before[3], next[3];
    for (uint32_t k = 0; k < l->point_count; k++) {
        const double *from = k ? before : at[0], *to = k ? at[k] : at[1];
        double way[3], left[3];
        memcpy(next, at[k], sizeof next);
        for (int i = 0; i < 3; i++)
            way[i] = to[i] - from[i];
        for (int i = 0; i < 3; i++) {
            int j = (i + 1) % 3, n = (i + 2) % 3;
            left[i] = at[k][j] * way[n] - at[k][n] * way[j];
        }
        double length = sqrt(left[0] * left[0] + left[1] * left[1] + left[2] * left[2]);
        for (int i = 0; i < 3; i++)
            at[k][i] += by_m * left[i] / length;
        memcpy(before, next, sizeof before);
    }
}

/* Of a lane at a place along the road, so that each line is moved once. */
static void repaint(map_spoil *s, world_map *map)
{
    const map_view *v = world_map_view(map);
    for (uint32_t i = 0; i < v->lane_count; i++) {
        const map_lane *lane = &v->lanes[i];
        bool here = false;
        for (double at_m = repaint_from_m; at_m < repaint_to_m && !here; at_m += 5) {
            for (int k = 0; k < 6; k++)
                here |= world_map_lane_id(map, at_m, k) == lane->id;
        }
        const uint32_t lines[2] = {lane->right_line, lane->left_line};
        for (int k = 0; here && k < 2; k++) {
            if (map_spoil_has(s, v->lines[lines[k]].id))
                continue;
            move_line(v, &v->lines[lines[k]], s->repaint_m);
            note(s, v->lines[lines[k]].id);
        }
    }
}

void map_spoil_apply(map_spoil *s, sim *m, world_map *map)
{
    const sim_world *w = sim_get_world(m);
    s->id_count = 0;
    if (s->move_sign)
        move_sign(s, w, map);
    if (s->gone > 0)
        take_away(s, w);
    if (s->repaint_m != 0)
        repaint(s, map);
    if (s->shift_m != 0)
        shift(s, map);
}

bool map_spoil_has(const map_spoil *s, uint64_t id)
{
    for (size_t i = 0; i < s->id_count; i++) {
        if (s->ids[i] == id)
            return true;
    }
    return false;
}
