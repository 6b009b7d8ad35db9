/*
 * The writer: round trips, what a crash leaves, full disks, and that a message costs no memory.
 */
#include "tests/suite.h"
#include "tests/wire/mcap_sample.h"
#include "wire/mcap_info.h"

#include <check.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COMPRESSIONS = 3 };

static void check_metadata(const mcap_info *info)
{
    ck_assert_uint_eq(info->metadata_count, 1);
    ck_assert(mcap_text_is(info->metadata[0].name, "origin"));
    mcap_text map = info->metadata[0].metadata, key, value;
    ck_assert(mcap_map_next_text(&map, &key, &value) && mcap_text_is(key, "from") &&
              mcap_text_is(value, "test"));
    ck_assert(mcap_map_next_text(&map, &key, &value) && mcap_text_is(key, "more") && mcap_text_is(value, ""));
    ck_assert(!mcap_map_next_text(&map, &key, &value));
}

START_TEST (what_is_written_is_read) {
    mcap_buffer b = sample_bytes((mcap_compression)_i);
    mcap_reader *r = mcap_reader_open_memory(b.data, b.size, NULL);
    mcap_info info;
    ck_assert(mcap_info_read(&info, r));
    ck_assert_msg(!mcap_reader_damage(r), "%s", mcap_reader_damage(r));
    ck_assert_msg(info.disagreements.count == 0, "%s", info.disagreements.summary);
    ck_assert_uint_eq(info.messages, SAMPLE_MESSAGES);
    ck_assert(info.first_ns == 1000 && info.last_ns == 1000 + SAMPLE_MESSAGES - 1);
    ck_assert(info.chunk_count == SAMPLE_CHUNKS && info.chunk_index_count == SAMPLE_CHUNKS);
    static const mcap_info_compression stated[] = {MCAP_INFO_NONE, MCAP_INFO_ZSTD, MCAP_INFO_LZ4};
    ck_assert_uint_eq(info.chunks_of[stated[_i]], SAMPLE_CHUNKS);
    ck_assert(info.has_statistics && info.attachment_count == 1 && info.attachments[0].size == 5);
    ck_assert(mcap_text_is(info.attachments[0].media_type, "application/yaml"));
    ck_assert(info.attachments[0].log_time_ns == 7);
    check_metadata(&info);
    const mcap_schema *schema = mcap_reader_schema(r, 0);
    ck_assert(mcap_text_is(schema->name, "Thing") && mcap_text_is(schema->data, "descriptor"));
    ck_assert_uint_eq(mcap_reader_channel(r, 1)->schema_id, 0);
    mcap_info_finish(&info);
    mcap_reader_close(r);
    mcap_buffer_finish(&b);
}
END_TEST

/* Follows each index of the summary, and each MessageIndex, to what it points to. */
START_TEST (every_index_points_to_its_record) {
    mcap_buffer b = sample_bytes(MCAP_COMPRESSION_NONE);
    mcap_reader *r = mcap_reader_open_memory(b.data, b.size, NULL);
    mcap_record record, chunk = {0};
    size_t entries = 0, groups = 0;
    while (mcap_reader_next_record(r, &record)) {
        if (record.opcode == MCAP_OP_CHUNK)
            chunk = record;
        if (record.opcode == MCAP_OP_MESSAGE_INDEX) {
            uint64_t time, offset;
            mcap_text list = record.as.message_index.records, records = chunk.as.chunk.records;
            while (mcap_index_next(&list, &time, &offset)) {
                mcap_record m;
                ck_assert(
                    mcap_record_split((const uint8_t *)records.data + offset, records.size - offset, &m));
                ck_assert(m.opcode == MCAP_OP_MESSAGE && mcap_record_parse(&m));
                ck_assert(m.as.message.log_time_ns == time);
                ck_assert(m.as.message.channel_id == record.as.message_index.channel_id);
                entries++;
            }
        }
        if (record.opcode == MCAP_OP_SUMMARY_OFFSET) {
            ck_assert_uint_eq(b.data[record.as.summary_offset.group_start],
                              record.as.summary_offset.group_opcode);
            groups++;
        }
    }
    ck_assert_uint_eq(entries, SAMPLE_MESSAGES);
    ck_assert_uint_eq(groups, 6);
    mcap_reader_close(r);
    mcap_buffer_finish(&b);
}
END_TEST

