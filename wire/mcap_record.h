/*
 * The records of an MCAP file (https://mcap.dev/spec, section "Records"), as plain structs, and their parser.
 *
 * All numbers are little-endian on disk and in host order here; times are nanoseconds of whatever clock the
 * recorder used. Nothing is copied: texts and bytes point into the parsed content and live as long as it
 * does.
 */
#ifndef POSED_WIRE_MCAP_RECORD_H
#define POSED_WIRE_MCAP_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define MCAP_MAGIC "\x89MCAP0\r\n"

/* X(NAME, opcode, name in the spec) */
#define MCAP_OPCODES(X)                                                                                      \
    X(HEADER, 0x01, "Header")                                                                                \
    X(FOOTER, 0x02, "Footer")                                                                                \
    X(SCHEMA, 0x03, "Schema")                                                                                \
    X(CHANNEL, 0x04, "Channel")                                                                              \
    X(MESSAGE, 0x05, "Message")                                                                              \
    X(CHUNK, 0x06, "Chunk")                                                                                  \
    X(MESSAGE_INDEX, 0x07, "MessageIndex")                                                                   \
    X(CHUNK_INDEX, 0x08, "ChunkIndex")                                                                       \
    X(ATTACHMENT, 0x09, "Attachment")                                                                        \
    X(ATTACHMENT_INDEX, 0x0A, "AttachmentIndex")                                                             \
    X(STATISTICS, 0x0B, "Statistics")                                                                        \
    X(METADATA, 0x0C, "Metadata")                                                                            \
    X(METADATA_INDEX, 0x0D, "MetadataIndex")                                                                 \
    X(SUMMARY_OFFSET, 0x0E, "SummaryOffset")                                                                 \
    X(DATA_END, 0x0F, "DataEnd")

#define MCAP_OPCODE_ENUM(name, code, text) MCAP_OP_##name = code,
typedef enum { MCAP_OPCODES(MCAP_OPCODE_ENUM) } mcap_opcode;
#undef MCAP_OPCODE_ENUM

enum {
    MCAP_MAGIC_SIZE = 8,
    MCAP_RECORD_HEAD_SIZE = 9,   /* opcode and content length */
    MCAP_MESSAGE_HEAD_SIZE = 22, /* what stands before a message's data */
    MCAP_FOOTER_SIZE = 20,
};

typedef struct {
    const char *data; /* not NUL-terminated; may hold any byte */
    size_t size;
} mcap_text;

typedef struct {
    mcap_text profile, library;
} mcap_header;

typedef struct {
    uint64_t summary_start, summary_offset_start; /* offsets in the file; 0: there is none */
    uint32_t summary_crc;                         /* 0: not available */
} mcap_footer;

typedef struct {
    uint16_t id; /* never 0 */
    mcap_text name, encoding, data;
} mcap_schema;

typedef struct {
    uint16_t id, schema_id; /* schema_id 0: no schema */
    mcap_text topic, message_encoding;
    mcap_text metadata; /* for mcap_map_next_text */
    uint64_t messages;  /* seen by the reader since it was opened or rewound */
} mcap_channel;

typedef struct {
    const mcap_channel *channel; /* set by the reader, NULL from mcap_record_parse */
    const mcap_schema *schema;   /* NULL: none */
    uint16_t channel_id;
    uint32_t sequence;
    uint64_t log_time_ns, publish_time_ns;
    const uint8_t *data; /* valid until the next call of the reader */
    size_t size;
} mcap_message;

typedef struct {
    uint64_t message_start_time_ns, message_end_time_ns; /* both 0 without messages */
    uint64_t uncompressed_size;
    uint32_t uncompressed_crc; /* 0: not available */
    mcap_text compression;     /* "", "zstd", "lz4" */
    mcap_text records;         /* compressed */
} mcap_chunk;

typedef struct {
    uint16_t channel_id;
    mcap_text records; /* for mcap_index_next */
} mcap_message_index;

