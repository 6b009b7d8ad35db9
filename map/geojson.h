/*
 * Landmarks in GeoJSON (RFC 7946): Points with the properties that docs/MAPS.md lists.
 */
#ifndef POSED_MAP_GEOJSON_H
#define POSED_MAP_GEOJSON_H

#include "map/map_data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds the landmarks of a file. False with `e` set when it cannot be read at all, is no FeatureCollection, or
 * states a datum other than WGS84; the map is then only good to be finished. Problems of single features go
 * to `p`, with the number of the feature, from 1. */
bool geojson_read(map_data *m, const char *path, map_problems *p, error *e);

/* The same for a document in memory; `name` stands for the file. */
bool geojson_parse(map_data *m, const char *name, const char *text, size_t size, map_problems *p, error *e);

#ifdef __cplusplus
}
#endif
#endif