START_TEST (an_empty_recording_is_a_file) {
    error e = {""};
    sample_path path = sample_path_of("empty.mcap");
    mcap_writer *w = mcap_writer_open(path.text, "", "", (mcap_compression)_i, &e);
    ck_assert(mcap_writer_flush(w));
    ck_assert(mcap_writer_close(w, &e));
    mcap_buffer b = sample_load(path.text);
    sample_outcome o = sample_read(b.data, b.size, false);
    ck_assert_msg(o.opened && o.messages == 0 && o.damage_count == 0, "%s", o.damage);
    mcap_buffer_finish(&b);
    unlink(path.text);
}
END_TEST

START_TEST (chunks_have_the_size_asked_for) {
    enum { COUNT = 1000, BIG = 100000 };
    error e = {""};
    sample_path path = sample_path_of("chunks.mcap");
    uint8_t *data = calloc(1, BIG);
    mcap_writer *w = mcap_writer_open(path.text, "", "", (mcap_compression)_i, &e);
    mcap_writer_set_chunk_size(w, 10000);
    uint16_t channel = mcap_writer_add_channel(w, 0, "t", "x");
    for (uint32_t i = 0; i < COUNT; i++) /* backwards in time, one of them larger than a chunk */
        ck_assert(mcap_writer_message(w, channel, i, COUNT - i, 0, data, i == 500 ? BIG : 100));
    ck_assert(mcap_writer_close(w, &e));
    free(data);
    mcap_reader *r = mcap_reader_open(path.text, &e);
    mcap_info info;
    ck_assert(mcap_info_read(&info, r) && info.messages == COUNT);
    ck_assert(info.first_ns == 1 && info.last_ns == COUNT);
    ck_assert_msg(info.chunk_count > 13 && info.chunk_count < 17, "%u", (unsigned)info.chunk_count);
    ck_assert_msg(!mcap_reader_damage(r) && info.disagreements.count == 0, "%s", info.disagreements.summary);
    mcap_info_finish(&info);
    mcap_reader_close(r);
    unlink(path.text);
}
END_TEST

