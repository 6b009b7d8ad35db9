#include "wire/mcap_file.h"
#include "wire/mcap_reader_private.h"

#include <stdlib.h>
#include <string.h>

static bool read_header(mcap_reader *r, error *e)
{
    if (r->size < MCAP_MAGIC_SIZE || memcmp(r->data, MCAP_MAGIC, MCAP_MAGIC_SIZE) != 0)
        return error_set(e, "is not an MCAP file: the magic bytes are not there");
    mcap_record header;
    if (!mcap_record_split(r->data + MCAP_MAGIC_SIZE, r->size - MCAP_MAGIC_SIZE, &header) ||
        header.opcode != MCAP_OP_HEADER || !mcap_record_parse(&header))
        return error_set(e, "is not an MCAP file: no whole Header record after the magic bytes");
    r->header = header.as.header;
    return true;
}

/* Knowing the channels ahead lets a reader set itself up, and keeps the messages of a file whose chunk with
 * the definitions is lost. */
static void read_summary_definitions(mcap_reader *r)
{
    mcap_record record;
    size_t at = r->tail.summary_at, end = r->tail.summary_end;
    while (r->tail.usable && at < end && mcap_record_split(r->data + at, end - at, &record)) {
        at += MCAP_RECORD_HEAD_SIZE + record.content.size;
        if ((record.opcode == MCAP_OP_SCHEMA || record.opcode == MCAP_OP_CHANNEL) &&
            mcap_record_parse(&record))
            (void)mcap_registry_define(&r->registry, &record); /* reported when it is read in turn */
    }
    mcap_registry_rewind(&r->registry, true);
}

mcap_reader *mcap_reader_open_memory(const void *data, size_t size, error *e)
{
    mcap_reader *r = calloc(1, sizeof *r);
    if (!r) {
        error_set(e, "no memory");
        return NULL;
    }
    r->data = data;
    r->size = size;
    mcap_unpacker_init(&r->unpacker);
    mcap_registry_init(&r->registry);
    mcap_damage_init(&r->damage);
    if (!read_header(r, e)) {
        mcap_reader_close(r);
        return NULL;
    }
    mcap_tail_read(data, size, &r->tail, &r->damage);
    read_summary_definitions(r);
    r->damage_at_open = r->damage.count;
    mcap_reader_rewind(r);
    return r;
}

mcap_reader *mcap_reader_open(const char *path, error *e)
{
    size_t size;
    const void *data = mcap_file_map(path, &size, e);
    if (!data)
        return NULL;
    error why = {""};
    mcap_reader *r = mcap_reader_open_memory(data, size, &why);
    if (!r) {
        error_set(e, "%s: %s", path, why.text);
        mcap_file_unmap(data, size);
        return NULL;
    }
    r->mapped = true;
    return r;
}

void mcap_reader_close(mcap_reader *r)
{
    if (!r)
        return;
    mcap_unpacker_finish(&r->unpacker);
    mcap_registry_finish(&r->registry);
    if (r->mapped)
        mcap_file_unmap(r->data, r->size);
    free(r);
}

const char *mcap_reader_damage(const mcap_reader *r)
{
    return r->damage.count > 0 ? r->damage.summary : NULL;
}

size_t mcap_reader_damage_count(const mcap_reader *r)
{
    return r->damage.count;
}

const char *mcap_reader_damage_text(const mcap_reader *r, size_t index)
{
    return index < r->damage.count && index < MCAP_DAMAGE_KEPT ? r->damage.text[index] : NULL;
}

mcap_header mcap_reader_header(const mcap_reader *r)
{
    return r->header;
}

size_t mcap_reader_channel_count(const mcap_reader *r)
{
    return r->registry.channels.count;
}

const mcap_channel *mcap_reader_channel(const mcap_reader *r, size_t index)
{
    return index < r->registry.channels.count ? &r->registry.channels.list[index]->as.channel : NULL;
}

size_t mcap_reader_schema_count(const mcap_reader *r)
{
    return r->registry.schemas.count;
}

const mcap_schema *mcap_reader_schema(const mcap_reader *r, size_t index)
{
    return index < r->registry.schemas.count ? &r->registry.schemas.list[index]->as.schema : NULL;
}

const mcap_channel *mcap_reader_channel_by_id(const mcap_reader *r, uint16_t id)
{
    const mcap_definition *d = mcap_definitions_find(&r->registry.channels, id);
    return d ? &d->as.channel : NULL;
}

const mcap_schema *mcap_reader_schema_by_id(const mcap_reader *r, uint16_t id)
{
    const mcap_definition *d = mcap_definitions_find(&r->registry.schemas, id);
    return d ? &d->as.schema : NULL;
}

bool mcap_reader_attachment(const mcap_reader *r, const char *name, mcap_text *data)
{
    mcap_record record;
    size_t at = MCAP_MAGIC_SIZE, end = r->tail.records_end;
    while (at < end && mcap_record_split(r->data + at, end - at, &record)) {
        at += MCAP_RECORD_HEAD_SIZE + record.content.size;
        if (record.opcode != MCAP_OP_ATTACHMENT || !mcap_record_parse(&record) ||
            !mcap_text_is(record.as.attachment.name, name))
            continue;
        *data = record.as.attachment.data;
        return mcap_attachment_intact(&record);
    }
    return false;
}

mcap_text mcap_reader_bytes(const mcap_reader *r)
{
    return (mcap_text){(const char *)r->data, r->size};
}
