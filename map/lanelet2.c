#include "map/lanelet2.h"

#include "map/lanelet2_private.h"
#include "map/lanelet2_tags.h"
#include "map/osm.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A file larger than this is no map. */
#define MOST_BYTES ((size_t)1 << 30)

static map_file *file_of(lanelet2_builder *b)
{
    return &b->m->files[b->file];
}

static tag_context context_of(lanelet2_builder *b, const osm_element *e, const char *kind)
{
    return (tag_context){b->problems, {kind, e->id, b->file, e->line}};
}

/* Of a node or way that is to be seen. */
static bool add_thing(lanelet2_builder *b, const osm_element *e, uint32_t node, uint32_t way,
                      const map_survey *survey)
{
    map_class class = lanelet2_class(e);
    tag_context c = context_of(b, e, osm_kind_word(e->kind));
    if (class == MAP_CLASS_COUNT)
        return true;
    if (!map_grow(&b->things, b->thing_count, &b->thing_room, sizeof *b->things))
        return false;
    double height_m = lanelet2_metres(e, "height", 0, 200, &c), number = 0;
    raw_thing *r = &b->things[b->thing_count];
    *r = (raw_thing){.way = way, .node = node, .up_m = isnan(height_m) ? 0 : height_m / 2};
    r->t = (map_thing){.id = e->id, .file = b->file, .place = e->line, .element = osm_kind_word(e->kind)};
    r->t.kind = (uint8_t) class;
    r->t.survey = *survey;
    const char *tag_id = osm_tag_value(e, "posed:tag_id");
    if (class == MAP_CLASS_TAG) {
        if (!tag_id || !map_parse_number(tag_id, 0, 1e15, &number) || number != floor(number)) {
            map_problem_add(b->problems, MAP_ERROR, "bad_tag_id", c.at,
                            "posed:tag_id: expected the fiducial's number, found \"%.40s\"",
                            tag_id ? tag_id : "");
            return true;
        }
        r->t.id = (int64_t)number;
    }
    b->thing_count++;
    return true;
}

static bool add_node(lanelet2_builder *b, const osm_element *e)
{
    map_data *m = b->m;
    tag_context c = context_of(b, e, "node");
    if (!map_grow(&m->nodes, m->node_count, &m->node_room, sizeof *m->nodes))
        return false;
    map_node *n = &m->nodes[m->node_count];
    *n = (map_node){.id = e->id,
                    .latitude_deg = e->latitude_deg,
                    .longitude_deg = e->longitude_deg,
                    .height_m = lanelet2_metres(e, "ele", -1000, 10000, &c),
                    .file = b->file,
                    .place = e->line};
    if (osm_tag_value(e, "local_x"))
        file_of(b)->ignored_local++;
    map_survey survey = lanelet2_survey(e, &c);
    return add_thing(b, e, (uint32_t)m->node_count++, MAP_NONE, &survey);
}

static bool add_refs(lanelet2_builder *b, const osm_element *e)
{
    for (size_t i = 0; i < e->member_count; i++) {
        if (!map_grow(&b->refs, b->ref_count, &b->ref_room, sizeof *b->refs))
            return false;
        b->refs[b->ref_count++] = e->members[i].ref;
    }
    return true;
}

static float sign_speed(const osm_element *e)
{
    static const char *const keys[] = {"sign_type", "subtype"};
    for (size_t i = 0; i < 2; i++) {
        const char *value = osm_tag_value(e, keys[i]);
        float speed = value ? lanelet2_sign_speed_mps(value) : NAN;
        if (!isnan(speed))
            return speed;
    }
    return NAN;
}

static bool add_way(lanelet2_builder *b, const osm_element *e)
{
    map_data *m = b->m;
    tag_context c = context_of(b, e, "way");
    if (!map_grow(&m->ways, m->way_count, &m->way_room, sizeof *m->ways))
        return false;
    map_way *w = &m->ways[m->way_count];
    map_way_kind kind = lanelet2_way_kind(e);
    *w = (map_way){.id = e->id,
                   .file = b->file,
                   .place = e->line,
                   .first_ref = (uint32_t)b->ref_count, /* of b->refs, until they are resolved */
                   .ref_count = (uint32_t)e->member_count,
                   .kind = (uint8_t)kind,
                   .type = (uint8_t)lanelet2_line_type(kind, osm_tag_value(e, "subtype")),
                   .speed_limit_mps = kind == MAP_WAY_SIGN ? sign_speed(e) : NAN,
                   .survey = lanelet2_survey(e, &c)};
    map_survey survey = w->survey;
    return add_refs(b, e) && add_thing(b, e, MAP_NONE, (uint32_t)m->way_count++, &survey);
}

static bool take_member(lanelet2_builder *b, raw_lanelet *r, const osm_member *member, const tag_context *c)
{
    struct {
        const char *role;
        int64_t *id;
        bool *has;
    } roles[] = {{"left", &r->left, &r->has_left},
                 {"right", &r->right, &r->has_right},
                 {"centerline", &r->centre, &r->has_centre}};
    for (size_t i = 0; i < 3; i++) {
        if (member->kind != OSM_WAY || strcmp(member->role, roles[i].role) != 0)
            continue;
        if (*roles[i].has)
            map_problem_add(c->problems, MAP_ERROR, "two_bounds", c->at,
                            "has two members of role %s: way %" PRId64 " and way %" PRId64, roles[i].role,
                            *roles[i].id, member->ref);
        *roles[i].id = member->ref;
        *roles[i].has = true;
    }
    if (member->kind == OSM_RELATION && strcmp(member->role, "regulatory_element") == 0) {
        if (!map_grow(&b->rules, b->rule_count, &b->rule_room, sizeof *b->rules))
            return false;
        b->rules[b->rule_count++] = member->ref;
        r->rule_count++;
    }
    return true;
}