/* Nothing of the writer's may be left in the process: it is killed. */
START_TEST (what_was_flushed_survives_a_kill) {
    sample_path path = sample_path_of("killed.mcap");
    pid_t child = fork();
    if (child == 0) {
        mcap_writer *w = mcap_writer_open(path.text, "", "", MCAP_COMPRESSION_ZSTD, NULL);
        uint16_t channel = mcap_writer_add_channel(w, 0, "t", "x");
        for (uint32_t i = 0; i < 150; i++) {
            mcap_writer_message(w, channel, i, i, i, "data", 4);
            if (i == 99)
                mcap_writer_flush(w);
        }
        raise(SIGKILL);
    }
    int status;
    ck_assert(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    mcap_buffer b = sample_load(path.text);
    sample_outcome o = sample_read(b.data, b.size, false);
    ck_assert_uint_eq(o.messages, 100);
    ck_assert_msg(strstr(o.damage, "cut off") != NULL, "%s", o.damage);
    mcap_buffer_finish(&b);
    unlink(path.text);
}
END_TEST

START_TEST (a_full_disk_is_said) {
    error e = {""};
    mcap_writer *w = mcap_writer_open("/dev/full", "", "", MCAP_COMPRESSION_NONE, &e);
    ck_assert_ptr_null(w); /* the header is written at once */
    ck_assert_msg(strstr(e.text, "/dev/full: cannot write") && strstr(e.text, strerror(ENOSPC)), "%s",
                  e.text);
}
END_TEST

/* Writes all of the sample's messages; true when the writer says that all went well. */
static bool write_limited(const char *path, mcap_compression compression, error *e)
{
    mcap_writer *w = mcap_writer_open(path, "test", "posed tests", compression, e);
    if (!w)
        return false;
    uint8_t data[64];
    mcap_writer_set_chunk_size(w, 200); /* not flush: a thousand of them take the disk a while */
    uint16_t schema = mcap_writer_add_schema(w, "Thing", "protobuf", "descriptor", 10);
    uint16_t even = mcap_writer_add_channel(w, schema, "with/schema", "protobuf");
    uint16_t odd = mcap_writer_add_channel(w, 0, "without/schema", "json");
    bool ok = true;
    for (uint32_t i = 0; i < SAMPLE_MESSAGES; i++) {
        sample_message_data(i, data);
        bool wrote = mcap_writer_message(w, i % 2 == 0 ? even : odd, i, 1000 + i, 900 + i, data,
                                         sample_message_size(i));
        ck_assert(ok || !wrote); /* once it has failed it stays so */
        ok = wrote;
    }
    bool closed = mcap_writer_close(w, e);
    ck_assert(ok || !closed);
    return closed;
}

/* A limit on the file's size makes the last write a short one and the next fail, as a disk does that fills
 * up. */
START_TEST (a_disk_that_fills_up_is_noticed_at_every_byte) {
    sample_path path = sample_path_of("limited.mcap");
    error e = {""};
    ck_assert(write_limited(path.text, (mcap_compression)_i, &e));
    mcap_buffer b = sample_load(path.text);
    size_t whole = b.size;
    mcap_buffer_finish(&b);
    signal(SIGXFSZ, SIG_IGN);
    for (size_t limit = 0; limit <= whole; limit++) {
        struct rlimit unlimited, limited;
        ck_assert(getrlimit(RLIMIT_FSIZE, &unlimited) == 0);
        limited = unlimited;
        limited.rlim_cur = limit;
        error why = {""};
        ck_assert(setrlimit(RLIMIT_FSIZE, &limited) == 0);
        bool ok = write_limited(path.text, (mcap_compression)_i, &why);
        ck_assert(setrlimit(RLIMIT_FSIZE, &unlimited) == 0);
        ck_assert_msg(ok == (limit == whole), "limit %zu of %zu", limit, whole);
        ck_assert_msg(ok || (strstr(why.text, path.text) && strstr(why.text, strerror(EFBIG))), "%s",
                      why.text);
        b = sample_load(path.text);
        sample_outcome o = sample_read(b.data, b.size, true);
        ck_assert(ok == (o.opened && o.damage_count == 0));
        mcap_buffer_finish(&b);
        unlink(path.text); /* one that is emptied is written to the disk when it is closed (ext4) */
    }
}
END_TEST

START_TEST (where_no_file_can_be_is_refused_by_name) {
    static const char *const paths[] = {"/", "/no/such/directory/f.mcap", "", "/proc/self/nothing"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        error e = {""};
        ck_assert_ptr_null(mcap_writer_open(paths[i], "", "", MCAP_COMPRESSION_ZSTD, &e));
        ck_assert_msg(strncmp(e.text, paths[i], strlen(paths[i])) == 0 && e.text[0] != '\0', "%s", e.text);
    }
    ck_assert_ptr_null(mcap_writer_open("/dev/null", "", "", (mcap_compression)9, NULL));
}
END_TEST

START_TEST (a_caller_s_mistake_is_kept_as_the_first_error) {
    error e = {""};
    mcap_writer *w = mcap_writer_open("/dev/null", "", "", MCAP_COMPRESSION_NONE, &e);
    uint16_t channel = mcap_writer_add_channel(w, 0, "t", "x");
    ck_assert(channel == 1 && mcap_writer_flush(w));
    if (_i == 0)
        ck_assert(!mcap_writer_message(w, 2, 0, 0, 0, "", 0));
    else if (_i == 1)
        ck_assert(!mcap_writer_message(w, 0, 0, 0, 0, "", 0));
    else
        ck_assert_uint_eq(mcap_writer_add_channel(w, 1, "no schema", "x"), 0);
    ck_assert(!mcap_writer_message(w, channel, 0, 0, 0, "", 0));
    ck_assert(!mcap_writer_attachment(w, "a", "b", 0, "", 0));
    ck_assert(!mcap_writer_metadata(w, "a", NULL, 0));
    ck_assert_uint_eq(mcap_writer_add_schema(w, "a", "b", "", 0), 0);
    ck_assert(!mcap_writer_flush(w));
    ck_assert(!mcap_writer_close(w, &e));
    ck_assert_msg(strstr(e.text, "which is not there") || strstr(e.text, "its schema 1 is not there"), "%s",
                  e.text);
}
END_TEST

START_TEST (ids_end_where_16_bits_do) {
    error e = {""};
    mcap_writer *w = mcap_writer_open("/dev/null", "", "", MCAP_COMPRESSION_NONE, &e);
    for (unsigned i = 1; i <= UINT16_MAX; i++)
        ck_assert_uint_eq(mcap_writer_add_channel(w, 0, "t", "x"), i);
    ck_assert(mcap_writer_message(w, UINT16_MAX, 0, 0, 0, "", 0));
    ck_assert_uint_eq(mcap_writer_add_channel(w, 0, "t", "x"), 0);
    ck_assert(!mcap_writer_close(w, &e));
    ck_assert_msg(strstr(e.text, "one too many") != NULL, "%s", e.text);
}
END_TEST

/* Bytes in use on the heap (0 under tools that replace the allocator, which watch for leaks themselves). */
static size_t heap_in_use(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

START_TEST (in_steady_state_the_heap_does_not_grow) {
    mcap_writer *w = mcap_writer_open("/dev/null", "", "", (mcap_compression)_i, NULL);
    mcap_writer_set_chunk_size(w, 100000);
    uint16_t channel = mcap_writer_add_channel(w, 0, "t", "x");
    uint8_t data[100] = {0};
    size_t before = 0;
    for (uint32_t i = 0; i < 20000; i++) {
        if (i == 5000) /* some chunks are done, and every buffer has its size */
            before = heap_in_use();
        ck_assert(mcap_writer_message(w, channel, i, i, i, data, sizeof data));
    }
    /* The chunk index grows by some 90 bytes a chunk, 20 chunks here, and doubles. */
    ck_assert_msg(heap_in_use() <= before + 8192, "%zu, then %zu", before, heap_in_use());
    ck_assert(mcap_writer_close(w, NULL));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("writer");
    tcase_set_timeout(tc, 300); /* valgrind */
    tcase_add_loop_test(tc, what_is_written_is_read, 0, COMPRESSIONS);
    tcase_add_test(tc, every_index_points_to_its_record);
    tcase_add_loop_test(tc, an_empty_recording_is_a_file, 0, COMPRESSIONS);
    tcase_add_loop_test(tc, chunks_have_the_size_asked_for, 0, COMPRESSIONS);
    tcase_add_test(tc, what_was_flushed_survives_a_kill);
    tcase_add_test(tc, a_full_disk_is_said);
    tcase_add_loop_test(tc, a_disk_that_fills_up_is_noticed_at_every_byte, 0, COMPRESSIONS);
    tcase_add_test(tc, where_no_file_can_be_is_refused_by_name);
    tcase_add_loop_test(tc, a_caller_s_mistake_is_kept_as_the_first_error, 0, 3);
    tcase_add_test(tc, ids_end_where_16_bits_do);
    tcase_add_loop_test(tc, in_steady_state_the_heap_does_not_grow, 0, COMPRESSIONS);
    return run_cases("MCAP writer", tc);
}
