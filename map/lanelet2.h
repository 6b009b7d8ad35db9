/*
 * Lanelet2 maps in OSM XML: what docs/MAPS.md says that posed reads of them.
 */
#ifndef POSED_MAP_LANELET2_H
#define POSED_MAP_LANELET2_H

#include "map/map_data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds a file to the map. False with `e` set when it cannot be read at all, is not well-formed, or states a
 * datum other than WGS84; the map is then only good to be finished. Problems of single elements go to `p`. */
bool lanelet2_read(map_data *m, const char *path, map_problems *p, error *e);

/* The same for a document in memory; `name` stands for the file. */
bool lanelet2_parse(map_data *m, const char *name, const char *text, size_t size, map_problems *p, error *e);

#ifdef __cplusplus
}
#endif
#endif
