/*
 * The bytes of a compiled map, out of its file.
 */
#ifndef POSED_MAP_PMAP_FILE_H
#define POSED_MAP_PMAP_FILE_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Maps the file into memory, or reads a copy of it where `copy`; read only either way, to be given back by
 * munmap. NULL with `e` set: it cannot be read, or is too short to be a compiled map. */
void *pmap_file_in(const char *path, bool copy, size_t *size, error *e);

/* Is the file `size` bytes long, the first of them those of `head`? */
bool pmap_file_begins(const char *path, const void *head, size_t head_size, size_t size);

#ifdef __cplusplus
}
#endif
#endif
