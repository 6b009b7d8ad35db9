#include "wire/mcap_info.h"

#include "common/vector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* The chunk that is being read. */
typedef struct {
    bool open;
    uint64_t offset, messages;
    uint64_t stated_first_ns, stated_last_ns, first_ns, last_ns;
} open_chunk;

typedef struct {
    mcap_info *info;
    mcap_reader *reader;
    open_chunk chunk;
} pass;

const char *mcap_info_compression_word(mcap_info_compression c)
{
    static const char *const words[] = {
        [MCAP_INFO_NONE] = "none",
        [MCAP_INFO_ZSTD] = "zstd",
        [MCAP_INFO_LZ4] = "lz4",
        [MCAP_INFO_OTHER] = "other",
    };
    _Static_assert(sizeof words / sizeof *words == MCAP_INFO_COMPRESSION_COUNT, "a word each");
    return (unsigned)c < MCAP_INFO_COMPRESSION_COUNT ? words[c] : "?";
}

static mcap_info_compression compression_of(mcap_text name)
{
    if (name.size == 0)
        return MCAP_INFO_NONE;
    if (mcap_text_is(name, "zstd"))
        return MCAP_INFO_ZSTD;
    return mcap_text_is(name, "lz4") ? MCAP_INFO_LZ4 : MCAP_INFO_OTHER;
}

static bool add_attachment(mcap_info *i, const mcap_attachment *a)
{
    mcap_info_attachment *list =
        vector_reserve(i->attachments, &i->attachment_capacity, i->attachment_count + 1, sizeof *list);
    if (!list)
        return false;
    i->attachments = list;
    list[i->attachment_count++] =
        (mcap_info_attachment){a->name, a->media_type, a->data.size, a->log_time_ns};
    return true;
}

static bool add_metadata(mcap_info *i, const mcap_metadata *m)
{
    mcap_metadata *list =
        vector_reserve(i->metadata, &i->metadata_capacity, i->metadata_count + 1, sizeof *list);
    if (!list)
        return false;
    i->metadata = list;
    list[i->metadata_count++] = *m;
    return true;
}

static void extend(uint64_t count, uint64_t *first_ns, uint64_t *last_ns, uint64_t time_ns)
{
    if (count == 0 || time_ns < *first_ns)
        *first_ns = time_ns;
    if (count == 0 || time_ns > *last_ns)
        *last_ns = time_ns;
}

static void add_message(pass *p, const mcap_record *r)
{
    mcap_info *i = p->info;
    uint64_t time_ns = r->as.message.log_time_ns;
    extend(i->messages, &i->first_ns, &i->last_ns, time_ns);
    i->messages++;
    if (!r->in_chunk)
        return;
    extend(p->chunk.messages, &p->chunk.first_ns, &p->chunk.last_ns, time_ns);
    p->chunk.messages++;
}

static void add_chunk(pass *p, const mcap_record *r)
{
    mcap_info *i = p->info;
    const mcap_chunk *c = &r->as.chunk;
    i->chunk_count++;
    i->chunks_of[compression_of(c->compression)]++;
    i->compressed_bytes += c->records.size;
    i->uncompressed_bytes += c->uncompressed_size;
    p->chunk = (open_chunk){
        .open = true,
        .offset = r->offset,
        .stated_first_ns = c->message_start_time_ns,
        .stated_last_ns = c->message_end_time_ns,
    };
}

/* All records of the chunk have been seen (none, when it is lost). */
static void close_chunk(pass *p)
{
    const open_chunk *c = &p->chunk;
    if (c->open && c->messages > 0 && (c->first_ns != c->stated_first_ns || c->last_ns != c->stated_last_ns))
        mcap_damage_add(&p->info->disagreements,
                        "Chunk at offset %" PRIu64 " states times %" PRIu64 " to %" PRIu64
                        " ns, its messages have %" PRIu64 " to %" PRIu64,
                        c->offset, c->stated_first_ns, c->stated_last_ns, c->first_ns, c->last_ns);
    p->chunk.open = false;
}

