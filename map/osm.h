/*
 * OSM XML as elements, through expat: nodes, ways and relations with their tags and members, whatever they
 * mean. A document type, and with it every entity, is refused; so is what is nested or larger than a map may
 * be. Deleted elements (visible='false', action='delete') are left out.
 */
#ifndef POSED_MAP_OSM_H
#define POSED_MAP_OSM_H

#include "common/error.h"
#include "map/problem.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { OSM_NODE, OSM_WAY, OSM_RELATION, OSM_KIND_COUNT } osm_kind;

typedef struct {
    const char *key, *value;
} osm_tag;

typedef struct {
    osm_kind kind;
    int64_t ref;
    const char *role; /* "" of a way's nodes */
} osm_member;

/* Everything is valid during the call that hands it out. */
typedef struct {
    osm_kind kind;
    int64_t id;
    uint32_t line;
    double latitude_deg, longitude_deg; /* of a node, in range */
    const osm_tag *tags;
    const osm_member *members; /* of a way its nodes, of a relation its members */
    size_t tag_count, member_count;
} osm_element;

/* False: no memory. */
typedef bool osm_take(void *context, const osm_element *e);

/* The value of a tag; NULL: there is none. */
const char *osm_tag_value(const osm_element *e, const char *key);

/* "node", "way", "relation". */
const char *osm_kind_word(osm_kind kind);

/* Reads a document in memory. `name` and `file` stand for the file in messages and problems. False with `e`
 * set when it is not well-formed or beyond a limit; elements before that place have been handed out. Elements
 * with bad numbers are left out and added to `p`. */
bool osm_parse(const char *name, uint32_t file, const char *text, size_t size, osm_take *take, void *context,
               map_problems *p, error *e);

#ifdef __cplusplus
}
#endif
#endif
