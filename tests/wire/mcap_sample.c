#include "tests/wire/mcap_sample.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

size_t sample_message_size(uint32_t i)
{
    return i % 4 == 3 ? 0 : 8 + i; /* some are empty */
}

void sample_message_data(uint32_t i, uint8_t data[64])
{
    memset(data, (int)i, 64);
}

bool sample_message_right(const mcap_message *m)
{
    uint8_t data[64];
    uint32_t i = m->sequence;
    if (i >= SAMPLE_MESSAGES || m->size != sample_message_size(i))
        return false;
    sample_message_data(i, data);
    return (m->size == 0 || memcmp(data, m->data, m->size) == 0) && m->log_time_ns == 1000 + i &&
           m->publish_time_ns == 900 + i &&
           mcap_text_is(m->channel->topic, i % 2 == 0 ? "with/schema" : "without/schema");
}

static void write_chunk(mcap_writer *w, uint16_t even, uint16_t odd, uint32_t first)
{
    uint8_t data[64];
    for (uint32_t i = first; i < first + SAMPLE_CHUNK_MESSAGES; i++) {
        sample_message_data(i, data);
        ck_assert(mcap_writer_message(w, i % 2 == 0 ? even : odd, i, 1000 + i, 900 + i, data,
                                      sample_message_size(i)));
    }
    ck_assert(mcap_writer_flush(w));
}

void sample_write(const char *path, mcap_compression compression)
{
    static const char *const pairs[][2] = {{"from", "test"}, {"more", ""}};
    error e = {""};
    mcap_writer *w = mcap_writer_open(path, "test", "posed tests", compression, &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    uint16_t schema = mcap_writer_add_schema(w, "Thing", "protobuf", "descriptor", 10);
    uint16_t even = mcap_writer_add_channel(w, schema, "with/schema", "protobuf");
    uint16_t odd = mcap_writer_add_channel(w, 0, "without/schema", "json");
    ck_assert(schema == 1 && even == 1 && odd == 2);
    for (uint32_t c = 0; c < SAMPLE_CHUNKS; c++) {
        write_chunk(w, even, odd, c * SAMPLE_CHUNK_MESSAGES);
        if (c == 0)
            ck_assert(mcap_writer_attachment(w, "config.yaml", "application/yaml", 7, "a: 1\n", 5));
        if (c == 1)
            ck_assert(mcap_writer_metadata(w, "origin", pairs, 2));
    }
    ck_assert_msg(mcap_writer_close(w, &e), "%s", e.text);
}

sample_path sample_path_of(const char *name)
{
    sample_path path;
    const char *base = getenv("TMPDIR");
    snprintf(path.text, sizeof path.text, "%s/posed-%ld-%s", base ? base : "/tmp", (long)getpid(), name);
    return path;
}

void sample_remove(const char *name)
{
    unlink(sample_path_of(name).text);
}

mcap_buffer sample_load(const char *path)
{
    mcap_buffer b = {0};
    uint8_t part[4096];
    size_t got;
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "%s", path);
    while ((got = fread(part, 1, sizeof part, f)) > 0)
        mcap_buffer_put_bytes(&b, part, got);
    fclose(f);
    ck_assert(!b.failed);
    return b;
}

mcap_buffer sample_bytes(mcap_compression compression)
{
    sample_write(sample_path_of("sample.mcap").text, compression);
    mcap_buffer b = sample_load(sample_path_of("sample.mcap").text);
    sample_remove("sample.mcap");
    return b;
}

void sample_put_start(mcap_buffer *b)
{
    mcap_buffer_put_bytes(b, MCAP_MAGIC, MCAP_MAGIC_SIZE);
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_HEADER);
    mcap_buffer_put_string(b, "profile");
    mcap_buffer_put_string(b, "by hand");
    mcap_buffer_end_record(b, begin);
}

