#include "map/tiling.h"

#include "map/map_data.h"

#include <math.h>
#include <stdlib.h>

bool tiling_add_point(tiling *t, tile_kind kind, uint32_t index, const double at_ecef_m[3])
{
    uint64_t key = map_tile_key(at_ecef_m);
    const tile_entry *last = t->count ? &t->entries[t->count - 1] : NULL;
    if (last && last->key == key && last->kind == kind && last->index == index)
        return true;
    if (!map_grow(&t->entries, t->count, &t->room, sizeof *t->entries))
        return false;
    t->entries[t->count++] = (tile_entry){key, kind, index};
    return true;
}

/* Does the line from a to b touch the cube? By the part of it that is inside of each pair of faces. */
static bool touches(const double a[3], const double b[3], const double low_m[3])
{
    double enter = 0, leave = 1;
    for (int i = 0; i < 3; i++) {
        double d = b[i] - a[i], near = low_m[i] - a[i], far = near + MAP_TILE_M;
        if (fabs(d) < 1e-9) {
            if (near > 0 || far < 0)
                return false;
            continue;
        }
        enter = fmax(enter, fmin(near / d, far / d));
        leave = fmin(leave, fmax(near / d, far / d));
    }
    return enter <= leave;
}

/* No longer than a tile, so that it lies in no more than two of them along each axis. */
static bool add_short(tiling *t, tile_kind kind, uint32_t index, const double a[3], const double b[3])
{
    double low[3], high[3];
    for (int i = 0; i < 3; i++) {
        low[i] = floor(fmin(a[i], b[i]) / MAP_TILE_M) * MAP_TILE_M;
        high[i] = floor(fmax(a[i], b[i]) / MAP_TILE_M) * MAP_TILE_M;
    }
    for (double x = low[0]; x <= high[0]; x += MAP_TILE_M) {
        for (double y = low[1]; y <= high[1]; y += MAP_TILE_M) {
            for (double z = low[2]; z <= high[2]; z += MAP_TILE_M) {
                const double corner[3] = {x, y, z};
                const double middle[3] = {x + MAP_TILE_M / 2, y + MAP_TILE_M / 2, z + MAP_TILE_M / 2};
                if (touches(a, b, corner) && !tiling_add_point(t, kind, index, middle))
                    return false;
            }
        }
    }
    return true;
}

bool tiling_add_segment(tiling *t, tile_kind kind, uint32_t index, const double from_ecef_m[3],
                        const double to_ecef_m[3])
{
    double d[3], length = 0, a[3], b[3];
    for (int i = 0; i < 3; i++) {
        d[i] = to_ecef_m[i] - from_ecef_m[i];
        a[i] = from_ecef_m[i];
        length = hypot(length, d[i]);
    }
    int parts = 1 + (int)fmin(length / MAP_TILE_M, 1e6);
    for (int k = 1; k <= parts; k++) {
        for (int i = 0; i < 3; i++)
            b[i] = from_ecef_m[i] + d[i] * k / parts;
        if (!add_short(t, kind, index, a, b))
            return false;
        for (int i = 0; i < 3; i++)
            a[i] = b[i];
    }
    return true;
}

static bool add_line(tiling *t, const map_view *m, const map_line *l, tile_kind kind, uint32_t lane)
{
    for (uint32_t i = l->first_point; i + 1 < l->first_point + l->point_count; i++) {
        uint32_t index = kind == TILE_LANE ? lane : i;
        if (!tiling_add_segment(t, kind, index, m->points[i], m->points[i + 1]))
            return false;
    }
    return true;
}

bool tiling_add_map(tiling *t, const map_view *m)
{
    bool good = true;
    for (uint32_t i = 0; good && i < m->mark_count; i++)
        good = tiling_add_point(t, TILE_MARK, i, m->marks[i].position_ecef_m);
    for (uint32_t i = 0; good && i < m->line_count; i++)
        good = add_line(t, m, &m->lines[i], TILE_SEGMENT, 0);
    for (uint32_t i = 0; good && i < m->lane_count; i++)
        good = add_line(t, m, &m->lines[m->lanes[i].left_line], TILE_LANE, i) &&
               add_line(t, m, &m->lines[m->lanes[i].right_line], TILE_LANE, i);
    return good;
}

static int by_key(const void *a, const void *b)
{
    const tile_entry *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void take(tiling *t, const tile_entry *e)
{
    if (t->tile_count == 0 || t->tiles[t->tile_count - 1].key != e->key)
        t->tiles[t->tile_count++] = (map_tile){.key = e->key,
                                               .first_mark = t->counts[TILE_MARK],
                                               .first_segment = t->counts[TILE_SEGMENT],
                                               .first_lane = t->counts[TILE_LANE]};
    map_tile *tile = &t->tiles[t->tile_count - 1];
    uint32_t *count = e->kind == TILE_MARK      ? &tile->mark_count
                      : e->kind == TILE_SEGMENT ? &tile->segment_count
                                                : &tile->lane_count;
    t->lists[e->kind][t->counts[e->kind]++] = e->index;
    ++*count;
}

bool tiling_finish(tiling *t)
{
    bool good = (t->tiles = malloc((t->count + 1) * sizeof *t->tiles)) != NULL;
    for (int i = 0; i < TILE_KINDS; i++)
        good = (t->lists[i] = malloc((t->count + 1) * sizeof *t->lists[i])) && good;
    if (!good)
        return false;
    if (t->count > 1)
        qsort(t->entries, t->count, sizeof *t->entries, by_key);
    for (size_t i = 0; i < t->count; i++) {
        if (i == 0 || by_key(&t->entries[i], &t->entries[i - 1]) != 0)
            take(t, &t->entries[i]);
    }
    return true;
}

void tiling_show(const tiling *t, map_view *m)
{
    m->tiles = t->tiles;
    m->tile_marks = t->lists[TILE_MARK];
    m->tile_segments = t->lists[TILE_SEGMENT];
    m->tile_lanes = t->lists[TILE_LANE];
    m->tile_count = t->tile_count;
    m->tile_mark_count = t->counts[TILE_MARK];
    m->tile_segment_count = t->counts[TILE_SEGMENT];
    m->tile_lane_count = t->counts[TILE_LANE];
}

void tiling_destroy(tiling *t)
{
    free(t->entries);
    free(t->tiles);
    for (int i = 0; i < TILE_KINDS; i++)
        free(t->lists[i]);
    *t = (tiling){0};
}
