/*
 * The map that `posed map` is about: a compiled one, or sources compiled on the spot.
 */
#ifndef POSED_DAEMON_MAP_MAP_SUBJECT_H
#define POSED_DAEMON_MAP_MAP_SUBJECT_H

#include "daemon/map/map_options.h"
#include "map/map_data.h"
#include "map/pmap.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const map_options *options;
    map_data sources; /* empty when it came compiled */
    map_problems problems;
    void *bytes; /* compiled from the sources */
    size_t size;
    pmap *map;
    bool height_assumed; /* none was stated: 0 m */
} map_subject;

/* A zeroed subject is empty; to be finished whatever happens. */
void map_subject_finish(map_subject *s);

/* Reads sources, all of them; problems are sorted. False with `e` set: nothing can be read. */
bool map_subject_read(map_subject *s, const map_options *o, error *e);
/* Compiles what was read into `bytes` and `map`. Where no height is stated, 0 m is assumed if
 * `assume_height`, else it is an error. */
bool map_subject_compile(map_subject *s, bool assume_height, error *e);
/* Reads and compiles, or opens the compiled map. */
bool map_subject_open(map_subject *s, const map_options *o, bool assume_height, error *e);

/* One line a problem of the sources from that severity on: FILE:LINE: severity: element id: text [code]. */
void map_subject_print_problems(const map_subject *s, const map_problems *p, map_severity least, FILE *out);

/* Text or one JSON object. False: no memory. */
bool map_print_check(const map_subject *s, FILE *out);
bool map_print_info(const map_subject *s, FILE *out);
bool map_print_near(const map_subject *s, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