void sample_put_schema(mcap_buffer *b, uint16_t id, const char *name)
{
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_SCHEMA);
    mcap_buffer_put_u16(b, id);
    mcap_buffer_put_string(b, name);
    mcap_buffer_put_string(b, "jsonschema");
    mcap_buffer_put_string(b, "{}");
    mcap_buffer_end_record(b, begin);
}

void sample_put_channel(mcap_buffer *b, uint16_t id, uint16_t schema_id, const char *topic)
{
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_CHANNEL);
    mcap_buffer_put_u16(b, id);
    mcap_buffer_put_u16(b, schema_id);
    mcap_buffer_put_string(b, topic);
    mcap_buffer_put_string(b, "json");
    mcap_buffer_put_u32(b, 0);
    mcap_buffer_end_record(b, begin);
}

void sample_put_message(mcap_buffer *b, uint16_t channel_id, uint32_t sequence, const char *data)
{
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_MESSAGE);
    mcap_buffer_put_u16(b, channel_id);
    mcap_buffer_put_u32(b, sequence);
    mcap_buffer_put_u64(b, 100 + sequence);
    mcap_buffer_put_u64(b, 100 + sequence);
    mcap_buffer_put_bytes(b, data, strlen(data));
    mcap_buffer_end_record(b, begin);
}

void sample_put_chunk(mcap_buffer *b, const char *compression, uint64_t uncompressed_size, uint32_t crc,
                      const void *records, size_t size)
{
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_CHUNK);
    mcap_buffer_put_u64(b, 0);
    mcap_buffer_put_u64(b, 0);
    mcap_buffer_put_u64(b, uncompressed_size);
    mcap_buffer_put_u32(b, crc);
    mcap_buffer_put_string(b, compression);
    mcap_buffer_put_u64(b, size);
    mcap_buffer_put_bytes(b, records, size);
    mcap_buffer_end_record(b, begin);
}

void sample_put_end(mcap_buffer *b)
{
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_DATA_END);
    mcap_buffer_put_u32(b, 0);
    mcap_buffer_end_record(b, begin);
    begin = mcap_buffer_begin_record(b, MCAP_OP_FOOTER);
    mcap_buffer_put_u64(b, 0);
    mcap_buffer_put_u64(b, 0);
    mcap_buffer_put_u32(b, 0);
    mcap_buffer_end_record(b, begin);
    mcap_buffer_put_bytes(b, MCAP_MAGIC, MCAP_MAGIC_SIZE);
}

/* Touches all of a message, for the tools that watch memory. */
static size_t sum(const mcap_message *m)
{
    size_t total = m->channel->topic.size;
    for (size_t i = 0; i < m->size; i++)
        total += m->data[i];
    return total;
}

sample_outcome sample_read(const uint8_t *data, size_t size, bool right)
{
    sample_outcome o = {0};
    error e = {""};
    uint8_t *copy = malloc(size ? size : 1);
    ck_assert_ptr_nonnull(copy);
    if (size > 0)
        memcpy(copy, data, size);
    mcap_reader *r = mcap_reader_open_memory(copy, size, &e);
    o.opened = r != NULL;
    ck_assert(o.opened || e.text[0] != '\0');
    mcap_message m;
    volatile size_t total = 0; /* so that every byte is read */
    while (r && mcap_reader_next(r, &m)) {
        total += sum(&m);
        o.messages++;
    }
    (void)total;
    if (r && mcap_reader_damage(r))
        snprintf(o.damage, sizeof o.damage, "%s", mcap_reader_damage(r));
    o.damage_count = r ? mcap_reader_damage_count(r) : 0;
    if (r) {
        mcap_record record;
        size_t messages = 0;
        mcap_reader_rewind(r);
        while (mcap_reader_next_record(r, &record)) {
            o.records++;
            if (record.opcode != MCAP_OP_MESSAGE)
                continue;
            messages++;
            ck_assert(!right || !record.in_chunk || sample_message_right(&record.as.message));
        }
        ck_assert(messages == o.messages && mcap_reader_damage_count(r) == o.damage_count);
    }
    mcap_reader_close(r);
    free(copy);
    return o;
}
