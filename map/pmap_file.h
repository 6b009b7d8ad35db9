/*
 * The bytes of a compiled map, out of its file.
 */
#ifndef POSED_MAP_PMAP_FILE_H
#define POSED_MAP_PMAP_FILE_H

#include "common/error.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Maps the file into memory, or reads a copy of it where `copy`; read only either way, to be given back by
 * munmap. NULL with `e` set: it cannot be read, or is too short to be a compiled map. */
void *pmap_file_in(const char *path, bool copy, size_t *size, error *e);

#ifdef __cplusplus
}
#endif
#endif
