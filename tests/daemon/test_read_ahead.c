/*
 * A drive read ahead: what comes out is what the drive's own stream gives.
 */
#include "daemon/replay/read_ahead.h"
#include "tests/wire/sample_frames.h"
#include "wire/mcap_writer.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of each kind so many messages: together more than may wait at once. */
enum { ROUNDS = 600 };

static char directory[64], path[128];
static drive_item *want, *got;

static void put_frames(mcap_writer *w, const uint16_t *channel, uint32_t number, uint64_t *state)
{
    uint8_t bytes[MESSAGE_MAX_SIZE];
    for (int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
        frame f;
        sample_frame(state, (frame_kind)kind, &f);
        size_t size = message_encode_frame(&f, sample_source((frame_kind)kind), bytes, sizeof bytes);
        size = number % 7 == 3 ? 1 : size; /* cut: malformed */
        ck_assert(mcap_writer_message(w, channel[kind], number, number, number, bytes, size));
    }
}

static void put_truth(mcap_writer *w, uint16_t channel, uint32_t number)
{
    uint8_t bytes[MESSAGE_MAX_SIZE];
    truth_point t = {.stamp_ns = number, .sequence = number, .height_m = 0.5 * number};
    size_t size = message_encode_truth(&t, bytes, sizeof bytes);
    ck_assert(mcap_writer_message(w, channel, number, number, number, bytes, number % 11 == 5 ? 1 : size));
}

static void write_drive(void)
{
    error e = {""};
    uint64_t state = 5;
    uint16_t channel[FRAME_KIND_COUNT];
    mcap_writer *w = mcap_writer_open(path, "", "test", MCAP_COMPRESSION_ZSTD, &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    for (int kind = 0; kind < FRAME_KIND_COUNT; kind++) {
        char topic[TOPIC_SIZE];
        ck_assert(topic_of_frame((frame_kind)kind, sample_source((frame_kind)kind), topic));
        channel[kind] = mcap_writer_add_channel(w, 0, topic, "protobuf");
    }
    uint16_t truth = mcap_writer_add_channel(w, 0, TOPIC_TRUTH, "protobuf");
    for (uint32_t i = 0; i < ROUNDS; i++) {
        put_frames(w, channel, i, &state);
        put_truth(w, truth, i);
    }
    ck_assert_msg(mcap_writer_close(w, &e), "%s", e.text);
}

static void setup(void)
{
    strcpy(directory, "/tmp/posed-test-ahead-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(path, sizeof path, "%s/a.mcap", directory);
    want = calloc(1, sizeof *want);
    got = calloc(1, sizeof *got);
    ck_assert(want && got);
    write_drive();
}

static void teardown(void)
{
    free(want);
    free(got);
    unlink(path);
    rmdir(directory);
}

static drive_source *open_drive(void)
{
    error e = {""};
    settings *s = calloc(1, sizeof *s);
    drive_source *d = drive_source_open(path, &e);
    ck_assert_msg(s && d && drive_source_bind(d, s, &e), "%s", e.text);
    free(s);
    return d;
}

static void check_item(drive_item_kind kind)
{
    ck_assert_int_eq(got->log_time_ns, want->log_time_ns);
    ck_assert_uint_eq(got->source, want->source);
    ck_assert_str_eq(got->what.text, want->what.text);
    if (kind == DRIVE_FRAME)
        ck_assert_mem_eq(&got->frame, &want->frame, frame_used_size(&want->frame));
    if (kind == DRIVE_TRUTH)
        ck_assert_mem_eq(&got->truth, &want->truth, sizeof want->truth);
}

START_TEST (gives_the_same_items_in_the_same_order) {
    drive_source *plain = open_drive(), *d = open_drive();
    read_ahead *r = read_ahead_start(d);
    size_t of_kind[DRIVE_MALFORMED + 1] = {0};
    drive_item_kind kind;
    ck_assert_ptr_nonnull(r);
    while ((kind = drive_source_next(plain, want)) != DRIVE_END) {
        ck_assert_int_eq(read_ahead_next(r, got), kind);
        check_item(kind);
        of_kind[kind]++;
    }
    ck_assert_uint_gt(of_kind[DRIVE_FRAME], ROUNDS * FRAME_KIND_COUNT / 2);
    ck_assert_uint_gt(of_kind[DRIVE_TRUTH], ROUNDS / 2);
    ck_assert_uint_gt(of_kind[DRIVE_MALFORMED], ROUNDS);
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(read_ahead_next(r, got), DRIVE_END);
    read_ahead_stop(r);
    drive_source_close(plain);
    drive_source_close(d);
}
END_TEST

/* Whether its reader waits for room, is at work, or has hardly begun. */
START_TEST (ends_in_the_middle_of_the_drive) {
    drive_source *d = open_drive();
    read_ahead *r = read_ahead_start(d);
    ck_assert_ptr_nonnull(r);
    for (int i = 0; i < _i; i++)
        ck_assert_int_ne(read_ahead_next(r, got), DRIVE_END);
    read_ahead_stop(r);
    drive_source_close(d);
}
END_TEST

START_TEST (what_waits_is_bounded) {
    drive_source *d = open_drive();
    read_ahead *r = read_ahead_start(d);
    size_t left = 0;
    ck_assert_ptr_nonnull(r);
    ck_assert_int_ne(read_ahead_next(r, got), DRIVE_END);
    read_ahead_stop(r); /* from here on the stream is this thread's: it goes on where the reader was */
    while (drive_source_next(d, want) != DRIVE_END)
        left++;
    ck_assert_uint_gt(left, 0);
    drive_source_close(d);
}
END_TEST

START_TEST (nothing_is_ended) {
    read_ahead_stop(NULL);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("read ahead");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, gives_the_same_items_in_the_same_order);
    tcase_add_loop_test(t, ends_in_the_middle_of_the_drive, 0, 3);
    tcase_add_test(t, what_waits_is_bounded);
    tcase_add_test(t, nothing_is_ended);
    return run_cases("read ahead", t);
}
