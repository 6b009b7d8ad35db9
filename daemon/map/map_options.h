/*
 * The command line of `posed map`.
 */
#ifndef POSED_DAEMON_MAP_MAP_OPTIONS_H
#define POSED_DAEMON_MAP_MAP_OPTIONS_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { MAP_VERB_CHECK, MAP_VERB_BUILD, MAP_VERB_INFO, MAP_VERB_NEAR, MAP_VERB_COUNT } map_verb;

/* Texts belong to the command line. */
typedef struct {
    map_verb verb;
    char **files; /* at least one */
    size_t file_count;
    const char *output; /* of build */
    double latitude_deg, longitude_deg, radius_m;
    double height_m;                 /* NAN: not given */
    double sigma_m, section_sigma_m; /* of what does not state them */
    bool json, notes, force;
} map_options;

/* Arguments that are not options are moved to the front of `argv`. False with `e` set when the command line
 * is wrong. */
bool map_options_parse(int argc, char **argv, map_options *o, error *e);

/* "check", "build", "info", "near". */
const char *map_verb_word(map_verb verb);

#ifdef __cplusplus
}
#endif
#endif
