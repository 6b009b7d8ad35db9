/*
 * One file that `posed record` writes: messages as they came, in the order in which they came, and at every
 * record_file_sync a whole MCAP file on the disk.
 */
#ifndef POSED_DAEMON_RECORD_RECORD_FILE_H
#define POSED_DAEMON_RECORD_RECORD_FILE_H

#include "common/error.h"
#include "wire/message_head.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct record_file record_file;

/* Creates it and brings it to the disk. `config` (NULL: none) becomes the attachment "config.yaml"; `pairs`
 * the metadata record "recording". A file that is there and not empty is never written over. NULL with `e`
 * set on failure; a file that was created for it is gone then. */
record_file *record_file_open(const char *path, const char *config, const char *const (*pairs)[2],
                              size_t pair_count, error *e);

/* A channel for a topic; 0: it has failed. To be asked for once per topic. */
uint16_t record_file_add_channel(record_file *f, const char *topic, const char *message);

/* False when the file has failed, now or before. */
bool record_file_add(record_file *f, uint16_t channel, uint32_t sequence, int64_t log_time_ns,
                     int64_t publish_time_ns, const void *data, size_t size);

/* Names the map that the poses rest on from here on (wire/map_identity.h). When that fails, what is added
 * next fails as well. */
void record_file_name_map(record_file *f, const map_identity *map);

/* Brings all to the disk. False when the file has failed: it then is as the last good call left it. */
bool record_file_sync(record_file *f);

/* Bytes that are not on the disk yet, uncompressed. */
size_t record_file_pending(const record_file *f);

typedef struct {
    uint64_t messages;        /* that were added */
    uint64_t synced_messages; /* of these on the disk */
    uint64_t bytes;           /* on the disk, and pending ones uncompressed */
} record_file_counts;
record_file_counts record_file_get_counts(const record_file *f);

const char *record_file_path(const record_file *f);

/* Ends it, brings it to the disk and frees it. False with `e` set when it has failed. */
bool record_file_close(record_file *f, error *e);

#ifdef __cplusplus
}
#endif
#endif
