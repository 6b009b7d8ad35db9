/*
 * The command line of `posed record`.
 */
#ifndef POSED_DAEMON_RECORD_RECORD_OPTIONS_H
#define POSED_DAEMON_RECORD_RECORD_OPTIONS_H

#include "common/error.h"
#include "config/run_settings.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { RECORD_MAX_TOPICS = 16 };

typedef struct {
    const char *output;     /* -o; NULL: a prefix is given */
    const char *prefix;     /* --prefix; NULL: a file is given */
    const char *config;     /* -c; NULL: none */
    const char *key;        /* --key; NULL: the configuration's */
    const char *server_key; /* --server-key, Z85 or a file; NULL: the configuration's */
    size_t endpoint_count;  /* --endpoint; 0: the configuration's, or the default */
    const char *endpoints[RUN_MAX_ENDPOINTS];
    bool listen;        /* --listen */
    size_t topic_count; /* --topic; at least one */
    const char *topics[RECORD_MAX_TOPICS];
    double max_s;   /* --max-s; 0: no limit */
    double max_mib; /* --max-mib; 0: no limit */
    double for_s;   /* --for; 0: until told to stop */
    bool quiet;     /* -q */
} record_options;

/* False with `e` set when the command line is wrong. */
bool record_options_parse(int argc, char **argv, record_options *o, error *e);

/* Where to listen, with which keys, and what the configuration says beyond. */
typedef struct {
    endpoint_list endpoints;
    char secret_key[RUN_PATH_SIZE]; /* "" none */
    char server_key[RUN_KEY_SIZE];  /* "" none */
    char *config;                   /* the filter's settings as YAML, to be freed; NULL: no configuration */
} record_target;

/* Lays the command line over the configuration over the defaults. False with `e` set; every problem of a
 * configuration is printed to standard error then. */
bool record_target_find(record_target *t, const record_options *o, error *e);

#ifdef __cplusplus
}
#endif
#endif
