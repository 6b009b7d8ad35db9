/*
 * What the suites of map/ share: maps out of texts.
 */
#ifndef POSED_TESTS_MAP_RIG_H
#define POSED_TESTS_MAP_RIG_H

#include "map/lanes.h"
#include "map/map_data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A document from elements: <osm>...</osm> around them, on line 1. */
#define OSM(elements) "<osm version='0.6'>" elements "</osm>"

/* Two lanelets, 101 and 102, one after the other, 3.5 m wide, each 20 m long, going north from 49 N 8 E;
 * bounds 11 and 12 (left), 21 and 22 (right). Line 1. */
extern const char rig_two_lanes[];

typedef struct {
    map_data m;
    map_problems p;
    error e;
} rig;

/* Reads a Lanelet2 document; true when it could be read. */
bool rig_read(rig *r, const char *text);
void rig_finish(rig *r);

/* The number of problems of a code. */
size_t rig_count(const rig *r, const char *code);
/* Prints all of them, for a test that fails. */
void rig_print(const rig *r);

/* A map of `rows` by `columns` of signs and short lanes, 100 m apart: 5 elements (sign, two lines, lane,
 * pole) each. The same each time. False: no memory. */
bool rig_grid(map_data *m, uint32_t rows, uint32_t columns);

#ifdef __cplusplus
}
#endif
#endif
