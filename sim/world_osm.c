/* A world as a Lanelet2 map, as a survey would have it: what shares a section shares its error, marks have
 * one of their own, lines one that changes slowly along them (drawn at the ends of a section). */
#include "sim/vec.h"
#include "sim/world_private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Ids, far from those of elements. */
static const uint64_t first_lane_id = 10000000, first_line_id = 20000000, first_point_id = 100000000,
                      first_corner_id = 50000000, first_rail_point_id = 500000000;
enum { LINES = 16, POINTS = 256 }; /* of a piece, and of a line of it: what ids have room for */

/* Pieces of lanes are no longer than this. */
static const double piece_most_m = 60;
/* What the chords between a line's points may leave out, and how far apart these are at most. */
static const double chord_m = 0.004, step_most_m = 10;

/* Errors of a line at both ends of a section: to the side and up. */
typedef struct {
    double from_m[2], to_m[2];
} line_error;

typedef struct {
    const sim_world *w;
    FILE *out;
    size_t pieces;
    double piece_m;
} writer;

static size_t section_at(const sim_world *w, double s_m)
{
    size_t section = (size_t)(fmax(s_m, 0) / w->survey.section_m) + 1;
    return section < w->section_count ? section : w->section_count;
}

static size_t section_of(const writer *m, size_t piece)
{
    return section_at(m->w, ((double)piece + 0.5) * m->piece_m);
}

static int lines_of(const writer *m, size_t piece)
{
    sim_road_point p;
    sim_world_road(m->w, ((double)piece + 0.5) * m->piece_m, &p);
    return p.lanes + 1 < LINES ? p.lanes + 1 : LINES;
}

static void write_node(writer *m, uint64_t id, const double plane_m[3], const char *tags)
{
    geodetic at = earth_point(&m->w->earth, plane_m);
    fprintf(m->out, "  <node id='%" PRIu64 "' lat='%.11f' lon='%.11f'><tag k='ele' v='%.4f'/>%s</node>\n", id,
            degrees(at.latitude_rad), degrees(at.longitude_rad), at.height_m, tags);
}

static uint64_t point_id(size_t piece, int line, int index)
{
    return first_point_id + ((uint64_t)piece * LINES + (uint64_t)line) * POINTS + (uint64_t)index;
}

/* How far the next point of a line may be: until what the chord leaves out, at most curvature * step^2 / 8,
 * is too much anywhere on the way; of bends, of changes of grade, and of the outer line that a bank lifts. */
static double next_step_m(const sim_world *w, double at_m)
{
    const double small_m = 0.5;
    double step_m = 0, most_1pm = 0;
    sim_road_point before, p;
    sim_world_road(w, at_m, &before);
    do {
        step_m += small_m;
        sim_world_road(w, at_m + step_m, &p);
        double side_m = 0.5 * p.lanes * p.lane_width_m;
        double up = fabs(p.grade - before.grade) + side_m * fabs(p.bank_rad - before.bank_rad);
        most_1pm =
            fmax(most_1pm, hypot(p.curvature_1pm * (1 + side_m * fabs(p.curvature_1pm)), up / small_m));
        before = p;
    } while (step_m < step_most_m && most_1pm * (step_m + small_m) * (step_m + small_m) / 8 < chord_m);
    return step_m;
}

/* Where along a piece the points of its lines are: its begin, more where it bends; not its end, which is the
 * next one's begin. Returns how many. */
static int stations(const writer *m, size_t piece, double s_m[POINTS])
{
    double end_m = (double)(piece + 1) * m->piece_m;
    int n = 0;
    for (double at_m = (double)piece * m->piece_m; at_m < end_m - 0.1 && n < POINTS - 1; n++) {
        s_m[n] = at_m;
        at_m += next_step_m(m->w, at_m);
    }
    return n;
}

static void write_point(writer *m, uint64_t id, double s_m, int line, const line_error *off, size_t section)
{
    sim_road_point p;
    sim_lane_line l;
    double whole, part = modf(s_m / m->w->survey.section_m, &whole), at_m[3];
    sim_world_road(m->w, s_m, &p);
    sim_world_lane_line(m->w, s_m, line, &l);
    double side = l.offset_m + off->from_m[0] + part * (off->to_m[0] - off->from_m[0]);
    double up = off->from_m[1] + part * (off->to_m[1] - off->from_m[1]);
    at_m[0] = p.plane_m[0] - side * sin(p.yaw_rad);
    at_m[1] = p.plane_m[1] + side * cos(p.yaw_rad);
    at_m[2] = p.plane_m[2] + l.offset_m * p.bank_rad + up;
    for (int k = 0; k < 3; k++)
        at_m[k] += m->w->common_m[section][k];
    write_node(m, id, at_m, "");
}

