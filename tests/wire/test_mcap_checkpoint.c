/*
 * Checkpoints: after each the file is whole, whatever becomes of the writer; and once closed it is the same
 * as without them.
 */
#include "tests/suite.h"
#include "tests/wire/mcap_sample.h"
#include "wire/mcap_info.h"

#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 4, PER_ROUND = 5 };

typedef bool (*mark)(mcap_writer *w);

static bool write_round(mcap_writer *w, uint16_t channel, uint32_t round)
{
    uint8_t data[64];
    bool ok = true;
    for (uint32_t i = round * PER_ROUND; ok && i < (round + 1) * PER_ROUND; i++) {
        sample_message_data(i, data);
        ok = mcap_writer_message(w, channel, i, 1000 + i, 900 + i, data, sample_message_size(i));
    }
    return ok;
}

/* Rounds of messages with `after` before the first and after each; a second channel comes late. Returns how
 * often `after` went well. */
static unsigned write_rounds(mcap_writer *w, mark after)
{
    uint16_t schema = mcap_writer_add_schema(w, "Thing", "protobuf", "descriptor", 10);
    uint16_t channel = mcap_writer_add_channel(w, schema, "first", "protobuf");
    mcap_writer_attachment(w, "config.yaml", "application/yaml", 7, "a: 1\n", 5);
    unsigned done = after(w);
    bool ok = done > 0;
    for (uint32_t round = 0; ok && round < ROUNDS; round++) {
        if (round == 2)
            channel = mcap_writer_add_channel(w, 0, "second", "json");
        ok = ok && write_round(w, channel, round) && after(w);
        done += ok;
    }
    return done;
}

static mcap_writer *open_sample(const char *path, error *e)
{
    return mcap_writer_open(path, "test", "posed tests", MCAP_COMPRESSION_NONE, e);
}

/* Everything in the file agrees with itself. Returns how many messages there are. */
static uint64_t check_whole(const char *path)
{
    error e = {""};
    mcap_reader *r = mcap_reader_open(path, &e);
    ck_assert_msg(r != NULL, "%s", e.text);
    mcap_info info;
    ck_assert(mcap_info_read(&info, r));
    ck_assert_msg(!mcap_reader_damage(r), "%s", mcap_reader_damage(r));
    ck_assert_msg(info.disagreements.count == 0, "%s", info.disagreements.summary);
    ck_assert(info.has_statistics && info.chunk_count == info.chunk_index_count);
    uint64_t messages = info.messages;
    mcap_info_finish(&info);
    mcap_reader_close(r);
    return messages;
}

START_TEST (after_each_the_file_is_whole) {
    sample_path path = sample_path_of("whole.mcap");
    mcap_writer *w = open_sample(path.text, NULL);
    uint16_t channel = mcap_writer_add_channel(w, 0, "t", "x");
    ck_assert(mcap_writer_checkpoint(w));
    ck_assert_uint_eq(check_whole(path.text), 0);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        ck_assert(write_round(w, channel, round));
        ck_assert_uint_eq(check_whole(path.text), round * PER_ROUND);
        ck_assert(mcap_writer_pending(w) > 0);
        ck_assert(mcap_writer_checkpoint(w));
        ck_assert_uint_eq(mcap_writer_pending(w), 0);
        ck_assert_uint_eq(check_whole(path.text), (round + 1) * PER_ROUND);
        ck_assert(mcap_writer_checkpoint(w)); /* nothing new */
        ck_assert_uint_eq(check_whole(path.text), (round + 1) * PER_ROUND);
    }
    ck_assert(mcap_writer_close(w, NULL));
    ck_assert_uint_eq(check_whole(path.text), ROUNDS * PER_ROUND);
    unlink(path.text);
}
END_TEST

static mcap_buffer bytes_with(const char *name, mark after)
{
    sample_path path = sample_path_of(name);
    mcap_writer *w = open_sample(path.text, NULL);
    ck_assert_uint_eq(write_rounds(w, after), ROUNDS + 1);
    ck_assert(mcap_writer_close(w, NULL));
    mcap_buffer b = sample_load(path.text);
    unlink(path.text);
    return b;
}

START_TEST (they_leave_no_trace) {
    mcap_buffer with = bytes_with("with.mcap", mcap_writer_checkpoint);
    mcap_buffer without = bytes_with("without.mcap", mcap_writer_flush);
    ck_assert_uint_eq(with.size, without.size);
    ck_assert(memcmp(with.data, without.data, with.size) == 0);
    mcap_buffer_finish(&with);
    mcap_buffer_finish(&without);
}
END_TEST

