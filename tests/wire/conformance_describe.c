#include "tests/wire/conformance.h"

#include <inttypes.h>
#include <stdio.h>

static json_t *number(uint64_t v)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, v);
    return json_string(text);
}

static json_t *string(mcap_text t)
{
    return json_stringn(t.data ? t.data : "", t.size);
}

static json_t *bytes(const void *data, size_t size)
{
    json_t *list = json_array();
    for (size_t i = 0; i < size; i++)
        json_array_append_new(list, number(((const uint8_t *)data)[i]));
    return list;
}

static json_t *texts(mcap_text map)
{
    json_t *object = json_object();
    mcap_text key, value;
    while (mcap_map_next_text(&map, &key, &value))
        json_object_setn_new(object, key.data, key.size, string(value));
    return object;
}

static json_t *numbers(mcap_text map)
{
    json_t *object = json_object();
    uint16_t key;
    uint64_t value;
    while (mcap_map_next_number(&map, &key, &value)) {
        char name[8];
        snprintf(name, sizeof name, "%u", key);
        json_object_set_new(object, name, number(value));
    }
    return object;
}

static void field(json_t *fields, const char *name, json_t *value)
{
    json_array_append_new(fields, json_pack("[so]", name, value));
}

static void describe_chunk_index(json_t *f, const mcap_chunk_index *i)
{
    field(f, "chunk_length", number(i->chunk_length));
    field(f, "chunk_start_offset", number(i->chunk_start_offset));
    field(f, "compressed_size", number(i->compressed_size));
    field(f, "compression", string(i->compression));
    field(f, "message_end_time", number(i->message_end_time_ns));
    field(f, "message_index_length", number(i->message_index_length));
    field(f, "message_index_offsets", numbers(i->message_index_offsets));
    field(f, "message_start_time", number(i->message_start_time_ns));
    field(f, "uncompressed_size", number(i->uncompressed_size));
}

static void describe_statistics(json_t *f, const mcap_statistics *s)
{
    field(f, "attachment_count", number(s->attachment_count));
    field(f, "channel_count", number(s->channel_count));
    field(f, "channel_message_counts", numbers(s->channel_message_counts));
    field(f, "chunk_count", number(s->chunk_count));
    field(f, "message_count", number(s->message_count));
    field(f, "message_end_time", number(s->message_end_time_ns));
    field(f, "message_start_time", number(s->message_start_time_ns));
    field(f, "metadata_count", number(s->metadata_count));
    field(f, "schema_count", number(s->schema_count));
}

static void describe_attachment(json_t *f, const mcap_attachment *a)
{
    field(f, "create_time", number(a->create_time_ns));
    field(f, "data", bytes(a->data.data, a->data.size));
    field(f, "log_time", number(a->log_time_ns));
    field(f, "media_type", string(a->media_type));
    field(f, "name", string(a->name));
}

static void describe_attachment_index(json_t *f, const mcap_attachment_index *i)
{
    field(f, "create_time", number(i->create_time_ns));
    field(f, "data_size", number(i->data_size));
    field(f, "length", number(i->length));
    field(f, "log_time", number(i->log_time_ns));
    field(f, "media_type", string(i->media_type));
    field(f, "name", string(i->name));
    field(f, "offset", number(i->offset));
}

/* Definitions and messages. */
static bool describe_data(json_t *f, const mcap_record *r)
{
    switch (r->opcode) {
    case MCAP_OP_SCHEMA:
        field(f, "data", bytes(r->as.schema.data.data, r->as.schema.data.size));
        field(f, "encoding", string(r->as.schema.encoding));
        field(f, "id", number(r->as.schema.id));
        field(f, "name", string(r->as.schema.name));
        return true;
    case MCAP_OP_CHANNEL:
        field(f, "id", number(r->as.channel.id));
        field(f, "message_encoding", string(r->as.channel.message_encoding));
        field(f, "metadata", texts(r->as.channel.metadata));
        field(f, "schema_id", number(r->as.channel.schema_id));
        field(f, "topic", string(r->as.channel.topic));
        return true;
    case MCAP_OP_MESSAGE:
        field(f, "channel_id", number(r->as.message.channel->id));
        field(f, "data", bytes(r->as.message.data, r->as.message.size));
        field(f, "log_time", number(r->as.message.log_time_ns));
        field(f, "publish_time", number(r->as.message.publish_time_ns));
        field(f, "sequence", number(r->as.message.sequence));
        return true;
    default:
        return false;
    }
}

static bool describe_other(json_t *f, const mcap_record *r)
{
    switch (r->opcode) {
    case MCAP_OP_HEADER:
        field(f, "library", string(r->as.header.library));
        field(f, "profile", string(r->as.header.profile));
        return true;
    case MCAP_OP_FOOTER:
        field(f, "summary_crc", number(r->as.footer.summary_crc));
        field(f, "summary_offset_start", number(r->as.footer.summary_offset_start));
        field(f, "summary_start", number(r->as.footer.summary_start));
        return true;
    case MCAP_OP_CHUNK_INDEX:
        describe_chunk_index(f, &r->as.chunk_index);
        return true;
    case MCAP_OP_ATTACHMENT:
        describe_attachment(f, &r->as.attachment);
        return true;
    case MCAP_OP_ATTACHMENT_INDEX:
        describe_attachment_index(f, &r->as.attachment_index);
        return true;
    case MCAP_OP_STATISTICS:
        describe_statistics(f, &r->as.statistics);
        return true;
    case MCAP_OP_METADATA:
        field(f, "metadata", texts(r->as.metadata.metadata));
        field(f, "name", string(r->as.metadata.name));
        return true;
    case MCAP_OP_METADATA_INDEX:
        field(f, "length", number(r->as.metadata_index.length));
        field(f, "name", string(r->as.metadata_index.name));
        field(f, "offset", number(r->as.metadata_index.offset));
        return true;
    case MCAP_OP_SUMMARY_OFFSET:
        field(f, "group_length", number(r->as.summary_offset.group_length));
        field(f, "group_opcode", number(r->as.summary_offset.group_opcode));
        field(f, "group_start", number(r->as.summary_offset.group_start));
        return true;
    case MCAP_OP_DATA_END:
        field(f, "data_section_crc", number(r->as.data_end.data_section_crc));
        return true;
    default:
        return false;
    }
}

json_t *conformance_describe(const mcap_record *r)
{
    json_t *fields = json_array();
    if (describe_data(fields, r) || describe_other(fields, r))
        return json_pack("{ssso}", "type", mcap_opcode_name(r->opcode), "fields", fields);
    json_decref(fields);
    return NULL;
}
