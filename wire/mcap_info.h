/*
 * What an MCAP file holds, found by reading all of it, and whether its own statistics and indexes agree.
 */
#ifndef POSED_WIRE_MCAP_INFO_H
#define POSED_WIRE_MCAP_INFO_H

#include "wire/mcap_damage.h"
#include "wire/mcap_reader.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How many chunks there are of each compression; what is not one of these is counted as other. */
typedef enum {
    MCAP_INFO_NONE,
    MCAP_INFO_ZSTD,
    MCAP_INFO_LZ4,
    MCAP_INFO_OTHER,
    MCAP_INFO_COMPRESSION_COUNT,
} mcap_info_compression;

/* Texts point into the file and live as long as the reader. */
typedef struct {
    mcap_text name, media_type;
    uint64_t size; /* bytes */
    uint64_t log_time_ns;
} mcap_info_attachment;

typedef struct {
    uint64_t messages, first_ns, last_ns; /* the times are 0 without messages */
    mcap_info_attachment *attachments;
    size_t attachment_count, attachment_capacity;
    mcap_metadata *metadata;
    size_t metadata_count, metadata_capacity;
    uint64_t chunk_count, chunks_of[MCAP_INFO_COMPRESSION_COUNT];
    uint64_t compressed_bytes, uncompressed_bytes; /* of all chunks' records, as the chunks state them */
    bool has_statistics;
    uint64_t chunk_index_count;
    mcap_damage disagreements; /* between the file's indexes or statistics and what is really there */
} mcap_info;

/* Reads the whole file, from the start. False when memory runs out; finish it in any case. Damage found by
 * the reader stays with the reader. */
bool mcap_info_read(mcap_info *info, mcap_reader *r);
void mcap_info_finish(mcap_info *info);

/* "none", "zstd", "lz4", "other" */
const char *mcap_info_compression_word(mcap_info_compression c);

#ifdef __cplusplus
}
#endif
#endif
