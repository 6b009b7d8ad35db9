#include "wire/mcap_crc.h"
#include "wire/mcap_reader_private.h"

#include <inttypes.h>

typedef enum { STEP_RECORD, STEP_SKIPPED, STEP_END } step;

/* How often the reader goes on after a place without a record. Each time costs a walk through the summary,
 * which a hostile file makes long. */
enum { LEAP_LIMIT = 1000 };

/* Where each record may stand. */
static const unsigned char allowed[] = {
    [MCAP_OP_HEADER] = MCAP_SECTION_START,
    [MCAP_OP_FOOTER] = MCAP_SECTION_DATA | MCAP_SECTION_SUMMARY,
    [MCAP_OP_SCHEMA] = MCAP_SECTION_DATA | MCAP_SECTION_CHUNK | MCAP_SECTION_SUMMARY,
    [MCAP_OP_CHANNEL] = MCAP_SECTION_DATA | MCAP_SECTION_CHUNK | MCAP_SECTION_SUMMARY,
    [MCAP_OP_MESSAGE] = MCAP_SECTION_DATA | MCAP_SECTION_CHUNK,
    [MCAP_OP_CHUNK] = MCAP_SECTION_DATA,
    [MCAP_OP_MESSAGE_INDEX] = MCAP_SECTION_DATA,
    [MCAP_OP_CHUNK_INDEX] = MCAP_SECTION_SUMMARY,
    [MCAP_OP_ATTACHMENT] = MCAP_SECTION_DATA,
    [MCAP_OP_ATTACHMENT_INDEX] = MCAP_SECTION_SUMMARY,
    [MCAP_OP_STATISTICS] = MCAP_SECTION_SUMMARY,
    [MCAP_OP_METADATA] = MCAP_SECTION_DATA,
    [MCAP_OP_METADATA_INDEX] = MCAP_SECTION_SUMMARY,
    [MCAP_OP_SUMMARY_OFFSET] = MCAP_SECTION_SUMMARY,
    [MCAP_OP_DATA_END] = MCAP_SECTION_DATA,
};

static bool may_stand(uint8_t opcode, mcap_section where)
{
    return opcode >= sizeof allowed || (allowed[opcode] & where) != 0;
}

/* "Message at offset 17 of a chunk", for the damage. */
static const char *place(const mcap_record *record)
{
    return record->in_chunk ? " of the chunk" : "";
}

static step skip(mcap_reader *r, const mcap_record *record, const char *why)
{
    mcap_damage_add(&r->damage, "%s at offset %" PRIu64 "%s %s: skipped", mcap_opcode_name(record->opcode),
                    record->offset, place(record), why);
    return STEP_SKIPPED;
}

static step take_definition(mcap_reader *r, const mcap_record *record)
{
    switch (mcap_registry_define(&r->registry, record)) {
    case MCAP_DEFINE_OK:
        return STEP_RECORD;
    case MCAP_DEFINE_CONFLICT:
        return skip(r, record, "differs from the earlier one with its id");
    default:
        return skip(r, record, "does not fit into memory");
    }
}

static const mcap_schema *find_schema(mcap_reader *r, mcap_definition *channel)
{
    uint16_t id = channel->as.channel.schema_id;
    mcap_definition *schema = mcap_definitions_find(&r->registry.schemas, id);
    if (schema && schema->defined) {
        channel->schema = &schema->as.schema;
    } else if (!channel->complained) {
        mcap_damage_add(&r->damage, "channel %u needs schema %u, which is not defined",
                        channel->as.channel.id, id);
        channel->complained = true;
    }
    return channel->schema;
}

static step take_message(mcap_reader *r, mcap_record *record)
{
    mcap_message *m = &record->as.message;
    mcap_definition *channel = mcap_definitions_find(&r->registry.channels, m->channel_id);
    if (!channel || !channel->defined)
        return skip(r, record, "is on a channel that is not defined");
    m->channel = &channel->as.channel;
    m->schema = channel->schema;
    if (!m->schema && channel->as.channel.schema_id != 0)
        m->schema = find_schema(r, channel);
    channel->as.channel.messages++;
    return STEP_RECORD;
}

static step open_chunk(mcap_reader *r, const mcap_record *record)
{
    error e = {""};
    mcap_text records;
    if (!mcap_unpack(&r->unpacker, &record->as.chunk, &records, &e)) {
        mcap_damage_add(&r->damage, "Chunk at offset %" PRIu64 " (%zu bytes) is lost: %s", record->offset,
                        record->content.size, e.text);
        return STEP_RECORD;
    }
    r->chunk = r->chunk_at = (const uint8_t *)records.data;
    r->chunk_end = r->chunk + records.size;
    return STEP_RECORD;
}

bool mcap_attachment_intact(const mcap_record *record)
{
    const mcap_attachment *a = &record->as.attachment;
    return a->crc == 0 || mcap_crc32(0, record->content.data, a->crc_span) == a->crc;
}

static step take_data_end(mcap_reader *r, const mcap_record *record)
{
    r->section = MCAP_SECTION_SUMMARY;
    uint32_t crc = record->as.data_end.data_section_crc;
    if (crc != 0 && mcap_crc32(0, r->data, (size_t)record->offset) != crc)
        mcap_damage_add(&r->damage, "the data section's CRC (before offset %" PRIu64 ") is wrong",
                        record->offset);
    return STEP_RECORD;
}

