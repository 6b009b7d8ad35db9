/*
 * Decompression of chunks, into one buffer that is used again for every chunk.
 */
#ifndef POSED_WIRE_MCAP_UNPACK_H
#define POSED_WIRE_MCAP_UNPACK_H

#include "common/error.h"
#include "wire/mcap_record.h"

#ifdef __cplusplus
extern "C" {
#endif

/* No chunk may become larger than this (bytes). Writers use about 1 MiB (at most some tens); smaller would
 * refuse files with large images, larger would let a small hostile file take the machine's memory. */
#define MCAP_CHUNK_LIMIT ((uint64_t)1 << 30)

typedef struct {
    void *zstd; /* ZSTD_DCtx, made when first needed */
    void *lz4;  /* LZ4F_dctx, likewise */
    uint8_t *buffer;
    size_t capacity;
} mcap_unpacker;

/* Nothing is allocated before it is needed; finish frees it, and leaves it as after init. */
void mcap_unpacker_init(mcap_unpacker *u);
void mcap_unpacker_finish(mcap_unpacker *u);

/* The records of a chunk, decompressed and with its CRC checked. They live until the next call (those of an
 * uncompressed chunk are not copied). False, with `e` set: unknown compression, a size that does not match or
 * cannot be, compressed data or CRC wrong, out of memory. */
bool mcap_unpack(mcap_unpacker *u, const mcap_chunk *chunk, mcap_text *records, error *e);

#ifdef __cplusplus
}
#endif
#endif
