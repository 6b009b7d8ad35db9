/*
 * What the lanelet2*.c files share: a file between reading and resolving its references.
 */
#ifndef POSED_MAP_LANELET2_PRIVATE_H
#define POSED_MAP_LANELET2_PRIVATE_H

#include "map/map_data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What refers to other elements, which may come later in the file. */
typedef struct {
    int64_t id;
    uint32_t place, index;
} id_entry;

typedef struct {
    int64_t left, right, centre;
    bool has_left, has_right, has_centre;
    map_lanelet l;
    size_t first_rule, rule_count; /* into rules */
} raw_lanelet;

/* A regulatory element; what it says is only kept of speed limits. */
typedef struct {
    int64_t id, sign;
    uint32_t place;
    bool has_sign;
    float speed_mps; /* NAN: it does not say itself */
} regulation;

typedef struct {
    uint32_t way, node; /* one of them MAP_NONE */
    double up_m;        /* from the line to the middle */
    map_thing t;
} raw_thing;

typedef struct {
    map_data *m;
    map_problems *problems;
    error *e;
    uint32_t file;
    size_t first_node, first_way, first_lanelet, first_thing;
    int64_t *refs; /* ids of nodes, of the ways of this file */
    raw_lanelet *lanelets;
    int64_t *rules; /* ids of regulatory elements, of the lanelets */
    regulation *regulations;
    raw_thing *things;
    id_entry *node_ids, *way_ids;
    size_t ref_count, lanelet_count, rule_count, regulation_count, thing_count;
    size_t ref_room, lanelet_room, rule_room, regulation_room, thing_room;
    double geoid_m;
    bool bad_datum, about_read; /* a relation about the file has come */
} lanelet2_builder;

/* Makes indices of the ids, and elements of what has been collected. False: no memory. */
bool lanelet2_resolve(lanelet2_builder *b);

#ifdef __cplusplus
}
#endif
#endif
