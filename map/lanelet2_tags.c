#include "map/lanelet2_tags.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* As in fusion/settings.h: road_class. */
enum { ROAD_OF_FREEWAY = 0, ROAD_OF_TOWN = 1, ROAD_NOT_KNOWN = 255 };

static const char *const way_words[MAP_WAY_KIND_COUNT] = {
#define X(NAME, word) [MAP_WAY_##NAME] = word,
    MAP_WAY_KINDS(X)
#undef X
};

static const struct {
    const char *word;
    bool vehicles;
} lanelet_words[MAP_LANELET_KIND_COUNT] = {
#define X(NAME, word, vehicles) [MAP_LANELET_##NAME] = {word, vehicles},
    MAP_LANELET_KINDS(X)
#undef X
};

static const char *value_or_empty(const osm_element *e, const char *key)
{
    const char *value = osm_tag_value(e, key);
    return value ? value : "";
}

map_way_kind lanelet2_way_kind(const osm_element *e)
{
    const char *type = value_or_empty(e, "type");
    for (int i = MAP_WAY_OTHER + 1; i < MAP_WAY_KIND_COUNT; i++) {
        if (strcmp(type, way_words[i]) == 0)
            return (map_way_kind)i;
    }
    return MAP_WAY_OTHER;
}

/* A line that is solid on one side and dashed on the other is neither to whoever sees one of them. */
static map_line_type paint(const char *subtype)
{
    if (strcmp(subtype, "solid") == 0 || strcmp(subtype, "solid_solid") == 0)
        return MAP_LINE_SOLID;
    if (strcmp(subtype, "dashed") == 0 || strcmp(subtype, "dashed_dashed") == 0)
        return MAP_LINE_DASHED;
    return MAP_LINE_UNKNOWN;
}

map_line_type lanelet2_line_type(map_way_kind kind, const char *subtype)
{
    switch (kind) {
    case MAP_WAY_LINE_THIN:
    case MAP_WAY_LINE_THICK:
        return paint(subtype ? subtype : "");
    case MAP_WAY_CURBSTONE:
        return MAP_LINE_CURB;
    case MAP_WAY_VIRTUAL:
        return MAP_LINE_VIRTUAL;
    case MAP_WAY_GUARD_RAIL:
    case MAP_WAY_FENCE:
    case MAP_WAY_WALL:
        return MAP_LINE_RAIL;
    default:
        return MAP_LINE_UNKNOWN;
    }
}

map_class lanelet2_class(const osm_element *e)
{
    static const struct {
        const char *word;
        map_class class;
    } words[] = {{"traffic_sign", MAP_CLASS_SIGN}, {"traffic_light", MAP_CLASS_LIGHT},
                 {"pole", MAP_CLASS_POLE},         {"post", MAP_CLASS_POST},
                 {"tag", MAP_CLASS_TAG},           {"apriltag", MAP_CLASS_TAG}};
    const char *type = value_or_empty(e, "type");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(type, words[i].word) == 0)
            return words[i].class;
    }
    /* A rail is a line; its posts are things where they were surveyed as such. */
    bool rail = strcmp(type, "guard_rail") == 0 || strcmp(type, "fence") == 0;
    return rail && e->kind == OSM_NODE ? MAP_CLASS_RAIL : MAP_CLASS_COUNT;
}

double lanelet2_metres(const osm_element *e, const char *key, double least, double most, const tag_context *c)
{
    const char *text = osm_tag_value(e, key);
    double value = NAN;
    if (text && !map_parse_number(text, least, most, &value))
        map_problem_add(c->problems, MAP_ERROR, "bad_number", c->at,
                        "%s: expected metres from %g to %g, found \"%.40s\"", key, least, most, text);
    return value;
}

map_survey lanelet2_survey(const osm_element *e, const tag_context *c)
{
    map_survey s = map_survey_unknown();
    const char *day = osm_tag_value(e, "survey:date"), *section = osm_tag_value(e, "posed:section");
    double number = 0;
    s.sigma_m = (float)lanelet2_metres(e, "posed:sigma_m", 0, 100, c);
    s.section_sigma_m = (float)lanelet2_metres(e, "posed:section_sigma_m", 0, 100, c);
    if (section && !(map_parse_number(section, 0, 4294967294.0, &number) && number == floor(number)))
        map_problem_add(c->problems, MAP_ERROR, "bad_number", c->at,
                        "posed:section: expected a whole number, found \"%.40s\"", section);
    s.section = (uint32_t)number;
    if (day && !map_parse_day(day, &s.day))
        map_problem_add(c->problems, MAP_WARNING, "bad_date", c->at,
                        "survey:date: expected YYYY-MM-DD, found \"%.40s\"", day);
    return s;
}

