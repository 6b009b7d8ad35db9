/* Attachments and metadata: records of their own beside the chunks. */
#include "wire/mcap_crc.h"
#include "wire/mcap_writer_private.h"

static bool can_write(const mcap_writer *w)
{
    return w->failure.text[0] == '\0';
}

static void put_attachment_head(mcap_buffer *b, const char *name, const char *media_type,
                                uint64_t log_time_ns, size_t size)
{
    mcap_buffer_put_u64(b, log_time_ns);
    mcap_buffer_put_u64(b, 0); /* create time: not known */
    mcap_buffer_put_string(b, name);
    mcap_buffer_put_string(b, media_type);
    mcap_buffer_put_u64(b, size);
}

static void put_attachment_index(mcap_writer *w, const char *name, const char *media_type,
                                 uint64_t log_time_ns, size_t size, uint64_t offset)
{
    mcap_buffer *b = &w->attachment_indexes;
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_ATTACHMENT_INDEX);
    mcap_buffer_put_u64(b, offset);
    mcap_buffer_put_u64(b, w->sink.offset - offset);
    mcap_buffer_put_u64(b, log_time_ns);
    mcap_buffer_put_u64(b, 0);
    mcap_buffer_put_u64(b, size);
    mcap_buffer_put_string(b, name);
    mcap_buffer_put_string(b, media_type);
    mcap_buffer_end_record(b, begin);
}

bool mcap_writer_attachment(mcap_writer *w, const char *name, const char *media_type, uint64_t log_time_ns,
                            const void *data, size_t size)
{
    if (!can_write(w))
        return false;
    mcap_buffer *b = &w->scratch;
    mcap_buffer_clear(b);
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_ATTACHMENT), content = begin + sizeof(uint64_t);
    put_attachment_head(b, name, media_type, log_time_ns, size);
    if (!mcap_buffer_reserve(b, size))
        return mcap_writer_fail(w, "no memory");
    mcap_buffer_put_bytes(b, data, size);
    mcap_buffer_put_u32(b, b->failed ? 0 : mcap_crc32(0, b->data + content, b->size - content));
    mcap_buffer_end_record(b, begin);
    uint64_t offset = w->sink.offset;
    if (!mcap_writer_emit(w, b))
        return false;
    put_attachment_index(w, name, media_type, log_time_ns, size, offset);
    if (w->attachment_indexes.failed)
        return mcap_writer_fail(w, "no memory");
    w->attachment_count++;
    return true;
}

static void put_metadata_index(mcap_writer *w, const char *name, uint64_t offset)
{
    mcap_buffer *b = &w->metadata_indexes;
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_METADATA_INDEX);
    mcap_buffer_put_u64(b, offset);
    mcap_buffer_put_u64(b, w->sink.offset - offset);
    mcap_buffer_put_string(b, name);
    mcap_buffer_end_record(b, begin);
}

bool mcap_writer_metadata(mcap_writer *w, const char *name, const char *const (*pairs)[2], size_t count)
{
    if (!can_write(w))
        return false;
    mcap_buffer *b = &w->scratch;
    mcap_buffer_clear(b);
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_METADATA);
    mcap_buffer_put_string(b, name);
    size_t map = mcap_buffer_begin_u32(b);
    for (size_t i = 0; i < count; i++) {
        mcap_buffer_put_string(b, pairs[i][0]);
        mcap_buffer_put_string(b, pairs[i][1]);
    }
    mcap_buffer_end_u32(b, map);
    mcap_buffer_end_record(b, begin);
    uint64_t offset = w->sink.offset;
    if (!mcap_writer_emit(w, b))
        return false;
    put_metadata_index(w, name, offset);
    if (w->metadata_indexes.failed)
        return mcap_writer_fail(w, "no memory");
    w->metadata_count++;
    return true;
}
