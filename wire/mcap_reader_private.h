/*
 * The inside of mcap_reader, for its own files only: mcap_reader_open.c sets it up, mcap_reader.c walks.
 */
#ifndef POSED_WIRE_MCAP_READER_PRIVATE_H
#define POSED_WIRE_MCAP_READER_PRIVATE_H

#include "wire/mcap_damage.h"
#include "wire/mcap_reader.h"
#include "wire/mcap_registry.h"
#include "wire/mcap_tail.h"
#include "wire/mcap_unpack.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where the reader stands; bits, so that a record can be allowed in several. */
typedef enum {
    MCAP_SECTION_START = 1,
    MCAP_SECTION_DATA = 2,
    MCAP_SECTION_SUMMARY = 4,
    MCAP_SECTION_CHUNK = 8,
    MCAP_SECTION_END = 16,
} mcap_section;
struct mcap_reader {
    const uint8_t *data; /* the whole file */
    size_t size;
    bool mapped;
    mcap_header header;
    mcap_tail tail;
    size_t at; /* the next record outside chunks */
    mcap_section section;
    unsigned leaps;                              /* over places without a record */
    bool finished;                               /* the end was reached and what it lacks is in the damage */
    const uint8_t *chunk, *chunk_at, *chunk_end; /* the open chunk's records; at the end: no chunk is open */
    mcap_unpacker unpacker;
    mcap_registry registry;
    mcap_damage damage;
    size_t damage_at_open;
};

/* Does its CRC, if it has one, fit the parsed Attachment record? */
bool mcap_attachment_intact(const mcap_record *record);

#ifdef __cplusplus
}
#endif
#endif