float lanelet2_speed_mps(const char *text)
{
    static const struct {
        const char *word;
        double mps;
    } units[] = {{"", 1 / 3.6},    {"km/h", 1 / 3.6}, {"kmh", 1 / 3.6},
                 {"kph", 1 / 3.6}, {"mph", 0.44704},  {"m/s", 1}};
    char *end;
    double value = strtod(text, &end);
    if (end == text || !(value > 0 && value <= 500))
        return NAN;
    end += strspn(end, " ");
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(end, units[i].word) == 0)
            return (float)(value * units[i].mps);
    }
    return NAN;
}

/* "274" with what follows: "-60" the limit, ".1-30" or "_1" a zone, of 30 where it does not say. */
float lanelet2_sign_speed_mps(const char *sign)
{
    if (strncmp(sign, "de274", 5) != 0)
        return NAN;
    const char *rest = sign + 5;
    bool zone = strncmp(rest, ".1", 2) == 0 || strncmp(rest, "_1", 2) == 0;
    if (zone)
        rest += 2;
    if (rest[0] == '-' && rest[1] >= '1' && rest[1] <= '9')
        return lanelet2_speed_mps(rest + 1);
    return zone && rest[0] == '\0' ? lanelet2_speed_mps("30") : NAN;
}

static bool is_no(const char *value)
{
    return strcasecmp(value, "no") == 0 || strcasecmp(value, "false") == 0 || strcmp(value, "0") == 0;
}

static bool is_yes(const char *value)
{
    return strcasecmp(value, "yes") == 0 || strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0;
}

/* A lanelet that names participants is for these alone. */
static bool for_vehicles(const osm_element *e, map_lanelet_kind kind, const tag_context *c)
{
    bool named = false;
    for (size_t i = 0; i < e->tag_count; i++) {
        const char *key = e->tags[i].key;
        if (strncmp(key, "participant:", 12) != 0)
            continue;
        named = true;
        if (strncmp(key + 12, "vehicle", 7) == 0 && is_yes(e->tags[i].value))
            return true;
    }
    if (!named && kind == MAP_LANELET_OTHER)
        map_problem_add(
            c->problems, MAP_WARNING, "unknown_subtype", c->at,
            "subtype \"%.40s\" does not say who may use it, and no participant does: not compiled",
            value_or_empty(e, "subtype"));
    return !named && lanelet_words[kind].vehicles;
}

static map_turn turn_of(const char *word)
{
    return strcmp(word, "left") == 0       ? MAP_TURN_LEFT
           : strcmp(word, "right") == 0    ? MAP_TURN_RIGHT
           : strcmp(word, "straight") == 0 ? MAP_TURN_STRAIGHT
                                           : MAP_TURN_UNKNOWN;
}

void lanelet2_describe(map_lanelet *l, const osm_element *e, const tag_context *c)
{
    const char *subtype = value_or_empty(e, "subtype"), *location = value_or_empty(e, "location");
    const char *one_way = osm_tag_value(e, "one_way"), *speed = osm_tag_value(e, "speed_limit");
    l->kind = MAP_LANELET_OTHER;
    for (int i = MAP_LANELET_OTHER + 1; i < MAP_LANELET_KIND_COUNT; i++) {
        if (strcmp(subtype, lanelet_words[i].word) == 0)
            l->kind = (uint8_t)i;
    }
    l->vehicles = for_vehicles(e, (map_lanelet_kind)l->kind, c);
    l->one_way = one_way ? is_yes(one_way) : lanelet_words[l->kind].vehicles;
    if (one_way && *one_way && !is_yes(one_way) && !is_no(one_way))
        map_problem_add(c->problems, MAP_WARNING, "bad_tag", c->at,
                        "one_way: expected yes or no, found \"%.40s\": taken for no", one_way);
    l->turn = (uint8_t)turn_of(value_or_empty(e, "turn_direction"));
    l->road = l->kind == MAP_LANELET_HIGHWAY       ? ROAD_OF_FREEWAY
              : strcmp(location, "urban") == 0     ? ROAD_OF_TOWN
              : l->kind == MAP_LANELET_PLAY_STREET ? ROAD_OF_TOWN
                                                   : ROAD_NOT_KNOWN;
    l->speed_limit_mps = speed ? lanelet2_speed_mps(speed) : NAN;
    if (speed && isnan(l->speed_limit_mps))
        map_problem_add(c->problems, MAP_WARNING, "bad_speed", c->at,
                        "speed_limit: expected a speed, found \"%.40s\"", speed);
}
