/*
 * The settings that a replay runs with.
 */
#ifndef POSED_DAEMON_DRIVE_SETTINGS_H
#define POSED_DAEMON_DRIVE_SETTINGS_H

#include "config/run_settings.h"
#include "wire/drive_source.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Layers: defaults, the configuration that the drive brings, the file `config` (NULL: none); then the drive's
 * sources that none of them names, with their defaults. Binds the drive's channels. Problems of a
 * configuration are printed to stderr, all of them; false then, with `e` set. `s` is overwritten. */
bool drive_settings_load(settings *s, drive_source *d, const char *drive, const char *config, error *e);

/* The same with what the file `config` says to the live program, into `r`, which is overwritten: no drive
 * carries that. */
bool drive_settings_load_all(settings *s, run_settings *r, drive_source *d, const char *drive,
                             const char *config, error *e);

#ifdef __cplusplus
}
#endif
#endif
