/* What faults of the map make of it: of the fiducials in the settings, and of a map in memory. */
#include "inject/plan.h"

#include "fusion/geodesy.h"
#include "map/tiling.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* An element that nobody sees lies so far along the road from one that is seen, and so far from any. */
static const double nowhere_least_m = 8, nowhere_most_m = 20, alone_m = 4;
enum { NOWHERE_TRIES = 8, NEAR_MOST = 64 };

struct inject_map {
    map_view view;
    map_mark *marks;
    double (*points)[3];
    bool *against; /* lines whose points run against their lanes */
    tiling tiles;
    uint64_t *wrong; /* ids, ascending */
    size_t wrong_count;
};

/* ---- of one element ---- */

static bool is_chosen(const inject_spec *f, uint64_t id)
{
    bool chosen = f->element_count == 0;
    for (size_t i = 0; i < f->element_count; i++)
        chosen = chosen || f->elements[i] == id;
    return chosen;
}

/* What all faults together make of an element; `stream` is what its random numbers follow from. False:
 * nothing. */
static bool change_of(const inject_plan *p, uint32_t element, uint64_t id, uint64_t stream, uint64_t seed,
                      inject_change *all)
{
    *all = (inject_change){0};
    for (size_t i = 0; i < p->count; i++) {
        const inject_spec *f = &p->faults[i];
        inject_change one = {0};
        inject_random r = inject_random_seed(seed, stream ^ (uint64_t)(i + 1) << 48);
        if (!(f->kind->elements & element) || !is_chosen(f, id))
            continue;
        f->kind->change(f->keys.bytes, &r, &one);
        for (int k = 0; k < 3; k++)
            all->enu_m[k] += one.enu_m[k];
        all->left_m += one.left_m;
        all->unseen |= one.unseen;
    }
    return all->unseen || all->left_m != 0 || all->enu_m[0] != 0 || all->enu_m[1] != 0 || all->enu_m[2] != 0;
}

static void add_enu(const double enu_m[3], double ecef_m[3])
{
    double axes[3][3], latitude_rad, longitude_rad, height_m;
    ecef_to_geodetic_axes(ecef_m, &latitude_rad, &longitude_rad, &height_m, axes);
    for (int i = 0; i < 3; i++)
        ecef_m[i] += axes[0][i] * enu_m[0] + axes[1][i] * enu_m[1] + axes[2][i] * enu_m[2];
}

/* Another element: no camera reads such a number. */
static uint64_t unread(uint64_t id)
{
    return id | UINT64_C(1) << 63;
}

/* ---- of the settings ---- */

static void change_landmark(const inject_change *c, landmark_settings *m)
{
    const double deg = 180 / M_PI;
    double ecef_m[3], latitude_rad, longitude_rad;
    geodetic_to_ecef(m->latitude_deg / deg, m->longitude_deg / deg, m->height_m, ecef_m);
    add_enu(c->enu_m, ecef_m);
    ecef_to_geodetic(ecef_m, &latitude_rad, &longitude_rad, &m->height_m);
    m->latitude_deg = latitude_rad * deg;
    m->longitude_deg = longitude_rad * deg;
}

void inject_change_landmarks(const inject_plan *p, settings *s, uint64_t seed)
{
    inject_change c;
    for (size_t i = 0; i < s->landmark_count; i++) {
        landmark_settings *m = &s->landmarks[i];
        if (!change_of(p, INJECT_MARKS, m->id, m->id, seed, &c))
            continue;
        if (c.unseen)
            m->id = unread(m->id);
        else
            change_landmark(&c, m);
    }
}

/* ---- of a map ---- */

/* Along the road, as the nearest piece of a lane's left bound lies; false: there is no road. */
static bool direction_at(const map_view *v, const double at_m[3], double out[3])
{
    uint32_t lanes[NEAR_MOST];
    size_t n = map_near_lanes(v, at_m, MAP_TILE_M, lanes, NEAR_MOST);
    double nearest = INFINITY;
    for (size_t i = 0; i < n && i < NEAR_MOST; i++) {
        const map_line *l = &v->lines[v->lanes[lanes[i]].left_line];
        for (uint32_t k = l->first_point; k + 1 < l->first_point + l->point_count; k++) {
            double away = 0, length = 0, d[3];
            for (int a = 0; a < 3; a++) {
                d[a] = v->points[k + 1][a] - v->points[k][a];
                length += d[a] * d[a];
                away += (at_m[a] - v->points[k][a]) * (at_m[a] - v->points[k][a]);
            }
            if (!(away < nearest) || !(length > 0))
                continue;
            nearest = away;
            for (int a = 0; a < 3; a++)
                out[a] = d[a] / sqrt(length);
        }
    }
    return isfinite(nearest);
}

static void put_nowhere(const map_view *v, inject_random *r, double at_m[3])
{
    double along[3], place[3] = {0};
    bool road = direction_at(v, at_m, along);
    uint32_t near[1];
    for (int i = 0; i < NOWHERE_TRIES; i++) {
        double away_m = inject_random_between(r, nowhere_least_m, nowhere_most_m);
        double turn = inject_random_between(r, -M_PI, M_PI), sign = turn < 0 ? -1 : 1;
        memcpy(place, at_m, sizeof place);
        for (int k = 0; road && k < 3; k++)
            place[k] += sign * away_m * along[k];
        if (!road)
            add_enu((const double[]){away_m * cos(turn), away_m * sin(turn), 0}, place);
        if (map_near_marks(v, place, alone_m, near, 1) == 0)
            break;
    }
    memcpy(at_m, place, sizeof place);
}

