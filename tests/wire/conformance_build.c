#include "tests/wire/conformance.h"

#include "wire/mcap_crc.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_CHANNEL = 16 };

typedef struct {
    mcap_buffer records;
    mcap_buffer index[MAX_CHANNEL]; /* by channel id */
    bool used[MAX_CHANNEL];
    uint64_t messages, first, last;
} chunk_builder;

static const json_t *field(const json_t *record, const char *name)
{
    size_t i;
    json_t *pair;
    json_array_foreach(json_object_get(record, "fields"), i, pair)
    {
        if (strcmp(json_string_value(json_array_get(pair, 0)), name) == 0)
            return json_array_get(pair, 1);
    }
    abort(); /* a description that leaves out a field is not one of ours */
}

static uint64_t value(const json_t *v)
{
    return strtoull(json_string_value(v), NULL, 10);
}

static uint64_t number(const json_t *record, const char *name)
{
    return value(field(record, name));
}

static void put_string(mcap_buffer *b, const json_t *record, const char *name)
{
    const json_t *v = field(record, name);
    mcap_buffer_put_text(b, json_string_value(v), json_string_length(v));
}

static void put_u64(mcap_buffer *b, const json_t *record, const char *name)
{
    mcap_buffer_put_u64(b, number(record, name));
}

static void put_u32(mcap_buffer *b, const json_t *record, const char *name)
{
    mcap_buffer_put_u32(b, (uint32_t)number(record, name));
}

static void put_u16(mcap_buffer *b, const json_t *record, const char *name)
{
    mcap_buffer_put_u16(b, (uint16_t)number(record, name));
}

static void put_bytes(mcap_buffer *b, const json_t *record, const char *name)
{
    size_t i;
    json_t *byte;
    json_array_foreach(field(record, name), i, byte)
    {
        mcap_buffer_put_u8(b, (uint8_t)value(byte));
    }
}

static void put_texts(mcap_buffer *b, const json_t *record, const char *name)
{
    size_t begin = mcap_buffer_begin_u32(b);
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)field(record, name), key, v)
    {
        mcap_buffer_put_string(b, key);
        mcap_buffer_put_string(b, json_string_value(v));
    }
    mcap_buffer_end_u32(b, begin);
}

static void put_numbers(mcap_buffer *b, const json_t *record, const char *name)
{
    size_t begin = mcap_buffer_begin_u32(b);
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)field(record, name), key, v)
    {
        mcap_buffer_put_u16(b, (uint16_t)strtoul(key, NULL, 10));
        mcap_buffer_put_u64(b, value(v));
    }
    mcap_buffer_end_u32(b, begin);
}

/* The fields of each record in the order of the spec: its name, and how it is put. */
typedef struct {
    const char *name;
    void (*put)(mcap_buffer *b, const json_t *record, const char *name);
} field_layout;

typedef struct {
    mcap_opcode opcode;
    bool fixed; /* never padded */
    field_layout fields[10];
} record_layout;

static const record_layout layouts[] = {
    {MCAP_OP_HEADER, false, {{"profile", put_string}, {"library", put_string}}},
    {MCAP_OP_FOOTER,
     true,
     {{"summary_start", put_u64}, {"summary_offset_start", put_u64}, {"summary_crc", put_u32}}},
    {MCAP_OP_CHANNEL,
     false,
     {{"id", put_u16},
      {"schema_id", put_u16},
      {"topic", put_string},
      {"message_encoding", put_string},
      {"metadata", put_texts}}},
    {MCAP_OP_MESSAGE,
     true,
     {{"channel_id", put_u16},
      {"sequence", put_u32},
      {"log_time", put_u64},
      {"publish_time", put_u64},
      {"data", put_bytes}}},
    {MCAP_OP_CHUNK_INDEX,
     false,
     {{"message_start_time", put_u64},
      {"message_end_time", put_u64},
      {"chunk_start_offset", put_u64},
      {"chunk_length", put_u64},
      {"message_index_offsets", put_numbers},
      {"message_index_length", put_u64},
      {"compression", put_string},
      {"compressed_size", put_u64},
      {"uncompressed_size", put_u64}}},
    {MCAP_OP_ATTACHMENT_INDEX,
     false,
     {{"offset", put_u64},
      {"length", put_u64},
      {"log_time", put_u64},
      {"create_time", put_u64},
      {"data_size", put_u64},
      {"name", put_string},
      {"media_type", put_string}}},
    {MCAP_OP_STATISTICS,
     false,
     {{"message_count", put_u64},
      {"schema_count", put_u16},
      {"channel_count", put_u32},
      {"attachment_count", put_u32},
      {"metadata_count", put_u32},
      {"chunk_count", put_u32},
      {"message_start_time", put_u64},
      {"message_end_time", put_u64},
      {"channel_message_counts", put_numbers}}},
    {MCAP_OP_METADATA, false, {{"name", put_string}, {"metadata", put_texts}}},
    {MCAP_OP_METADATA_INDEX, false, {{"offset", put_u64}, {"length", put_u64}, {"name", put_string}}},
    {MCAP_OP_DATA_END, true, {{"data_section_crc", put_u32}}},
};

static void put_pad(mcap_buffer *b, bool pad)
{
    if (pad)
        mcap_buffer_put_bytes(b, "\x01\xff\xff", 3);
}

static bool is_type(const json_t *record, mcap_opcode opcode)
{
    return strcmp(json_string_value(json_object_get(record, "type")), mcap_opcode_name((uint8_t)opcode)) == 0;
}