/* The next section's errors; each line goes on from where it was. */
static void draw_errors(const writer *m, line_error off[LINES], bool first, rng *r)
{
    for (int i = 0; i < LINES; i++) {
        for (int k = 0; k < 2; k++) {
            off[i].from_m[k] = first ? rng_normal(r, m->w->survey.independent_m) : off[i].to_m[k];
            off[i].to_m[k] = rng_normal(r, m->w->survey.independent_m);
        }
    }
}

static void write_points(writer *m)
{
    rng r = m->w->line_errors;
    line_error off[LINES] = {0};
    size_t last = 0;
    for (size_t piece = 0; piece <= m->pieces; piece++) { /* of the last one only the begin */
        double s_m[POINTS];
        size_t section = section_of(m, piece);
        int n = piece < m->pieces ? stations(m, piece, s_m) : 1;
        if (piece == m->pieces)
            s_m[0] = (double)piece * m->piece_m;
        if (section != last)
            draw_errors(m, off, last == 0, &r);
        last = section;
        for (int line = 0; line < lines_of(m, piece); line++) {
            for (int i = 0; i < n; i++)
                write_point(m, point_id(piece, line, i), s_m[i], line, &off[line], section);
        }
    }
}

static void write_tag(writer *m, const char *key, const char *value)
{
    fprintf(m->out, "<tag k='%s' v='%s'/>", key, value);
}

static void write_section(writer *m, size_t section)
{
    fprintf(m->out, "<tag k='posed:section' v='%zu'/>", section);
}

static void write_line_type(writer *m, double s_m, int line)
{
    sim_lane_line l;
    sim_world_lane_line(m->w, s_m, line, &l);
    if (l.paint <= 0)
        write_tag(m, "type", "virtual");
    else if (l.type == LINE_CURB)
        write_tag(m, "type", "curbstone");
    else {
        write_tag(m, "type", "line_thin");
        write_tag(m, "subtype", l.type == LINE_SOLID ? "solid" : "dashed");
    }
}

static void write_lines(writer *m)
{
    for (size_t piece = 0; piece < m->pieces; piece++) {
        double s_m[POINTS];
        int n = stations(m, piece, s_m);
        for (int line = 0; line < lines_of(m, piece); line++) {
            fprintf(m->out, "  <way id='%" PRIu64 "'>",
                    first_line_id + (uint64_t)piece * LINES + (uint64_t)line);
            for (int i = 0; i < n; i++)
                fprintf(m->out, "<nd ref='%" PRIu64 "'/>", point_id(piece, line, i));
            fprintf(m->out, "<nd ref='%" PRIu64 "'/>", point_id(piece + 1, line, 0));
            write_line_type(m, s_m[0] + 0.5, line);
            write_section(m, section_of(m, piece));
            fputs("</way>\n", m->out);
        }
    }
}

/* A rail as surveyed: a point each few metres. */
static void write_rail(writer *m, const sim_rail *rail, int side)
{
    enum { RAIL_POINTS = 256 };
    size_t section = section_at(m->w, 0.5 * (rail->from_m + rail->to_m));
    uint64_t first = first_rail_point_id + rail->id * RAIL_POINTS;
    int n = 0;
    for (double s_m = rail->from_m;; n++) {
        double at_m[3];
        sim_world_rail_point(m->w, fmin(s_m, rail->to_m), side, rail->mapped_away_m, at_m);
        for (int k = 0; k < 3; k++)
            at_m[k] += m->w->common_m[section][k];
        write_node(m, first + (uint64_t)n, at_m, "");
        if (s_m >= rail->to_m || n + 2 == RAIL_POINTS)
            break;
        s_m += next_step_m(m->w, s_m);
    }
    fprintf(m->out, "  <way id='%" PRIu64 "'>", rail->id);
    for (int i = 0; i <= n; i++)
        fprintf(m->out, "<nd ref='%" PRIu64 "'/>", first + (uint64_t)i);
    write_tag(m, "type", "guard_rail");
    write_section(m, section);
    fputs("</way>\n", m->out);
}

static void write_rails(writer *m)
{
    sim_rail rail;
    for (int side = 0; side < SIM_RAIL_SIDES; side++) {
        double before_m = -1;
        for (double s_m = 0; s_m < sim_world_length_m(m->w); s_m += 1) {
            if (!sim_world_rail(m->w, s_m, side, &rail) || rail.from_m == before_m)
                continue;
            before_m = rail.from_m;
            write_rail(m, &rail, side);
        }
    }
}

