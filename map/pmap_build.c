#include "map/pmap_build.h"

#include "fusion/geodesy.h"
#include "map/pmap_builder.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Points of a line that are closer to the one before are left out: a segment needs a direction. */
static const double least_step_m = 1e-3;
/* A line that goes further without a point is no line of a road, and its tiles would fill the memory. */
static const double most_step_m = 20e3;

static double radians(double degrees)
{
    return degrees * 0.017453292519943295;
}

/* A height by its element, its file or the options; NAN: by none of them. */
static double height_of(pmap_builder *b, double own_m, uint32_t file)
{
    double height_m = own_m;
    if (!isnan(height_m))
        return height_m;
    b->about.height_defaults++;
    height_m = b->m->files[file].default_height_m;
    if (isnan(height_m))
        height_m = b->about.default_height_m = b->o->height_m;
    return height_m;
}

static bool no_height(pmap_builder *b, uint32_t file, const char *kind, int64_t id)
{
    return error_set(b->e,
                     "%s: %s %" PRId64
                     " has no height, and no default is stated: give --height, or posed:height_m "
                     "in the map (metres above the ellipsoid)",
                     b->m->files[file].path, kind, id);
}

static bool place(pmap_builder *b, double latitude_deg, double longitude_deg, double height_m,
                  double ecef_m[3])
{
    geodetic_to_ecef(radians(latitude_deg), radians(longitude_deg), height_m, ecef_m);
    pmap_take_bounds(b, latitude_deg, longitude_deg, height_m);
    return true;
}

static int by_place(const void *x, const void *y)
{
    const place_in_file *a = x, *b = y;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->id != b->id)
        return a->id < b->id ? -1 : 1;
    return (a->from > b->from) - (a->from < b->from);
}

static void sort(place_in_file *list, size_t count)
{
    if (count > 1)
        qsort(list, count, sizeof *list, by_place);
}

/* What of the ways can be seen or bounds a lane. */
static bool is_wanted(const map_way *w, bool bound)
{
    return w->ref_count >= 2 && (bound || w->kind == MAP_WAY_LINE_THIN || w->kind == MAP_WAY_LINE_THICK ||
                                 w->kind == MAP_WAY_CURBSTONE || w->type == MAP_LINE_RAIL);
}

static bool find_wanted(pmap_builder *b)
{
    map_data *m = b->m;
    bool *bound = calloc(m->way_count + 1, sizeof *bound);
    if (!bound)
        return false;
    for (size_t i = 0; i < m->lanelet_count; i++) {
        if (m->lanelets[i].vehicles)
            bound[m->lanelets[i].left] = bound[m->lanelets[i].right] = true;
    }
    for (size_t i = 0; i < m->way_count; i++)
        b->line_of_way[i] = is_wanted(&m->ways[i], bound[i]) ? 0 : MAP_NONE;
    free(bound);
    return true;
}

static bool place_nodes(pmap_builder *b)
{
    const map_data *m = b->m;
    for (size_t i = 0; i < m->node_count; i++)
        b->nodes_ecef_m[i][0] = NAN;
    for (size_t i = 0; i < m->way_count; i++) {
        const map_way *w = &m->ways[i];
        for (uint32_t k = 0; b->line_of_way[i] != MAP_NONE && k < w->ref_count; k++) {
            uint32_t node = m->refs[w->first_ref + k];
            const map_node *n = &m->nodes[node];
            if (!isnan(b->nodes_ecef_m[node][0]))
                continue;
            double height_m = height_of(b, n->height_m, n->file);
            if (isnan(height_m))
                return no_height(b, n->file, "node", n->id);
            place(b, n->latitude_deg, n->longitude_deg, height_m, b->nodes_ecef_m[node]);
        }
    }
    return true;
}

static double step_m(const double a[3], const double b[3])
{
    return hypot(hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]);
}

/* The points of a way; false when they are no line, and are taken back. */
static bool add_points(pmap_builder *b, const map_way *w)
{
    uint32_t first = b->point_count;
    for (uint32_t k = 0; k < w->ref_count; k++) {
        const double *at = b->nodes_ecef_m[b->m->refs[w->first_ref + k]];
        double step = b->point_count > first ? step_m(b->points[b->point_count - 1], at) : 1;
        if (!(step <= most_step_m)) {
            b->point_count = first;
            return false;
        }
        if (step < least_step_m)
            continue;
        b->point_line[b->point_count] = b->line_count;
        memcpy(b->points[b->point_count++], at, sizeof b->points[0]);
    }
    bool good = b->point_count >= first + 2;
    if (!good)
        b->point_count = first;
    return good;
}

