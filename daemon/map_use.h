/*
 * The map that a core is created on: opened where the configuration or the command line names one.
 */
#ifndef POSED_DAEMON_MAP_USE_H
#define POSED_DAEMON_MAP_USE_H

#include "config/run_settings.h"
#include "map/pmap.h"
#include "wire/drive_source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The file of --map takes the place of the configuration's. NULL: it stays. False with `e` set: too long. */
bool map_use_override(map_settings *m, const char *file, error *e);

/* Opens the map and checks it all, the CRC of its body included. With `copy`, of a copy in memory, so that it
 * does not matter what becomes of the file. NULL: none is named, or it cannot be used; then `e` says why,
 * after the place that names it, FILE:LINE:COLUMN. */
pmap *map_use_open(const map_settings *m, bool copy, error *e);

/* What the status and a recording say of it; NULL: no map. */
void map_use_identify(const map_settings *m, const pmap *p, map_identity *out);

/* The maps that a drive was recorded on, the first `room` of them; returns how many are stored. Their names
 * are fit for a terminal. */
size_t map_use_recorded(const drive_source *d, map_identity *out, size_t room);

/* Says on standard error, for that command, when the drive was recorded on another map than `ours`: its poses
 * cannot be had again without it. */
void map_use_warn(const char *command, const char *drive, const map_identity *recorded, size_t count,
                  const map_identity *ours);

enum { MAP_USE_TEXT_SIZE = MAP_IDENTITY_FILE_SIZE + 64 };
/* "town.pmap (checksum 0123abcd)", or "no map". */
const char *map_use_name(const map_identity *map, char out[MAP_USE_TEXT_SIZE]);

#ifdef __cplusplus
}
#endif
#endif
