/*
 * What map files say, whatever their format: nodes, ways, lanelets and marks as they were surveyed, before
 * anything is computed from them. Files are read into one map_data, one after the other; the elements of a
 * file refer to each other by index.
 *
 * Positions are WGS84 latitude and longitude in degrees, heights above the ellipsoid in metres.
 */
#ifndef POSED_MAP_MAP_DATA_H
#define POSED_MAP_MAP_DATA_H

#include "common/error.h"
#include "fusion/map.h"
#include "map/problem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* No survey date. */
#define MAP_NO_DAY INT32_MIN

/* How well, and when, an element was surveyed. */
typedef struct {
    float sigma_m;         /* its own, one sigma per axis; NAN: not stated */
    float section_sigma_m; /* of what its section shares; NAN: not stated */
    uint32_t section;      /* elements of one number were surveyed together; 0 where not stated */
    int32_t day;           /* since 1970-01-01; MAP_NO_DAY: not stated */
} map_survey;

typedef struct {
    int64_t id;
    double latitude_deg, longitude_deg;
    double height_m; /* NAN: not stated */
    uint32_t file, place;
} map_node;

/* X(ENUM, word of `type`) */
#define MAP_WAY_KINDS(X)                                                                                     \
    X(OTHER, "")                                                                                             \
    X(LINE_THIN, "line_thin")                                                                                \
    X(LINE_THICK, "line_thick")                                                                              \
    X(CURBSTONE, "curbstone")                                                                                \
    X(VIRTUAL, "virtual")                                                                                    \
    X(ROAD_BORDER, "road_border")                                                                            \
    X(GUARD_RAIL, "guard_rail")                                                                              \
    X(FENCE, "fence")                                                                                        \
    X(WALL, "wall")                                                                                          \
    X(STOP_LINE, "stop_line")                                                                                \
    X(PEDESTRIAN_MARKING, "pedestrian_marking")                                                              \
    X(BIKE_MARKING, "bike_marking")                                                                          \
    X(ZEBRA_MARKING, "zebra_marking")                                                                        \
    X(RAIL, "rail")                                                                                          \
    X(SIGN, "traffic_sign")                                                                                  \
    X(LIGHT, "traffic_light")                                                                                \
    X(POLE, "pole")                                                                                          \
    X(POST, "post")

typedef enum {
#define X(NAME, word) MAP_WAY_##NAME,
    MAP_WAY_KINDS(X)
#undef X
        MAP_WAY_KIND_COUNT
} map_way_kind;

typedef struct {
    int64_t id;
    uint32_t file, place;
    uint32_t first_ref, ref_count; /* into refs; missing nodes are left out (and are a problem) */
    uint8_t kind;                  /* map_way_kind */
    uint8_t type;                  /* map_line_type */
    bool is_bound;                 /* of a lanelet */
    float speed_limit_mps;         /* of a sign; NAN: it is none of that kind */
    map_survey survey;
} map_way;

/* X(ENUM, word of `subtype`, may motor vehicles use it) */
#define MAP_LANELET_KINDS(X)                                                                                 \
    X(OTHER, "", false)                                                                                      \
    X(ROAD, "road", true)                                                                                    \
    X(HIGHWAY, "highway", true)                                                                              \
    X(PLAY_STREET, "play_street", true)                                                                      \
    X(EMERGENCY_LANE, "emergency_lane", true)                                                                \
    X(BUS_LANE, "bus_lane", true)                                                                            \
    X(EXIT, "exit", true)                                                                                    \
    X(WALKWAY, "walkway", false)                                                                             \
    X(SHARED_WALKWAY, "shared_walkway", false)                                                               \
    X(CROSSWALK, "crosswalk", false)                                                                         \
    X(STAIRS, "stairs", false)                                                                               \
    X(BICYCLE_LANE, "bicycle_lane", false)                                                                   \
    X(RAIL, "rail", false)

