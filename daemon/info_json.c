#include "daemon/info_print.h"

#include "daemon/printable.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* Jansson takes only valid UTF-8. */
static json_t *text_value(mcap_text text)
{
    json_t *value = json_stringn(text.data ? text.data : "", text.size);
    if (value)
        return value;
    char *clean = malloc(text.size + 1);
    if (!clean)
        return NULL;
    size_t length = printable_copy(text.data, text.size, clean, text.size + 1);
    value = json_stringn(clean, length);
    free(clean);
    return value;
}

/* Jansson's integers are signed: what is larger (a time of no clock of ours) loses digits, but stays a
 * number. */
static json_t *number_value(uint64_t v)
{
    return v <= INT64_MAX ? json_integer((json_int_t)v) : json_real((double)v);
}

static json_t *map_value(mcap_text map)
{
    json_t *object = json_object();
    mcap_text key, value;
    while (mcap_map_next_text(&map, &key, &value)) {
        char name[256];
        printable_copy(key.data, key.size, name, sizeof name);
        json_object_set_new(object, name, text_value(value));
    }
    return object;
}

static json_t *channel_value(const info_subject *s, const mcap_channel *c)
{
    const mcap_schema *schema = mcap_reader_schema_by_id(s->reader, c->schema_id);
    json_t *o = json_object();
    json_object_set_new(o, "id", json_integer(c->id));
    json_object_set_new(o, "topic", text_value(c->topic));
    json_object_set_new(o, "message_encoding", text_value(c->message_encoding));
    json_object_set_new(o, "schema", schema ? text_value(schema->name) : json_null());
    json_object_set_new(o, "schema_encoding", schema ? text_value(schema->encoding) : json_null());
    json_object_set_new(o, "count", number_value(c->messages));
    json_object_set_new(o, "metadata", map_value(c->metadata));
    return o;
}

static json_t *channels_value(const info_subject *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < mcap_reader_channel_count(s->reader); i++)
        json_array_append_new(list, channel_value(s, mcap_reader_channel(s->reader, i)));
    return list;
}

static json_t *schemas_value(const info_subject *s)
{
    json_t *list = json_array();
    for (size_t i = 0; i < mcap_reader_schema_count(s->reader); i++) {
        const mcap_schema *schema = mcap_reader_schema(s->reader, i);
        json_t *o = json_object();
        json_object_set_new(o, "id", json_integer(schema->id));
        json_object_set_new(o, "name", text_value(schema->name));
        json_object_set_new(o, "encoding", text_value(schema->encoding));
        json_object_set_new(o, "size", number_value(schema->data.size));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *attachments_value(const mcap_info *info)
{
    json_t *list = json_array();
    for (size_t i = 0; i < info->attachment_count; i++) {
        const mcap_info_attachment *a = &info->attachments[i];
        json_t *o = json_object();
        json_object_set_new(o, "name", text_value(a->name));
        json_object_set_new(o, "media_type", text_value(a->media_type));
        json_object_set_new(o, "size", number_value(a->size));
        json_object_set_new(o, "log_time_ns", number_value(a->log_time_ns));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *metadata_value(const mcap_info *info)
{
    json_t *list = json_array();
    for (size_t i = 0; i < info->metadata_count; i++) {
        json_t *o = json_object();
        json_object_set_new(o, "name", text_value(info->metadata[i].name));
        json_object_set_new(o, "values", map_value(info->metadata[i].metadata));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *chunks_value(const mcap_info *info)
{
    json_t *o = json_object(), *compression = json_object();
    for (int c = 0; c < MCAP_INFO_COMPRESSION_COUNT; c++)
        if (info->chunks_of[c] > 0)
            json_object_set_new(compression, mcap_info_compression_word((mcap_info_compression)c),
                                number_value(info->chunks_of[c]));
    json_object_set_new(o, "count", number_value(info->chunk_count));
    json_object_set_new(o, "compression", compression);
    json_object_set_new(o, "compressed_bytes", number_value(info->compressed_bytes));
    json_object_set_new(o, "uncompressed_bytes", number_value(info->uncompressed_bytes));
    json_object_set_new(o, "indexed", number_value(info->chunk_index_count));
    return o;
}

static json_t *damage_value(const info_subject *s)
{
    json_t *list = json_array();
    const char *text;
    for (size_t i = 0; (text = info_damage(s, i)) != NULL; i++)
        if (text[0] != '\0')
            json_array_append_new(list, json_string(text));
    return list;
}

static void add_times(json_t *o, const mcap_info *info)
{
    bool any = info->messages > 0;
    json_object_set_new(o, "start_ns", any ? number_value(info->first_ns) : json_null());
    json_object_set_new(o, "end_ns", any ? number_value(info->last_ns) : json_null());
    double duration_s = 1e-9 * (double)(info->last_ns - info->first_ns);
    json_object_set_new(o, "duration_s", any ? json_real(duration_s) : json_null());
}

bool info_print_json(const info_subject *s, FILE *out)
{
    const mcap_info *info = s->info;
    mcap_header header = mcap_reader_header(s->reader);
    json_t *o = json_object();
    json_object_set_new(o, "file", text_value((mcap_text){s->path, strlen(s->path)}));
    json_object_set_new(o, "size", number_value(mcap_reader_bytes(s->reader).size));
    json_object_set_new(o, "library", text_value(header.library));
    json_object_set_new(o, "profile", text_value(header.profile));
    json_object_set_new(o, "messages", number_value(info->messages));
    json_object_set_new(o, "attachments", number_value(info->attachment_count));
    json_object_set_new(o, "metadata", number_value(info->metadata_count));
    json_object_set_new(o, "schemas", number_value(mcap_reader_schema_count(s->reader)));
    add_times(o, info);
    json_object_set_new(o, "channels", channels_value(s));
    json_object_set_new(o, "chunks", chunks_value(info));
    json_object_set_new(o, "schema_list", schemas_value(s));
    json_object_set_new(o, "attachment_list", attachments_value(info));
    json_object_set_new(o, "metadata_list", metadata_value(info));
    json_object_set_new(o, "statistics", json_boolean(info->has_statistics));
    json_object_set_new(o, "damaged", json_boolean(info_damage(s, 0) != NULL));
    bool ok = json_object_set_new(o, "damage", damage_value(s)) == 0 &&
              json_dumpf(o, out, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0;
    json_decref(o);
    fputc('\n', out);
    return ok;
}
