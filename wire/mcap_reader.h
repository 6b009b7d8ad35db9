/*
 * MCAP (https://mcap.dev/spec): a strict reader over a file held in memory (mapped).
 *
 * Every length and offset is checked before it is used; a damaged or truncated file yields every complete
 * record and chunk, and says what was lost. Times are those of the recorder's clock, for posed's drives UTC
 * since 1970.
 *
 * A reader belongs to one thread. The file must not be shortened while it is open (the kernel then ends the
 * process with SIGBUS); a recorder only appends.
 */
#ifndef POSED_WIRE_MCAP_READER_H
#define POSED_WIRE_MCAP_READER_H

#include "common/error.h"
#include "wire/mcap_record.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mcap_reader mcap_reader;

/* Opens and maps a file: checks the magic and reads header, summary (if there is one) and channels. NULL on
 * failure (not a file, not readable, not an MCAP), with `e` naming the file and what is wrong. A file without
 * its end opens. */
mcap_reader *mcap_reader_open(const char *path, error *e);
/* The same over bytes of the caller's, which must outlive the reader. */
mcap_reader *mcap_reader_open_memory(const void *data, size_t size, error *e);
/* NULL is fine. */
void mcap_reader_close(mcap_reader *r);

/* The next message in file order (chunks are decompressed one at a time; zstd, lz4 and uncompressed). False
 * at the end of what can be read; then mcap_reader_damage says whether something was lost. channel is never
 * NULL; channel and schema live as long as the reader, the data until the next call. */
bool mcap_reader_next(mcap_reader *r, mcap_message *m);

/* The next record of any kind in file order: those of the data section, each chunk and then the records in
 * it, the summary, the footer. Records that are damaged, or stand where they must not, are left out (and are
 * in the damage); a chunk that cannot be read is given, but not its records. Shares its place with
 * mcap_reader_next. False at the end. The content lives until the next call. */
bool mcap_reader_next_record(mcap_reader *r, mcap_record *record);

/* Starts over: the next record is the header. Counts of messages and the damage found on the way begin anew.
 */
void mcap_reader_rewind(mcap_reader *r);

/* NULL: intact so far. Otherwise a sentence: what is damaged, at which offset, and what could not be read;
 * with more than one finding, the first and how many more there are. Lives until the next call of the reader.
 */
const char *mcap_reader_damage(const mcap_reader *r);
/* All findings; of many only the first few have a text (NULL then). */
size_t mcap_reader_damage_count(const mcap_reader *r);
const char *mcap_reader_damage_text(const mcap_reader *r, size_t index);

/* Profile and library of the file; they live as long as the reader. */
mcap_header mcap_reader_header(const mcap_reader *r);

/* All channels and schemas known so far (after mcap_reader_open: those of the summary, if there is one). They
 * live as long as the reader. NULL past the end. */
size_t mcap_reader_channel_count(const mcap_reader *r);
const mcap_channel *mcap_reader_channel(const mcap_reader *r, size_t index);
size_t mcap_reader_schema_count(const mcap_reader *r);
const mcap_schema *mcap_reader_schema(const mcap_reader *r, size_t index);
/* NULL: not defined (so far). */
const mcap_channel *mcap_reader_channel_by_id(const mcap_reader *r, uint16_t id);
const mcap_schema *mcap_reader_schema_by_id(const mcap_reader *r, uint16_t id);

/* The first attachment of that name. False: there is none (or it is damaged). The bytes live as long as the
 * reader. */
bool mcap_reader_attachment(const mcap_reader *r, const char *name, mcap_text *data);

/* The whole file as it is in memory. */
mcap_text mcap_reader_bytes(const mcap_reader *r);

#ifdef __cplusplus
}
#endif
#endif
