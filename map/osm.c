#include "map/osm.h"

#include "map/map_data.h"

#include <errno.h>
#include <expat.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Limits. A map of 100,000 elements has some 60 MB; what is far beyond is no map. */
enum {
    MOST_DEPTH = 16,
    MOST_TAGS = 512,         /* of one element */
    MOST_MEMBERS = 500000,   /* of one element */
    MOST_TEXT = 1 << 20,     /* of one element's tags and roles */
    MOST_ELEMENTS = 1 << 25, /* indices are 32 bit wide, memory is not free */
};

typedef struct {
    size_t key, value;
} tag_at;

typedef struct {
    osm_kind kind;
    int64_t ref;
    size_t role;
} member_at;

typedef struct {
    XML_Parser parser;
    const char *name;
    uint32_t file;
    osm_take *take;
    void *context;
    map_problems *problems;
    error *e;
    int depth;
    bool stopped, is_open, is_good; /* an element is open; nothing wrong with it so far */
    size_t element_count;
    osm_element now;
    char *text;
    tag_at *tags;
    member_at *members;
    osm_tag *out_tags;
    osm_member *out_members;
    size_t text_used, text_room, tag_room, member_room, out_tag_room, out_member_room;
} reader;

const char *osm_kind_word(osm_kind kind)
{
    static const char *const words[OSM_KIND_COUNT] = {
        [OSM_NODE] = "node", [OSM_WAY] = "way", [OSM_RELATION] = "relation"};
    return kind < OSM_KIND_COUNT ? words[kind] : "?";
}

const char *osm_tag_value(const osm_element *e, const char *key)
{
    for (size_t i = 0; i < e->tag_count; i++) {
        if (strcmp(e->tags[i].key, key) == 0)
            return e->tags[i].value;
    }
    return NULL;
}

static uint32_t line_of(const reader *r)
{
    return (uint32_t)XML_GetCurrentLineNumber(r->parser);
}

static void stop(reader *r, const char *why)
{
    if (r->stopped)
        return;
    r->stopped = true;
    error_set(r->e, "%s:%u: %s", r->name, line_of(r), why);
    XML_StopParser(r->parser, XML_FALSE);
}

static map_place here(const reader *r)
{
    return (map_place){osm_kind_word(r->now.kind), r->now.id, r->file, line_of(r)};
}

static const char *attribute(const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i]; i += 2) {
        if (strcmp(attributes[i], name) == 0)
            return attributes[i + 1];
    }
    return NULL;
}

static bool parse_id(const char *text, int64_t *id)
{
    char *end;
    if (!text || !(text[0] == '-' || (text[0] >= '0' && text[0] <= '9')))
        return false;
    errno = 0;
    int64_t number = strtoll(text, &end, 10);
    bool good = *end == '\0' && errno == 0 && end != text;
    if (good)
        *id = number;
    return good;
}

static bool kind_find(const char *word, osm_kind *out)
{
    for (int i = 0; i < OSM_KIND_COUNT; i++) {
        if (strcmp(word, osm_kind_word((osm_kind)i)) == 0) {
            *out = (osm_kind)i;
            return true;
        }
    }
    return false;
}

/* Keeps a text until the element ends; false: no memory, or too much of it. */
static bool keep(reader *r, const char *text, size_t *at)
{
    size_t length = strlen(text) + 1;
    if (length > MOST_TEXT || r->text_used + length > MOST_TEXT)
        return false;
    if (r->text_used + length > r->text_room) {
        size_t more = 2 * (r->text_used + length);
        char *larger = realloc(r->text, more);
        if (!larger)
            return false;
        r->text = larger;
        r->text_room = more;
    }
    memcpy(r->text + r->text_used, text, length);
    *at = r->text_used;
    r->text_used += length;
    return true;
}

static bool read_coordinate(reader *r, const char **attributes, const char *name, double most, double *out)
{
    const char *text = attribute(attributes, name);
    if (!text)
        return map_problem_add(r->problems, MAP_ERROR, "bad_position", here(r), "has no %s", name);
    if (!map_parse_number(text, -most, most, out))
        return map_problem_add(r->problems, MAP_ERROR, "bad_position", here(r),
                               "%s: expected degrees from -%.0f to %.0f, found \"%.40s\"", name, most, most,
                               text);
    return true;
}

static bool is_deleted(const char **attributes)
{
    const char *visible = attribute(attributes, "visible"), *action = attribute(attributes, "action");
    return (visible && strcmp(visible, "false") == 0) || (action && strcmp(action, "delete") == 0);
}

static void open_element(reader *r, osm_kind kind, const char **attributes)
{
    const char *id = attribute(attributes, "id");
    r->text_used = 0;
    r->now = (osm_element){.kind = kind, .line = line_of(r), .latitude_deg = NAN, .longitude_deg = NAN};
    r->is_open = true;
    r->is_good = !is_deleted(attributes);
    if (++r->element_count > MOST_ELEMENTS)
        stop(r, "more elements than a map may have");
    else if (r->is_good && !parse_id(id, &r->now.id))
        r->is_good = map_problem_add(r->problems, MAP_ERROR, "bad_id", here(r),
                                     "id: expected a whole number, found \"%.40s\"", id ? id : "");
    else if (r->is_good && kind == OSM_NODE) {
        bool latitude = read_coordinate(r, attributes, "lat", 90, &r->now.latitude_deg);
        r->is_good = read_coordinate(r, attributes, "lon", 180, &r->now.longitude_deg) && latitude;
    }
}