static bool add_line(pmap_builder *b, uint32_t way)
{
    const map_way *w = &b->m->ways[way];
    uint32_t first = b->point_count;
    b->line_of_way[way] = MAP_NONE;
    if (!add_points(b, w))
        return true;
    map_line *l = &b->lines[b->line_count];
    *l = (map_line){.id = (uint64_t)w->id,
                    .first_point = first,
                    .point_count = b->point_count - first,
                    .section = w->survey.section,
                    .type = w->type};
    pmap_take_survey(b, &w->survey, &l->sigma_m, &l->section_sigma_m);
    b->about.line_types[l->type]++;
    b->line_of_way[way] = b->line_count++;
    for (uint32_t i = first; i + 1 < b->point_count; i++) {
        if (!tiling_add_segment(&b->tiles, TILE_SEGMENT, i, b->points[i], b->points[i + 1]))
            return false;
    }
    return true;
}

static bool add_lines(pmap_builder *b)
{
    const map_data *m = b->m;
    size_t count = 0;
    for (uint32_t i = 0; i < m->way_count; i++) {
        if (b->line_of_way[i] != MAP_NONE)
            b->order[count++] = (place_in_file){map_tile_key(b->nodes_ecef_m[m->refs[m->ways[i].first_ref]]),
                                                m->ways[i].id, i};
    }
    sort(b->order, count);
    for (size_t i = 0; i < count; i++) {
        if (!add_line(b, b->order[i].from))
            return false;
    }
    return true;
}

static bool add_marks(pmap_builder *b)
{
    const map_data *m = b->m;
    for (uint32_t i = 0; i < m->thing_count; i++) {
        const map_thing *t = &m->things[i];
        double height_m = height_of(b, t->height_m, t->file) + (isnan(t->height_m) ? t->up_m : 0);
        map_mark *k = &b->marks[i];
        if (isnan(height_m))
            return no_height(b, t->file, t->element, t->id);
        *k = (map_mark){.id = (uint64_t)t->id,
                        .section = t->survey.section,
                        .survey_day = t->survey.day,
                        .kind = t->kind};
        place(b, t->latitude_deg, t->longitude_deg, height_m, k->position_ecef_m);
        pmap_take_survey(b, &t->survey, &k->sigma_m, &k->section_sigma_m);
        b->about.classes[t->kind]++;
        b->order[i] = (place_in_file){map_tile_key(k->position_ecef_m), t->id, i};
    }
    b->mark_count = (uint32_t)m->thing_count;
    return true;
}

/* The marks have been made in the map's order; here they get that of the file. */
static bool arrange_marks(pmap_builder *b)
{
    map_mark *sorted = malloc((b->mark_count + 1) * sizeof *sorted);
    if (!sorted)
        return false;
    sort(b->order, b->mark_count);
    for (uint32_t i = 0; i < b->mark_count; i++)
        sorted[i] = b->marks[b->order[i].from];
    free(b->marks);
    b->marks = sorted;
    for (uint32_t i = 0; i < b->mark_count; i++) {
        if (!tiling_add_point(&b->tiles, TILE_MARK, i, b->marks[i].position_ecef_m))
            return false;
    }
    return true;
}

static uint32_t lane_at(const pmap_builder *b, uint32_t lanelet)
{
    return lanelet == MAP_NONE ? MAP_NONE : b->lane_of_lanelet[lanelet];
}

/* Those that are in the file, without gaps. */
static void take_links(const pmap_builder *b, const uint32_t from[MAP_MAX_FOLLOWERS],
                       uint32_t to[MAP_MAX_FOLLOWERS])
{
    int n = 0;
    for (int i = 0; i < MAP_MAX_FOLLOWERS; i++)
        to[i] = MAP_NONE;
    for (int i = 0; i < MAP_MAX_FOLLOWERS; i++) {
        uint32_t lane = lane_at(b, from[i]);
        if (lane != MAP_NONE)
            to[n++] = lane;
    }
}

