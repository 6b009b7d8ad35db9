/*
 * Files put together by hand, of which most are wrong in one way each.
 */
#include "tests/suite.h"
#include "tests/wire/mcap_sample.h"
#include "wire/mcap_crc.h"

#include <check.h>
#include <string.h>
#include <zstd.h>

static void put_unknown(mcap_buffer *b, uint8_t opcode, const char *content)
{
    size_t begin = mcap_buffer_begin_record(b, (mcap_opcode)opcode);
    mcap_buffer_put_bytes(b, content, strlen(content));
    mcap_buffer_end_record(b, begin);
}

static void one_message(mcap_buffer *b)
{
    sample_put_schema(b, 1, "S");
    sample_put_channel(b, 1, 1, "t");
    sample_put_message(b, 1, 0, "{}");
}

static void unknown_records(mcap_buffer *b)
{
    put_unknown(b, 0x80, "private");
    put_unknown(b, 0x10, "from the future");
    one_message(b);
    put_unknown(b, 0xFF, "");
}

static void same_definitions_twice(mcap_buffer *b)
{
    one_message(b);
    one_message(b);
}

static void other_schema(mcap_buffer *b)
{
    one_message(b);
    sample_put_schema(b, 1, "T");
}

static void other_channel(mcap_buffer *b)
{
    one_message(b);
    sample_put_channel(b, 1, 1, "u");
    sample_put_message(b, 1, 1, "{}");
}

static void schema_zero(mcap_buffer *b)
{
    sample_put_schema(b, 0, "S");
    one_message(b);
}

static void no_channel(mcap_buffer *b)
{
    sample_put_message(b, 1, 0, "{}");
    one_message(b);
}

static void no_schema(mcap_buffer *b)
{
    sample_put_channel(b, 1, 9, "t");
    sample_put_message(b, 1, 0, "{}");
    sample_put_message(b, 1, 1, "{}");
}

static void largest_ids(mcap_buffer *b)
{
    sample_put_schema(b, UINT16_MAX, "S");
    sample_put_channel(b, UINT16_MAX, UINT16_MAX, "t");
    sample_put_channel(b, 0, 0, "u");
    sample_put_message(b, UINT16_MAX, 0, "{}");
    sample_put_message(b, 0, 0, "{}");
}

static void header_again(mcap_buffer *b)
{
    one_message(b);
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_HEADER);
    mcap_buffer_put_string(b, "");
    mcap_buffer_put_string(b, "");
    mcap_buffer_end_record(b, begin);
}

static void statistics_too_early(mcap_buffer *b)
{
    one_message(b);
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_STATISTICS);
    for (int i = 0; i < 64; i++)
        mcap_buffer_put_u8(b, 0);
    mcap_buffer_end_record(b, begin);
}

static void short_message(mcap_buffer *b)
{
    one_message(b);
    put_unknown(b, MCAP_OP_MESSAGE, "123456789012345678901");
}

static void odd_map(mcap_buffer *b)
{
    one_message(b);
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_METADATA);
    mcap_buffer_put_string(b, "name");
    size_t map = mcap_buffer_begin_u32(b);
    mcap_buffer_put_string(b, "a key without a value");
    mcap_buffer_end_u32(b, map);
    mcap_buffer_end_record(b, begin);
}

static mcap_buffer chunk_content(void)
{
    mcap_buffer c = {0};
    one_message(&c);
    return c;
}

static void put_plain(mcap_buffer *b, mcap_buffer *c)
{
    sample_put_chunk(b, "", c->size, mcap_crc32(0, c->data, c->size), c->data, c->size);
    mcap_buffer_finish(c);
}

static void plain_chunk(mcap_buffer *b)
{
    mcap_buffer c = chunk_content();
    put_plain(b, &c);
}

static void unknown_record_in_chunk(mcap_buffer *b)
{
    mcap_buffer c = chunk_content();
    put_unknown(&c, 0x90, "private");
    put_plain(b, &c);
}

static void attachment_in_chunk(mcap_buffer *b)
{
    mcap_buffer c = chunk_content();
    put_unknown(&c, MCAP_OP_ATTACHMENT, "whatever");
    put_plain(b, &c);
}

static void chunk_in_chunk(mcap_buffer *b)
{
    mcap_buffer inner = chunk_content(), outer = chunk_content();
    put_plain(&outer, &inner);
    put_plain(b, &outer);
}

