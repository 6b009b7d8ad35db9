#include "tests/suite.h"
#include "tests/wire/mcap_sample.h"

#include <check.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST (rewind_gives_all_of_it_again) {
    mcap_buffer b = sample_bytes(MCAP_COMPRESSION_ZSTD);
    mcap_reader *r = mcap_reader_open_memory(b.data, b.size, NULL);
    ck_assert_uint_eq(mcap_reader_channel_count(r), 2); /* from the summary */
    ck_assert_uint_eq(mcap_reader_schema_count(r), 1);
    mcap_message m;
    for (int stop = 0; stop <= SAMPLE_MESSAGES; stop += 4) {
        mcap_reader_rewind(r);
        for (int i = 0; i < stop && mcap_reader_next(r, &m); i++)
            ck_assert(m.sequence == (uint32_t)i && sample_message_right(&m));
    }
    mcap_reader_rewind(r);
    while (mcap_reader_next(r, &m))
        continue;
    ck_assert(!mcap_reader_next(r, &m));
    ck_assert_uint_eq(mcap_reader_channel(r, 0)->messages, 8);
    ck_assert_uint_eq(mcap_reader_channel(r, 1)->messages, 7);
    ck_assert_ptr_null(mcap_reader_channel(r, 2));
    ck_assert_ptr_eq(mcap_reader_schema_by_id(r, 1), mcap_reader_schema(r, 0));
    ck_assert(mcap_text_is(mcap_reader_header(r).library, "posed tests"));
    ck_assert_ptr_null(mcap_reader_damage(r));
    mcap_reader_close(r);
    mcap_buffer_finish(&b);
}
END_TEST

static void expect_refusal(const char *path, const char *why)
{
    error e = {""};
    ck_assert_ptr_null(mcap_reader_open(path, &e));
    ck_assert_msg(strncmp(e.text, path, strlen(path)) == 0 && strstr(e.text, why), "%s", e.text);
}

START_TEST (what_is_no_mcap_file_is_refused_by_name) {
    sample_path path = sample_path_of("other");
    expect_refusal(path.text, "No such file");
    expect_refusal("/", "is a directory");
    expect_refusal("/dev/null", "is not a regular file");
    ck_assert(mkfifo(path.text, 0600) == 0);
    expect_refusal(path.text, "is not a regular file");
    unlink(path.text);
    int fd = open(path.text, O_CREAT | O_WRONLY, 0600);
    expect_refusal(path.text, "is empty");
    ck_assert(write(fd, "\x89MCAP1\r\nand more", 16) == 16);
    expect_refusal(path.text, "the magic bytes are not there");
    ck_assert(ftruncate(fd, 0) == 0 && pwrite(fd, MCAP_MAGIC "\x01\x08", 10, 0) == 10);
    expect_refusal(path.text, "no whole Header");
    if (geteuid() != 0) {
        ck_assert(fchmod(fd, 0) == 0);
        expect_refusal(path.text, "Permission denied");
    }
    close(fd);
    unlink(path.text);
    mcap_reader_close(NULL);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("open");
    tcase_add_test(tc, rewind_gives_all_of_it_again);
    tcase_add_test(tc, what_is_no_mcap_file_is_refused_by_name);
    return run_cases("MCAP reader: open and rewind", tc);
}
