#include "tests/map/map_rig.h"

#include "map/lanelet2.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* 1 m is 8.993e-6 deg of latitude and 1.3669e-5 deg of longitude here. */
const char rig_two_lanes[] = OSM(
    "<node id='1' lat='49.0' lon='8.0'/><node id='2' lat='49.0' lon='8.00004784'/>"
    "<node id='3' lat='49.00017986' lon='8.0'/><node id='4' lat='49.00017986' lon='8.00004784'/>"
    "<node id='5' lat='49.00035972' lon='8.0'/><node id='6' lat='49.00035972' lon='8.00004784'/>"
    "<way id='11'><nd ref='1'/><nd ref='3'/><tag k='type' v='line_thin'/><tag k='subtype' v='dashed'/></way>"
    "<way id='21'><nd ref='2'/><nd ref='4'/><tag k='type' v='curbstone'/></way>"
    "<way id='12'><nd ref='3'/><nd ref='5'/><tag k='type' v='line_thin'/><tag k='subtype' v='solid'/></way>"
    "<way id='22'><nd ref='4'/><nd ref='6'/><tag k='type' v='curbstone'/></way>"
    "<relation id='101'><member type='way' ref='11' role='left'/><member type='way' ref='21' role='right'/>"
    "<tag k='type' v='lanelet'/><tag k='subtype' v='road'/></relation>"
    "<relation id='102'><member type='way' ref='12' role='left'/><member type='way' ref='22' role='right'/>"
    "<tag k='type' v='lanelet'/><tag k='subtype' v='road'/></relation>");

bool rig_read(rig *r, const char *text)
{
    *r = (rig){0};
    return lanelet2_parse(&r->m, "my.osm", text, strlen(text), &r->p, &r->e);
}

void rig_finish(rig *r)
{
    map_data_finish(&r->m);
    map_problems_finish(&r->p);
}

size_t rig_count(const rig *r, const char *code)
{
    size_t n = 0;
    for (size_t i = 0; i < r->p.count; i++)
        n += strcmp(r->p.list[i].code, code) == 0;
    return n;
}

void rig_print(const rig *r)
{
    for (size_t i = 0; i < r->p.count; i++)
        printf("%s %lld line %u %s: %s\n", r->p.list[i].at.kind, (long long)r->p.list[i].at.id,
               r->p.list[i].at.place, r->p.list[i].code, r->p.list[i].text);
}

static uint32_t add_node(map_data *m, double latitude_deg, double longitude_deg)
{
    m->nodes[m->node_count] = (map_node){.id = (int64_t)m->node_count + 1,
                                         .latitude_deg = latitude_deg,
                                         .longitude_deg = longitude_deg,
                                         .height_m = 100};
    return (uint32_t)m->node_count++;
}

/* A line of three nodes that goes north. */
static uint32_t add_line(map_data *m, double latitude_deg, double longitude_deg)
{
    uint32_t first = (uint32_t)m->ref_count;
    for (int i = 0; i < 3; i++)
        m->refs[m->ref_count++] = add_node(m, latitude_deg + i * 9e-5, longitude_deg);
    m->ways[m->way_count] = (map_way){.id = (int64_t)m->way_count + 1,
                                      .first_ref = first,
                                      .ref_count = 3,
                                      .kind = MAP_WAY_LINE_THIN,
                                      .type = MAP_LINE_DASHED,
                                      .is_bound = true,
                                      .speed_limit_mps = NAN,
                                      .survey = {0.03F, 0.02F, 1, 20000}};
    return (uint32_t)m->way_count++;
}

static void add_thing(map_data *m, double latitude_deg, double longitude_deg, map_class kind)
{
    m->things[m->thing_count] = (map_thing){.id = (int64_t)m->thing_count + 1,
                                            .element = "node",
                                            .latitude_deg = latitude_deg,
                                            .longitude_deg = longitude_deg,
                                            .height_m = 102,
                                            .kind = (uint8_t)kind,
                                            .survey = {0.03F, 0.02F, 1, 20000}};
    m->thing_count++;
}

static bool make_room(map_data *m, size_t cells)
{
    /* map_grow doubles, so that a count of room - 1 makes room for twice as many */
    while (m->node_room < 6 * cells)
        if (!map_grow(&m->nodes, m->node_room, &m->node_room, sizeof *m->nodes))
            return false;
    while (m->ref_room < 6 * cells)
        if (!map_grow(&m->refs, m->ref_room, &m->ref_room, sizeof *m->refs))
            return false;
    while (m->way_room < 2 * cells)
        if (!map_grow(&m->ways, m->way_room, &m->way_room, sizeof *m->ways))
            return false;
    while (m->lanelet_room < cells)
        if (!map_grow(&m->lanelets, m->lanelet_room, &m->lanelet_room, sizeof *m->lanelets))
            return false;
    while (m->thing_room < 2 * cells)
        if (!map_grow(&m->things, m->thing_room, &m->thing_room, sizeof *m->things))
            return false;
    return true;
}

bool rig_grid(map_data *m, uint32_t rows, uint32_t columns)
{
    *m = (map_data){0};
    if (!map_begin_file(m, "grid", false) || !make_room(m, (size_t)rows * columns))
        return false;
    for (uint32_t y = 0; y < rows; y++) {
        for (uint32_t x = 0; x < columns; x++) {
            double latitude_deg = 49 + y * 9e-4, longitude_deg = 8 + x * 1.37e-3;
            uint32_t left = add_line(m, latitude_deg, longitude_deg),
                     right = add_line(m, latitude_deg, longitude_deg + 4.8e-5);
            m->lanelets[m->lanelet_count] = (map_lanelet){.id = (int64_t)m->lanelet_count + 1,
                                                          .left = left,
                                                          .right = right,
                                                          .centre = MAP_NONE,
                                                          .one_way = true,
                                                          .vehicles = true,
                                                          .kind = MAP_LANELET_ROAD,
                                                          .road = 1,
                                                          .speed_limit_mps = 14};
            m->lanelet_count++;
            add_thing(m, latitude_deg, longitude_deg + 1e-4, MAP_CLASS_SIGN);
            add_thing(m, latitude_deg + 4e-4, longitude_deg + 1e-4, MAP_CLASS_POLE);
        }
    }
    return true;
}
