/*
 * What the live program needs besides the filter's settings: the map, endpoints, keys, peers, adapters,
 * saved state. Sections `map:`, `bus:`, `peers:`, `adapters:` and `service:` of the same YAML file. Plain
 * structs; the rows of config/run_*.def are the only definition of the numbers.
 */
#ifndef POSED_CONFIG_RUN_SETTINGS_H
#define POSED_CONFIG_RUN_SETTINGS_H

#include "fusion/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    RUN_MAX_ENDPOINTS = 8,
    RUN_ENDPOINT_SIZE = 128,
    RUN_PATH_SIZE = 256,
    RUN_KEY_SIZE = 41, /* 32 bytes in Z85, with its NUL */
    RUN_MAX_PEERS = 64,
    RUN_PEER_NAME_SIZE = 32,
    RUN_PEER_MAX_SOURCES = 16,
    RUN_MAX_OPTIONS = 32,
    RUN_OPTION_KEY_SIZE = 32,
    RUN_OPTION_VALUE_SIZE = 256,
    RUN_KIND_SIZE = 16,
};

typedef struct {
    size_t count;
    char at[RUN_MAX_ENDPOINTS][RUN_ENDPOINT_SIZE]; /* "ipc:///run/posed/frames", "tcp://192.0.2.1:5600" */
} endpoint_list;

#define NUM(name, unit, min, max, value, meaning) double name;
#define FLAG(name, value, meaning) bool name;

/* `bus:` */
typedef struct {
    endpoint_list frames;           /* where posed run listens for frames, and adapters send them */
    endpoint_list poses;            /* where posed run publishes, and subscribers listen */
    char secret_key[RUN_PATH_SIZE]; /* CURVE key of this side: a file, or "credential:NAME"; "" none */
    char server_key[RUN_KEY_SIZE];  /* public key of the posed run to connect to, Z85; "" none */
#include "config/run_bus.def"
} bus_settings;

/* `service:` */
typedef struct {
    char state_file[RUN_PATH_SIZE]; /* where the state is kept for a warm start; "" nowhere */
#include "config/run_service.def"
} service_settings;

#undef NUM
#undef FLAG

/* `map:` */
typedef struct {
    char file[RUN_PATH_SIZE];      /* a compiled map (map/pmap.h); "" none */
    char stands_in[RUN_PATH_SIZE]; /* the file that names it, for messages */
    size_t line, column; /* of its name there; 0: it comes from the command line, or there is none */
} map_settings;

/* One of `peers:`, by name: a key and what it may do. */
typedef struct {
    char name[RUN_PEER_NAME_SIZE];
    char public_key[RUN_KEY_SIZE]; /* Z85 */
    bool subscribe;                /* may read what is published */
    size_t source_count;
    char sources[RUN_PEER_MAX_SOURCES][FRAME_SOURCE_NAME_SIZE]; /* "radar/front": it may publish as these */
} peer_settings;

/* One key of an adapter's block; the adapter's own table says what it means (sensors/adapter.h). */
typedef struct {
    char key[RUN_OPTION_KEY_SIZE];
    char value[RUN_OPTION_VALUE_SIZE];
    size_t line, column; /* in the file; 0: from the command line */
} adapter_setting;

/* One of `adapters:`, by the name of the source that it speaks as, "radar/front"; one that relays many is
 * named after its kind, "replay/town". A later layer replaces the whole of it. */
typedef struct {
    char source[FRAME_SOURCE_NAME_SIZE];
    char kind[RUN_KIND_SIZE]; /* "gnss", ... ; a key of its own, required */
    bool in_daemon;           /* posed run hosts it as a thread; otherwise it is a process of its own */
    char file[RUN_PATH_SIZE]; /* that it stands in, for messages and for what is relative to it */
    size_t line, column;      /* of its name in that file */
    size_t option_count;
    adapter_setting options[RUN_MAX_OPTIONS];
} adapter_settings;

typedef struct {
    map_settings map;
    bus_settings bus;
    service_settings service;
    size_t peer_count;
    peer_settings peers[RUN_MAX_PEERS];
    size_t adapter_count;
    adapter_settings adapters[SETTINGS_MAX_SOURCES]; /* the last and largest by far: behind those that there
                                                        are nothing is read or written */
} run_settings;

/* Fills in every default; no map, no peers, no adapters. */
void run_settings_default(run_settings *r);

/* All that `from` says; adapters, as many as there are. */
void run_settings_copy(run_settings *to, const run_settings *from);

/* Of the endpoints at which posed run listens, the one for a program on the same machine: a local socket,
 * which needs no key, before others. NULL when there is none. */
const char *endpoint_list_nearest(const endpoint_list *list);

/* The adapter that speaks as `source`, NULL when there is none. */
const adapter_settings *run_settings_adapter(const run_settings *r, const char *source);

#ifdef __cplusplus
}
#endif
#endif
