/*
 * A file mapped into memory for reading.
 */
#ifndef POSED_WIRE_MCAP_FILE_H
#define POSED_WIRE_MCAP_FILE_H

#include "common/error.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Maps a regular, non-empty file. NULL with `e` set (naming the file) for all else. Undo with
 * mcap_file_unmap. */
const void *mcap_file_map(const char *path, size_t *size, error *e);
void mcap_file_unmap(const void *data, size_t size);

#ifdef __cplusplus
}
#endif
#endif
