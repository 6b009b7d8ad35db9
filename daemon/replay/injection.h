/*
 * Faults that are injected into a drive: files on a command line, what they do, in words.
 */
#ifndef POSED_DAEMON_REPLAY_INJECTION_H
#define POSED_DAEMON_REPLAY_INJECTION_H

#include "common/error.h"
#include "inject/inject.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { INJECTION_MAX_FILES = 16 };

/* Reads the files as one plan. Problems are printed to stderr, all of them; NULL then, with `e` set. */
inject_plan *injection_load(const char *const *paths, size_t count, error *e);

/* Prepares the settings (inject_apply_settings); `map` NULL: none is driven on. Problems as above. */
bool injection_apply(const inject_plan *p, settings *s, const map_view *map, uint64_t seed, error *e);

/* "gnss_jump: offset of gnss, 30 to 50 s", one line without its end. */
void injection_print(FILE *out, const inject_plan *p);

#ifdef __cplusplus
}
#endif
#endif
