/*
 * MCAP (https://mcap.dev/spec): a writer. Chunks, zstd, CRC32, message and chunk index, summary, statistics,
 * attachments, metadata. It knows nothing of posed's messages.
 */
#ifndef POSED_WIRE_MCAP_WRITER_H
#define POSED_WIRE_MCAP_WRITER_H

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { MCAP_COMPRESSION_NONE, MCAP_COMPRESSION_ZSTD, MCAP_COMPRESSION_LZ4 } mcap_compression;

typedef struct mcap_writer mcap_writer;

/* Creates (truncates) the file. NULL on failure, with `e` set. */
mcap_writer *mcap_writer_open(const char *path, const char *profile, const char *library,
                              mcap_compression compression, error *e);

/* Ids start at 1; 0 on failure. Data is copied. */
uint16_t mcap_writer_add_schema(mcap_writer *w, const char *name, const char *encoding, const void *data,
                                size_t size);
uint16_t mcap_writer_add_channel(mcap_writer *w, uint16_t schema_id, const char *topic,
                                 const char *message_encoding);

/* Each returns false on failure; the first error is kept and given by mcap_writer_close. */
bool mcap_writer_message(mcap_writer *w, uint16_t channel_id, uint32_t sequence, uint64_t log_time_ns,
                         uint64_t publish_time_ns, const void *data, size_t size);
bool mcap_writer_attachment(mcap_writer *w, const char *name, const char *media_type, uint64_t log_time_ns,
                            const void *data, size_t size);
bool mcap_writer_metadata(mcap_writer *w, const char *name, const char *const (*pairs)[2], size_t count);

/* Ends the current chunk and brings everything written so far to the disk (fsync). */
bool mcap_writer_flush(mcap_writer *w);

/* Writes the summary and footer, closes, frees. False when anything failed since open, with `e` set. */
bool mcap_writer_close(mcap_writer *w, error *e);

#ifdef __cplusplus
}
#endif
#endif