static void change_mark(const map_view *v, const inject_change *c, uint64_t seed, map_mark *m)
{
    inject_random r = inject_random_seed(seed, m->id);
    if (!c->unseen) {
        add_enu(c->enu_m, m->position_ecef_m);
        return;
    }
    m->id = unread(m->id);
    if (m->kind != MAP_CLASS_TAG)
        put_nowhere(v, &r, m->position_ecef_m);
}

static void find_runs(inject_map *m, const map_view *v)
{
    for (uint32_t i = 0; i < v->lane_count; i++) {
        const map_lane *l = &v->lanes[i];
        m->against[l->left_line] = l->left_reversed;
        m->against[l->right_line] = l->right_reversed;
    }
}

/* To the left: up x forward. */
static void add_left(double left_m, const double forward[3], double at_m[3])
{
    double axes[3][3], latitude_rad, longitude_rad, height_m, left[3], length = 0;
    ecef_to_geodetic_axes(at_m, &latitude_rad, &longitude_rad, &height_m, axes);
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3, k = (i + 2) % 3;
        left[i] = axes[2][j] * forward[k] - axes[2][k] * forward[j];
        length += left[i] * left[i];
    }
    for (int i = 0; length > 0 && i < 3; i++)
        at_m[i] += left_m * left[i] / sqrt(length);
}

static void change_line(inject_map *m, const map_view *v, const inject_change *c, uint32_t line)
{
    const map_line *l = &v->lines[line];
    double run = m->against[line] ? -1 : 1;
    for (uint32_t i = 0; i < l->point_count; i++) {
        uint32_t at = l->first_point + i, from = i > 0 ? at - 1 : at,
                 to = i + 1 < l->point_count ? at + 1 : at;
        double forward[3];
        for (int k = 0; k < 3; k++)
            forward[k] = run * (v->points[to][k] - v->points[from][k]);
        add_left(c->left_m, forward, m->points[at]);
        add_enu(c->enu_m, m->points[at]);
    }
}

/* Lines of a section go together; the top bits keep them apart from the ids of marks. */
static uint64_t stream_of(const map_line *l)
{
    return UINT64_C(1) << 63 | (l->section ? (uint64_t)l->section << 16 : l->id);
}

static int by_id(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void change_all(inject_map *m, const inject_plan *p, const map_view *v, uint64_t seed)
{
    inject_change c;
    find_runs(m, v);
    for (uint32_t i = 0; i < v->mark_count; i++) {
        if (!change_of(p, INJECT_MARKS, v->marks[i].id, v->marks[i].id, seed, &c))
            continue;
        change_mark(v, &c, seed, &m->marks[i]);
        m->wrong[m->wrong_count++] = m->marks[i].id;
    }
    for (uint32_t i = 0; i < v->line_count; i++) {
        if (!change_of(p, INJECT_LINES, v->lines[i].id, stream_of(&v->lines[i]), seed, &c))
            continue;
        change_line(m, v, &c, i);
        m->wrong[m->wrong_count++] = v->lines[i].id;
    }
    qsort(m->wrong, m->wrong_count, sizeof *m->wrong, by_id);
}

static bool copy(inject_map *m, const map_view *v)
{
    m->view = *v;
    m->marks = malloc((v->mark_count + 1) * sizeof *m->marks);
    m->points = malloc((v->point_count + 1) * sizeof *m->points);
    m->wrong = malloc(((size_t)v->mark_count + v->line_count + 1) * sizeof *m->wrong);
    m->against = calloc(v->line_count + 1, sizeof *m->against);
    if (!m->marks || !m->points || !m->wrong || !m->against)
        return false;
    if (v->mark_count > 0)
        memcpy(m->marks, v->marks, v->mark_count * sizeof *m->marks);
    if (v->point_count > 0)
        memcpy(m->points, v->points, v->point_count * sizeof *m->points);
    m->view.marks = m->marks;
    m->view.points = (const double(*)[3])m->points;
    return true;
}

inject_map *inject_map_create(const inject_plan *p, const map_view *v, uint64_t seed)
{
    inject_map *m = calloc(1, sizeof *m);
    if (!m || !copy(m, v)) {
        inject_map_destroy(m);
        return NULL;
    }
    change_all(m, p, v, seed);
    if (!tiling_add_map(&m->tiles, &m->view) || !tiling_finish(&m->tiles)) {
        inject_map_destroy(m);
        return NULL;
    }
    tiling_show(&m->tiles, &m->view);
    return m;
}

void inject_map_destroy(inject_map *m)
{
    if (!m)
        return;
    tiling_destroy(&m->tiles);
    free(m->marks);
    free(m->points);
    free(m->against);
    free(m->wrong);
    free(m);
}

const map_view *inject_map_view(const inject_map *m)
{
    return &m->view;
}

bool inject_map_is_wrong(const inject_map *m, uint64_t id)
{
    return bsearch(&id, m->wrong, m->wrong_count, sizeof id, by_id) != NULL;
}