/* Does an index record point to a whole record of the right kind and length? */
static void check_index(pass *p, const mcap_record *index, mcap_opcode opcode, uint64_t offset,
                        uint64_t length)
{
    mcap_text file = mcap_reader_bytes(p->reader);
    mcap_record r = {0};
    bool found = offset < file.size &&
                 mcap_record_split((const uint8_t *)file.data + offset, file.size - (size_t)offset, &r) &&
                 r.opcode == opcode && r.content.size + MCAP_RECORD_HEAD_SIZE == length;
    if (!found)
        mcap_damage_add(&p->info->disagreements,
                        "%s at offset %" PRIu64 ": no %s of %" PRIu64 " bytes at offset %" PRIu64,
                        mcap_opcode_name(index->opcode), index->offset, mcap_opcode_name((uint8_t)opcode),
                        length, offset);
}

static void compare(mcap_info *i, const char *what, uint64_t stated, uint64_t found)
{
    if (stated != found)
        mcap_damage_add(&i->disagreements, "the statistics state %" PRIu64 " %s, %" PRIu64 " were found",
                        stated, what, found);
}

static void compare_channels(pass *p, mcap_text counts)
{
    uint16_t id;
    uint64_t stated, total = 0;
    bool given = counts.size > 0;
    while (mcap_map_next_number(&counts, &id, &stated)) {
        const mcap_channel *channel = mcap_reader_channel_by_id(p->reader, id);
        uint64_t found = channel ? channel->messages : 0;
        total += found;
        if (stated != found)
            mcap_damage_add(&p->info->disagreements,
                            "the statistics state %" PRIu64 " messages on channel %u, %" PRIu64 " were found",
                            stated, id, found);
    }
    if (given && total != p->info->messages)
        mcap_damage_add(&p->info->disagreements, "the statistics leave out a channel that has messages");
}

static void check_statistics(pass *p, const mcap_statistics *s)
{
    mcap_info *i = p->info;
    i->has_statistics = true;
    compare(i, "messages", s->message_count, i->messages);
    compare(i, "schemas", s->schema_count, mcap_reader_schema_count(p->reader));
    compare(i, "channels", s->channel_count, mcap_reader_channel_count(p->reader));
    compare(i, "attachments", s->attachment_count, i->attachment_count);
    compare(i, "metadata records", s->metadata_count, i->metadata_count);
    compare(i, "chunks", s->chunk_count, i->chunk_count);
    compare(i, "as first time", s->message_start_time_ns, i->first_ns);
    compare(i, "as last time", s->message_end_time_ns, i->last_ns);
    compare_channels(p, s->channel_message_counts);
}

static bool add(pass *p, const mcap_record *r)
{
    if (!r->in_chunk)
        close_chunk(p);
    switch (r->opcode) {
    case MCAP_OP_MESSAGE:
        add_message(p, r);
        return true;
    case MCAP_OP_CHUNK:
        add_chunk(p, r);
        return true;
    case MCAP_OP_ATTACHMENT:
        return add_attachment(p->info, &r->as.attachment);
    case MCAP_OP_METADATA:
        return add_metadata(p->info, &r->as.metadata);
    case MCAP_OP_CHUNK_INDEX:
        p->info->chunk_index_count++;
        check_index(p, r, MCAP_OP_CHUNK, r->as.chunk_index.chunk_start_offset,
                    r->as.chunk_index.chunk_length);
        return true;
    case MCAP_OP_ATTACHMENT_INDEX:
        check_index(p, r, MCAP_OP_ATTACHMENT, r->as.attachment_index.offset, r->as.attachment_index.length);
        return true;
    case MCAP_OP_METADATA_INDEX:
        check_index(p, r, MCAP_OP_METADATA, r->as.metadata_index.offset, r->as.metadata_index.length);
        return true;
    case MCAP_OP_STATISTICS:
        check_statistics(p, &r->as.statistics);
        return true;
    default:
        return true;
    }
}

bool mcap_info_read(mcap_info *info, mcap_reader *r)
{
    memset(info, 0, sizeof *info);
    mcap_damage_init(&info->disagreements);
    pass p = {.info = info, .reader = r};
    mcap_record record;
    mcap_reader_rewind(r);
    while (mcap_reader_next_record(r, &record))
        if (!add(&p, &record))
            return false;
    close_chunk(&p);
    return true;
}

void mcap_info_finish(mcap_info *info)
{
    free(info->attachments);
    free(info->metadata);
    memset(info, 0, sizeof *info);
}
