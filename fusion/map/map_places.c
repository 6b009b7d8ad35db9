/* Which bounds of the map a line that is seen may be: map_places.h. */
#include "fusion/map/map_places.h"

#include <math.h>

/* So many lanes, one after the other, are looked through where the pose may be further along, and of those
 * that branch off at most so many at a time. */
enum { LANES_ON = 3, REACHED_MOST = 12 };

typedef struct {
    uint32_t lane[REACHED_MOST];
    int count;
} reach;

typedef struct {
    lane_cut cut[REACHED_MOST];
    int count;
} cut_list;

static void add(reach *r, uint32_t lane)
{
    for (int i = 0; i < r->count; i++) {
        if (r->lane[i] == lane)
            return;
    }
    if (lane != MAP_NONE && r->count < REACHED_MOST)
        r->lane[r->count++] = lane;
}

static void add_all(reach *r, const uint32_t lanes[MAP_MAX_FOLLOWERS])
{
    for (int i = 0; i < MAP_MAX_FOLLOWERS; i++)
        add(r, lanes[i]);
}

/* The lane, those that part from it where it begins, and those that it joins where it ends. */
static void alike(const map_view *map, uint32_t lane, reach *out)
{
    const map_lane *l = &map->lanes[lane];
    out->count = 0;
    add(out, lane);
    for (int i = 0; i < MAP_MAX_FOLLOWERS; i++) {
        if (l->predecessors[i] != MAP_NONE)
            add_all(out, map->lanes[l->predecessors[i]].followers);
        if (l->followers[i] != MAP_NONE)
            add_all(out, map->lanes[l->followers[i]].predecessors);
    }
}

/* Those of them that are cut there, and what comes after the others; where the pose is, that lane as it is
 * cut. */
static void cut_all(const fusion *c, double on_m, const lane_cut *cut, cut_list *out)
{
    const map_view *map = c->map.view;
    reach now, next;
    out->count = 0;
    if (on_m == 0.0)
        out->cut[out->count++] = *cut;
    alike(map, cut->lane, &now);
    for (int step = 0; step < LANES_ON && now.count > 0; step++) {
        next.count = 0;
        for (int i = 0; i < now.count; i++) {
            const map_lane *l = &map->lanes[now.lane[i]];
            if (on_m == 0.0 && now.lane[i] == cut->lane)
                continue;
            if (out->count < REACHED_MOST && cut_there(c, on_m, now.lane[i], &out->cut[out->count]))
                out->count++;
            else if (on_m != 0.0)
                add_all(&next, on_m > 0.0 ? l->followers : l->predecessors);
        }
        now = next;
    }
}

int bound_places(const fusion *c, double on_m, const lane_cut *cut, int side, bound_at out[PLACES_MOST])
{
    const map_view *map = c->map.view;
    const map_line *seen[PLACES_MOST];
    cut_list all;
    int count = 0;
    float nearest = INFINITY;
    cut_all(c, on_m, cut, &all);
    for (int i = 0; i < all.count; i++)
        nearest = fminf(nearest, fabsf(cut_middle(&all.cut[i]) - cut_middle(cut)));
    for (int i = 0; i < all.count && count < PLACES_MOST; i++) {
        const lane_cut *there = &all.cut[i];
        const map_line *line = cut_line_of(map, there->lane, there->against ? 1 - side : side);
        bool known = line->type == MAP_LINE_VIRTUAL ||
                     fabsf(cut_middle(there) - cut_middle(cut)) > nearest + CUTS_APART_M;
        for (int k = 0; k < count; k++)
            known |= seen[k] == line;
        if (known)
            continue;
        seen[count] = line;
        out[count++] = (bound_at){.offset_m = there->offset_m[side],
                                  .heading_rad = there->bend[side].heading_rad,
                                  .curvature_1pm = there->bend[side].curvature_1pm};
    }
    return all.count > 0 ? count : -1;
}
