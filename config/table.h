/*
 * The table of everything that can be set, made of the rows of fusion/settings_*.def and config/run_*.def.
 * The loader, the printer and the reference page walk it; none of them knows a setting by name.
 */
#ifndef POSED_CONFIG_TABLE_H
#define POSED_CONFIG_TABLE_H

#include "config/run_settings.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    CONFIG_NUMBER, /* double */
    CONFIG_FLAG,   /* bool */
    CONFIG_ID,     /* uint64_t, not 0 */
    CONFIG_TEXT,   /* a row for the reader only: text, or a list of texts, which a part of the loader reads */
} config_type;

typedef struct {
    const char *name;
    config_type type;
    size_t offset;    /* into the struct that the group describes */
    const char *unit; /* as in the .def files; "1": a plain number; "": a flag; of a text: what it is */
    double min, max;  /* of a number */
    const char *meaning;
} config_key;

typedef struct {
    const config_key *keys;
    size_t count;
} config_group;

enum { CONFIG_GROUP_MAX = 64 };

extern const config_group config_filter;                     /* of filter_settings */
extern const config_group config_output;                     /* of output_settings */
extern const config_group config_integrity;                  /* of integrity_settings */
extern const config_group config_alert;                      /* of alert_limits */
extern const config_group config_mount;                      /* of mount_settings */
extern const config_group config_landmark;                   /* of landmark_settings */
extern const config_group config_source;                     /* of source_settings: what every source has */
extern const config_group config_of_kind[SOURCE_KIND_COUNT]; /* of source_settings: what its kind has */
extern const config_group config_bus;                        /* of bus_settings */
extern const config_group config_service;                    /* of service_settings */
extern const config_group config_peer;                       /* of peer_settings */
extern const config_group config_adapter;                    /* of adapter_settings */

/* Rows of CONFIG_TEXT: what the sections of the live program have besides. */
extern const config_group config_map_words;
extern const config_group config_bus_words;
extern const config_group config_service_words;
extern const config_group config_peer_words;
extern const config_group config_adapter_words;

extern const char *const config_road_words[ROAD_CLASS_COUNT];

/* Settings of one group where the first must be smaller than the second. */
typedef struct {
    const char *section; /* "filter" */
    const config_group *group;
    size_t offset; /* of the group's struct in settings */
    const char *smaller, *larger;
} config_order;

extern const config_order config_orders[];
extern const size_t config_order_count;

/* NULL when the group does not have it. */
const config_key *config_key_find(const config_group *g, const char *name);

/* Where a number lives in the struct that its group describes. */
static inline double *config_number(const config_key *k, void *target)
{
    return (double *)(void *)((char *)target + k->offset);
}

static inline double config_get(const config_key *k, const void *from)
{
    return *(const double *)(const void *)((const char *)from + k->offset);
}

#ifdef __cplusplus
}
#endif
#endif
