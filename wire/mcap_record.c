#include "wire/mcap_record.h"

#include <endian.h>
#include <string.h>

/* What is left of a record's content. Once a field did not fit, `ok` stays false and every take gives zeros,
 * so a parser reads all its fields and asks once. */
typedef struct {
    const char *at;
    size_t left;
    bool ok;
} cursor;

const char *mcap_opcode_name(uint8_t opcode)
{
    switch (opcode) {
#define NAME_CASE(name, code, text)                                                                          \
    case code:                                                                                               \
        return text;
        MCAP_OPCODES(NAME_CASE)
#undef NAME_CASE
    default:
        return opcode >= 0x80 ? "private record" : "unknown record";
    }
}

static const char *take(cursor *c, uint64_t size)
{
    if (!c->ok || size > c->left) {
        c->ok = false;
        return NULL;
    }
    const char *data = c->at;
    c->at += size;
    c->left -= (size_t)size;
    return data;
}

static uint8_t take_u8(cursor *c)
{
    const char *p = take(c, 1);
    return p ? (uint8_t)*p : 0;
}

static uint16_t take_u16(cursor *c)
{
    uint16_t v = 0;
    const char *p = take(c, sizeof v);
    if (p)
        memcpy(&v, p, sizeof v);
    return le16toh(v);
}

static uint32_t take_u32(cursor *c)
{
    uint32_t v = 0;
    const char *p = take(c, sizeof v);
    if (p)
        memcpy(&v, p, sizeof v);
    return le32toh(v);
}

static uint64_t take_u64(cursor *c)
{
    uint64_t v = 0;
    const char *p = take(c, sizeof v);
    if (p)
        memcpy(&v, p, sizeof v);
    return le64toh(v);
}

static mcap_text take_bytes(cursor *c, uint64_t size)
{
    const char *p = take(c, size);
    return p ? (mcap_text){p, (size_t)size} : (mcap_text){NULL, 0};
}

/* Length-prefixed by 32 bits: strings, byte arrays, maps, arrays. */
static mcap_text take_text(cursor *c)
{
    uint32_t size = take_u32(c);
    return take_bytes(c, size);
}

static mcap_text take_text_map(cursor *c)
{
    mcap_text map = take_text(c);
    cursor entries = {map.data, map.size, true};
    while (entries.ok && entries.left > 0) {
        take_text(&entries);
        take_text(&entries);
    }
    c->ok = c->ok && entries.ok;
    return map;
}

/* An array of entries of one size. */
static mcap_text take_array(cursor *c, size_t entry_size)
{
    mcap_text array = take_text(c);
    c->ok = c->ok && array.size % entry_size == 0;
    return array;
}

enum { COUNT_ENTRY_SIZE = 2 + 8, INDEX_ENTRY_SIZE = 8 + 8 };

static void parse_header(cursor *c, mcap_header *h)
{
    h->profile = take_text(c);
    h->library = take_text(c);
}

static void parse_footer(cursor *c, mcap_footer *f)
{
    c->ok = c->left == MCAP_FOOTER_SIZE;
    f->summary_start = take_u64(c);
    f->summary_offset_start = take_u64(c);
    f->summary_crc = take_u32(c);
}

static void parse_schema(cursor *c, mcap_schema *s)
{
    s->id = take_u16(c);
    s->name = take_text(c);
    s->encoding = take_text(c);
    s->data = take_text(c);
    c->ok = c->ok && s->id != 0;
}

static void parse_channel(cursor *c, mcap_channel *ch)
{
    ch->id = take_u16(c);
    ch->schema_id = take_u16(c);
    ch->topic = take_text(c);
    ch->message_encoding = take_text(c);
    ch->metadata = take_text_map(c);
    ch->messages = 0;
}

static void parse_message(cursor *c, mcap_message *m)
{
    m->channel = NULL;
    m->schema = NULL;
    m->channel_id = take_u16(c);
    m->sequence = take_u32(c);
    m->log_time_ns = take_u64(c);
    m->publish_time_ns = take_u64(c);
    m->data = (const uint8_t *)c->at;
    m->size = c->left;
}

static void parse_chunk(cursor *c, mcap_chunk *k)
{
    k->message_start_time_ns = take_u64(c);
    k->message_end_time_ns = take_u64(c);
    k->uncompressed_size = take_u64(c);
    k->uncompressed_crc = take_u32(c);
    k->compression = take_text(c);
    uint64_t size = take_u64(c);
    k->records = take_bytes(c, size);
}

static void parse_chunk_index(cursor *c, mcap_chunk_index *i)
{
    i->message_start_time_ns = take_u64(c);
    i->message_end_time_ns = take_u64(c);
    i->chunk_start_offset = take_u64(c);
    i->chunk_length = take_u64(c);
    i->message_index_offsets = take_array(c, COUNT_ENTRY_SIZE);
    i->message_index_length = take_u64(c);
    i->compression = take_text(c);
    i->compressed_size = take_u64(c);
    i->uncompressed_size = take_u64(c);
}

static void parse_message_index(cursor *c, mcap_message_index *i)
{
    i->channel_id = take_u16(c);
    i->records = take_array(c, INDEX_ENTRY_SIZE);
}

