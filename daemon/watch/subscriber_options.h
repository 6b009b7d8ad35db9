/*
 * The command lines of `posed watch` and `posed status`: which posed to listen to, and how long.
 */
#ifndef POSED_DAEMON_WATCH_SUBSCRIBER_OPTIONS_H
#define POSED_DAEMON_WATCH_SUBSCRIBER_OPTIONS_H

#include "client/posed_client.h"
#include "common/error.h"
#include "config/run_settings.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { SUBSCRIBER_WATCH, SUBSCRIBER_STATUS } subscriber_command;

typedef struct {
    const char *config;     /* -c; NULL: none */
    const char *endpoint;   /* --endpoint; NULL: the configuration's, or the default */
    const char *key;        /* --key; NULL: the configuration's */
    const char *server_key; /* --server-key, Z85 or a file; NULL: the configuration's */
    bool json, nmea;
    unsigned kinds;   /* --topic, bits 1u << posed_kind; 0: not given */
    double timeout_s; /* --timeout */
    double for_s;     /* --for; NAN: not given */
    double every_s;   /* --every; NAN: not given */
    uint64_t count;   /* --count; 0: not given */
} subscriber_options;

/* False with `e` set when the command line is wrong. */
bool subscriber_options_parse(int argc, char **argv, subscriber_command command, subscriber_options *o,
                              error *e);

/* Where to connect to and with which keys; "" where there is none. */
typedef struct {
    char endpoint[RUN_ENDPOINT_SIZE];
    char secret_key[RUN_PATH_SIZE];
    char server_key[RUN_KEY_SIZE];
} subscriber_target;

/* Lays the command line over the configuration over the defaults. False with `e` set when the configuration
 * or a key cannot be used; every problem of a configuration is printed to standard error then. Of several
 * endpoints the first local one is taken. */
bool subscriber_target_find(subscriber_target *t, const subscriber_options *o, error *e);

/* Connects to it; NULL with `e` set. */
posed_client *subscriber_connect(const subscriber_target *t, unsigned kinds, double timeout_s, error *e);

#ifdef __cplusplus
}
#endif
#endif
