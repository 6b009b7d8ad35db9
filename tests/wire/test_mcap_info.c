/*
 * Files whose statistics or indexes do not say what is in them.
 */
#include "tests/suite.h"
#include "tests/wire/mcap_sample.h"
#include "wire/mcap_info.h"

#include <check.h>
#include <string.h>

typedef struct {
    uint64_t messages, first_ns, last_ns;
    uint16_t schemas;
    uint32_t channels, attachments, metadata, chunks;
    uint64_t on_channel; /* 0: no counts by channel */
} statistics;

static void put_statistics(mcap_buffer *b, const statistics *s)
{
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_STATISTICS);
    mcap_buffer_put_u64(b, s->messages);
    mcap_buffer_put_u16(b, s->schemas);
    mcap_buffer_put_u32(b, s->channels);
    mcap_buffer_put_u32(b, s->attachments);
    mcap_buffer_put_u32(b, s->metadata);
    mcap_buffer_put_u32(b, s->chunks);
    mcap_buffer_put_u64(b, s->first_ns);
    mcap_buffer_put_u64(b, s->last_ns);
    size_t counts = mcap_buffer_begin_u32(b);
    if (s->on_channel > 0) {
        mcap_buffer_put_u16(b, 1);
        mcap_buffer_put_u64(b, s->on_channel);
    }
    mcap_buffer_end_u32(b, counts);
    mcap_buffer_end_record(b, begin);
}

static void put_index(mcap_buffer *b, mcap_opcode opcode, uint64_t offset, uint64_t length)
{
    size_t begin = mcap_buffer_begin_record(b, opcode);
    if (opcode == MCAP_OP_CHUNK_INDEX) {
        mcap_buffer_put_u64(b, 0);
        mcap_buffer_put_u64(b, 0);
    }
    mcap_buffer_put_u64(b, offset);
    mcap_buffer_put_u64(b, length);
    for (int i = 0; i < 40; i++) /* the rest, empty; what is too much is skipped */
        mcap_buffer_put_u8(b, 0);
    mcap_buffer_end_record(b, begin);
}

/* The file up to DataEnd; gives where the metadata record stands. */
static size_t put_data(mcap_buffer *b)
{
    sample_put_start(b);
    sample_put_schema(b, 1, "S");
    sample_put_channel(b, 1, 1, "t");
    sample_put_message(b, 1, 0, "{}");
    size_t at = b->size, begin = mcap_buffer_begin_record(b, MCAP_OP_METADATA);
    mcap_buffer_put_string(b, "name");
    mcap_buffer_put_u32(b, 0);
    mcap_buffer_end_record(b, begin);
    return at;
}

static void put_footer(mcap_buffer *b, size_t summary)
{
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_FOOTER);
    mcap_buffer_put_u64(b, summary);
    mcap_buffer_put_u64(b, 0);
    mcap_buffer_put_u32(b, 0);
    mcap_buffer_end_record(b, begin);
    mcap_buffer_put_bytes(b, MCAP_MAGIC, MCAP_MAGIC_SIZE);
}

static size_t put_data_end(mcap_buffer *b)
{
    size_t begin = mcap_buffer_begin_record(b, MCAP_OP_DATA_END);
    mcap_buffer_put_u32(b, 0);
    mcap_buffer_end_record(b, begin);
    return b->size;
}

static void expect(const char *legend, mcap_buffer *b, size_t count, const char *part)
{
    mcap_info info;
    mcap_reader *r = mcap_reader_open_memory(b->data, b->size, NULL);
    ck_assert_ptr_nonnull(r);
    ck_assert(mcap_info_read(&info, r));
    ck_assert_msg(!mcap_reader_damage(r), "%s: %s", legend, mcap_reader_damage(r));
    ck_assert_msg(info.disagreements.count == count, "%s: %s", legend, info.disagreements.summary);
    ck_assert_msg(strstr(info.disagreements.summary, part) != NULL, "%s: %s", legend,
                  info.disagreements.summary);
    mcap_info_finish(&info);
    mcap_reader_close(r);
    mcap_buffer_finish(b);
}

/* The file has one message at 100 ns on a channel with a schema, and one metadata record. */
static const struct {
    const char *legend;
    statistics s;
    const char *damage; /* NULL: none */
} cases[] = {
    {"all right", {1, 100, 100, 1, 1, 0, 1, 0, 1}, NULL},
    {"no counts by channel", {1, 100, 100, 1, 1, 0, 1, 0, 0}, NULL},
    {"messages", {2, 100, 100, 1, 1, 0, 1, 0, 1}, "state 2 messages, 1 were found"},
    {"first time", {1, 99, 100, 1, 1, 0, 1, 0, 1}, "state 99 as first time, 100 "},
    {"last time", {1, 100, 101, 1, 1, 0, 1, 0, 1}, "state 101 as last time, 100 "},
    {"schemas", {1, 100, 100, 0, 1, 0, 1, 0, 1}, "state 0 schemas, 1 "},
    {"channels", {1, 100, 100, 1, 5, 0, 1, 0, 1}, "state 5 channels, 1 "},
    {"attachments", {1, 100, 100, 1, 1, 1, 1, 0, 1}, "state 1 attachments, 0 "},
    {"metadata", {1, 100, 100, 1, 1, 0, 0, 0, 1}, "state 0 metadata records, 1 "},
    {"chunks", {1, 100, 100, 1, 1, 0, 1, 7, 1}, "state 7 chunks, 0 "},
    {"on a channel", {1, 100, 100, 1, 1, 0, 1, 0, 3}, "state 3 messages on channel 1, 1 "},
};

START_TEST (statistics_are_compared_with_what_is_there) {
    mcap_buffer b = {0};
    put_data(&b);
    size_t summary = put_data_end(&b);
    put_statistics(&b, &cases[_i].s);
    put_footer(&b, summary);
    expect(cases[_i].legend, &b, cases[_i].damage ? 1 : 0, cases[_i].damage ? cases[_i].damage : "");
}
END_TEST

START_TEST (indexes_are_followed) {
    enum { RIGHT, BESIDE, OTHER_LENGTH, OTHER_KIND, BEYOND };
    mcap_buffer b = {0};
    size_t at = put_data(&b), length = b.size - at;
    size_t summary = put_data_end(&b);
    put_index(&b, _i == OTHER_KIND ? MCAP_OP_CHUNK_INDEX : MCAP_OP_METADATA_INDEX,
              _i == BESIDE   ? at + 1
              : _i == BEYOND ? UINT64_MAX
                             : at,
              _i == OTHER_LENGTH ? length + 1 : length);
    put_footer(&b, summary);
    expect("index", &b, _i == RIGHT ? 0 : 1, _i == RIGHT ? "" : "Index at offset ");
}
END_TEST

START_TEST (a_chunk_states_its_times) {
    mcap_buffer b = {0}, records = {0};
    sample_put_start(&b);
    sample_put_channel(&records, 1, 0, "t");
    sample_put_message(&records, 1, 0, "{}");
    sample_put_chunk(&b, "", records.size, 0, records.data, records.size); /* states 0 to 0 */
    mcap_buffer_finish(&records);
    sample_put_end(&b);
    expect("chunk", &b, 1, "states times 0 to 0 ns, its messages have 100 to 100");
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("info");
    tcase_add_loop_test(tc, statistics_are_compared_with_what_is_there, 0, sizeof cases / sizeof *cases);
    tcase_add_loop_test(tc, indexes_are_followed, 0, 5);
    tcase_add_test(tc, a_chunk_states_its_times);
    return run_cases("MCAP info", tc);
}