static bool tile_lane(pmap_builder *b, uint32_t lane)
{
    const uint32_t sides[2] = {b->out_lanes[lane].left_line, b->out_lanes[lane].right_line};
    for (int i = 0; i < 2; i++) {
        const map_line *l = &b->lines[sides[i]];
        for (uint32_t k = l->first_point; k + 1 < l->first_point + l->point_count; k++) {
            if (!tiling_add_segment(&b->tiles, TILE_LANE, lane, b->points[k], b->points[k + 1]))
                return false;
        }
    }
    return true;
}

static bool add_lane(pmap_builder *b, uint32_t lanelet)
{
    const map_lanelet *a = &b->m->lanelets[lanelet];
    const map_lane_links *links = &b->lanes.links[lanelet];
    uint32_t index = b->lane_of_lanelet[lanelet];
    map_lane *l = &b->out_lanes[index];
    *l = (map_lane){.id = (uint64_t)a->id,
                    .left_line = b->line_of_way[a->left],
                    .right_line = b->line_of_way[a->right],
                    .left_lane = lane_at(b, links->left_lane),
                    .right_lane = lane_at(b, links->right_lane),
                    .left_reversed = a->left_reversed,
                    .right_reversed = a->right_reversed,
                    .one_way = a->one_way,
                    .road = a->road,
                    .speed_limit_mps = a->speed_limit_mps};
    take_links(b, links->followers, l->followers);
    take_links(b, links->predecessors, l->predecessors);
    return tile_lane(b, index);
}

static bool add_lanes(pmap_builder *b)
{
    const map_data *m = b->m;
    size_t count = 0;
    for (uint32_t i = 0; i < m->lanelet_count; i++) {
        const map_lanelet *a = &m->lanelets[i];
        b->lane_of_lanelet[i] = MAP_NONE;
        if (a->vehicles && b->line_of_way[a->left] != MAP_NONE && b->line_of_way[a->right] != MAP_NONE)
            b->order[count++] = (place_in_file){
                map_tile_key(b->points[b->lines[b->line_of_way[a->left]].first_point]), a->id, i};
    }
    sort(b->order, count);
    for (size_t i = 0; i < count; i++)
        b->lane_of_lanelet[b->order[i].from] = (uint32_t)i;
    b->lane_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        if (!add_lane(b, b->order[i].from))
            return false;
    }
    return true;
}

static bool make_room(pmap_builder *b)
{
    const map_data *m = b->m;
    size_t most = m->way_count > m->thing_count ? m->way_count : m->thing_count;
    most = most > m->lanelet_count ? most : m->lanelet_count;
    b->nodes_ecef_m = malloc((m->node_count + 1) * sizeof *b->nodes_ecef_m);
    b->line_of_way = malloc((m->way_count + 1) * sizeof *b->line_of_way);
    b->lane_of_lanelet = malloc((m->lanelet_count + 1) * sizeof *b->lane_of_lanelet);
    b->order = malloc((most + 1) * sizeof *b->order);
    b->points = malloc((m->ref_count + 1) * sizeof *b->points);
    b->point_line = malloc((m->ref_count + 1) * sizeof *b->point_line);
    b->marks = malloc((m->thing_count + 1) * sizeof *b->marks);
    b->lines = malloc((m->way_count + 1) * sizeof *b->lines);
    b->out_lanes = malloc((m->lanelet_count + 1) * sizeof *b->out_lanes);
    return b->nodes_ecef_m && b->line_of_way && b->lane_of_lanelet && b->order && b->points &&
           b->point_line && b->marks && b->lines && b->out_lanes;
}

static void finish(pmap_builder *b)
{
    free(b->nodes_ecef_m);
    free(b->line_of_way);
    free(b->lane_of_lanelet);
    free(b->order);
    free(b->points);
    free(b->point_line);
    free(b->marks);
    free(b->lines);
    free(b->out_lanes);
    tiling_destroy(&b->tiles);
    map_lanes_finish(&b->lanes);
}

void *pmap_build(map_data *m, const pmap_options *o, size_t *size, error *e)
{
    pmap_builder b = {.m = m, .o = o, .e = e};
    void *bytes = NULL;
    pmap_begin_about(&b);
    if (map_lanes_find(&b.lanes, m) && make_room(&b) && find_wanted(&b) && place_nodes(&b) && add_lines(&b) &&
        add_lanes(&b) && add_marks(&b) && arrange_marks(&b) && tiling_finish(&b.tiles)) {
        pmap_end_about(&b);
        bytes = pmap_assemble(&b, size);
    }
    if (!bytes)
        error_set(e, "out of memory"); /* unless there is another reason */
    finish(&b);
    return bytes;
}
