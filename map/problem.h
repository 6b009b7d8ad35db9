/*
 * What is wrong with a map, item by item: which element of which file, where it stands there, and what it is.
 */
#ifndef POSED_MAP_PROBLEM_H
#define POSED_MAP_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An error makes the map unfit to be built; a warning says that something is odd; a note needs no action. */
typedef enum { MAP_NOTE, MAP_WARNING, MAP_ERROR, MAP_SEVERITY_COUNT } map_severity;

/* An element of a source file. */
typedef struct {
    const char *kind; /* "node", "way", "lanelet", "relation", "landmark", "mark", "file": static text */
    int64_t id;       /* as in its file; 0 of "file" */
    uint32_t file;    /* index in the map's files */
    uint32_t place;   /* line in an OSM file, number of the feature (from 1) in a GeoJSON file; 0: unknown */
} map_place;

typedef struct {
    map_severity severity;
    const char *code; /* "missing_node": static text, stable, one word per kind of problem */
    map_place at;
    char text[192];
} map_problem;

/* Owned; zeroed is empty. Beyond MAP_PROBLEMS_KEPT problems are counted, not kept. */
enum { MAP_PROBLEMS_KEPT = 10000 };

typedef struct {
    map_problem *list;
    size_t count, capacity;
    size_t counts[MAP_SEVERITY_COUNT]; /* of all, kept or not */
} map_problems;

/* Adds one. A problem that finds no memory is only counted. Always returns false, for `return`. */
__attribute__((format(printf, 5, 6))) bool map_problem_add(map_problems *p, map_severity severity,
                                                           const char *code, map_place at, const char *format,
                                                           ...);

/* By file, place, id and code, so that the order is that of the file and not that of the checks. */
void map_problems_sort(map_problems *p);

/* Frees the list. */
void map_problems_finish(map_problems *p);

/* "note", "warning", "error". */
const char *map_severity_word(map_severity s);

#ifdef __cplusplus
}
#endif
#endif