static void parse_attachment(cursor *c, mcap_attachment *a)
{
    size_t whole = c->left;
    a->log_time_ns = take_u64(c);
    a->create_time_ns = take_u64(c);
    a->name = take_text(c);
    a->media_type = take_text(c);
    uint64_t size = take_u64(c);
    a->data = take_bytes(c, size);
    a->crc_span = whole - c->left;
    a->crc = take_u32(c);
}

static void parse_attachment_index(cursor *c, mcap_attachment_index *i)
{
    i->offset = take_u64(c);
    i->length = take_u64(c);
    i->log_time_ns = take_u64(c);
    i->create_time_ns = take_u64(c);
    i->data_size = take_u64(c);
    i->name = take_text(c);
    i->media_type = take_text(c);
}

static void parse_statistics(cursor *c, mcap_statistics *s)
{
    s->message_count = take_u64(c);
    s->schema_count = take_u16(c);
    s->channel_count = take_u32(c);
    s->attachment_count = take_u32(c);
    s->metadata_count = take_u32(c);
    s->chunk_count = take_u32(c);
    s->message_start_time_ns = take_u64(c);
    s->message_end_time_ns = take_u64(c);
    s->channel_message_counts = take_array(c, COUNT_ENTRY_SIZE);
}

static void parse_metadata(cursor *c, mcap_metadata *m)
{
    m->name = take_text(c);
    m->metadata = take_text_map(c);
}

static void parse_metadata_index(cursor *c, mcap_metadata_index *i)
{
    i->offset = take_u64(c);
    i->length = take_u64(c);
    i->name = take_text(c);
}

static void parse_summary_offset(cursor *c, mcap_summary_offset *o)
{
    o->group_opcode = take_u8(c);
    o->group_start = take_u64(c);
    o->group_length = take_u64(c);
}

bool mcap_record_split(const uint8_t *data, size_t size, mcap_record *r)
{
    r->opcode = 0;
    r->content = (mcap_text){NULL, 0};
    if (size < MCAP_RECORD_HEAD_SIZE)
        return false;
    uint64_t length;
    memcpy(&length, data + 1, sizeof length);
    length = le64toh(length);
    r->opcode = data[0];
    r->content.size = (size_t)length;
    if (length > size - MCAP_RECORD_HEAD_SIZE)
        return false;
    r->content.data = (const char *)data + MCAP_RECORD_HEAD_SIZE;
    return true;
}

bool mcap_record_parse(mcap_record *r)
{
    cursor c = {r->content.data, r->content.size, true};
    switch (r->opcode) {
    case MCAP_OP_HEADER:
        parse_header(&c, &r->as.header);
        break;
    case MCAP_OP_FOOTER:
        parse_footer(&c, &r->as.footer);
        break;
    case MCAP_OP_SCHEMA:
        parse_schema(&c, &r->as.schema);
        break;
    case MCAP_OP_CHANNEL:
        parse_channel(&c, &r->as.channel);
        break;
    case MCAP_OP_MESSAGE:
        parse_message(&c, &r->as.message);
        break;
    case MCAP_OP_CHUNK:
        parse_chunk(&c, &r->as.chunk);
        break;
    case MCAP_OP_MESSAGE_INDEX:
        parse_message_index(&c, &r->as.message_index);
        break;
    case MCAP_OP_CHUNK_INDEX:
        parse_chunk_index(&c, &r->as.chunk_index);
        break;
    case MCAP_OP_ATTACHMENT:
        parse_attachment(&c, &r->as.attachment);
        break;
    case MCAP_OP_ATTACHMENT_INDEX:
        parse_attachment_index(&c, &r->as.attachment_index);
        break;
    case MCAP_OP_STATISTICS:
        parse_statistics(&c, &r->as.statistics);
        break;
    case MCAP_OP_METADATA:
        parse_metadata(&c, &r->as.metadata);
        break;
    case MCAP_OP_METADATA_INDEX:
        parse_metadata_index(&c, &r->as.metadata_index);
        break;
    case MCAP_OP_SUMMARY_OFFSET:
        parse_summary_offset(&c, &r->as.summary_offset);
        break;
    case MCAP_OP_DATA_END:
        r->as.data_end.data_section_crc = take_u32(&c);
        break;
    default:
        break;
    }
    return c.ok;
}

bool mcap_map_next_text(mcap_text *map, mcap_text *key, mcap_text *value)
{
    cursor c = {map->data, map->size, true};
    *key = take_text(&c);
    *value = take_text(&c);
    *map = (mcap_text){c.at, c.left};
    return c.ok;
}

bool mcap_map_next_number(mcap_text *map, uint16_t *key, uint64_t *value)
{
    cursor c = {map->data, map->size, true};
    *key = take_u16(&c);
    *value = take_u64(&c);
    *map = (mcap_text){c.at, c.left};
    return c.ok;
}

bool mcap_index_next(mcap_text *entries, uint64_t *log_time_ns, uint64_t *offset)
{
    cursor c = {entries->data, entries->size, true};
    *log_time_ns = take_u64(&c);
    *offset = take_u64(&c);
    *entries = (mcap_text){c.at, c.left};
    return c.ok;
}

bool mcap_text_equal(mcap_text a, mcap_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool mcap_text_is(mcap_text a, const char *text)
{
    return mcap_text_equal(a, (mcap_text){text, strlen(text)});
}
