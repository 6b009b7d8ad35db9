/* Drives of other writers: in any order, beside channels of others, and not all of it for us. */
#include "tests/scratch.h"
#include "tests/suite.h"
#include "tests/wire/sample_frames.h"
#include "wire/drive_source.h"
#include "wire/mcap_writer.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char directory[SCRATCH_SIZE], path[128];
static error e;
static uint64_t state;

static void setup(void)
{
    make_directory(directory);
    snprintf(path, sizeof path, "%s/a.mcap", directory);
    e.text[0] = '\0';
    state = 5;
}

static void teardown(void)
{
    remove_directory(directory);
}

static mcap_writer *begin(const char *library)
{
    mcap_writer *w = mcap_writer_open(path, "", library, MCAP_COMPRESSION_LZ4, &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    mcap_writer_set_chunk_size(w, 1024);
    return w;
}

static void end(mcap_writer *w)
{
    ck_assert_msg(mcap_writer_close(w, &e), "%s", e.text);
}

static void put(mcap_writer *w, uint16_t channel, frame_kind kind, uint32_t number, uint64_t time_ns)
{
    frame f;
    uint8_t bytes[MESSAGE_MAX_SIZE];
    sample_frame(&state, kind, &f);
    f.sequence = number;
    size_t size = message_encode_frame(&f, sample_source(kind), bytes, sizeof bytes);
    ck_assert_uint_gt(size, 0);
    ck_assert(mcap_writer_message(w, channel, number, time_ns, time_ns, bytes, size));
}

static uint16_t channel_of(mcap_writer *w, frame_kind kind, const char *encoding)
{
    char topic[TOPIC_SIZE];
    ck_assert(topic_of_frame(kind, sample_source(kind), topic));
    uint16_t id = mcap_writer_add_channel(w, 0, topic, encoding);
    ck_assert_uint_gt(id, 0);
    return id;
}

/* One topic after the other, as a converter writes them: frame n was had at n. */
static void write_by_topic(const char *library)
{
    mcap_writer *w = begin(library);
    uint16_t wheel = channel_of(w, FRAME_WHEEL, "protobuf"), imu = channel_of(w, FRAME_IMU, "protobuf");
    uint16_t other = mcap_writer_add_channel(w, 0, "/log", "json");
    for (uint32_t i = 0; i < 200; i += 2)
        put(w, wheel, FRAME_WHEEL, i, i);
    for (uint32_t i = 1; i < 200; i += 2)
        put(w, imu, FRAME_IMU, i, i);
    ck_assert(mcap_writer_message(w, other, 0, 1, 1, "{}", 2));
    end(w);
}

/* The numbers of the frames, in the order in which they come. */
static size_t read_numbers(uint32_t *numbers, size_t room, uint64_t *unused)
{
    settings *s = malloc(sizeof *s);
    drive_item *item = malloc(sizeof *item);
    drive_source *d = drive_source_open(path, &e);
    ck_assert_msg(d && s && item, "%s", e.text);
    settings_default(s);
    ck_assert_msg(drive_source_bind(d, s, &e), "%s", e.text);
    size_t count = 0;
    for (drive_item_kind kind; (kind = drive_source_next(d, item)) != DRIVE_END;) {
        ck_assert_msg(kind == DRIVE_FRAME, "%s", item->what.text);
        ck_assert_uint_lt(count, room);
        numbers[count++] = item->frame.sequence;
    }
    ck_assert_msg(drive_source_damage(d) == NULL, "%s", drive_source_damage(d));
    *unused = drive_source_unused(d);
    drive_source_close(d);
    free(item);
    free(s);
    return count;
}

START_TEST (what_others_wrote_comes_by_its_log_time) {
    uint32_t numbers[256];
    uint64_t unused;
    write_by_topic("converter 1.0");
    ck_assert_uint_eq(read_numbers(numbers, 256, &unused), 200);
    for (uint32_t i = 0; i < 200; i++)
        ck_assert_uint_eq(numbers[i], i);
    ck_assert_uint_eq(unused, 0);
}
END_TEST

/* Ours stand as they came: the log time is not the order where the clock was set back. */
START_TEST (what_posed_wrote_comes_as_it_stands) {
    uint32_t numbers[256];
    uint64_t unused;
    write_by_topic("posed 1.0");
    ck_assert_uint_eq(read_numbers(numbers, 256, &unused), 200);
    ck_assert_uint_eq(numbers[1], 2);
    ck_assert_uint_eq(numbers[100], 1);
}
END_TEST

START_TEST (equal_times_keep_their_order) {
    uint32_t numbers[256];
    uint64_t unused;
    mcap_writer *w = begin("");
    uint16_t wheel = channel_of(w, FRAME_WHEEL, "protobuf");
    put(w, wheel, FRAME_WHEEL, 100, 9);
    for (uint32_t i = 0; i < 100; i++)
        put(w, wheel, FRAME_WHEEL, i, 7);
    end(w);
    ck_assert_uint_eq(read_numbers(numbers, 256, &unused), 101);
    for (uint32_t i = 0; i <= 100; i++)
        ck_assert_uint_eq(numbers[i], i);
}
END_TEST

START_TEST (what_is_no_protobuf_is_told) {
    uint32_t numbers[4];
    uint64_t unused;
    mcap_writer *w = begin("");
    uint16_t imu = channel_of(w, FRAME_IMU, "json"), wheel = channel_of(w, FRAME_WHEEL, "protobuf");
    put(w, wheel, FRAME_WHEEL, 0, 1);
    ck_assert(mcap_writer_message(w, imu, 0, 2, 2, "{}", 2));
    end(w);
    ck_assert_uint_eq(read_numbers(numbers, 4, &unused), 1);
    ck_assert_uint_eq(unused, 1);

    w = begin("");
    imu = channel_of(w, FRAME_IMU, "json");
    ck_assert(mcap_writer_message(w, imu, 0, 2, 2, "{}", 2));
    end(w);
    ck_assert_ptr_null(drive_source_open(path, &e));
    ck_assert_msg(strstr(e.text, "a.mcap: nothing to replay: channel posed/v1/sensor/imu/"), "%s", e.text);
    ck_assert_msg(strstr(e.text, "is not in protobuf"), "%s", e.text);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("drive_source");
    tcase_add_checked_fixture(c, setup, teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, what_others_wrote_comes_by_its_log_time);
    tcase_add_test(c, what_posed_wrote_comes_as_it_stands);
    tcase_add_test(c, equal_times_keep_their_order);
    tcase_add_test(c, what_is_no_protobuf_is_told);
    return run_cases("drive_source", c);
}
