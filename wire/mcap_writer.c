#include "wire/mcap_crc.h"
#include "wire/mcap_writer_private.h"

#include <endian.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Uncompressed bytes of a chunk. Below some 256 KiB compression suffers; above a few MiB a reader's caches
 * do, and a recorder that is killed loses more. */
enum { CHUNK_SIZE_DEFAULT = 1 << 18 };

/* No record of the reader's may be longer; see MCAP_CHUNK_LIMIT. */
#define MESSAGE_SIZE_LIMIT (((size_t)1 << 30) - 4096)

bool mcap_writer_fail(mcap_writer *w, const char *format, ...)
{
    if (w->failure.text[0] != '\0')
        return false;
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return error_set(&w->failure, "%s: %s", w->sink.path, text);
}

bool mcap_writer_failed(const mcap_writer *w)
{
    return w->failure.text[0] != '\0';
}

uint64_t mcap_writer_size(const mcap_writer *w)
{
    return w->sink.offset + w->chunk.size;
}

size_t mcap_writer_pending(const mcap_writer *w)
{
    return w->chunk.size;
}

bool mcap_writer_put(mcap_writer *w, const mcap_buffer *b)
{
    if (b->failed)
        return mcap_writer_fail(w, "no memory");
    return mcap_sink_write(&w->sink, b->data, b->size, &w->failure);
}

bool mcap_writer_emit(mcap_writer *w, mcap_buffer *b)
{
    bool ok = mcap_writer_put(w, b);
    mcap_buffer_clear(b);
    return ok;
}

static bool write_header(mcap_writer *w, const char *profile, const char *library)
{
    mcap_buffer *b = &w->scratch;
    mcap_buffer_put_bytes(b, MCAP_MAGIC, MCAP_MAGIC_SIZE);
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_HEADER);
    mcap_buffer_put_string(b, profile);
    mcap_buffer_put_string(b, library);
    mcap_buffer_end_record(b, begin);
    return mcap_writer_emit(w, b);
}

static void destroy(mcap_writer *w)
{
    mcap_packer_finish(&w->packer);
    for (size_t i = 0; i < w->channel_capacity; i++)
        mcap_buffer_finish(&w->channels[i].index);
    free(w->channels);
    mcap_buffer *const all[] = {&w->chunk,
                                &w->scratch,
                                &w->schemas,
                                &w->channel_records,
                                &w->chunk_indexes,
                                &w->attachment_indexes,
                                &w->metadata_indexes,
                                &w->ending};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        mcap_buffer_finish(all[i]);
    free(w);
}

mcap_writer *mcap_writer_open(const char *path, const char *profile, const char *library,
                              mcap_compression compression, error *e)
{
    mcap_writer *w = calloc(1, sizeof *w);
    if (!w) {
        error_set(e, "%s: no memory", path);
        return NULL;
    }
    w->chunk_size = CHUNK_SIZE_DEFAULT;
    if (!mcap_sink_open(&w->sink, path, e))
        goto no_sink;
    if (!mcap_packer_init(&w->packer, compression, e) || !write_header(w, profile, library)) {
        error_set(e, "%s", w->failure.text);
        goto no_header;
    }
    return w;
no_header:
    mcap_sink_close(&w->sink, NULL);
no_sink:
    destroy(w);
    return NULL;
}

void mcap_writer_set_chunk_size(mcap_writer *w, size_t size)
{
    w->chunk_size = size;
}

/* Puts a whole record that lies in the scratch buffer into the current chunk and into its group of the
 * summary. */
static bool define(mcap_writer *w, mcap_buffer *group)
{
    mcap_buffer *b = &w->scratch;
    mcap_buffer_put_bytes(&w->chunk, b->data, b->size);
    mcap_buffer_put_bytes(group, b->data, b->size);
    if (b->failed || w->chunk.failed || group->failed)
        return mcap_writer_fail(w, "no memory");
    return true;
}

uint16_t mcap_writer_add_schema(mcap_writer *w, const char *name, const char *encoding, const void *data,
                                size_t size)
{
    if (mcap_writer_failed(w))
        return 0;
    if (w->schema_count == UINT16_MAX || size > MESSAGE_SIZE_LIMIT) {
        mcap_writer_fail(w, "schema \"%s\" is one too many, or too large", name);
        return 0;
    }
    uint16_t id = (uint16_t)(w->schema_count + 1);
    mcap_buffer *b = &w->scratch;
    mcap_buffer_clear(b);
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_SCHEMA);
    mcap_buffer_put_u16(b, id);
    mcap_buffer_put_string(b, name);
    mcap_buffer_put_string(b, encoding);
    mcap_buffer_put_text(b, data, size);
    mcap_buffer_end_record(b, begin);
    if (!define(w, &w->schemas))
        return 0;
    return w->schema_count = id;
}

