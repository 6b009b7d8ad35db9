/*
 * The command line of `posed simulate`.
 */
#ifndef POSED_DAEMON_SIMULATE_OPTIONS_H
#define POSED_DAEMON_SIMULATE_OPTIONS_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SIMULATE_MAX_WITHOUT = 16 };

/* Texts belong to the command line; NULL: not given. */
typedef struct {
    const char *scenario, *output, *inject, *map;
    uint64_t seed;
    double duration_s; /* 0: the scenario's */
    char *without[SIMULATE_MAX_WITHOUT];
    size_t without_count;
    bool print, reference, quiet;
    const char *like,
        *config; /* a recorded drive in place of a scenario, and settings over its own; NULL: none */
} simulate_options;

/* False with `e` set when the command line is wrong. Lists in `argv` are cut at their commas. */
bool simulate_options_parse(int argc, char **argv, simulate_options *o, error *e);

#ifdef __cplusplus
}
#endif
#endif
