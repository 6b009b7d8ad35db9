#include "wire/mcap_crc.h"
#include "wire/mcap_writer_private.h"

static bool write_data_end(mcap_writer *w)
{
    mcap_buffer *b = &w->scratch;
    mcap_buffer_clear(b);
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_DATA_END);
    mcap_buffer_put_u32(b, w->sink.crc);
    mcap_buffer_end_record(b, begin);
    return mcap_writer_emit(w, b);
}

static void put_statistics(mcap_writer *w, mcap_buffer *b)
{
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_STATISTICS);
    mcap_buffer_put_u64(b, w->span.count);
    mcap_buffer_put_u16(b, w->schema_count);
    mcap_buffer_put_u32(b, w->channel_count);
    mcap_buffer_put_u32(b, w->attachment_count);
    mcap_buffer_put_u32(b, w->metadata_count);
    mcap_buffer_put_u32(b, w->chunk_count);
    mcap_buffer_put_u64(b, w->span.first_ns);
    mcap_buffer_put_u64(b, w->span.last_ns);
    size_t counts = mcap_buffer_begin_u32(b);
    for (uint16_t i = 0; i < w->channel_count; i++) {
        mcap_buffer_put_u16(b, (uint16_t)(i + 1));
        mcap_buffer_put_u64(b, w->channels[i].messages);
    }
    mcap_buffer_end_u32(b, counts);
    mcap_buffer_end_record(b, begin);
}

/* Writes one group of the summary and notes in `offsets` where it stands. The group is kept: the end may be
 * written again, after more data. */
static bool write_group(mcap_writer *w, mcap_opcode opcode, const mcap_buffer *group, mcap_buffer *offsets)
{
    if (group->size == 0)
        return true;
    size_t begin = mcap_buffer_begin_record(offsets, MCAP_OP_SUMMARY_OFFSET);
    mcap_buffer_put_u8(offsets, (uint8_t)opcode);
    mcap_buffer_put_u64(offsets, w->sink.offset);
    mcap_buffer_put_u64(offsets, group->size);
    mcap_buffer_end_record(offsets, begin);
    return mcap_writer_put(w, group);
}

static bool write_groups(mcap_writer *w, mcap_buffer *offsets)
{
    mcap_buffer *b = &w->scratch;
    mcap_buffer_clear(b);
    put_statistics(w, b);
    return write_group(w, MCAP_OP_SCHEMA, &w->schemas, offsets) &&
           write_group(w, MCAP_OP_CHANNEL, &w->channel_records, offsets) &&
           write_group(w, MCAP_OP_STATISTICS, b, offsets) &&
           write_group(w, MCAP_OP_CHUNK_INDEX, &w->chunk_indexes, offsets) &&
           write_group(w, MCAP_OP_ATTACHMENT_INDEX, &w->attachment_indexes, offsets) &&
           write_group(w, MCAP_OP_METADATA_INDEX, &w->metadata_indexes, offsets);
}

static bool write_footer(mcap_writer *w, uint64_t summary_start, uint64_t summary_offset_start)
{
    mcap_buffer *b = &w->scratch;
    mcap_buffer_clear(b);
    mcap_buffer_put_u8(b, MCAP_OP_FOOTER);
    mcap_buffer_put_u64(b, MCAP_FOOTER_SIZE);
    mcap_buffer_put_u64(b, summary_start);
    mcap_buffer_put_u64(b, summary_offset_start);
    /* The sink's CRC begins at the summary; the footer's own first fields are part of it. */
    mcap_buffer_put_u32(b, b->failed ? 0 : mcap_crc32(w->sink.crc, b->data, b->size));
    mcap_buffer_put_bytes(b, MCAP_MAGIC, MCAP_MAGIC_SIZE);
    return mcap_writer_emit(w, b);
}

bool mcap_writer_end_file(mcap_writer *w)
{
    if (!write_data_end(w))
        return false;
    uint64_t summary_start = w->sink.offset;
    w->sink.crc = 0;
    mcap_buffer offsets = {0};
    bool ok = write_groups(w, &offsets);
    uint64_t summary_offset_start = w->sink.offset;
    ok = ok && mcap_writer_emit(w, &offsets) && write_footer(w, summary_start, summary_offset_start);
    mcap_buffer_finish(&offsets);
    return ok;
}
