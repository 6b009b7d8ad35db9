/*
 * MCAP (https://mcap.dev/spec): a strict reader over a file held in memory (mapped).
 *
 * Every length and offset is checked before it is used; a damaged or truncated file yields every complete record and
 * chunk, and says what was lost.
 */
#ifndef POSED_WIRE_MCAP_READER_H
#define POSED_WIRE_MCAP_READER_H

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *data; /* not NUL-terminated */
    size_t size;
} mcap_text;

typedef struct {
    uint16_t id;
    mcap_text name, encoding, data;
} mcap_schema;

typedef struct {
    uint16_t id, schema_id;
    mcap_text topic, message_encoding;
    uint64_t messages; /* seen so far by mcap_reader_next, or counted by mcap_reader_scan */
} mcap_channel;

typedef struct {
    const mcap_channel *channel;
    const mcap_schema *schema; /* NULL: none */
    uint32_t sequence;
    uint64_t log_time_ns, publish_time_ns;
    const uint8_t *data; /* valid until the next call */
    size_t size;
} mcap_message;

typedef struct mcap_reader mcap_reader;

/* Opens and maps a file: checks the magic and reads header, summary (if there is one) and channels. NULL on failure
 * (not a file, not readable, not an MCAP), with `e` naming the file and what is wrong. */
mcap_reader *mcap_reader_open(const char *path, error *e);
/* The same over bytes of the caller's, which must outlive the reader. */
mcap_reader *mcap_reader_open_memory(const void *data, size_t size, error *e);
void mcap_reader_close(mcap_reader *r);

/* The next message in file order (chunks are decompressed one at a time; zstd, lz4 and uncompressed). False at the end
 * of what can be read; then mcap_reader_damage says whether something was lost. */
bool mcap_reader_next(mcap_reader *r, mcap_message *m);

/* Starts over. */
void mcap_reader_rewind(mcap_reader *r);

/* NULL: intact so far. Otherwise a sentence: what is damaged, at which offset, and what could not be read. */
const char *mcap_reader_damage(const mcap_reader *r);

/* All channels known so far (after mcap_reader_open: those of the summary, if there is one). */
size_t mcap_reader_channel_count(const mcap_reader *r);
const mcap_channel *mcap_reader_channel(const mcap_reader *r, size_t index);

/* An attachment by name. False: there is none (or it is damaged). The bytes live as long as the reader. */
bool mcap_reader_attachment(mcap_reader *r, const char *name, mcap_text *data);

#ifdef __cplusplus
}
#endif
#endif
