/*
 * Damaged files: cut at every byte, every bit turned over, every length made huge. What is whole must be
 * read, what is lost must be said, and nothing may be read beyond the end (which the sanitizers and valgrind
 * watch).
 */
#include "tests/suite.h"
#include "tests/wire/mcap_sample.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

enum { COMPRESSIONS = 3 };

/* Where each of the sample's chunks begins and ends in the file. */
static void find_chunks(const mcap_buffer *b, size_t begins[SAMPLE_CHUNKS], size_t ends[SAMPLE_CHUNKS])
{
    size_t count = 0;
    mcap_record record;
    mcap_reader *r = mcap_reader_open_memory(b->data, b->size, NULL);
    while (mcap_reader_next_record(r, &record)) {
        if (record.opcode != MCAP_OP_CHUNK)
            continue;
        ck_assert(count < SAMPLE_CHUNKS);
        begins[count] = (size_t)record.offset;
        ends[count++] = (size_t)record.offset + MCAP_RECORD_HEAD_SIZE + record.content.size;
    }
    ck_assert(count == SAMPLE_CHUNKS);
    ck_assert_ptr_null(mcap_reader_damage(r));
    mcap_reader_close(r);
}

START_TEST (a_file_cut_at_any_byte_yields_its_whole_chunks) {
    mcap_buffer b = sample_bytes((mcap_compression)_i);
    size_t begins[SAMPLE_CHUNKS], ends[SAMPLE_CHUNKS];
    find_chunks(&b, begins, ends);
    bool opened = false;
    for (size_t size = 0; size < b.size; size++) {
        sample_outcome o = sample_read(b.data, size, true);
        ck_assert_msg(o.opened || !opened, "opens at fewer bytes than %zu", size);
        opened = o.opened;
        if (!opened)
            continue;
        size_t whole = 0;
        while (whole < SAMPLE_CHUNKS && ends[whole] <= size)
            whole++;
        ck_assert_msg(o.messages == whole * SAMPLE_CHUNK_MESSAGES, "%zu messages of %zu bytes", o.messages,
                      size);
        ck_assert_msg(o.damage_count > 0, "no damage at %zu of %zu bytes", size, b.size);
    }
    ck_assert(opened);
    mcap_buffer_finish(&b);
}
END_TEST

START_TEST (a_cut_says_how_much_is_lost) {
    mcap_buffer b = sample_bytes(MCAP_COMPRESSION_ZSTD);
    size_t begins[SAMPLE_CHUNKS], ends[SAMPLE_CHUNKS];
    char wanted[64];
    find_chunks(&b, begins, ends);
    sample_outcome o = sample_read(b.data, ends[2] - 1, true);
    snprintf(wanted, sizeof wanted, "the last %zu bytes, from offset %zu,", ends[2] - 1 - begins[2],
             begins[2]);
    ck_assert_msg(strstr(o.damage, wanted) != NULL, "%s", o.damage);
    mcap_buffer_finish(&b);
}
END_TEST