/* Whole chunks that are written between two checkpoints take the place of the end. */
START_TEST (a_full_chunk_between_them_is_fine) {
    sample_path path = sample_path_of("between.mcap");
    mcap_writer *w = open_sample(path.text, NULL);
    mcap_writer_set_chunk_size(w, 150);
    uint16_t channel = mcap_writer_add_channel(w, 0, "t", "x");
    for (uint32_t round = 0; round < ROUNDS; round++) {
        ck_assert(write_round(w, channel, round));
        mcap_buffer b = sample_load(path.text);
        sample_outcome o = sample_read(b.data, b.size, false);
        ck_assert(o.opened && o.messages < (round + 1) * PER_ROUND);
        mcap_buffer_finish(&b);
        ck_assert(mcap_writer_checkpoint(w));
        ck_assert_uint_eq(check_whole(path.text), (round + 1) * PER_ROUND);
    }
    ck_assert(mcap_writer_close(w, NULL));
    ck_assert_uint_eq(check_whole(path.text), ROUNDS * PER_ROUND);
    unlink(path.text);
}
END_TEST

START_TEST (a_killed_writer_leaves_the_last_one) {
    sample_path path = sample_path_of("killed.mcap");
    pid_t child = fork();
    if (child == 0) {
        mcap_writer *w = open_sample(path.text, NULL);
        uint16_t channel = mcap_writer_add_channel(w, 0, "t", "x");
        for (uint32_t round = 0; round < ROUNDS; round++) {
            write_round(w, channel, round);
            if (round + 1 < ROUNDS)
                mcap_writer_checkpoint(w);
        }
        raise(SIGKILL);
    }
    int status;
    ck_assert(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
    ck_assert_uint_eq(check_whole(path.text), (ROUNDS - 1) * PER_ROUND);
    unlink(path.text);
}
END_TEST

/* A limit on the file's size fails a write in the middle, as a full disk does. */
START_TEST (a_full_disk_leaves_the_last_one) {
    enum { STEP = 23 };
    mcap_buffer all = bytes_with("whole.mcap", mcap_writer_checkpoint);
    sample_path path = sample_path_of("full.mcap");
    unsigned found = 0; /* bit: with so many */
    signal(SIGXFSZ, SIG_IGN);
    for (size_t limit = 100; limit < all.size - 1; limit += STEP) {
        struct rlimit unlimited, limited;
        error e = {""};
        ck_assert(getrlimit(RLIMIT_FSIZE, &unlimited) == 0);
        limited = unlimited;
        limited.rlim_cur = limit;
        ck_assert(setrlimit(RLIMIT_FSIZE, &limited) == 0);
        mcap_writer *w = open_sample(path.text, &e);
        ck_assert_msg(w != NULL, "%s", e.text);
        unsigned done = write_rounds(w, mcap_writer_checkpoint);
        ck_assert(done <= ROUNDS && mcap_writer_failed(w) && !mcap_writer_close(w, &e));
        ck_assert(setrlimit(RLIMIT_FSIZE, &unlimited) == 0);
        if (done > 0)
            ck_assert_uint_eq(check_whole(path.text), (done - 1) * PER_ROUND);
        found |= 1U << done;
    }
    ck_assert_msg(found == (1U << (ROUNDS + 1)) - 1, "%x", found);
    mcap_buffer_finish(&all);
    unlink(path.text);
}
END_TEST

START_TEST (a_device_gets_its_end_only_once) {
    mcap_writer *w = open_sample("/dev/null", NULL);
    ck_assert_uint_eq(write_rounds(w, mcap_writer_checkpoint), ROUNDS + 1);
    ck_assert(mcap_writer_close(w, NULL));
}
END_TEST

/* Beyond the limit of the summary's size the file has no end until it is closed, and loses nothing. */
START_TEST (a_long_file_goes_on_without) {
    enum { SCHEMA = 600000, COUNT = 4 };
    sample_path path = sample_path_of("long.mcap");
    char *schema = calloc(1, SCHEMA);
    mcap_writer *w = open_sample(path.text, NULL);
    for (uint32_t round = 0; round < COUNT; round++) {
        uint16_t id = mcap_writer_add_schema(w, "Thing", "x", schema, SCHEMA);
        ck_assert(write_round(w, mcap_writer_add_channel(w, id, "t", "x"), round));
        ck_assert(mcap_writer_checkpoint(w));
    }
    mcap_buffer b = sample_load(path.text);
    sample_outcome o = sample_read(b.data, b.size, false);
    ck_assert(o.messages == COUNT * PER_ROUND);
    ck_assert_msg(o.damage_count == 1 && strstr(o.damage, "cut off"), "%s", o.damage);
    mcap_buffer_finish(&b);
    ck_assert(mcap_writer_close(w, NULL));
    ck_assert_uint_eq(check_whole(path.text), COUNT * PER_ROUND);
    free(schema);
    unlink(path.text);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("checkpoint");
    tcase_set_timeout(tc, 300); /* valgrind */
    tcase_add_test(tc, after_each_the_file_is_whole);
    tcase_add_test(tc, they_leave_no_trace);
    tcase_add_test(tc, a_full_chunk_between_them_is_fine);
    tcase_add_test(tc, a_killed_writer_leaves_the_last_one);
    tcase_add_test(tc, a_full_disk_leaves_the_last_one);
    tcase_add_test(tc, a_device_gets_its_end_only_once);
    tcase_add_test(tc, a_long_file_goes_on_without);
    return run_cases("MCAP checkpoint", tc);
}