static void chunk_ends_in_a_record(mcap_buffer *b)
{
    mcap_buffer c = chunk_content();
    mcap_buffer_put_u8(&c, MCAP_OP_MESSAGE);
    put_plain(b, &c);
}

static void empty_chunk(mcap_buffer *b)
{
    sample_put_chunk(b, "", 0, 0, "", 0);
    one_message(b);
}

static void chunk_without_crc(mcap_buffer *b)
{
    mcap_buffer c = chunk_content();
    sample_put_chunk(b, "", c.size, 0, c.data, c.size);
    mcap_buffer_finish(&c);
}

static void unknown_compression(mcap_buffer *b)
{
    one_message(b);
    sample_put_chunk(b, "bz2\x1b[31m", 3, 0, "abc", 3);
}

static void plain_chunk_of_other_size(mcap_buffer *b)
{
    one_message(b);
    sample_put_chunk(b, "", 4, 0, "abc", 3);
}

/* A chunk by zstd of 4 MiB of zeros that claims `size` bytes. */
static void put_zeros(mcap_buffer *b, uint64_t size)
{
    static const uint8_t zeros[4 << 20];
    uint8_t packed[1024];
    size_t got = ZSTD_compress(packed, sizeof packed, zeros, sizeof zeros, 3);
    ck_assert(!ZSTD_isError(got));
    sample_put_chunk(b, "zstd", size, 0, packed, got);
}

static void claims_too_little(mcap_buffer *b)
{
    one_message(b);
    put_zeros(b, 1 << 20);
}

static void claims_too_much(mcap_buffer *b)
{
    one_message(b);
    put_zeros(b, (4 << 20) + 1);
}

static void claims_the_moon(mcap_buffer *b)
{
    one_message(b);
    put_zeros(b, UINT64_MAX);
}

static void claims_just_over_the_limit(mcap_buffer *b)
{
    one_message(b);
    sample_put_chunk(b, "lz4", ((uint64_t)1 << 30) + 1, 0, "abc", 3);
}

static void empty_lz4(mcap_buffer *b)
{
    one_message(b);
    sample_put_chunk(b, "lz4", 0, 0, "", 0);
    sample_put_chunk(b, "zstd", 0, 0, "", 0);
}

static const struct {
    const char *legend;
    void (*make)(mcap_buffer *b);
    size_t messages, damage_count;
    const char *damage; /* a part of the first finding; NULL: none */
} cases[] = {
    {"one message, no chunks", one_message, 1, 0, NULL},
    {"unknown records are skipped", unknown_records, 1, 0, NULL},
    {"definitions may be repeated", same_definitions_twice, 2, 0, NULL},
    {"but not changed: schema", other_schema, 1, 1, "Schema at offset "},
    {"but not changed: channel", other_channel, 2, 1, "differs from the earlier one"},
    {"a schema with id 0 is ignored", schema_zero, 1, 1, "Schema at offset 39 is malformed"},
    {"a message before its channel", no_channel, 1, 1, "on a channel that is not defined"},
    {"a missing schema is said once", no_schema, 2, 1, "channel 1 needs schema 9, which is not defined"},
    {"the smallest and largest ids", largest_ids, 2, 0, NULL},
    {"a second header", header_again, 1, 1, "Header at offset "},
    {"a summary record in the data", statistics_too_early, 1, 1, "Statistics at offset "},
    {"a message without its head", short_message, 1, 1, "is malformed"},
    {"a map of one and a half entries", odd_map, 1, 1, "Metadata at offset "},
    {"a plain chunk", plain_chunk, 1, 0, NULL},
    {"an unknown record in a chunk", unknown_record_in_chunk, 1, 0, NULL},
    {"an attachment in a chunk", attachment_in_chunk, 1, 1, "of the chunk may not stand there"},
    {"a chunk in a chunk", chunk_in_chunk, 1, 1, "of the chunk may not stand there"},
    {"a chunk that ends in a record", chunk_ends_in_a_record, 1, 1, "the last 1 bytes of the chunk"},
    {"an empty chunk", empty_chunk, 1, 0, NULL},
    {"a chunk without a CRC", chunk_without_crc, 1, 0, NULL},
    {"an unknown compression", unknown_compression, 1, 1, "compression \"bz2?[31m\" is not known"},
    {"not compressed, but of another size", plain_chunk_of_other_size, 1, 1, "holds 3 bytes, claims 4"},
    {"more than claimed", claims_too_little, 1, 1, "is not one of 1048576 bytes"},
    {"less than claimed", claims_too_much, 1, 1, "holds 4194304 bytes, claims 4194305"},
    {"claims 2^64", claims_the_moon, 1, 1, "limit is 1073741824"},
    {"claims a little too much", claims_just_over_the_limit, 1, 1, "limit is 1073741824"},
    {"nothing is no zstd frame, but fine as lz4", empty_lz4, 1, 2, "is lost"},
};

