/*
 * The file that an MCAP writer writes to: every write is checked, counted, and goes into a CRC.
 */
#ifndef POSED_WIRE_MCAP_SINK_H
#define POSED_WIRE_MCAP_SINK_H

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    int fd; /* -1: not open */
    char *path;
    uint64_t offset; /* bytes written */
    uint32_t crc;    /* of all of them, or of those since the caller set it to 0 */
} mcap_sink;

/* Creates or truncates the file. False with `e` set (naming the file). */
bool mcap_sink_open(mcap_sink *s, const char *path, error *e);

/* Writes all of it or fails. */
bool mcap_sink_write(mcap_sink *s, const void *data, size_t size, error *e);

/* Brings what was written to the disk. What cannot be synced (a pipe, /dev/null) is fine. */
bool mcap_sink_sync(mcap_sink *s, error *e);

/* Closes and frees. False when the system reports an error at last (NFS, quota). A sink that is not open is
 * fine. */
bool mcap_sink_close(mcap_sink *s, error *e);

#ifdef __cplusplus
}
#endif
#endif
