#include "wire/mcap_unpack.h"

#include "wire/mcap_crc.h"

#include <inttypes.h>
#include <lz4frame.h>
#include <stdlib.h>
#include <zstd.h>

/* The most that each format can expand by, from its block layout: a zstd RLE block is 4 bytes for up to 128
 * KiB, an LZ4 match grows by at most 255 bytes per byte. A chunk that claims more lies, and is not worth the
 * memory. */
enum { ZSTD_MAX_RATIO = 128 * 1024 / 4, LZ4_MAX_RATIO = 255 };

void mcap_unpacker_init(mcap_unpacker *u)
{
    *u = (mcap_unpacker){0};
}

void mcap_unpacker_finish(mcap_unpacker *u)
{
    ZSTD_freeDCtx(u->zstd);
    LZ4F_freeDecompressionContext(u->lz4);
    free(u->buffer);
    *u = (mcap_unpacker){0};
}

static bool reserve(mcap_unpacker *u, size_t size, error *e)
{
    if (size <= u->capacity)
        return true;
    /* Not realloc: the old chunk is not worth copying. */
    free(u->buffer);
    u->capacity = 0;
    u->buffer = malloc(size);
    if (!u->buffer)
        return error_set(e, "no memory for %zu bytes", size);
    u->capacity = size;
    return true;
}

static bool check_size(const mcap_chunk *chunk, uint64_t max_ratio, error *e)
{
    uint64_t size = chunk->uncompressed_size;
    if (size > MCAP_CHUNK_LIMIT)
        return error_set(e, "claims %" PRIu64 " bytes, limit is %" PRIu64, size, MCAP_CHUNK_LIMIT);
    if (size / max_ratio > chunk->records.size)
        return error_set(e, "claims %" PRIu64 " bytes from %zu compressed ones", size, chunk->records.size);
    return true;
}

static bool unpack_zstd(mcap_unpacker *u, const mcap_chunk *chunk, error *e)
{
    size_t size = (size_t)chunk->uncompressed_size;
    unsigned long long stated = ZSTD_getFrameContentSize(chunk->records.data, chunk->records.size);
    if (stated == ZSTD_CONTENTSIZE_ERROR || (stated != ZSTD_CONTENTSIZE_UNKNOWN && stated > size))
        return error_set(e, "its zstd frame is not one of %zu bytes", size);
    if (!u->zstd)
        u->zstd = ZSTD_createDCtx();
    if (!u->zstd)
        return error_set(e, "no memory for zstd");
    if (!reserve(u, size, e))
        return false;
    size_t got = ZSTD_decompressDCtx(u->zstd, u->buffer, size, chunk->records.data, chunk->records.size);
    if (ZSTD_isError(got))
        return error_set(e, "zstd: %s", ZSTD_getErrorName(got));
    if (got != size)
        return error_set(e, "holds %zu bytes, claims %zu", got, size);
    return true;
}

/* Feeds all of the compressed bytes; several frames one after the other are fine. */
static bool run_lz4(mcap_unpacker *u, const mcap_chunk *chunk, error *e)
{
    size_t size = (size_t)chunk->uncompressed_size, out = 0, in = 0, hint = 1;
    const LZ4F_decompressOptions_t options = {.stableDst = 1};
    while (in < chunk->records.size) {
        size_t room = size - out, left = chunk->records.size - in;
        hint = LZ4F_decompress(u->lz4, u->buffer + out, &room, chunk->records.data + in, &left, &options);
        if (LZ4F_isError(hint))
            return error_set(e, "lz4: %s", LZ4F_getErrorName(hint));
        if (room == 0 && left == 0)
            return error_set(e, "holds more than the %zu bytes it claims", size);
        out += room;
        in += left;
    }
    if (hint != 0 || out != size)
        return error_set(e, "holds %zu bytes, claims %zu", out, size);
    return true;
}

static bool unpack_lz4(mcap_unpacker *u, const mcap_chunk *chunk, error *e)
{
    if (!u->lz4) {
        LZ4F_dctx *context = NULL;
        if (LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)))
            return error_set(e, "no memory for lz4");
        u->lz4 = context;
    }
    /* One byte more than needed, so that the buffer is never NULL. */
    if (!reserve(u, (size_t)chunk->uncompressed_size + 1, e))
        return false;
    bool ok = run_lz4(u, chunk, e);
    if (!ok)
        LZ4F_resetDecompressionContext(u->lz4);
    return ok;
}

static bool unpack_known(mcap_unpacker *u, const mcap_chunk *chunk, mcap_text *records, error *e)
{
    if (chunk->compression.size == 0) {
        *records = chunk->records;
        if (records->size != chunk->uncompressed_size)
            return error_set(e, "holds %zu bytes, claims %" PRIu64, records->size, chunk->uncompressed_size);
        return true;
    }
    if (mcap_text_is(chunk->compression, "zstd")) {
        if (!check_size(chunk, ZSTD_MAX_RATIO, e) || !unpack_zstd(u, chunk, e))
            return false;
    } else if (mcap_text_is(chunk->compression, "lz4")) {
        if (!check_size(chunk, LZ4_MAX_RATIO, e) || !unpack_lz4(u, chunk, e))
            return false;
    } else {
        return error_set(e, "compression \"%.*s\" is not known",
                         (int)(chunk->compression.size < 32 ? chunk->compression.size : 32),
                         chunk->compression.data);
    }
    *records = (mcap_text){(const char *)u->buffer, (size_t)chunk->uncompressed_size};
    return true;
}

bool mcap_unpack(mcap_unpacker *u, const mcap_chunk *chunk, mcap_text *records, error *e)
{
    if (!unpack_known(u, chunk, records, e))
        return false;
    if (chunk->uncompressed_crc == 0)
        return true;
    uint32_t crc = mcap_crc32(0, records->data, records->size);
    if (crc != chunk->uncompressed_crc)
        return error_set(e, "its CRC is %08" PRIx32 ", not %08" PRIx32, crc, chunk->uncompressed_crc);
    return true;
}