static void add_tag(reader *r, const char **attributes)
{
    const char *key = attribute(attributes, "k"), *value = attribute(attributes, "v");
    if (!key || !value) {
        map_problem_add(r->problems, MAP_WARNING, "bad_tag", here(r), "a tag without k or v");
        return;
    }
    tag_at new;
    if (r->now.tag_count == MOST_TAGS)
        stop(r, "more tags than an element may have");
    else if (!map_grow(&r->tags, r->now.tag_count, &r->tag_room, sizeof *r->tags) ||
             !keep(r, key, &new.key) || !keep(r, value, &new.value))
        stop(r, "the texts of an element are longer than they may be");
    else
        r->tags[r->now.tag_count++] = new;
}

static void add_member(reader *r, osm_kind kind, const char **attributes)
{
    const char *ref = attribute(attributes, "ref"), *role = attribute(attributes, "role");
    member_at new = {.kind = kind};
    if (!parse_id(ref, &new.ref)) {
        map_problem_add(r->problems, MAP_ERROR, "bad_ref", here(r),
                        "ref: expected a whole number, found \"%.40s\"", ref ? ref : "");
        return;
    }
    if (r->now.member_count == MOST_MEMBERS)
        stop(r, "more members than an element may have");
    else if (!map_grow(&r->members, r->now.member_count, &r->member_room, sizeof *r->members) ||
             !keep(r, role ? role : "", &new.role))
        stop(r, "the texts of an element are longer than they may be");
    else
        r->members[r->now.member_count++] = new;
}

static void add_child(reader *r, const char *name, const char **attributes)
{
    osm_kind kind;
    if (strcmp(name, "tag") == 0)
        add_tag(r, attributes);
    else if (strcmp(name, "nd") == 0 && r->now.kind == OSM_WAY)
        add_member(r, OSM_NODE, attributes);
    else if (strcmp(name, "member") == 0 && r->now.kind == OSM_RELATION) {
        const char *type = attribute(attributes, "type");
        if (type && kind_find(type, &kind))
            add_member(r, kind, attributes);
        else
            map_problem_add(r->problems, MAP_ERROR, "bad_ref", here(r),
                            "member: expected type node, way or relation, found \"%.40s\"", type ? type : "");
    }
}

static void XMLCALL on_start(void *data, const XML_Char *name, const XML_Char **attributes)
{
    reader *r = data;
    osm_kind kind;
    int depth = r->depth++;
    if (r->stopped)
        return;
    if (depth >= MOST_DEPTH)
        stop(r, "nested deeper than a map may be");
    else if (depth == 0 && strcmp(name, "osm") != 0)
        stop(r, "no OSM XML: the root is not <osm>");
    else if (depth == 1 && kind_find(name, &kind))
        open_element(r, kind, attributes);
    else if (depth == 2 && r->is_open && r->is_good)
        add_child(r, name, attributes);
}

/* Texts have stopped moving: places become pointers. */
static bool point_at_texts(reader *r)
{
    osm_element *e = &r->now;
    while (r->out_tag_room < e->tag_count) {
        if (!map_grow(&r->out_tags, r->out_tag_room, &r->out_tag_room, sizeof *r->out_tags))
            return false;
    }
    while (r->out_member_room < e->member_count) {
        if (!map_grow(&r->out_members, r->out_member_room, &r->out_member_room, sizeof *r->out_members))
            return false;
    }
    for (size_t i = 0; i < e->tag_count; i++)
        r->out_tags[i] = (osm_tag){r->text + r->tags[i].key, r->text + r->tags[i].value};
    for (size_t i = 0; i < e->member_count; i++)
        r->out_members[i] = (osm_member){r->members[i].kind, r->members[i].ref, r->text + r->members[i].role};
    e->tags = r->out_tags;
    e->members = r->out_members;
    return true;
}

static void XMLCALL on_end(void *data, const XML_Char *name)
{
    reader *r = data;
    (void)name;
    if (--r->depth != 1 || !r->is_open || r->stopped)
        return;
    r->is_open = false;
    if (r->is_good && !(point_at_texts(r) && r->take(r->context, &r->now)))
        stop(r, "out of memory");
}

static void XMLCALL on_doctype(void *data, const XML_Char *name, const XML_Char *system,
                               const XML_Char *public, int has_internal)
{
    (void)name, (void)system, (void)public, (void)has_internal;
    stop(data, "a document type is refused: a map has no entities");
}

static void finish(reader *r)
{
    if (r->parser)
        XML_ParserFree(r->parser);
    free(r->text);
    free(r->tags);
    free(r->members);
    free(r->out_tags);
    free(r->out_members);
}

bool osm_parse(const char *name, uint32_t file, const char *text, size_t size, osm_take *take, void *context,
               map_problems *p, error *e)
{
    reader r = {.name = name, .file = file, .take = take, .context = context, .problems = p, .e = e};
    if (size > INT_MAX)
        return error_set(e, "%s: larger than a map may be", name);
    r.parser = XML_ParserCreate(NULL);
    if (!r.parser)
        return error_set(e, "%s: out of memory", name);
    XML_SetUserData(r.parser, &r);
    XML_SetElementHandler(r.parser, on_start, on_end);
    XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
    XML_SetParamEntityParsing(r.parser, XML_PARAM_ENTITY_PARSING_NEVER);
    /* At one go: piece by piece, a token that spans many pieces costs their square. */
    bool good = XML_Parse(r.parser, text, (int)size, XML_TRUE) == XML_STATUS_OK && !r.stopped;
    if (!good && !r.stopped)
        error_set(e, "%s:%u: not well-formed XML: %s", name, line_of(&r),
                  XML_ErrorString(XML_GetErrorCode(r.parser)));
    finish(&r);
    return good;
}
