#include "fusion/map.h"

#include <math.h>

/* The axes of a key are offset so that none is negative on or near the earth. */
enum { AXIS_BITS = 21, AXIS_MIDDLE = 1 << 20 };

static const double most_m = 500.0;

static uint64_t axis_of(double x_m)
{
    const double most = (double)((1 << AXIS_BITS) - 1);
    double at = floor(x_m / MAP_TILE_M) + (double)AXIS_MIDDLE;
    return at > 0.0 ? at < most ? (uint64_t)at : (uint64_t)most : 0;
}

static uint64_t key_of(const uint64_t axis[3])
{
    return axis[0] << (2 * AXIS_BITS) | axis[1] << AXIS_BITS | axis[2];
}

uint64_t map_tile_key(const double position_ecef_m[3])
{
    const uint64_t axis[3] = {axis_of(position_ecef_m[0]), axis_of(position_ecef_m[1]),
                              axis_of(position_ecef_m[2])};
    return key_of(axis);
}

/* The first tile from `from` on whose key is not below that. The next column that is looked for is mostly not
 * far from the last one: the steps double until they are beyond it. */
static uint32_t lower_tile(const map_view *m, uint64_t key, uint32_t from)
{
    uint32_t low = from, step = 1;
    while (low < m->tile_count && m->tiles[low].key < key) {
        from = low + 1;
        low = step < m->tile_count - low ? low + step : m->tile_count;
        step *= 2;
    }
    while (from < low) {
        uint32_t middle = from + (low - from) / 2;
        if (m->tiles[middle].key < key)
            from = middle + 1;
        else
            low = middle;
    }
    return low;
}

/* Puts a value into an ascending list of at most `size`, each once; the largest has to go when it is full. */
static void insert(uint32_t *list, size_t size, size_t *stored, uint32_t value)
{
    size_t at = *stored;
    while (at > 0 && list[at - 1] > value)
        at--;
    if (at == size || (at > 0 && list[at - 1] == value))
        return;
    size_t last = *stored < size ? (*stored)++ : size - 1;
    for (size_t i = last; i > at; i--)
        list[i] = list[i - 1];
    list[at] = value;
}

typedef struct {
    const map_view *map;
    const double *at_m;
    double radius_m;
    enum { MARKS, LANES, RAILS } what;
    int64_t after; /* only indices beyond that */
    uint32_t *out;
    size_t size, stored;
} search;

static bool within(const search *s, const map_mark *mark)
{
    double square = 0.0;
    for (int i = 0; i < 3; i++) {
        double d = mark->position_ecef_m[i] - s->at_m[i];
        square += d * d;
    }
    return square <= s->radius_m * s->radius_m;
}

static bool is_wanted(const search *s, uint32_t index)
{
    if (s->what == MARKS)
        return within(s, &s->map->marks[index]);
    return s->what == LANES || s->map->lines[s->map->point_line[index]].type == MAP_LINE_RAIL;
}

/* A map without a kind of element has no list of it. */
static void take(search *s, const map_tile *t)
{
    const uint32_t *list = s->what == LANES   ? s->map->tile_lanes
                           : s->what == RAILS ? s->map->tile_segments
                                              : s->map->tile_marks;
    uint32_t first = s->what == LANES ? t->first_lane : s->what == RAILS ? t->first_segment : t->first_mark;
    uint32_t count = s->what == LANES ? t->lane_count : s->what == RAILS ? t->segment_count : t->mark_count;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t index = list[first + i];
        if (index > s->after && is_wanted(s, index))
            insert(s->out, s->size, &s->stored, index);
    }
}

/* Tiles of one column in z lie next to each other. */
static void look(search *s)
{
    double r = s->radius_m = fmin(fmax(s->radius_m, 0.0), most_m);
    uint64_t low[3], high[3];
    if (!(isfinite(s->at_m[0]) && isfinite(s->at_m[1]) && isfinite(s->at_m[2])))
        return;
    for (int i = 0; i < 3; i++) {
        low[i] = axis_of(s->at_m[i] - r);
        high[i] = axis_of(s->at_m[i] + r);
    }
    uint32_t t = 0;
    for (uint64_t x = low[0]; x <= high[0]; x++) {
        for (uint64_t y = low[1]; y <= high[1]; y++) {
            const uint64_t first[3] = {x, y, low[2]}, last[3] = {x, y, high[2]};
            for (t = lower_tile(s->map, key_of(first), t);
                 t < s->map->tile_count && s->map->tiles[t].key <= key_of(last); t++)
                take(s, &s->map->tiles[t]);
        }
    }
}

/* A lane is in many tiles and counts once, so what does not fit is counted by looking again for what comes
 * after the last that did. */
static size_t look_and_count(search *s)
{
    uint32_t more[64];
    size_t found = 0;
    for (s->after = -1;;) {
        s->stored = 0;
        if (s->size > 0)
            look(s);
        found += s->stored;
        if (s->size > 0 && s->stored < s->size)
            return found;
        if (s->size > 0)
            s->after = s->out[s->size - 1];
        s->out = more;
        s->size = sizeof more / sizeof *more;
    }
}

size_t map_near_marks(const map_view *m, const double position_ecef_m[3], double radius_m, uint32_t *out,
                      size_t size)
{
    search s = {.map = m, .at_m = position_ecef_m, .radius_m = radius_m, .out = out, .size = size};
    return look_and_count(&s);
}

size_t map_near_lanes(const map_view *m, const double position_ecef_m[3], double radius_m, uint32_t *out,
                      size_t size)
{
    search s = {
        .map = m, .at_m = position_ecef_m, .radius_m = radius_m, .what = LANES, .out = out, .size = size};
    return look_and_count(&s);
}

size_t map_near_rails(const map_view *m, const double position_ecef_m[3], double radius_m, uint32_t *out,
                      size_t size)
{
    search s = {
        .map = m, .at_m = position_ecef_m, .radius_m = radius_m, .what = RAILS, .out = out, .size = size};
    return look_and_count(&s);
}
