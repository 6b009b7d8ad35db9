/*
 * MCAP files to test with: a small one by the writer, and pieces put together by hand.
 */
#ifndef POSED_TESTS_WIRE_MCAP_SAMPLE_H
#define POSED_TESTS_WIRE_MCAP_SAMPLE_H

#include "wire/mcap_buffer.h"
#include "wire/mcap_reader.h"
#include "wire/mcap_writer.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SAMPLE_CHUNKS = 3,
    SAMPLE_CHUNK_MESSAGES = 5,
    SAMPLE_MESSAGES = SAMPLE_CHUNKS * SAMPLE_CHUNK_MESSAGES
};

/* Message `i` of the sample: its sequence is i, its data begins with i and has sample_message_size(i) bytes.
 * Even ones are on the channel with a schema. */
size_t sample_message_size(uint32_t i);
void sample_message_data(uint32_t i, uint8_t data[64]);
bool sample_message_right(const mcap_message *m);

/* Writes the sample: two channels, SAMPLE_CHUNKS chunks, the attachment "config.yaml" ("a: 1\n") after the
 * first, metadata "origin" (from: test, more: "") after the second. */
void sample_write(const char *path, mcap_compression compression);

/* The sample's bytes; finish the buffer. */
mcap_buffer sample_bytes(mcap_compression compression);

/* Where a test may write a file of that name; `sample_remove` removes it. */
typedef struct {
    char text[256];
} sample_path;
sample_path sample_path_of(const char *name);
void sample_remove(const char *name);
mcap_buffer sample_load(const char *path);

/* By hand: magic and header; a definition, a message; DataEnd, an empty summary, Footer and magic, without
 * CRCs. */
void sample_put_start(mcap_buffer *b);
void sample_put_schema(mcap_buffer *b, uint16_t id, const char *name);
void sample_put_channel(mcap_buffer *b, uint16_t id, uint16_t schema_id, const char *topic);
void sample_put_message(mcap_buffer *b, uint16_t channel_id, uint32_t sequence, const char *data);
void sample_put_chunk(mcap_buffer *b, const char *compression, uint64_t uncompressed_size, uint32_t crc,
                      const void *records, size_t size);
void sample_put_end(mcap_buffer *b);

/* What a reader makes of bytes: opened or not, how many messages, the damage. */
typedef struct {
    bool opened;
    size_t messages, records;
    size_t damage_count;
    char damage[512];
} sample_outcome;

/* Reads a copy on the heap, so that a byte too far is found by the tools. All records are read too. With
 * `right`, each message in a chunk must be one of the sample's (outside, only the CRC of the whole data
 * section tells). */
sample_outcome sample_read(const uint8_t *data, size_t size, bool right);

#ifdef __cplusplus
}
#endif
#endif
