/*
 * Compression of chunks, into one buffer that is used again for every chunk.
 */
#ifndef POSED_WIRE_MCAP_PACK_H
#define POSED_WIRE_MCAP_PACK_H

#include "common/error.h"
#include "wire/mcap_record.h"
#include "wire/mcap_writer.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    mcap_compression compression;
    void *zstd; /* ZSTD_CCtx, for zstd only */
    void *lz4;  /* LZ4F_cctx, for lz4 only */
    uint8_t *buffer;
    size_t capacity;
} mcap_packer;

/* False without memory, with `e` set; finish it in any case. */
bool mcap_packer_init(mcap_packer *p, mcap_compression compression, error *e);
void mcap_packer_finish(mcap_packer *p);

/* The name of the compression in an MCAP file. */
const char *mcap_packer_name(const mcap_packer *p);

/* Compresses. `out` lives until the next call; without compression it is the data itself. */
bool mcap_pack(mcap_packer *p, const void *data, size_t size, mcap_text *out, error *e);

#ifdef __cplusplus
}
#endif
#endif
