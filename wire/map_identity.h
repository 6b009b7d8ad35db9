/*
 * Which map poses rest on, as a status and a recording name it: metadata record "map".
 */
#ifndef POSED_WIRE_MAP_IDENTITY_H
#define POSED_WIRE_MAP_IDENTITY_H

#include "wire/mcap_record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MAP_IDENTITY_FILE_SIZE = 64 };

typedef struct {
    char file[MAP_IDENTITY_FILE_SIZE]; /* its name without directories, UTF-8; "": there is no map */
    uint32_t checksum;                 /* CRC-32C of what is in it */
    uint32_t marks, lines, lanes;      /* how many it has */
    int32_t first_day, last_day;       /* of its survey, days since 1970-01-01; INT32_MIN: not known */
} map_identity;

/* No map. */
void map_identity_clear(map_identity *map);

/* The same elements? A file may have been given another name. */
bool map_identity_same(const map_identity *a, const map_identity *b);

/* Hands the metadata record that names the map to `write`, and returns what that returns. */
typedef bool map_identity_writer(void *context, const char *name, const char *const (*pairs)[2],
                                 size_t count);
bool map_identity_write(const map_identity *map, map_identity_writer *write, void *context);

/* The maps that the metadata records of an MCAP file name, in their order, each change once; at most `room`
 * are stored; returns how many there are. Of a file that is damaged, those before the damage. */
size_t map_identity_find(mcap_text file, map_identity *out, size_t room);

#ifdef __cplusplus
}
#endif
#endif
