/* Drives: what is written comes back, and a failure leaves nothing behind. */
#include "tests/scratch.h"
#include "tests/suite.h"
#include "tests/wire/sample_frames.h"
#include "wire/drive.h"
#include "wire/mcap_reader.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char directory[SCRATCH_SIZE], path[128], partial[128];
static error e;

static void setup(void)
{
    make_directory(directory);
    snprintf(path, sizeof path, "%s/a.mcap", directory);
    snprintf(partial, sizeof partial, "%s/a.mcap.tmp", directory);
    e.text[0] = '\0';
}

static void teardown(void)
{
    remove_directory(directory);
}

static bool there(const char *name)
{
    return access(name, F_OK) == 0;
}

static bool text_is(mcap_text text, const char *expected)
{
    return text.size == strlen(expected) && memcmp(text.data, expected, text.size) == 0;
}

START_TEST (frames_of_every_kind_come_back) {
    enum { FRAMES = 400 };
    static frame frames[FRAMES], back;
    uint64_t state = 3;
    drive_writer *w = drive_writer_open(path, &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    for (int i = 0; i < FRAMES; i++) {
        frame_kind kind = (frame_kind)(i % FRAME_KIND_COUNT);
        sample_frame(&state, kind, &frames[i]);
        frames[i].sequence = (uint32_t)i;
        ck_assert(drive_write_frame(w, &frames[i], sample_source(kind)));
    }
    ck_assert(there(partial) && !there(path));
    ck_assert_msg(drive_writer_close(w, false, &e), "%s", e.text);
    ck_assert(!there(partial));

    mcap_reader *r = mcap_reader_open(path, &e);
    ck_assert_msg(r != NULL, "%s", e.text);
    ck_assert_uint_eq(mcap_reader_channel_count(r), FRAME_KIND_COUNT);
    mcap_message m;
    int count = 0;
    for (; mcap_reader_next(r, &m); count++) {
        frame_kind kind;
        char topic[TOPIC_SIZE], source[FRAME_SOURCE_NAME_SIZE], decoded[FRAME_SOURCE_NAME_SIZE];
        const frame *f = &frames[m.sequence];
        ck_assert_uint_lt(m.channel->topic.size, sizeof topic);
        snprintf(topic, sizeof topic, "%.*s", (int)m.channel->topic.size, m.channel->topic.data);
        ck_assert(topic_parse_frame(topic, &kind, source));
        ck_assert_msg(message_decode_frame(kind, m.data, m.size, &back, decoded, &e), "%s", e.text);
        ck_assert_str_eq(source, sample_source(kind));
        ck_assert_str_eq(decoded, source);
        ck_assert_uint_eq(back.sequence, m.sequence);
        ck_assert_int_eq((int64_t)m.log_time_ns, f->received_ns);
        ck_assert_int_eq((int64_t)m.publish_time_ns, f->stamp_ns);
        ck_assert(text_is(m.channel->message_encoding, "protobuf"));
        ck_assert(
            text_is(mcap_reader_schema_by_id(r, m.channel->schema_id)->name, message_name_of_frame(kind)));
    }
    ck_assert_int_eq(count, FRAMES);
    ck_assert_ptr_null(mcap_reader_damage(r));
    mcap_reader_close(r);
}
END_TEST

START_TEST (results_configuration_and_schemas_are_there) {
    static fusion_status status = {.stamp_ns = 5, .mode = MODE_NOMINAL};
    const char *const pairs[][2] = {{"importer", "csv"}};
    drive_writer *w = drive_writer_open(path, &e);
    ck_assert_ptr_nonnull(w);
    ck_assert(drive_write_config(w, "truth: {}\n", 10));
    ck_assert(drive_write_metadata(w, "origin", pairs, 1));
    ck_assert(drive_write_truth(w, &(truth_point){.stamp_ns = 1, .sequence = 8}));
    ck_assert(drive_write_pose(w, &(fusion_pose){.stamp_ns = 2, .mode = MODE_NOMINAL}));
    ck_assert(drive_write_verdict(w, &(verdict){.stamp_ns = 3}, "gnss/a"));
    ck_assert(drive_write_fault(w, &(fault_event){.stamp_ns = 4}, "system"));
    ck_assert(drive_write_fault(w, &(fault_event){.stamp_ns = 4}, "system"));
    ck_assert(drive_write_status(w, &status, NULL));
    ck_assert_msg(drive_writer_close(w, false, &e), "%s", e.text);

    static const char *const topics[] = {TOPIC_TRUTH, TOPIC_POSE,  TOPIC_VERDICT,
                                         TOPIC_FAULT, TOPIC_FAULT, TOPIC_STATUS};
    static const uint32_t sequences[] = {8, 0, 0, 0, 1, 0};
    mcap_reader *r = mcap_reader_open(path, &e);
    ck_assert_ptr_nonnull(r);
    mcap_message m;
    size_t count = 0;
    for (; mcap_reader_next(r, &m); count++) {
        ck_assert_uint_lt(count, 6);
        ck_assert(text_is(m.channel->topic, topics[count]));
        ck_assert_uint_eq(m.sequence, sequences[count]);
        const mcap_schema *s = mcap_reader_schema_by_id(r, m.channel->schema_id);
        ck_assert_uint_eq(s->data.size, wire_descriptor_set_size);
        ck_assert_mem_eq(s->data.data, wire_descriptor_set, s->data.size);
    }
    ck_assert_uint_eq(count, 6);
    mcap_text config;
    ck_assert(mcap_reader_attachment(r, "config.yaml", &config));
    ck_assert(text_is(config, "truth: {}\n"));
    mcap_reader_close(r);
}
END_TEST

static void write_old(void)
{
    write_text(directory, "a.mcap", "old");
}

static void assert_old(void)
{
    char *text = read_text(path);
    ck_assert_str_eq(text, "old");
    free(text);
    ck_assert(!there(partial));
}

START_TEST (an_abandoned_drive_leaves_the_old_file) {
    frame f = {.kind = FRAME_IMU};
    write_old();
    drive_writer *w = drive_writer_open(path, &e);
    ck_assert(drive_write_frame(w, &f, "imu/a"));
    ck_assert(!drive_writer_close(w, true, &e));
    ck_assert_str_eq(e.text, "");
    assert_old();
}
END_TEST

START_TEST (the_first_failure_is_kept_and_leaves_the_old_file) {
    frame good = {.kind = FRAME_IMU}, negative = {.kind = FRAME_IMU, .received_ns = -1};
    write_old();
    drive_writer *w = drive_writer_open(path, &e);
    ck_assert(drive_write_frame(w, &good, "imu/a"));
    ck_assert(!drive_write_frame(w, &negative, "imu/a"));
    ck_assert(!drive_write_frame(w, &good, "no name"));
    ck_assert(!drive_write_frame(w, &good, "imu/a"));
    ck_assert(!drive_write_config(w, "", 0));
    ck_assert(!drive_writer_close(w, false, &e));
    ck_assert_msg(strstr(e.text, "a.mcap: a frame's time is negative") != NULL, "%s", e.text);
    assert_old();
}
END_TEST

START_TEST (a_bad_source_name_is_refused) {
    frame good = {.kind = FRAME_IMU};
    drive_writer *w = drive_writer_open(path, &e);
    ck_assert(!drive_write_frame(w, &good, "gnss/a"));
    ck_assert(!drive_writer_close(w, false, &e));
    ck_assert_msg(strstr(e.text, "no valid name") != NULL, "%s", e.text);
    ck_assert(!there(path) && !there(partial));
}
END_TEST

START_TEST (a_directory_that_is_not_there_is_named) {
    char nowhere[160];
    snprintf(nowhere, sizeof nowhere, "%s/no/a.mcap", directory);
    ck_assert_ptr_null(drive_writer_open(nowhere, &e));
    ck_assert_msg(strstr(e.text, "no/a.mcap") && strstr(e.text, "No such file"), "%s", e.text);
    ck_assert_ptr_null(drive_writer_open(directory, NULL));
    ck_assert(!drive_writer_close(NULL, false, NULL));
}
END_TEST

START_TEST (a_full_disk_is_told) {
    static frame f;
    uint64_t state = 1;
    struct stat before, after;
    ck_assert_int_eq(stat("/dev/full", &before), 0);
    drive_writer *w = drive_writer_open("/dev/full", &e);
    for (int i = 0; i < 2000 && w; i++) {
        sample_frame(&state, FRAME_RADAR, &f);
        if (!drive_write_frame(w, &f, "radar/a"))
            break;
    }
    ck_assert(!drive_writer_close(w, false, &e)); /* at the latest; the header may have failed already */
    ck_assert_msg(strstr(e.text, "No space left") != NULL, "%s", e.text);
    ck_assert_int_eq(stat("/dev/full", &after), 0);
    ck_assert_msg(S_ISCHR(after.st_mode), "the device must not be renamed over");
    ck_assert(!there("/dev/full.tmp"));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("drive");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, frames_of_every_kind_come_back);
    tcase_add_test(tc, results_configuration_and_schemas_are_there);
    tcase_add_test(tc, an_abandoned_drive_leaves_the_old_file);
    tcase_add_test(tc, the_first_failure_is_kept_and_leaves_the_old_file);
    tcase_add_test(tc, a_bad_source_name_is_refused);
    tcase_add_test(tc, a_directory_that_is_not_there_is_named);
    tcase_add_test(tc, a_full_disk_is_told);
    return run_cases("drive", tc);
}
