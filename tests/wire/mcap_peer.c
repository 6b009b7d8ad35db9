/*
 * posed's side of the cross-check with the official MCAP library: writes the file that
 * mcap_core/cross_check.mjs reads, and reads the one that it writes.
 */
#include "wire/mcap_info.h"
#include "wire/mcap_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGES = 3000, MAX_SIZE = 50 };

static size_t make_data(uint32_t i, uint8_t data[MAX_SIZE])
{
    size_t size = i * 7 % MAX_SIZE;
    for (size_t k = 0; k < size; k++)
        data[k] = (uint8_t)(i + 3 * k);
    return size;
}

/* Neighbours are swapped in time, so that an index has something to sort. */
static uint64_t log_time_ns(uint32_t i)
{
    return 1700000000000000000U + 1000000U * (uint64_t)(i ^ 1U);
}

static bool complain(const char *what)
{
    fprintf(stderr, "mcap_peer: %s\n", what);
    return false;
}

static bool write_file(const char *path, mcap_compression compression)
{
    static const char *const pairs[][2] = {{"from", "test"}, {"more", ""}};
    error e = {""};
    mcap_writer *w = mcap_writer_open(path, "test", "posed", compression, &e);
    if (!w)
        return complain(e.text);
    mcap_writer_set_chunk_size(w, 8192);
    uint16_t schema = mcap_writer_add_schema(w, "Thing", "protobuf", "descriptor", 10);
    uint16_t even = mcap_writer_add_channel(w, schema, "with/schema", "protobuf");
    uint16_t odd = mcap_writer_add_channel(w, 0, "without/schema", "json");
    for (uint32_t i = 0; i < MESSAGES; i++) {
        uint8_t data[MAX_SIZE];
        size_t size = make_data(i, data);
        uint64_t time = log_time_ns(i);
        mcap_writer_message(w, i % 2 == 0 ? even : odd, i, time, time - 5, data, size);
        if (i == MESSAGES / 2) {
            mcap_writer_attachment(w, "config.yaml", "application/yaml", 7, "a: 1\n", 5);
            mcap_writer_metadata(w, "origin", pairs, 2);
        }
    }
    return mcap_writer_close(w, &e) || complain(e.text);
}

static bool is_message(const mcap_message *m, uint32_t i)
{
    uint8_t data[MAX_SIZE];
    size_t size = make_data(i, data);
    return m->sequence == i && m->log_time_ns == log_time_ns(i) && m->publish_time_ns == log_time_ns(i) - 5 &&
           m->size == size && (size == 0 || memcmp(m->data, data, size) == 0) &&
           mcap_text_is(m->channel->topic, i % 2 == 0 ? "with/schema" : "without/schema") &&
           mcap_text_is(m->channel->message_encoding, i % 2 == 0 ? "protobuf" : "json") &&
           (m->schema != NULL) == (i % 2 == 0);
}

static bool check_rest(mcap_reader *r, const mcap_info *info)
{
    mcap_text data, key, value;
    if (mcap_reader_damage(r))
        return complain(mcap_reader_damage(r));
    if (info->disagreements.count > 0)
        return complain(info->disagreements.summary);
    if (info->messages != MESSAGES || info->chunk_count < 3 || !info->has_statistics)
        return complain("messages, chunks or statistics are missing");
    if (info->attachment_count != 1 || !mcap_reader_attachment(r, "config.yaml", &data) ||
        !mcap_text_is(data, "a: 1\n") || !mcap_text_is(info->attachments[0].media_type, "application/yaml"))
        return complain("the attachment is wrong");
    if (info->metadata_count != 1 || !mcap_text_is(info->metadata[0].name, "origin"))
        return complain("the metadata is wrong");
    mcap_text map = info->metadata[0].metadata;
    if (!mcap_map_next_text(&map, &key, &value) || !mcap_text_is(key, "from") || !mcap_text_is(value, "test"))
        return complain("the metadata is wrong inside");
    const mcap_schema *schema = mcap_reader_schema(r, 0);
    if (!schema || !mcap_text_is(schema->name, "Thing") || !mcap_text_is(schema->data, "descriptor"))
        return complain("the schema is wrong");
    return true;
}

static bool read_file(const char *path)
{
    error e = {""};
    mcap_reader *r = mcap_reader_open(path, &e);
    if (!r)
        return complain(e.text);
    mcap_message m;
    uint32_t count = 0;
    bool ok = true;
    while (ok && mcap_reader_next(r, &m))
        ok = is_message(&m, count++) || complain("a message differs");
    mcap_info info;
    ok = ok && mcap_info_read(&info, r);
    if (ok) {
        ok = check_rest(r, &info);
        mcap_info_finish(&info);
    }
    mcap_reader_close(r);
    if (ok)
        printf("%s: posed finds %u messages, all right\n", path, count);
    return ok;
}

/* Copies a file with one byte turned over in the middle of its first chunk's records. */
static bool spoil_file(const char *path, const char *copy)
{
    mcap_record record;
    mcap_reader *r = mcap_reader_open(path, NULL);
    if (!r)
        return complain("cannot read");
    size_t at = 0;
    while (at == 0 && mcap_reader_next_record(r, &record))
        if (record.opcode == MCAP_OP_CHUNK)
            at = (size_t)record.offset + MCAP_RECORD_HEAD_SIZE + record.content.size / 2;
    mcap_text bytes = mcap_reader_bytes(r);
    FILE *out = fopen(copy, "wb");
    bool ok = out && at > 0 && fwrite(bytes.data, 1, at, out) == at &&
              fputc(bytes.data[at] ^ 1, out) != EOF &&
              fwrite(bytes.data + at + 1, 1, bytes.size - at - 1, out) == bytes.size - at - 1;
    if (out)
        ok = fclose(out) == 0 && ok;
    mcap_reader_close(r);
    return ok || complain("cannot write the copy");
}

static bool parse_compression(const char *word, mcap_compression *compression)
{
    static const char *const words[] = {"none", "zstd", "lz4"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], word) == 0) {
            *compression = (mcap_compression)i;
            return true;
        }
    return complain("compression is none, zstd or lz4");
}

int main(int argc, char **argv)
{
    mcap_compression compression = MCAP_COMPRESSION_NONE;
    bool ok = false;
    if (argc == 4 && strcmp(argv[1], "write") == 0)
        ok = parse_compression(argv[3], &compression) && write_file(argv[2], compression);
    else if (argc == 3 && strcmp(argv[1], "read") == 0)
        ok = read_file(argv[2]);
    else if (argc == 4 && strcmp(argv[1], "spoil") == 0)
        ok = spoil_file(argv[2], argv[3]);
    else
        complain("usage: write FILE COMPRESSION | read FILE | spoil FILE COPY");
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