static bool make_room_for_channel(mcap_writer *w)
{
    if (w->channel_count < w->channel_capacity)
        return true;
    size_t capacity = w->channel_capacity ? 2 * w->channel_capacity : 16;
    mcap_writer_channel *channels = realloc(w->channels, capacity * sizeof *channels);
    if (!channels)
        return mcap_writer_fail(w, "no memory");
    memset(channels + w->channel_capacity, 0, (capacity - w->channel_capacity) * sizeof *channels);
    w->channels = channels;
    w->channel_capacity = capacity;
    return true;
}

uint16_t mcap_writer_add_channel(mcap_writer *w, uint16_t schema_id, const char *topic,
                                 const char *message_encoding)
{
    if (mcap_writer_failed(w))
        return 0;
    if (w->channel_count == UINT16_MAX || schema_id > w->schema_count) {
        mcap_writer_fail(w, "channel \"%s\" is one too many, or its schema %u is not there", topic,
                         schema_id);
        return 0;
    }
    if (!make_room_for_channel(w))
        return 0;
    uint16_t id = (uint16_t)(w->channel_count + 1);
    mcap_buffer *b = &w->scratch;
    mcap_buffer_clear(b);
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_CHANNEL);
    mcap_buffer_put_u16(b, id);
    mcap_buffer_put_u16(b, schema_id);
    mcap_buffer_put_string(b, topic);
    mcap_buffer_put_string(b, message_encoding);
    mcap_buffer_put_u32(b, 0); /* metadata: none */
    mcap_buffer_end_record(b, begin);
    if (!define(w, &w->channel_records))
        return 0;
    return w->channel_count = id;
}

bool mcap_writer_message(mcap_writer *w, uint16_t channel_id, uint32_t sequence, uint64_t log_time_ns,
                         uint64_t publish_time_ns, const void *data, size_t size)
{
    if (mcap_writer_failed(w))
        return false;
    if (channel_id == 0 || channel_id > w->channel_count)
        return mcap_writer_fail(w, "message on channel %u, which is not there", channel_id);
    if (size > MESSAGE_SIZE_LIMIT)
        return mcap_writer_fail(w, "message of %zu bytes is too large", size);
    size_t record_size = MCAP_RECORD_HEAD_SIZE + MCAP_MESSAGE_HEAD_SIZE + size;
    bool full = w->chunk.size + record_size > w->chunk_size;
    if (w->chunk.size > 0 && full && !mcap_writer_end_chunk(w))
        return false;

    mcap_buffer *b = &w->chunk, *index = &w->channels[channel_id - 1].index;
    mcap_buffer_reserve(b, record_size);
    mcap_buffer_put_u64(index, log_time_ns);
    mcap_buffer_put_u64(index, b->size);
    mcap_buffer_put_u8(b, MCAP_OP_MESSAGE);
    mcap_buffer_put_u64(b, MCAP_MESSAGE_HEAD_SIZE + size);
    mcap_buffer_put_u16(b, channel_id);
    mcap_buffer_put_u32(b, sequence);
    mcap_buffer_put_u64(b, log_time_ns);
    mcap_buffer_put_u64(b, publish_time_ns);
    mcap_buffer_put_bytes(b, data, size);
    if (b->failed || index->failed)
        return mcap_writer_fail(w, "no memory");
    mcap_span_add(&w->chunk_span, log_time_ns);
    mcap_span_add(&w->span, log_time_ns);
    w->channels[channel_id - 1].messages++;
    return true;
}

bool mcap_writer_flush(mcap_writer *w)
{
    return !mcap_writer_failed(w) && mcap_writer_end_chunk(w) && mcap_sink_sync(&w->sink, &w->failure);
}

bool mcap_writer_close(mcap_writer *w, error *e)
{
    bool ok = !mcap_writer_failed(w) && mcap_writer_end(w);
    ok = mcap_sink_close(&w->sink, &w->failure) && ok;
    if (!ok)
        error_set(e, "%s", w->failure.text);
    destroy(w);
    return ok;
}