static bool put_by_layout(mcap_buffer *b, const json_t *record, bool pad)
{
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        const record_layout *l = &layouts[i];
        if (!is_type(record, l->opcode))
            continue;
        size_t begin = mcap_buffer_begin_record(b, l->opcode);
        for (const field_layout *f = l->fields; f->name; f++)
            f->put(b, record, f->name);
        put_pad(b, pad && !l->fixed);
        mcap_buffer_end_record(b, begin);
        return true;
    }
    return false;
}

/* Those with byte fields that have a length, or a number of one byte. */
static bool put_special(mcap_buffer *b, const json_t *record, bool pad)
{
    size_t begin;
    if (is_type(record, MCAP_OP_SCHEMA)) {
        begin = mcap_buffer_begin_record(b, MCAP_OP_SCHEMA);
        put_u16(b, record, "id");
        put_string(b, record, "name");
        put_string(b, record, "encoding");
        mcap_buffer_put_u32(b, (uint32_t)json_array_size(field(record, "data")));
        put_bytes(b, record, "data");
    } else if (is_type(record, MCAP_OP_ATTACHMENT)) {
        begin = mcap_buffer_begin_record(b, MCAP_OP_ATTACHMENT);
        put_u64(b, record, "log_time");
        put_u64(b, record, "create_time");
        put_string(b, record, "name");
        put_string(b, record, "media_type");
        mcap_buffer_put_u64(b, json_array_size(field(record, "data")));
        put_bytes(b, record, "data");
        size_t content = begin + sizeof(uint64_t);
        mcap_buffer_put_u32(b, mcap_crc32(0, b->data + content, b->size - content));
    } else if (is_type(record, MCAP_OP_SUMMARY_OFFSET)) {
        begin = mcap_buffer_begin_record(b, MCAP_OP_SUMMARY_OFFSET);
        mcap_buffer_put_u8(b, (uint8_t)number(record, "group_opcode"));
        put_u64(b, record, "group_start");
        put_u64(b, record, "group_length");
    } else {
        return false;
    }
    put_pad(b, pad);
    mcap_buffer_end_record(b, begin);
    return true;
}

static bool put_record(mcap_buffer *b, const json_t *record, bool pad)
{
    return put_special(b, record, pad) || put_by_layout(b, record, pad);
}

static bool has_feature(const json_t *description, const char *name)
{
    const json_t *variant = json_object_get(json_object_get(description, "meta"), "variant");
    size_t i;
    json_t *feature;
    json_array_foreach(json_object_get(variant, "features"), i, feature)
    {
        if (strcmp(json_string_value(feature), name) == 0)
            return true;
    }
    return false;
}

/* Records in chunks are never padded by the generator. */
static bool put_into_chunk(chunk_builder *c, const json_t *record)
{
    bool message = is_type(record, MCAP_OP_MESSAGE);
    if (message || is_type(record, MCAP_OP_CHANNEL)) {
        uint64_t id = number(record, message ? "channel_id" : "id");
        if (id >= MAX_CHANNEL)
            return false;
        c->used[id] = true;
        if (message) {
            uint64_t time = number(record, "log_time");
            c->first = c->messages == 0 || time < c->first ? time : c->first;
            c->last = c->messages == 0 || time > c->last ? time : c->last;
            c->messages++;
            mcap_buffer_put_u64(&c->index[id], time);
            mcap_buffer_put_u64(&c->index[id], c->records.size);
        }
    }
    return put_record(&c->records, record, false);
}

static void put_chunk(mcap_buffer *b, const chunk_builder *c, bool index, bool pad)
{
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_CHUNK);
    mcap_buffer_put_u64(b, c->first);
    mcap_buffer_put_u64(b, c->last);
    mcap_buffer_put_u64(b, c->records.size);
    mcap_buffer_put_u32(b, mcap_crc32(0, c->records.data, c->records.size));
    mcap_buffer_put_string(b, "");
    mcap_buffer_put_u64(b, c->records.size);
    mcap_buffer_put_bytes(b, c->records.data, c->records.size);
    mcap_buffer_end_record(b, begin);
    for (uint16_t id = 0; index && id < MAX_CHANNEL; id++) {
        if (!c->used[id])
            continue;
        begin = mcap_buffer_begin_record(b, MCAP_OP_MESSAGE_INDEX);
        mcap_buffer_put_u16(b, id);
        mcap_buffer_put_text(b, c->index[id].data, c->index[id].size);
        put_pad(b, pad);
        mcap_buffer_end_record(b, begin);
    }
}

static bool put_records(mcap_buffer *file, const json_t *description, chunk_builder *c)
{
    bool chunked = has_feature(description, "ch"), data = true, pad = has_feature(description, "pad");
    size_t i;
    json_t *record;
    json_array_foreach(json_object_get(description, "records"), i, record)
    {
        bool inside = chunked && data &&
                      (is_type(record, MCAP_OP_SCHEMA) || is_type(record, MCAP_OP_CHANNEL) ||
                       is_type(record, MCAP_OP_MESSAGE));
        if (is_type(record, MCAP_OP_DATA_END)) {
            data = false;
            if (chunked)
                put_chunk(file, c, has_feature(description, "mx"), pad);
        }
        if (!(inside ? put_into_chunk(c, record) : put_record(file, record, pad)))
            return false;
    }
    return true;
}

bool conformance_build(const json_t *description, mcap_buffer *file)
{
    chunk_builder c = {0};
    mcap_buffer_clear(file);
    mcap_buffer_put_bytes(file, MCAP_MAGIC, MCAP_MAGIC_SIZE);
    bool ok = put_records(file, description, &c) && !file->failed;
    mcap_buffer_put_bytes(file, MCAP_MAGIC, MCAP_MAGIC_SIZE);
    mcap_buffer_finish(&c.records);
    for (size_t i = 0; i < MAX_CHANNEL; i++)
        mcap_buffer_finish(&c.index[i]);
    return ok;
}
