/*
 * The inside of mcap_writer, for its own files only: mcap_writer.c takes records, mcap_writer_chunk.c writes
 * chunks, mcap_writer_summary.c the end of the file, mcap_writer_checkpoint.c that end before its time.
 */
#ifndef POSED_WIRE_MCAP_WRITER_PRIVATE_H
#define POSED_WIRE_MCAP_WRITER_PRIVATE_H

#include "wire/mcap_buffer.h"
#include "wire/mcap_pack.h"
#include "wire/mcap_sink.h"
#include "wire/mcap_writer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Earliest and latest log time; both 0 while there is none. */
typedef struct {
    uint64_t count, first_ns, last_ns;
} mcap_span;

typedef struct {
    uint64_t messages; /* in the whole file */
    mcap_buffer index; /* (log time, offset) of those in the current chunk, as a MessageIndex has them */
} mcap_writer_channel;

struct mcap_writer {
    mcap_sink sink;
    mcap_packer packer;
    error failure; /* the first one */
    size_t chunk_size;

    mcap_buffer chunk;          /* records of the current chunk */
    mcap_span chunk_span, span; /* of the messages in the chunk, in the file */
    mcap_buffer scratch;        /* one record or a few, on their way to the file */

    mcap_writer_channel *channels; /* by id - 1 */
    size_t channel_capacity;
    uint16_t schema_count, channel_count;
    uint32_t attachment_count, metadata_count, chunk_count;

    /* Groups of the summary, as they will stand there. */
    mcap_buffer schemas, channel_records, chunk_indexes, attachment_indexes, metadata_indexes;

    mcap_buffer ending; /* what stands in the file from `ending_at` on, since the last checkpoint */
    uint64_t ending_at;
};

/* Keeps the error for good. Always false. */
__attribute__((format(printf, 2, 3))) bool mcap_writer_fail(mcap_writer *w, const char *format, ...);

/* Writes what is in `b`; fails when that has. */
bool mcap_writer_put(mcap_writer *w, const mcap_buffer *b);
/* The same, and clears it. */
bool mcap_writer_emit(mcap_writer *w, mcap_buffer *b);

/* Writes the current chunk, if there is anything in it, with its message indexes. */
bool mcap_writer_end_chunk(mcap_writer *w);

/* Writes DataEnd, summary, footer and magic. */
bool mcap_writer_end_file(mcap_writer *w);

/* The last chunk and the end of the file, for good. */
bool mcap_writer_end(mcap_writer *w);

/* Counts one more message. */
void mcap_span_add(mcap_span *s, uint64_t log_time_ns);

#ifdef __cplusplus
}
#endif
#endif