static step take_footer(mcap_reader *r, const mcap_record *record)
{
    if (r->section == MCAP_SECTION_DATA)
        mcap_damage_add(&r->damage, "no DataEnd before the Footer at offset %" PRIu64, record->offset);
    r->section = MCAP_SECTION_END;
    return STEP_RECORD;
}

/* A whole, parsed record outside chunks that may stand where it stands. */
static step take(mcap_reader *r, mcap_record *record)
{
    switch (record->opcode) {
    case MCAP_OP_HEADER:
        r->section = MCAP_SECTION_DATA;
        return STEP_RECORD;
    case MCAP_OP_SCHEMA:
    case MCAP_OP_CHANNEL:
        return take_definition(r, record);
    case MCAP_OP_MESSAGE:
        return take_message(r, record);
    case MCAP_OP_CHUNK:
        return open_chunk(r, record);
    case MCAP_OP_ATTACHMENT:
        return mcap_attachment_intact(record) ? STEP_RECORD : skip(r, record, "has a wrong CRC");
    case MCAP_OP_DATA_END:
        return take_data_end(r, record);
    case MCAP_OP_FOOTER:
        return take_footer(r, record);
    default:
        return STEP_RECORD;
    }
}

/* What stands at r->at is no record, or not all of one. Goes on at the next place that the summary knows. */
static step lose(mcap_reader *r, const mcap_record *record)
{
    size_t end = r->tail.records_end, next = 0;
    if (r->leaps++ < LEAP_LIMIT)
        next = mcap_tail_known_place(&r->tail, r->at + 1);
    if (r->section == MCAP_SECTION_END || next == 0) {
        const char *what = r->section == MCAP_SECTION_END ? "do not belong there, after the footer"
                           : r->tail.closed               ? "are no whole record and are lost"
                           : record->opcode != 0
                               ? "are an unfinished record and are lost: the file is cut off"
                               : "are lost: the file is cut off";
        mcap_damage_add(&r->damage, "the last %zu bytes, from offset %zu, %s", end - r->at, r->at, what);
        r->at = end;
        r->finished = true;
        return STEP_END;
    }
    mcap_damage_add(&r->damage, "no record at offset %zu: %zu bytes are lost", r->at, next - r->at);
    r->at = next;
    if (next >= r->tail.summary_at)
        r->section = MCAP_SECTION_SUMMARY;
    return STEP_SKIPPED;
}

static step finish(mcap_reader *r)
{
    if (!r->finished && r->section != MCAP_SECTION_END)
        mcap_damage_add(&r->damage, "the file ends at offset %zu without a footer: it is cut off", r->at);
    else if (!r->finished && !r->tail.closed)
        mcap_damage_add(&r->damage, "the closing magic is missing at offset %zu", r->at);
    r->finished = true;
    return STEP_END;
}

static step step_outside(mcap_reader *r, mcap_record *record)
{
    if (r->at >= r->tail.records_end)
        return finish(r);
    record->in_chunk = false;
    record->offset = r->at;
    bool whole = mcap_record_split(r->data + r->at, r->tail.records_end - r->at, record);
    /* Opcode 0 is never written: it is what a crash leaves where a file was to grow. */
    if (!whole || record->opcode == 0 || r->section == MCAP_SECTION_END)
        return lose(r, record);
    r->at += MCAP_RECORD_HEAD_SIZE + record->content.size;
    if (!may_stand(record->opcode, r->section))
        return skip(r, record, "may not stand there");
    if (!mcap_record_parse(record))
        return skip(r, record, "is malformed");
    return take(r, record);
}

static step step_in_chunk(mcap_reader *r, mcap_record *record)
{
    size_t left = (size_t)(r->chunk_end - r->chunk_at);
    record->in_chunk = true;
    record->offset = (uint64_t)(r->chunk_at - r->chunk);
    if (!mcap_record_split(r->chunk_at, left, record) || record->opcode == 0) {
        r->chunk_at = r->chunk_end;
        mcap_damage_add(&r->damage, "the last %zu bytes of the chunk before offset %zu are no whole record",
                        left, r->at);
        return STEP_SKIPPED;
    }
    r->chunk_at += MCAP_RECORD_HEAD_SIZE + record->content.size;
    if (!may_stand(record->opcode, MCAP_SECTION_CHUNK))
        return skip(r, record, "may not stand there");
    if (!mcap_record_parse(record))
        return skip(r, record, "is malformed");
    if (record->opcode == MCAP_OP_MESSAGE)
        return take_message(r, record);
    return take(r, record);
}

bool mcap_reader_next_record(mcap_reader *r, mcap_record *record)
{
    step done;
    do
        done = r->chunk_at != r->chunk_end ? step_in_chunk(r, record) : step_outside(r, record);
    while (done == STEP_SKIPPED);
    return done == STEP_RECORD;
}

bool mcap_reader_next(mcap_reader *r, mcap_message *m)
{
    mcap_record record;
    while (mcap_reader_next_record(r, &record))
        if (record.opcode == MCAP_OP_MESSAGE) {
            *m = record.as.message;
            return true;
        }
    return false;
}

void mcap_reader_rewind(mcap_reader *r)
{
    r->at = MCAP_MAGIC_SIZE;
    r->section = MCAP_SECTION_START;
    r->leaps = 0;
    r->finished = false;
    r->chunk = r->chunk_at = r->chunk_end = NULL;
    mcap_damage_truncate(&r->damage, r->damage_at_open);
    mcap_registry_rewind(&r->registry, false);
}