START_TEST (each_case_is_read_as_far_as_it_is_right) {
    mcap_buffer b = {0};
    sample_put_start(&b);
    cases[_i].make(&b);
    sample_put_end(&b);
    sample_outcome o = sample_read(b.data, b.size, false);
    ck_assert_msg(o.opened && o.messages == cases[_i].messages, "%s: %zu messages", cases[_i].legend,
                  o.messages);
    ck_assert_msg(o.damage_count == cases[_i].damage_count, "%s: %zu: %s", cases[_i].legend, o.damage_count,
                  o.damage);
    if (cases[_i].damage)
        ck_assert_msg(strstr(o.damage, cases[_i].damage) != NULL, "%s: %s", cases[_i].legend, o.damage);
    mcap_buffer_finish(&b);
}
END_TEST

START_TEST (bytes_after_the_end_are_said) {
    mcap_buffer b = {0};
    sample_put_start(&b);
    one_message(&b);
    sample_put_end(&b);
    mcap_buffer_put_bytes(&b, "tail", 4);
    sample_outcome o = sample_read(b.data, b.size, false);
    ck_assert_uint_eq(o.messages, 1);
    ck_assert_msg(strncmp(o.damage, "the last 12 bytes, from offset ", 31) == 0, "%s", o.damage);
    mcap_buffer_finish(&b);
}
END_TEST

START_TEST (a_file_without_data_end_is_said) {
    mcap_buffer b = {0};
    sample_put_start(&b);
    size_t begin = mcap_buffer_begin_record(&b, MCAP_OP_FOOTER);
    for (int i = 0; i < 20; i++)
        mcap_buffer_put_u8(&b, 0);
    mcap_buffer_end_record(&b, begin);
    mcap_buffer_put_bytes(&b, MCAP_MAGIC, MCAP_MAGIC_SIZE);
    sample_outcome o = sample_read(b.data, b.size, false);
    ck_assert_msg(strncmp(o.damage, "no DataEnd", 10) == 0, "%s", o.damage);
    mcap_buffer_finish(&b);
}
END_TEST

START_TEST (channel_metadata_may_come_in_another_order) {
    mcap_buffer b = {0};
    static const char *const keys[] = {"ab", "cd"};
    sample_put_start(&b);
    for (size_t first = 0; first < 2; first++) {
        size_t begin = mcap_buffer_begin_record(&b, MCAP_OP_CHANNEL);
        mcap_buffer_put_u32(&b, 1); /* id 1, schema 0 */
        mcap_buffer_put_string(&b, "t");
        mcap_buffer_put_string(&b, "json");
        size_t map = mcap_buffer_begin_u32(&b);
        for (size_t i = 0; i < 2; i++) {
            mcap_buffer_put_string(&b, keys[(first + i) % 2]);
            mcap_buffer_put_string(&b, keys[(first + i) % 2]);
        }
        mcap_buffer_end_u32(&b, map);
        mcap_buffer_end_record(&b, begin);
    }
    sample_put_end(&b);
    sample_outcome o = sample_read(b.data, b.size, false);
    ck_assert_msg(o.damage_count == 0, "%s", o.damage);
    mcap_buffer_finish(&b);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("reader");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, each_case_is_read_as_far_as_it_is_right, 0, sizeof cases / sizeof *cases);
    tcase_add_test(tc, bytes_after_the_end_are_said);
    tcase_add_test(tc, a_file_without_data_end_is_said);
    tcase_add_test(tc, channel_metadata_may_come_in_another_order);
    return run_cases("MCAP reader", tc);
}
