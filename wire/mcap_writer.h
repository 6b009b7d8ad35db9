/*
 * MCAP (https://mcap.dev/spec): a writer. Chunks, zstd, CRC32, message and chunk index, summary, statistics,
 * attachments, metadata. It knows nothing of posed's messages.
 *
 * The first failure is kept: from then on every call returns failure at once, and mcap_writer_close gives the
 * text. A writer belongs to one thread. Its buffers grow to the size of a chunk and are used again: in steady
 * state a message allocates nothing.
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

/* Creates (truncates) the file and writes the header. `profile` and `library` go into it. NULL on failure,
 * with `e` set (naming the file). */
mcap_writer *mcap_writer_open(const char *path, const char *profile, const char *library,
                              mcap_compression compression, error *e);

/* From the next message on, ends a chunk before it would hold more than `size` bytes uncompressed (default 1
 * MiB). Smaller loses less in a crash and compresses worse. A message that is larger has a chunk of its own.
 */
void mcap_writer_set_chunk_size(mcap_writer *w, size_t size);

/* Ids start at 1; 0 on failure. Data is copied. Every call makes a new schema or channel, also for the same
 * name. `schema_id` 0: the channel has no schema. */
uint16_t mcap_writer_add_schema(mcap_writer *w, const char *name, const char *encoding, const void *data,
                                size_t size);
uint16_t mcap_writer_add_channel(mcap_writer *w, uint16_t schema_id, const char *topic,
                                 const char *message_encoding);

/* Each returns false on failure; the first error is kept and given by mcap_writer_close. A message goes into
 * the current chunk, an attachment or metadata record into the file at once, before that chunk. Messages may
 * come in any order of time. `pairs` are keys and values. */
bool mcap_writer_message(mcap_writer *w, uint16_t channel_id, uint32_t sequence, uint64_t log_time_ns,
                         uint64_t publish_time_ns, const void *data, size_t size);
bool mcap_writer_attachment(mcap_writer *w, const char *name, const char *media_type, uint64_t log_time_ns,
                            const void *data, size_t size);
bool mcap_writer_metadata(mcap_writer *w, const char *name, const char *const (*pairs)[2], size_t count);

/* Ends the current chunk and brings everything written so far to the disk (fsync): what came before it
 * survives a crash of the process and of the machine. */
bool mcap_writer_flush(mcap_writer *w);

/* The same, and leaves a whole file behind, with summary and footer, over which the next chunk is written: a
 * process that dies, or a disk that fills up, then costs what came after, and every reader opens the file. To
 * be called before a chunk is full (mcap_writer_pending): that, and an attachment, is written at once and
 * takes the end's place until the next call. When the summary has grown to more than 2 MiB (some 6000
 * chunks), or the file is a pipe, it is as mcap_writer_flush. */
bool mcap_writer_checkpoint(mcap_writer *w);

/* Bytes in the file and of the current chunk, not compressed yet. */
uint64_t mcap_writer_size(const mcap_writer *w);
/* Of the current chunk alone: what a crash of the process would lose. */
size_t mcap_writer_pending(const mcap_writer *w);
/* Whether anything has failed since it was opened. */
bool mcap_writer_failed(const mcap_writer *w);

/* Writes the summary and footer, closes, frees. False when anything failed since open, with `e` set; the file
 * is then left as far as it came, or as the last checkpoint left it. Does not sync: call mcap_writer_flush
 * before, or sync the file after, if it must last. */
bool mcap_writer_close(mcap_writer *w, error *e);

#ifdef __cplusplus
}
#endif
#endif
