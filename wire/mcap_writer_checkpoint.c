#include "wire/mcap_writer_private.h"

/* An end of a file is written anew with every checkpoint; above this size (bytes) it would be most of what
 * goes to the disk. */
enum { ENDING_LIMIT = 2 << 20 };

static size_t ending_size(const mcap_writer *w)
{
    return w->schemas.size + w->channel_records.size + w->chunk_indexes.size + w->attachment_indexes.size +
           w->metadata_indexes.size;
}

/* Keeps the end of the file, the last `size` bytes that were held, to put it back. */
static bool keep_ending(mcap_writer *w, uint64_t at, size_t size)
{
    mcap_buffer_clear(&w->ending);
    mcap_buffer_put_bytes(&w->ending, w->sink.held.data + (w->sink.held.size - size), size);
    w->ending_at = at;
    return !w->ending.failed || mcap_writer_fail(w, "no memory");
}

/* Best effort: the blocks are those that the end had before. The failure stands anyway. */
static bool put_back(mcap_writer *w)
{
    if (w->ending.size > 0)
        (void)mcap_sink_restore(&w->sink, w->ending_at, w->ending.data, w->ending.size);
    return false;
}

/* All that is pending and an end, in one write; goes on before that end. */
static bool write_held(mcap_writer *w)
{
    bool ok = mcap_writer_end_chunk(w);
    const mcap_sink_mark mark = {w->sink.offset, w->sink.crc};
    ok = ok && mcap_writer_end_file(w);
    size_t ending = (size_t)(w->sink.offset - mark.offset);
    if (!ok)
        return w->sink.holding = false; /* the file is untouched */
    if (!mcap_sink_release(&w->sink, mark, &w->failure))
        return put_back(w);
    return keep_ending(w, mark.offset, ending);
}

/* False: the file is a pipe, or not to have an end yet. */
static bool hold(mcap_writer *w)
{
    if (w->sink.beyond == 0) /* a chunk has been written over it since */
        mcap_buffer_clear(&w->ending);
    return ending_size(w) <= ENDING_LIMIT && mcap_sink_hold(&w->sink);
}

bool mcap_writer_checkpoint(mcap_writer *w)
{
    if (mcap_writer_failed(w))
        return false;
    if (!hold(w))
        return mcap_sink_cut(&w->sink, &w->failure) && mcap_writer_flush(w);
    return write_held(w) && mcap_sink_sync(&w->sink, &w->failure);
}

bool mcap_writer_end(mcap_writer *w)
{
    if (w->sink.beyond > 0 && mcap_sink_hold(&w->sink))
        return write_held(w);
    return mcap_writer_end_chunk(w) && mcap_writer_end_file(w);
}
