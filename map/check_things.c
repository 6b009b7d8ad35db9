#include "map/check.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* A mark that is further from every line is seen from no lane of this map. */
static const double far_m = 50;

static map_place at_thing(const map_thing *t)
{
    return (map_place){t->element, t->id, t->file, t->place};
}

/* Nodes by cells of far_m, so that a mark is compared with its neighbourhood. */
typedef struct {
    int64_t x, y;
} cell;

static cell cell_of(const double at_m[3])
{
    return (cell){(int64_t)floor(fmax(fmin(at_m[0] / far_m, 1e9), -1e9)),
                  (int64_t)floor(fmax(fmin(at_m[1] / far_m, 1e9), -1e9))};
}

static int by_cell(const void *a, const void *b)
{
    const cell *p = a, *q = b;
    if (p->x != q->x)
        return p->x < q->x ? -1 : 1;
    return (p->y > q->y) - (p->y < q->y);
}

/* The cells that lanes for vehicles have points in, sorted, each once. Long segments have points between. */
static cell *lane_cells(const map_lanes *l, size_t *count)
{
    const map_data *m = l->m;
    cell *cells = NULL;
    size_t room = 0, n = 0;
    for (size_t i = 0; i < m->lanelet_count; i++) {
        const map_way *w = &m->ways[m->lanelets[i].left];
        for (uint32_t k = 0; m->lanelets[i].vehicles && k + 1 < w->ref_count; k++) {
            const double *a = l->nodes_m[m->refs[w->first_ref + k]],
                         *b = l->nodes_m[m->refs[w->first_ref + k + 1]];
            int parts = 1 + (int)fmin(hypot(a[0] - b[0], a[1] - b[1]) / (far_m / 2), 1000);
            for (int j = 0; j <= parts; j++) {
                const double at_m[3] = {a[0] + (b[0] - a[0]) * j / parts, a[1] + (b[1] - a[1]) * j / parts,
                                        0};
                cell c = cell_of(at_m);
                if (n > 0 && by_cell(&cells[n - 1], &c) == 0)
                    continue;
                if (!map_grow(&cells, n, &room, sizeof *cells)) {
                    free(cells);
                    return NULL;
                }
                cells[n++] = c;
            }
        }
    }
    if (n > 1)
        qsort(cells, n, sizeof *cells, by_cell);
    *count = n;
    return cells ? cells : calloc(1, sizeof *cells);
}

static bool is_near(const cell *cells, size_t count, cell at)
{
    for (int64_t x = -1; x <= 1; x++) {
        for (int64_t y = -1; y <= 1; y++) {
            const cell c = {at.x + x, at.y + y};
            if (count > 0 && bsearch(&c, cells, count, sizeof *cells, by_cell))
                return true;
        }
    }
    return false;
}

static void check_place(const map_lanes *l, const map_thing *t, const cell *cells, size_t count,
                        map_problems *p)
{
    double at_m[3];
    map_plane_point(&l->plane, t->latitude_deg, t->longitude_deg, map_thing_height_m(l->m, t), at_m);
    if (count > 0 && !is_near(cells, count, cell_of(at_m)))
        map_problem_add(p, MAP_NOTE, "far_mark", at_thing(t), "the %s is further than %.0f m from every lane",
                        map_class_word((map_class)t->kind), far_m);
}

typedef struct {
    uint64_t key;
    uint32_t thing;
} thing_id;

static int by_id(const void *a, const void *b)
{
    const thing_id *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->thing > y->thing) - (x->thing < y->thing);
}

/* Two things of one class with one id, of two files or of one: readers find them in the file's own ids, but
 * not the numbers of fiducials, nor features of GeoJSON. */
static bool check_ids(const map_data *m, map_problems *p)
{
    thing_id *ids = malloc((m->thing_count + 1) * sizeof *ids);
    if (!ids)
        return false;
    for (uint32_t i = 0; i < m->thing_count; i++)
        ids[i] = (thing_id){(uint64_t)m->things[i].id, i};
    if (m->thing_count > 1)
        qsort(ids, m->thing_count, sizeof *ids, by_id);
    for (size_t i = 1; i < m->thing_count; i++) {
        const map_thing *a = &m->things[ids[i - 1].thing], *b = &m->things[ids[i].thing];
        if (a->id == b->id && a->kind == b->kind)
            map_problem_add(p, MAP_ERROR, "duplicate_id", at_thing(b), "the %s's id is taken: %s, %u",
                            map_class_word((map_class)b->kind), m->files[a->file].path, a->place);
    }
    free(ids);
    return true;
}

/* What a file does not say, once for each file. */
static void check_statements(const map_data *m, map_problems *p)
{
    for (uint32_t f = 0; f < m->file_count; f++) {
        const map_place at = {"file", 0, f, 0};
        size_t flat = 0, high = 0, unsure = 0;
        for (size_t i = 0; i < m->node_count; i++) {
            flat += m->nodes[i].file == f && isnan(m->nodes[i].height_m);
            high += m->nodes[i].file == f && !isnan(m->nodes[i].height_m);
        }
        for (size_t i = 0; i < m->way_count; i++)
            unsure += m->ways[i].file == f && m->ways[i].is_bound && isnan(m->ways[i].survey.sigma_m);
        for (size_t i = 0; i < m->thing_count; i++)
            unsure += m->things[i].file == f && isnan(m->things[i].survey.sigma_m);
        if (flat > 0)
            map_problem_add(p, high > 0 ? MAP_WARNING : MAP_NOTE, "no_height", at,
                            "%zu of %zu nodes have no height", flat, flat + high);
        if (unsure > 0)
            map_problem_add(p, MAP_NOTE, "no_accuracy", at,
                            "%zu bounds and marks do not state how well they were surveyed", unsure);
        if (m->files[f].ignored_local > 0)
            map_problem_add(p, MAP_NOTE, "local_ignored", at,
                            "%zu nodes have local_x: ignored, latitude and longitude count",
                            m->files[f].ignored_local);
    }
}

bool map_check_things(const map_lanes *l, map_problems *p)
{
    size_t count = 0;
    cell *cells = lane_cells(l, &count);
    if (!cells)
        return false;
    for (size_t i = 0; i < l->m->thing_count; i++)
        check_place(l, &l->m->things[i], cells, count, p);
    free(cells);
    check_statements(l->m, p);
    return check_ids(l->m, p);
}

bool map_check(const map_lanes *l, map_problems *p)
{
    return map_check_lines(l, p) && map_check_lanelets(l, p) && map_check_things(l, p);
}
