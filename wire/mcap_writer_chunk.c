#include "wire/mcap_crc.h"
#include "wire/mcap_writer_private.h"

void mcap_span_add(mcap_span *s, uint64_t log_time_ns)
{
    if (s->count == 0 || log_time_ns < s->first_ns)
        s->first_ns = log_time_ns;
    if (s->count == 0 || log_time_ns > s->last_ns)
        s->last_ns = log_time_ns;
    s->count++;
}

/* The Chunk record: its head goes through the scratch buffer, the records straight to the file. */
static bool write_chunk(mcap_writer *w, const mcap_text *packed)
{
    mcap_buffer *b = &w->scratch;
    mcap_buffer_clear(b);
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_CHUNK);
    mcap_buffer_put_u64(b, w->chunk_span.first_ns);
    mcap_buffer_put_u64(b, w->chunk_span.last_ns);
    mcap_buffer_put_u64(b, w->chunk.size);
    mcap_buffer_put_u32(b, mcap_crc32(0, w->chunk.data, w->chunk.size));
    mcap_buffer_put_string(b, mcap_packer_name(&w->packer));
    mcap_buffer_put_u64(b, packed->size);
    if (b->failed)
        return mcap_writer_fail(w, "no memory");
    /* The record's length counts the compressed bytes too, which are not in the buffer. */
    size_t head = b->size;
    b->size += packed->size;
    mcap_buffer_end_record(b, begin);
    b->size = head;
    return mcap_writer_emit(w, b) && mcap_sink_write(&w->sink, packed->data, packed->size, &w->failure);
}

/* One MessageIndex record per channel with messages in the chunk; their offsets go into the chunk's index. */
static bool write_message_indexes(mcap_writer *w)
{
    mcap_buffer *b = &w->scratch, *index = &w->chunk_indexes;
    mcap_buffer_clear(b);
    size_t offsets = mcap_buffer_begin_u32(index);
    for (uint16_t i = 0; i < w->channel_count; i++) {
        mcap_buffer *entries = &w->channels[i].index;
        if (entries->size == 0)
            continue;
        uint16_t id = (uint16_t)(i + 1);
        mcap_buffer_put_u16(index, id);
        mcap_buffer_put_u64(index, w->sink.offset + b->size);
        size_t begin = mcap_buffer_begin_record(b, MCAP_OP_MESSAGE_INDEX);
        mcap_buffer_put_u16(b, id);
        mcap_buffer_put_text(b, entries->data, entries->size);
        mcap_buffer_end_record(b, begin);
        mcap_buffer_clear(entries);
    }
    mcap_buffer_end_u32(index, offsets);
    mcap_buffer_put_u64(index, b->size);
    return mcap_writer_emit(w, b);
}

bool mcap_writer_end_chunk(mcap_writer *w)
{
    if (w->chunk.size == 0)
        return true;
    mcap_text packed;
    error why = {""};
    if (!mcap_pack(&w->packer, w->chunk.data, w->chunk.size, &packed, &why))
        return mcap_writer_fail(w, "%s", why.text);
    uint64_t offset = w->sink.offset;
    if (!write_chunk(w, &packed))
        return false;
    mcap_buffer *index = &w->chunk_indexes;
    size_t begin = mcap_buffer_begin_record(index, MCAP_OP_CHUNK_INDEX);
    mcap_buffer_put_u64(index, w->chunk_span.first_ns);
    mcap_buffer_put_u64(index, w->chunk_span.last_ns);
    mcap_buffer_put_u64(index, offset);
    mcap_buffer_put_u64(index, w->sink.offset - offset);
    if (!write_message_indexes(w))
        return false;
    mcap_buffer_put_string(index, mcap_packer_name(&w->packer));
    mcap_buffer_put_u64(index, packed.size);
    mcap_buffer_put_u64(index, w->chunk.size);
    mcap_buffer_end_record(index, begin);
    if (index->failed)
        return mcap_writer_fail(w, "no memory");
    w->chunk_count++;
    w->chunk_span = (mcap_span){0};
    mcap_buffer_clear(&w->chunk);
    return true;
}