START_TEST (every_bit_is_guarded) {
    mcap_buffer b = sample_bytes((mcap_compression)_i);
    for (size_t bit = 0; bit < 8 * b.size; bit++) {
        b.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        sample_outcome o = sample_read(b.data, b.size, true);
        ck_assert_msg(!o.opened || o.damage_count > 0, "bit %zu of byte %zu of %zu", bit % 8, bit / 8,
                      b.size);
        b.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    mcap_buffer_finish(&b);
}
END_TEST

/* Over every field once, so over every length, count and offset too. */
START_TEST (huge_numbers_anywhere_are_survived) {
    static const uint8_t patterns[][8] = {
        {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF},
        {0xF7, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
         0xFF}, /* with the 9 bytes of a record's head: past the top */
        {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x80},
        {0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00},
        {0xFF, 0xFF, 0xFF, 0x7F, 0x00, 0x00, 0x00, 0x00},
    };
    mcap_buffer b = sample_bytes((mcap_compression)(_i % COMPRESSIONS));
    const uint8_t *pattern = patterns[_i / COMPRESSIONS];
    for (size_t at = 0; at + 8 <= b.size; at++) {
        uint8_t kept[8];
        memcpy(kept, b.data + at, 8);
        if (memcmp(kept, pattern, 8) == 0)
            continue;
        memcpy(b.data + at, pattern, 8);
        sample_outcome o = sample_read(b.data, b.size, true);
        /* Zeros may just take a CRC away, which is allowed and does no harm. */
        ck_assert_msg(!o.opened || o.damage_count > 0 || o.messages == SAMPLE_MESSAGES,
                      "pattern %d at byte %zu", _i, at);
        memcpy(b.data + at, kept, 8);
    }
    mcap_buffer_finish(&b);
}
END_TEST

START_TEST (only_the_chunk_with_a_wrong_byte_is_lost) {
    mcap_buffer b = sample_bytes((mcap_compression)_i);
    size_t begins[SAMPLE_CHUNKS], ends[SAMPLE_CHUNKS];
    char wanted[64];
    find_chunks(&b, begins, ends);
    for (size_t c = 0; c < SAMPLE_CHUNKS; c++) {
        b.data[ends[c] - 6] ^= 0x10;
        sample_outcome o = sample_read(b.data, b.size, true);
        /* Also when it is the first, which defines the channels: the summary repeats them. */
        ck_assert_uint_eq(o.messages, SAMPLE_MESSAGES - SAMPLE_CHUNK_MESSAGES);
        snprintf(wanted, sizeof wanted, "Chunk at offset %zu ", begins[c]);
        ck_assert_msg(strstr(o.damage, wanted) != NULL, "%s", o.damage);
        b.data[ends[c] - 6] ^= 0x10;
    }
    mcap_buffer_finish(&b);
}
END_TEST

START_TEST (a_wrong_record_length_costs_one_chunk) {
    mcap_buffer b = sample_bytes(MCAP_COMPRESSION_ZSTD);
    size_t begins[SAMPLE_CHUNKS], ends[SAMPLE_CHUNKS];
    find_chunks(&b, begins, ends);
    b.data[begins[1] + 5] = 1; /* 4 GiB more */
    sample_outcome o = sample_read(b.data, b.size, true);
    ck_assert_uint_eq(o.messages, SAMPLE_MESSAGES - SAMPLE_CHUNK_MESSAGES);
    ck_assert_msg(strncmp(o.damage, "no record at offset ", 20) == 0, "%s", o.damage);
    mcap_buffer_finish(&b);
}
END_TEST

START_TEST (a_tail_of_zeros_is_said_once) {
    mcap_buffer b = sample_bytes(MCAP_COMPRESSION_NONE);
    size_t begins[SAMPLE_CHUNKS], ends[SAMPLE_CHUNKS];
    find_chunks(&b, begins, ends);
    memset(b.data + ends[1], 0, b.size - ends[1]); /* as a file system leaves it after a crash */
    sample_outcome o = sample_read(b.data, b.size, true);
    ck_assert_uint_eq(o.messages, 2 * SAMPLE_CHUNK_MESSAGES);
    ck_assert_uint_eq(o.damage_count, 1);
    mcap_buffer_finish(&b);
}
END_TEST

START_TEST (an_attachment_is_found_whole_or_not_at_all) {
    mcap_buffer b = sample_bytes(MCAP_COMPRESSION_ZSTD);
    mcap_text data;
    mcap_reader *r = mcap_reader_open_memory(b.data, b.size, NULL);
    ck_assert(mcap_reader_attachment(r, "config.yaml", &data));
    ck_assert(mcap_text_is(data, "a: 1\n"));
    ck_assert(!mcap_reader_attachment(r, "config.yam", &data));
    b.data[(const uint8_t *)data.data - b.data] ^= 1;
    ck_assert(!mcap_reader_attachment(r, "config.yaml", &data));
    mcap_reader_close(r);
    mcap_buffer_finish(&b);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("damaged");
    tcase_set_timeout(tc, 300); /* valgrind */
    tcase_add_loop_test(tc, a_file_cut_at_any_byte_yields_its_whole_chunks, 0, COMPRESSIONS);
    tcase_add_test(tc, a_cut_says_how_much_is_lost);
    tcase_add_loop_test(tc, every_bit_is_guarded, 0, COMPRESSIONS);
    tcase_add_loop_test(tc, huge_numbers_anywhere_are_survived, 0, 5 * COMPRESSIONS);
    tcase_add_loop_test(tc, only_the_chunk_with_a_wrong_byte_is_lost, 0, COMPRESSIONS);
    tcase_add_test(tc, a_wrong_record_length_costs_one_chunk);
    tcase_add_test(tc, a_tail_of_zeros_is_said_once);
    tcase_add_test(tc, an_attachment_is_found_whole_or_not_at_all);
    return run_cases("damaged MCAP files", tc);
}
