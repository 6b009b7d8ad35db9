/*
 * The command line of `posed run`, and the settings that it leads to.
 */
#ifndef POSED_DAEMON_RUN_RUN_OPTIONS_H
#define POSED_DAEMON_RUN_RUN_OPTIONS_H

#include "common/error.h"
#include "config/run_settings.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *config;               /* -c; NULL: none */
    const char *as_drive;             /* --as-drive; NULL: none */
    const char *state;                /* --state; NULL: the configuration's */
    const char *map;                  /* --map; NULL: the configuration's */
    bool drive_time;                  /* --drive-time */
    size_t frames_count, poses_count; /* --frames, --poses; 0: the configuration's */
    const char *frames[RUN_MAX_ENDPOINTS], *poses[RUN_MAX_ENDPOINTS];
} run_options;

/* False with `e` set when the command line is wrong. Strings point into argv. */
bool run_options_parse(int argc, char **argv, run_options *o, error *e);

/* Defaults, what the drive of --as-drive brings, the configuration, the command line; one over the other.
 * False with `e` set, after every problem of a configuration has been printed to standard error. */
bool run_options_load(const run_options *o, settings *s, run_settings *r, error *e);

#ifdef __cplusplus
}
#endif
#endif