/* A flat thing across the road: two points at its lower edge, and its height. */
static void write_board(writer *m, const sim_element *e, const char *type, double width_m, double height_m)
{
    sim_road_point p;
    sim_world_road(m->w, e->s_m, &p);
    for (int end = 0; end < 2; end++) {
        double side = (end - 0.5) * width_m;
        const double at_m[3] = {e->mapped_m[0] - side * sin(p.yaw_rad),
                                e->mapped_m[1] + side * cos(p.yaw_rad), e->mapped_m[2] - height_m / 2};
        write_node(m, first_corner_id + 2 * e->id + (uint64_t)end, at_m, "");
    }
    fprintf(m->out,
            "  <way id='%" PRIu64 "'><nd ref='%" PRIu64 "'/><nd ref='%" PRIu64
            "'/><tag k='type' v='%s'/><tag k='height' v='%.2f'/>",
            e->id, first_corner_id + 2 * e->id, first_corner_id + 2 * e->id + 1, type, height_m);
    write_section(m, section_at(m->w, e->s_m));
    fputs("</way>\n", m->out);
}

static void write_element(writer *m, const sim_element *e)
{
    char tags[192];
    size_t section = section_at(m->w, e->s_m);
    if (e->kind == ELEMENT_SIGN)
        write_board(m, e, "traffic_sign", 0.6, 0.6);
    else if (e->kind == ELEMENT_LIGHT)
        write_board(m, e, "traffic_light", 0.3, 0.9);
    else if (e->kind == ELEMENT_POLE) {
        snprintf(tags, sizeof tags, "<tag k='type' v='pole'/><tag k='posed:section' v='%zu'/>", section);
        write_node(m, e->id, e->mapped_m, tags);
    } else if (e->kind == ELEMENT_TAG) {
        snprintf(tags, sizeof tags,
                 "<tag k='type' v='tag'/><tag k='posed:tag_id' v='%" PRIu64
                 "'/><tag k='posed:section' v='%zu'/>",
                 e->id, section);
        write_node(m, first_corner_id - 1 - e->id, e->mapped_m, tags);
    }
}

/* A way that passes a place again passes the same elements. */
static bool was_before(const sim_world *w, size_t i)
{
    for (size_t k = 0; w->elements[i].given && k < i; k++) {
        if (w->elements[k].given && w->elements[k].id == w->elements[i].id)
            return true;
    }
    return false;
}

static void write_lane(writer *m, size_t piece, int lane, const sim_road_point *p)
{
    uint64_t number = (uint64_t)piece * LINES + (uint64_t)lane;
    fprintf(m->out,
            "  <relation id='%" PRIu64 "'><member type='way' ref='%" PRIu64
            "' role='left'/><member type='way' ref='%" PRIu64 "' role='right'/>",
            first_lane_id + number, first_line_id + number + 1, first_line_id + number);
    write_tag(m, "type", "lanelet");
    write_tag(m, "subtype", p->road == ROAD_FREEWAY ? "highway" : "road");
    write_tag(m, "location", p->road == ROAD_FREEWAY ? "nonurban" : "urban");
    write_tag(m, "one_way", "yes");
    fprintf(m->out, "<tag k='speed_limit' v='%.1f km/h'/></relation>\n", 3.6 * p->limit_mps);
}

static void write_lanes(writer *m)
{
    for (size_t piece = 0; piece < m->pieces; piece++) {
        sim_road_point p;
        sim_world_road(m->w, ((double)piece + 0.5) * m->piece_m, &p);
        for (int lane = 0; lane + 1 < lines_of(m, piece); lane++)
            write_lane(m, piece, lane, &p);
    }
}

static void write_all(writer *m)
{
    const sim_survey_settings *survey = &m->w->survey;
    fputs("<?xml version='1.0' encoding='UTF-8'?>\n<osm version='0.6' generator='posed simulate'>\n", m->out);
    write_points(m);
    write_lines(m);
    write_rails(m);
    for (size_t i = 0; i < m->w->element_count; i++) {
        if (!was_before(m->w, i))
            write_element(m, &m->w->elements[i]);
    }
    write_lanes(m);
    fprintf(m->out,
            "  <relation id='1'><tag k='type' v='posed:map'/><tag k='posed:datum' v='WGS84'/>"
            "<tag k='posed:sigma_m' v='%.4g'/><tag k='posed:section_sigma_m' v='%.4g'/>"
            "<tag k='survey:date' v='2026-05-01'/></relation>\n</osm>\n",
            survey->independent_m, survey->common_m);
}

bool sim_world_write_map(const sim_world *w, const char *path, error *e)
{
    writer m = {.w = w, .out = fopen(path, "we")};
    double parts = ceil(w->survey.section_m / piece_most_m);
    if (!m.out)
        return error_set(e, "%s: %s", path, strerror(errno));
    m.piece_m = w->survey.section_m / parts;
    m.pieces = (size_t)((sim_world_length_m(w) - 2) / m.piece_m);
    write_all(&m);
    bool good = fflush(m.out) == 0 && !ferror(m.out);
    if (!good)
        error_set(e, "%s: %s", path, strerror(errno));
    return (fclose(m.out) == 0 && good) || error_set(e, "%s: %s", path, strerror(errno));
}