typedef struct {
    uint64_t message_start_time_ns, message_end_time_ns;
    uint64_t chunk_start_offset, chunk_length; /* the whole Chunk record, in the file */
    mcap_text message_index_offsets;           /* for mcap_map_next_number */
    uint64_t message_index_length;
    mcap_text compression;
    uint64_t compressed_size, uncompressed_size;
} mcap_chunk_index;

typedef struct {
    uint64_t log_time_ns, create_time_ns;
    mcap_text name, media_type, data;
    uint32_t crc;    /* 0: not available */
    size_t crc_span; /* how many bytes from the content's start it covers */
} mcap_attachment;

typedef struct {
    uint64_t offset, length; /* the whole Attachment record, in the file */
    uint64_t log_time_ns, create_time_ns, data_size;
    mcap_text name, media_type;
} mcap_attachment_index;

typedef struct {
    uint64_t message_count;
    uint16_t schema_count;
    uint32_t channel_count, attachment_count, metadata_count, chunk_count;
    uint64_t message_start_time_ns, message_end_time_ns; /* both 0 without messages */
    mcap_text channel_message_counts;                    /* for mcap_map_next_number; empty: not available */
} mcap_statistics;

typedef struct {
    mcap_text name;
    mcap_text metadata; /* for mcap_map_next_text */
} mcap_metadata;

typedef struct {
    uint64_t offset, length; /* the whole Metadata record, in the file */
    mcap_text name;
} mcap_metadata_index;

typedef struct {
    uint8_t group_opcode;
    uint64_t group_start, group_length;
} mcap_summary_offset;

typedef struct {
    uint32_t data_section_crc; /* 0: not available */
} mcap_data_end;

typedef struct {
    uint8_t opcode; /* an mcap_opcode, or one that is unknown here */
    bool in_chunk;
    uint64_t offset; /* of the opcode: in the file, or in the uncompressed chunk when in_chunk */
    mcap_text content;
    union {
        mcap_header header;
        mcap_footer footer;
        mcap_schema schema;
        mcap_channel channel;
        mcap_message message;
        mcap_chunk chunk;
        mcap_message_index message_index;
        mcap_chunk_index chunk_index;
        mcap_attachment attachment;
        mcap_attachment_index attachment_index;
        mcap_statistics statistics;
        mcap_metadata metadata;
        mcap_metadata_index metadata_index;
        mcap_summary_offset summary_offset;
        mcap_data_end data_end;
    } as; /* the member that belongs to the opcode; none for an unknown one */
} mcap_record;

/* The spec's name of an opcode; "private record" from 0x80, "unknown record" for the rest. */
const char *mcap_opcode_name(uint8_t opcode);

/* Sets opcode and content from the record that begins at `data`; `size` bytes may be read. False when it does
 * not fit there; the content's size is then what the record claims and its data NULL (opcode 0 and size 0
 * when not even the length is there). */
bool mcap_record_split(const uint8_t *data, size_t size, mcap_record *r);

/* Fills r->as from opcode and content. False when a field does not fit into the content, a map or array is
 * not made of whole entries, or an id is 0 that must not be. Bytes after the last known field are skipped, as
 * the spec asks, except in a Footer, which has a fixed size. An unknown opcode is fine and leaves r->as
 * alone. */
bool mcap_record_parse(mcap_record *r);

/* Take the first entry off a map or array that mcap_record_parse checked. False when it is empty. */
bool mcap_map_next_text(mcap_text *map, mcap_text *key, mcap_text *value);
bool mcap_map_next_number(mcap_text *map, uint16_t *key, uint64_t *value);
bool mcap_index_next(mcap_text *entries, uint64_t *log_time_ns, uint64_t *offset);

/* The same bytes? */
bool mcap_text_equal(mcap_text a, mcap_text b);
/* The same bytes as a C string? */
bool mcap_text_is(mcap_text a, const char *text);

#ifdef __cplusplus
}
#endif
#endif
