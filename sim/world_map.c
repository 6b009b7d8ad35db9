#include "sim/world_map.h"

#include "map/tiling.h"
#include "sim/vec.h"
#include "sim/world_private.h"

#include <stdlib.h>
#include <string.h>

/* Ids of lanes and lines, far from those of elements. */
static const uint64_t first_lane_id = 10000000, first_line_id = 20000000;
enum { IDS_PER_PIECE = 16 };

/* Pieces of lanes are no longer than this; what is left at the end is one when it is longer than that. */
static const double piece_most_m = 60, least_piece_m = 1;
/* Points of lines: where the road bends more than that, one a metre, elsewhere one in four: what the chords
 * leave out is below 15 mm. */
static const double bends_1pm = 0.002;

struct world_map {
    map_view view;
    double (*points)[3];
    uint32_t *point_line;
    map_mark *marks;
    map_line *lines;
    map_lane *lanes;
    tiling tiles;
    size_t point_room;
    size_t piece_count;
    double piece_m, end_m; /* the last piece is cut where the lanes end */
    bool failed;           /* no memory */
};

static void to_ecef(const sim_earth *e, const double plane_m[3], double out[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = e->origin_m[i] + e->axes[i][0] * plane_m[0] + e->axes[i][1] * plane_m[1] +
                 e->axes[i][2] * plane_m[2];
}

static void add_point(world_map *m, const double at_m[3], uint32_t line)
{
    if (m->view.point_count == m->point_room) {
        size_t room = m->point_room ? 2 * m->point_room : 4096;
        double(*points)[3] = realloc(m->points, room * sizeof *points);
        if (points)
            m->points = points;
        uint32_t *lines = realloc(m->point_line, room * sizeof *lines);
        if (lines)
            m->point_line = lines;
        m->failed |= !points || !lines;
        if (!points || !lines)
            return;
        m->point_room = room;
    }
    memcpy(m->points[m->view.point_count], at_m, sizeof m->points[0]);
    m->point_line[m->view.point_count] = line;
    m->view.point_count++;
}

static uint8_t class_of(sim_element_kind kind)
{
    static const uint8_t classes[ELEMENT_KINDS] = {
        [ELEMENT_SIGN] = MAP_CLASS_SIGN, [ELEMENT_LIGHT] = MAP_CLASS_LIGHT,
        [ELEMENT_POLE] = MAP_CLASS_POLE, [ELEMENT_TAG] = MAP_CLASS_TAG,
        [ELEMENT_RAIL] = MAP_CLASS_RAIL, [ELEMENT_HOUSE] = MAP_CLASS_OTHER};
    return classes[kind];
}

static size_t section_at(const sim_world *w, double s_m)
{
    size_t section = (size_t)(fmax(s_m, 0) / w->survey.section_m) + 1;
    return section < w->section_count ? section : w->section_count;
}

static void add_marks(world_map *m, const sim_world *w)
{
    for (size_t i = 0; i < w->element_count; i++) {
        const sim_element *e = &w->elements[i];
        if (e->kind > ELEMENT_TAG)
            continue;
        map_mark *k = &m->marks[m->view.mark_count];
        *k = (map_mark){.id = e->id,
                        .sigma_m = (float)w->survey.independent_m,
                        .section_sigma_m = (float)w->survey.common_m,
                        .section = (uint32_t)section_at(w, e->s_m),
                        .survey_day = INT32_MIN,
                        .kind = class_of(e->kind)};
        to_ecef(&w->earth, e->mapped_m, k->position_ecef_m);
        m->view.mark_count++;
    }
}

/* Errors of a line at the ends of a section: to the side and up. */
typedef struct {
    double from[2], to[2];
} line_error;

static void line_point(const sim_world *w, double s_m, int line, const line_error *off, size_t section,
                       double ecef_m[3])
{
    sim_road_point p;
    sim_lane_line l;
    double whole, part = modf(s_m / w->survey.section_m, &whole), at[3];
    sim_world_road(w, s_m, &p);
    sim_world_lane_line(w, s_m, line, &l);
    double side = l.offset_m + off->from[0] + part * (off->to[0] - off->from[0]);
    double up = off->from[1] + part * (off->to[1] - off->from[1]);
    const double *common = w->common_m[section];
    at[0] = p.plane_m[0] - side * sin(p.yaw_rad) + common[0];
    at[1] = p.plane_m[1] + side * cos(p.yaw_rad) + common[1];
    at[2] = p.plane_m[2] + l.offset_m * p.bank_rad + up + common[2];
    to_ecef(&w->earth, at, ecef_m);
}

static uint8_t type_of(sim_line_type type)
{
    return type == LINE_SOLID ? MAP_LINE_SOLID : type == LINE_DASHED ? MAP_LINE_DASHED : MAP_LINE_CURB;
}

/* A line from from_m to to_m; both ends are points of it. */
static uint32_t add_line(world_map *m, const sim_world *w, size_t piece, int line, const line_error *off)
{
    double from_m = (double)piece * m->piece_m, to_m = fmin(from_m + m->piece_m, m->end_m), at_m[3];
    size_t section = section_at(w, from_m + 0.5 * m->piece_m);
    uint32_t index = m->view.line_count++, n = 0, first = m->view.point_count;
    sim_lane_line l;
    sim_world_lane_line(w, from_m + 0.5, line, &l);
    line_error in_section = *off;
    for (double s_m = from_m;; n++) {
        sim_road_point p;
        /* the section's own end belongs to it: modf would take the next one's begin */
        line_point(w, fmin(s_m, to_m - 1e-6), line, &in_section, section, at_m);
        add_point(m, at_m, index);
        if (m->failed)
            return index;
        if (s_m >= to_m) {
            n++;
            break;
        }
        sim_world_road(w, s_m, &p);
        s_m = fmin(s_m + (fabs(p.curvature_1pm) > bends_1pm ? 1 : 4), to_m);
    }
    m->lines[index] = (map_line){.id = first_line_id + piece * IDS_PER_PIECE + (uint64_t)line,
                                 .first_point = first,
                                 .point_count = n,
                                 .sigma_m = (float)w->survey.independent_m,
                                 .section_sigma_m = (float)w->survey.common_m,
                                 .section = (uint32_t)section,
                                 .type = type_of(l.type)};
    return index;
}

static int lanes_of(const world_map *m, const sim_world *w, size_t piece)
{
    sim_road_point p;
    sim_world_road(w, fmin(((double)piece + 0.5) * m->piece_m, m->end_m), &p);
    return p.lanes < IDS_PER_PIECE ? p.lanes : IDS_PER_PIECE - 1;
}

static void add_lanes(world_map *m, const sim_world *w)
{
    rng r = w->line_errors;
    line_error off[IDS_PER_PIECE] = {0};
    size_t last = 0;
    uint32_t before = MAP_NONE;
    int lanes_before = 0;
    for (size_t piece = 0; piece < m->piece_count && !m->failed; piece++) {
        size_t section = section_at(w, ((double)piece + 0.5) * m->piece_m);
        for (int i = 0; section != last && i < IDS_PER_PIECE; i++) {
            for (int k = 0; k < 2; k++) {
                off[i].from[k] = last ? off[i].to[k] : rng_normal(&r, w->survey.independent_m);
                off[i].to[k] = rng_normal(&r, w->survey.independent_m);
            }
        }
        last = section;
        int lanes = lanes_of(m, w, piece);
        uint32_t first_line = m->view.line_count, first_lane = m->view.lane_count;
        for (int i = 0; i <= lanes && !m->failed; i++)
            add_line(m, w, piece, i, &off[i]);
        for (int i = 0; i < lanes && !m->failed; i++) {
            uint32_t index = m->view.lane_count++;
            bool goes_on = before != MAP_NONE && lanes == lanes_before;
            map_lane *lane = &m->lanes[index];
            *lane = (map_lane){.id = first_lane_id + piece * IDS_PER_PIECE + (uint64_t)i,
                               .left_line = first_line + (uint32_t)i + 1,
                               .right_line = first_line + (uint32_t)i,
                               .left_lane = i + 1 < lanes ? index + 1 : MAP_NONE,
                               .right_lane = i > 0 ? index - 1 : MAP_NONE,
                               .one_way = 1,
                               .road = 255,
                               .speed_limit_mps = NAN};
            for (int k = 0; k < MAP_MAX_FOLLOWERS; k++)
                lane->followers[k] = lane->predecessors[k] = MAP_NONE;
            if (goes_on) {
                lane->predecessors[0] = before + (uint32_t)i;
                m->lanes[before + (uint32_t)i].followers[0] = index;
            }
        }
        before = first_lane;
        lanes_before = lanes;
    }
}

/* Its points, in the section that its middle is in. */
static void add_rail(world_map *m, const sim_world *w, const sim_rail *rail, int side)
{
    size_t section = section_at(w, 0.5 * (rail->from_m + rail->to_m));
    uint32_t index = m->view.line_count++, first = m->view.point_count;
    for (double s_m = rail->from_m;;) {
        double at_m[3], ecef_m[3];
        sim_road_point p;
        sim_world_rail_point(w, s_m, side, rail->mapped_away_m, at_m);
        for (int k = 0; k < 3; k++)
            at_m[k] += w->common_m[section][k];
        to_ecef(&w->earth, at_m, ecef_m);
        add_point(m, ecef_m, index);
        if (m->failed || s_m >= rail->to_m)
            break;
        sim_world_road(w, s_m, &p);
        s_m = fmin(s_m + (fabs(p.curvature_1pm) > bends_1pm ? 1 : 4), rail->to_m);
    }
    m->lines[index] = (map_line){.id = rail->id,
                                 .first_point = first,
                                 .point_count = m->view.point_count - first,
                                 .sigma_m = (float)w->survey.independent_m,
                                 .section_sigma_m = (float)w->survey.common_m,
                                 .section = (uint32_t)section,
                                 .type = MAP_LINE_RAIL};
}

static void add_rails(world_map *m, const sim_world *w)
{
    sim_rail rail;
    for (int side = 0; side < SIM_RAIL_SIDES; side++) {
        double before_m = -1;
        for (double s_m = 0; s_m < sim_world_length_m(w) && !m->failed; s_m += 1) {
            if (!sim_world_rail(w, s_m, side, &rail) || rail.from_m == before_m)
                continue;
            before_m = rail.from_m;
            add_rail(m, w, &rail, side);
        }
    }
}

static bool build(world_map *m, const sim_world *w)
{
    size_t pieces = (size_t)ceil(w->survey.section_m / piece_most_m);
    m->piece_m = w->survey.section_m / (double)pieces;
    m->end_m = sim_world_length_m(w) - 2;
    m->piece_count = (size_t)ceil((m->end_m - least_piece_m) / m->piece_m);
    m->marks = calloc(w->element_count + 1, sizeof *m->marks);
    m->lines =
        calloc((m->piece_count + 1) * IDS_PER_PIECE + w->rail_count * SIM_RAIL_SIDES, sizeof *m->lines);
    m->lanes = calloc((m->piece_count + 1) * IDS_PER_PIECE, sizeof *m->lanes);
    if (!m->marks || !m->lines || !m->lanes)
        return false;
    add_marks(m, w);
    add_lanes(m, w);
    add_rails(m, w);
    if (m->failed)
        return false;
    m->view.points = (const double(*)[3])m->points;
    m->view.point_line = m->point_line;
    m->view.marks = m->marks;
    m->view.lines = m->lines;
    m->view.lanes = m->lanes;
    if (!tiling_add_map(&m->tiles, &m->view) || !tiling_finish(&m->tiles))
        return false;
    tiling_show(&m->tiles, &m->view);
    return true;
}

world_map *world_map_create(const sim_world *w)
{
    world_map *m = calloc(1, sizeof *m);
    if (m && !build(m, w)) {
        world_map_destroy(m);
        return NULL;
    }
    return m;
}

void world_map_destroy(world_map *m)
{
    if (!m)
        return;
    free(m->points);
    free(m->point_line);
    free(m->marks);
    free(m->lines);
    free(m->lanes);
    tiling_destroy(&m->tiles);
    free(m);
}

const map_view *world_map_view(const world_map *m)
{
    return &m->view;
}

map_mark *world_map_mark(world_map *m, uint32_t index)
{
    return &m->marks[index];
}

uint64_t world_map_lane_id(const world_map *m, double s_m, int lane)
{
    return first_lane_id + (uint64_t)(fmax(s_m, 0) / m->piece_m) * IDS_PER_PIECE + (uint64_t)lane;
}