typedef enum {
#define X(NAME, word, vehicles) MAP_LANELET_##NAME,
    MAP_LANELET_KINDS(X)
#undef X
        MAP_LANELET_KIND_COUNT
} map_lanelet_kind;

typedef enum { MAP_TURN_UNKNOWN, MAP_TURN_LEFT, MAP_TURN_STRAIGHT, MAP_TURN_RIGHT } map_turn;

/* A lanelet with both bounds there. */
typedef struct {
    int64_t id;
    uint32_t file, place;
    uint32_t left, right;               /* ways */
    uint32_t centre;                    /* way of its own centre line; MAP_NONE: none given */
    bool left_reversed, right_reversed; /* the way's points run against the lane: map_lanes.h sets these */
    bool one_way;
    bool vehicles;         /* motor vehicles may use it */
    uint8_t kind;          /* map_lanelet_kind */
    uint8_t turn;          /* map_turn */
    uint8_t road;          /* road_class of settings.h; 255: not known */
    float speed_limit_mps; /* NAN: not known */
} map_lanelet;

/* A thing at a place. */
typedef struct {
    int64_t id; /* of a fiducial its number */
    uint32_t file, place;
    const char *element;                          /* what it is in its file: "node", "way", "landmark" */
    double latitude_deg, longitude_deg, height_m; /* of its middle; height NAN: not stated */
    double up_m;                                  /* of its middle above the height that it is given then */
    uint8_t kind;                                 /* map_class */
    map_survey survey;
} map_thing;

/* What a file says about itself. */
typedef struct {
    char *path;
    bool is_geojson;
    bool datum_stated;       /* else WGS84 by its format's definition */
    double default_height_m; /* for what has none; NAN: not stated */
    map_survey survey;       /* for what does not say */
    size_t relations, regulatory_elements, other_relations, ignored_local; /* nodes with local_x, local_y */
} map_file;

typedef struct {
    map_file *files;
    map_node *nodes;
    map_way *ways;
    uint32_t *refs; /* nodes of ways */
    map_lanelet *lanelets;
    map_thing *things;
    size_t file_count, node_count, way_count, ref_count, lanelet_count, thing_count;
    size_t file_room, node_room, way_room, ref_room, lanelet_room, thing_room;
} map_data;

/* A zeroed map_data is an empty map. */
void map_data_finish(map_data *m);

/* Makes room for one more element of that size; false: no memory. `array` is the address of a pointer. */
bool map_grow(void *array, size_t count, size_t *room, size_t size);

/* Begins a file; NULL: no memory. */
map_file *map_begin_file(map_data *m, const char *path, bool is_geojson);

/* Reads a file, by its name's end: .osm or .xml Lanelet2, .geojson or .json GeoJSON. False with `e` set when
 * nothing of it can be used (not there, not well-formed, beyond a limit, no memory); what is wrong with
 * single elements goes to `p`, and the rest is read. */
bool map_read(map_data *m, const char *path, map_problems *p, error *e);

/* Reads a whole file into memory, for the readers; NULL with `e` set. Ends with a 0 that `size` does not
 * count. */
char *map_file_read(const char *path, size_t most, size_t *size, error *e);

/* One of which nothing is stated. */
map_survey map_survey_unknown(void);
/* What is not stated is taken from `other`. */
void map_survey_fill(map_survey *s, const map_survey *other);

/* Height of a node or thing as it counts: its own, or its file's default; NAN: neither is stated. */
double map_node_height_m(const map_data *m, const map_node *n);
double map_thing_height_m(const map_data *m, const map_thing *t);

/* A date, YYYY-MM-DD (also YYYY-MM and YYYY: their first day), as days since 1970-01-01; false: it is none.
 */
bool map_parse_day(const char *text, int32_t *day);
/* A finite number inside the limits, the whole text; false: it is none. */
bool map_parse_number(const char *text, double least, double most, double *out);

/* "sign", "light", ...: the words of map_class; false: it is none of them. */
bool map_class_find(const char *word, map_class *out);
const char *map_class_word(map_class c);

#ifdef __cplusplus
}
#endif
#endif
