/*
 * The command line of `posed adapter`: what is the host's, and what is left for the adapter's own table.
 */
#ifndef POSED_DAEMON_ADAPTER_OPTIONS_H
#define POSED_DAEMON_ADAPTER_OPTIONS_H

#include "common/error.h"
#include "config/run_settings.h"
#include "sensors/adapter.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const adapter_kind *kind;
    char source[FRAME_SOURCE_NAME_SIZE]; /* "" where it relays many */
    const char *config;                  /* -c; NULL: none */
    const char *instance;                /* --instance; NULL: none */
    const char *output;                  /* -o; NULL: the bus */
    const char *key, *server_key;        /* NULL: the configuration's */
    size_t endpoint_count;               /* 0: the configuration's */
    const char *endpoints[RUN_MAX_ENDPOINTS];
    /* The adapter's options: those of the configuration, then those of the command line. */
    char file[RUN_PATH_SIZE]; /* that the former stand in; "" none */
    size_t line, column;
    size_t option_count;
    adapter_setting options[2 * RUN_MAX_OPTIONS];
} adapter_options;

/* The kind of that name; NULL, and `e` says which may have been meant. */
const adapter_kind *adapter_options_kind(const char *name, error *e);

/* Reads the command line; the configuration, where it is needed to know the adapter, into `s` and `r`, which
 * get the defaults otherwise. False with `e` set; `usage` says whether the command line is to blame. */
bool adapter_options_read(int argc, char **argv, adapter_options *o, settings *s, run_settings *r,
                          bool *usage, error *e);

#ifdef __cplusplus
}
#endif
#endif
