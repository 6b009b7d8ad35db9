/*
 * The file that an MCAP writer writes to: every write is checked, counted, and goes into a CRC.
 */
#ifndef POSED_WIRE_MCAP_SINK_H
#define POSED_WIRE_MCAP_SINK_H

#include "common/error.h"
#include "wire/mcap_buffer.h"

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
    bool holding;
    mcap_buffer held; /* taken, but not written yet */
    uint64_t beyond;  /* bytes on the disk after `offset`, to be written over */
} mcap_sink;

/* A place to go back to. */
typedef struct {
    uint64_t offset;
    uint32_t crc;
} mcap_sink_mark;

/* Creates or truncates the file. False with `e` set (naming the file). */
bool mcap_sink_open(mcap_sink *s, const char *path, error *e);

/* Writes all of it or fails. */
bool mcap_sink_write(mcap_sink *s, const void *data, size_t size, error *e);

/* From now on what is written is held in memory. For files that can be written at any place: false with
 * nothing done for others (a pipe). */
bool mcap_sink_hold(mcap_sink *s);
/* Writes what is held with one call, over what stands beyond `offset`, which must not be longer. Then goes
 * on at `back`, which lies in what was held: the next write begins there. */
bool mcap_sink_release(mcap_sink *s, mcap_sink_mark back, error *e);

/* Cuts off what stands after `offset`. */
bool mcap_sink_cut(mcap_sink *s, error *e);

/* After a failed write: puts `data` where it stood, at `offset`, and ends the file there. */
bool mcap_sink_restore(mcap_sink *s, uint64_t offset, const void *data, size_t size);

/* Brings what was written to the disk. What cannot be synced (a pipe, /dev/null) is fine. */
bool mcap_sink_sync(mcap_sink *s, error *e);

/* Closes and frees. False when the system reports an error at last (NFS, quota). A sink that is not open is
 * fine. */
bool mcap_sink_close(mcap_sink *s, error *e);

#ifdef __cplusplus
}
#endif
#endif