static bool add_lanelet(lanelet2_builder *b, const osm_element *e)
{
    tag_context c = context_of(b, e, "lanelet");
    if (!map_grow(&b->lanelets, b->lanelet_count, &b->lanelet_room, sizeof *b->lanelets))
        return false;
    raw_lanelet *r = &b->lanelets[b->lanelet_count++];
    *r = (raw_lanelet){.first_rule = b->rule_count};
    r->l = (map_lanelet){.id = e->id, .file = b->file, .place = e->line, .centre = MAP_NONE};
    for (size_t i = 0; i < e->member_count; i++) {
        if (!take_member(b, r, &e->members[i], &c))
            return false;
    }
    lanelet2_describe(&r->l, e, &c);
    return true;
}

static bool add_rule(lanelet2_builder *b, const osm_element *e)
{
    const char *subtype = osm_tag_value(e, "subtype"), *type = osm_tag_value(e, "sign_type");
    file_of(b)->regulatory_elements++;
    if (!map_grow(&b->regulations, b->regulation_count, &b->regulation_room, sizeof *b->regulations))
        return false;
    regulation *r = &b->regulations[b->regulation_count++];
    *r = (regulation){.id = e->id, .place = e->line, .speed_mps = NAN};
    if (!subtype || strcmp(subtype, "speed_limit") != 0)
        return true;
    if (type) {
        r->speed_mps = lanelet2_speed_mps(type);
        if (isnan(r->speed_mps))
            r->speed_mps = lanelet2_sign_speed_mps(type);
    }
    for (size_t i = 0; i < e->member_count && !r->has_sign; i++) {
        const osm_member *member = &e->members[i];
        r->has_sign = member->kind == OSM_WAY && strcmp(member->role, "refers") == 0;
        r->sign = member->ref;
    }
    return true;
}

/* posed:datum, posed:height_m, posed:geoid_m and the survey of all that does not say. */
static bool read_about_file(lanelet2_builder *b, const osm_element *e)
{
    tag_context c = context_of(b, e, "relation");
    const char *datum = osm_tag_value(e, "posed:datum");
    map_file *f = file_of(b);
    if (b->about_read) {
        map_problem_add(b->problems, MAP_ERROR, "two_statements", c.at,
                        "another type=posed:map: what the first one says holds");
        return true;
    }
    b->about_read = true;
    if (datum && strcmp(datum, "WGS84") != 0) {
        b->bad_datum = true;
        return !error_set(
            b->e, "%s:%u: posed:datum: only WGS84 is read, this is \"%.40s\": transform the map first",
            f->path, e->line, datum);
    }
    f->datum_stated |= datum != NULL;
    f->survey = lanelet2_survey(e, &c);
    f->default_height_m = lanelet2_metres(e, "posed:height_m", -1000, 10000, &c);
    double geoid_m = lanelet2_metres(e, "posed:geoid_m", -150, 150, &c);
    b->geoid_m = isnan(geoid_m) ? 0 : geoid_m;
    return true;
}

static bool take(void *context, const osm_element *e)
{
    lanelet2_builder *b = context;
    const char *type = osm_tag_value(e, "type");
    if (e->kind == OSM_NODE)
        return add_node(b, e);
    if (e->kind == OSM_WAY)
        return add_way(b, e);
    file_of(b)->relations++;
    if (type && strcmp(type, "lanelet") == 0)
        return add_lanelet(b, e);
    if (type && strcmp(type, "regulatory_element") == 0)
        return add_rule(b, e);
    if (type && strcmp(type, "posed:map") == 0)
        return read_about_file(b, e);
    file_of(b)->other_relations++;
    return true;
}

bool lanelet2_parse(map_data *m, const char *name, const char *text, size_t size, map_problems *p, error *e)
{
    lanelet2_builder b = {.m = m, .problems = p, .e = e, .file = (uint32_t)m->file_count};
    if (!map_begin_file(m, name, false))
        return error_set(e, "%s: out of memory", name);
    b.first_node = m->node_count;
    b.first_way = m->way_count;
    bool good = osm_parse(name, b.file, text, size, take, &b, p, e) && !b.bad_datum;
    if (good && !lanelet2_resolve(&b))
        good = error_set(e, "%s: out of memory", name);
    free(b.refs);
    free(b.lanelets);
    free(b.rules);
    free(b.regulations);
    free(b.things);
    free(b.node_ids);
    free(b.way_ids);
    return good;
}

bool lanelet2_read(map_data *m, const char *path, map_problems *p, error *e)
{
    size_t size;
    char *text = map_file_read(path, MOST_BYTES, &size, e);
    bool good = text && lanelet2_parse(m, path, text, size, p, e);
    free(text);
    return good;
}
