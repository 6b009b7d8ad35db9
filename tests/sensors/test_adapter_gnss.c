/*
 * The adapter gnss on a pty that speaks as real receivers did (POSED_REAL_DATA/gnss-logs), on one that goes
 * and comes, and on a log.
 */
#include "tests/scratch.h"
#include "tests/sensors/adapter_fixture.h"
#include "tests/sensors/gnss_log.h"
#include "tests/suite.h"

#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WAIT_S 20.0

static char directory[SCRATCH_SIZE], link_path[64];

/* One for all tests: a test that fails ends before its own fixture could remove it. */
static void setup(void)
{
    make_directory(directory);
    snprintf(link_path, sizeof link_path, "%s/line", directory);
}

static void teardown(void)
{
    remove_directory(directory);
}

/* A pty whose other side is reached by a name that stays, as udev makes one. */
static int open_line(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    unlink(link_path);
    ck_assert_int_eq(symlink(ptsname(master), link_path), 0);
    return master;
}

static adapter_fixture *start_line(void)
{
    const char *const options[][2] = {{"from", "serial"}, {"device", link_path}, {"baud", "115200"}, {NULL}};
    return adapter_fixture_start("gnss", "gnss/roof", options);
}

static void say(int master, const char *sentence)
{
    char line[200];
    unsigned sum = 0;
    for (const char *c = sentence; *c != '\0'; c++)
        sum ^= (unsigned)*c;
    int n = snprintf(line, sizeof line, "$%s*%02X\r\n", sentence, sum);
    ck_assert_int_eq(write(master, line, (size_t)n), n);
}

static void say_epoch(int master, int second)
{
    char text[150];
    snprintf(text, sizeof text, "GNRMC,1200%02d.00,A,4807.000,N,01130.000,E,10.0,90.0,150621,,,A", second);
    say(master, text);
    snprintf(text, sizeof text, "GNGGA,1200%02d.00,4807.000,N,01130.000,E,4,17,0.6,500.0,M,48.0,M,,", second);
    say(master, text);
}

/* The adapter throws away what came before it opened the line: repeats epochs until one comes out. Returns
 * the second after it. */
static int say_until(adapter_fixture *x, int master, size_t count)
{
    int second = 0;
    do
        say_epoch(master, second++);
    while (!adapter_fixture_wait(x, count, 0.1) && second < 60);
    ck_assert_uint_ge(adapter_fixture_count(x), count);
    return second;
}

START_TEST (a_line_tells_its_fixes) {
    int master = open_line();
    adapter_fixture *x = start_line();
    say_until(x, master, 1);
    const frame *f = adapter_fixture_frame(x, 0);
    ck_assert_str_eq(adapter_fixture_source(x, 0), "gnss/roof");
    ck_assert(f->kind == FRAME_GNSS && f->sequence == 0 && f->u.gnss.fix == GNSS_FIX_FIXED);
    ck_assert_int_eq(f->stamp_ns % 1000000000, 0);
    ck_assert_int_eq(f->stamp_ns / INT64_C(60000000000),
                     gnss_utc(gnss_day(2021, 6, 15), 0) / INT64_C(60000000000) + 720);
    int64_t age_ns = adapter_now_ns() - f->received_ns;
    ck_assert(age_ns >= 0 && age_ns < (int64_t)(WAIT_S * 1e9));
    ck_assert_double_eq_tol(f->u.gnss.height_m, 548.0, 1e-9);
    ck_assert(adapter_fixture_stop(x));
    adapter_fixture_destroy(x);
    close(master);
}
END_TEST

START_TEST (a_line_may_go_and_come) {
    int master = open_line();
    adapter_fixture *x = start_line();
    for (int round = 0; round < 3; round++) {
        size_t before = adapter_fixture_count(x);
        say_until(x, master, before + 2);
        close(master);
        master = open_line();
    }
    ck_assert(adapter_fixture_stop(x));
    size_t count = adapter_fixture_count(x);
    for (size_t i = 0; i < count; i++)
        ck_assert_uint_eq(adapter_fixture_frame(x, i)->sequence, i);
    adapter_fixture_destroy(x);
    close(master);
}
END_TEST

START_TEST (a_line_may_come_later) {
    adapter_fixture *x = start_line();
    ck_assert(!adapter_fixture_wait(x, 1, 0.1));
    int master = open_line();
    say_until(x, master, 1);
    ck_assert(adapter_fixture_stop(x));
    adapter_fixture_destroy(x);
    close(master);
}
END_TEST

START_TEST (before_the_time_is_known_the_clock_stamps) {
    int master = open_line();
    adapter_fixture *x = start_line();
    for (int i = 0; !adapter_fixture_wait(x, 1, 0.1) && i < 60; i++)
        say(master, "GPGGA,,,,,,0,00,99.9,,,,,,");
    const frame *f = adapter_fixture_frame(x, 0);
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(f->u.gnss.fix, GNSS_FIX_NONE);
    ck_assert_int_eq(f->stamp_ns, f->received_ns);
    ck_assert(adapter_fixture_stop(x));
    adapter_fixture_destroy(x);
    close(master);
}
END_TEST

START_TEST (a_two_dimensional_fix_has_no_height) {
    int master = open_line();
    adapter_fixture *x = start_line();
    for (int i = 0; !adapter_fixture_wait(x, 1, 0.1) && i < 60; i++) {
        char gga[100];
        snprintf(gga, sizeof gga, "GPGGA,1200%02d,4807.000,N,01130.000,E,1,03,1.0,500.0,M,48.0,M,,", i);
        say(master, gga);
        say(master, "GPGSA,A,2,1,2,3,,,,,,,,,,2,1,2");
    }
    const frame *f = adapter_fixture_frame(x, 0);
    ck_assert_ptr_nonnull(f);
    ck_assert(f->u.gnss.fix == GNSS_FIX_2D && isnan(f->u.gnss.height_m) && !isnan(f->u.gnss.latitude_rad));
    ck_assert(adapter_fixture_stop(x));
    adapter_fixture_destroy(x);
    close(master);
}
END_TEST

START_TEST (the_end_of_an_epoch_is_learned) {
    int master = open_line();
    const char *const options[][2] = {
        {"from", "serial"}, {"device", link_path}, {"baud", "115200"}, {"pause_s", "1"}, {NULL}};
    adapter_fixture *x = adapter_fixture_start("gnss", "gnss/roof", options);
    for (int second = 0; !adapter_fixture_wait(x, 3, 0.01) && second < 60; second++)
        say_epoch(master, second);
    size_t before = adapter_fixture_count(x); /* with the next epoch each, so far */
    ck_assert_uint_ge(before, 3);
    int64_t sent_ns = adapter_monotonic_ns();
    say_epoch(master, 59);
    ck_assert(adapter_fixture_wait(x, before + 1, WAIT_S));
    ck_assert(adapter_monotonic_ns() - sent_ns < 900000000); /* not by silence */
    ck_assert(adapter_fixture_stop(x));
    adapter_fixture_destroy(x);
    close(master);
}
END_TEST

/* ---- real logs */

static const char *const logs[] = {"nmea-rtk.log", "neo-m8n.log", "ublox-8.log", "ublox-neo-m8t.log",
                                   "ublox-zed-f9p-nmea.log"};

static bool is_like(const frame *f, const gnss_fix *fix)
{
    return fabs(f->u.gnss.latitude_rad - fix->gnss.latitude_rad) < 1e-12 &&
           fabs(f->u.gnss.longitude_rad - fix->gnss.longitude_rad) < 1e-12 &&
           (f->u.gnss.fix == GNSS_FIX_2D || fabs(f->u.gnss.height_m - fix->gnss.height_m) < 1e-9);
}

/* Frames of stamps that the log has too, with what the log has; the others cannot be. */
static void compare(adapter_fixture *x, const gnss_log *list, size_t least)
{
    size_t like = 0, count = adapter_fixture_count(x);
    for (size_t i = 0; i < count; i++) {
        const frame *f = adapter_fixture_frame(x, i);
        size_t at = 0;
        while (at < list->count && list->fixes[at].stamp_ns != f->stamp_ns)
            at++;
        if (at == list->count) /* before the date was known */
            ck_assert_msg(f->stamp_ns == f->received_ns || i == 0, "a stamp of its own at %zu", i);
        else if (is_like(f, &list->fixes[at]))
            like++;
    }
    ck_assert_uint_ge(count, list->count - 1);
    ck_assert_uint_le(count, list->count + 1);
    ck_assert_uint_ge(like, least);
}

/* Writes the log to the line, from its first message on; the adapter reads as it comes. */
static void play(int master, const char *path)
{
    char bytes[512];
    size_t n;
    FILE *in = fopen(path, "rb");
    ck_assert_ptr_nonnull(in);
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0) {
        for (size_t at = 0; at < n;) {
            ssize_t put = write(master, bytes + at, n - at);
            ck_assert_int_gt(put, 0);
            at += (size_t)put;
        }
    }
    fclose(in);
}

START_TEST (a_line_agrees_with_the_log) {
    char *path = gnss_log_path(logs[_i]);
    if (!path)
        return;
    gnss_log list = gnss_log_read(path);
    int master = open_line();
    adapter_fixture *x = start_line();
    /* When a pause of the line has brought a fix out, it is open and empty. */
    say_until(x, master, 1);
    size_t first = adapter_fixture_count(x);
    play(master, path);
    ck_assert(adapter_fixture_wait(x, first + list.count - 1, WAIT_S));
    (void)adapter_fixture_wait(x, first + list.count, 0.1);
    ck_assert(adapter_fixture_stop(x));
    size_t like = 0;
    for (size_t i = first; i < adapter_fixture_count(x); i++) {
        const frame *f = adapter_fixture_frame(x, i);
        for (size_t at = 0; at < list.count; at++)
            like += f->stamp_ns == list.fixes[at].stamp_ns && is_like(f, &list.fixes[at]);
    }
    ck_assert_msg(like + 3 >= list.count, "%s: %zu of %zu are alike", path, like, list.count);
    adapter_fixture_destroy(x);
    free(list.fixes);
    free(path);
    close(master);
}
END_TEST

START_TEST (a_log_gives_all_its_fixes) {
    char *path = gnss_log_path(logs[_i]);
    if (!path)
        return;
    gnss_log list = gnss_log_read(path);
    const char *const options[][2] = {{"from", "file"}, {"device", path}, {NULL}};
    adapter_fixture *x = adapter_fixture_start("gnss", "gnss/roof", options);
    ck_assert_msg(adapter_fixture_end(x, WAIT_S), "%s", adapter_fixture_error(x));
    compare(x, &list, list.count - 1);
    ck_assert_int_eq(adapter_fixture_frame(x, 0)->received_ns, adapter_fixture_frame(x, 0)->stamp_ns);
    adapter_fixture_destroy(x);
    free(list.fixes);
    free(path);
}
END_TEST

/* The receiver tells the time of day alone; the second fix is of the next day. */
START_TEST (a_log_may_be_given_its_date) {
    static const char text[] = "$GPGLL,4807.000,N,01130.000,E,235959.00,A,A\r\n"
                               "$GPGLL,4807.000,N,01130.000,E,000000.00,A,A\r\n"
                               "$GPGLL,4807.000,N,01130.000,E,000001.00,A,A\r\n";
    unlink(link_path);
    int fd = open(link_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert_int_eq(write(fd, text, sizeof text - 1), sizeof text - 1);
    close(fd);
    for (int given = 0; given <= 1; given++) {
        const char *const options[][2] = {
            {"from", "file"}, {"device", link_path}, {"date", given ? "2024-02-29" : ""}, {NULL}};
        adapter_fixture *x = adapter_fixture_start("gnss", "gnss/roof", options);
        ck_assert_msg(adapter_fixture_end(x, WAIT_S), "%s", adapter_fixture_error(x));
        ck_assert_uint_eq(adapter_fixture_count(x), given ? 3 : 0);
        if (given)
            ck_assert_int_eq(adapter_fixture_frame(x, 1)->stamp_ns - adapter_fixture_frame(x, 0)->stamp_ns,
                             1000000000);
        adapter_fixture_destroy(x);
    }
    unlink(link_path);
}
END_TEST

/* ---- what is refused */

static void fails(const char *const (*options)[2], const char *part)
{
    adapter_fixture *x = adapter_fixture_start("gnss", "gnss/roof", options);
    ck_assert(!adapter_fixture_end(x, WAIT_S));
    ck_assert_msg(strstr(adapter_fixture_error(x), part) != NULL, "%s", adapter_fixture_error(x));
    adapter_fixture_destroy(x);
}

START_TEST (what_cannot_be_is_refused) {
    fails((const char *const[][2]){{"from", "usb"}, {NULL}}, "not \"usb\"");
    fails((const char *const[][2]){{"from", "serial"}, {NULL}}, "needs a device");
    fails((const char *const[][2]){{"from", "file"}, {"device", "/nowhere/at/all"}, {NULL}},
          "/nowhere/at/all");
    fails((const char *const[][2]){{"from", "file"}, {"device", "/dev/null"}, {"date", "1. 2. 24"}, {NULL}},
          "is no date");
    fails((const char *const[][2]){{"from", "serial"}, {"device", "/etc/passwd"}, {NULL}},
          "not a serial line");
    fails((const char *const[][2]){{"from", "serial"}, {"device", "/dev/null"}, {"baud", "12345"}, {NULL}},
          "12345");
    char *problems = adapter_fixture_problems("gnss", "gnss/roof", (const char *const[][2]){{NULL}});
    ck_assert_ptr_nonnull(strstr(problems, "from"));
    free(problems);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("adapter_gnss");
    int log_count = sizeof logs / sizeof logs[0];
    tcase_set_timeout(c, 60.0);
    tcase_add_unchecked_fixture(c, setup, teardown);
    tcase_add_test(c, a_line_tells_its_fixes);
    tcase_add_test(c, a_line_may_go_and_come);
    tcase_add_test(c, a_line_may_come_later);
    tcase_add_test(c, before_the_time_is_known_the_clock_stamps);
    tcase_add_test(c, a_two_dimensional_fix_has_no_height);
    tcase_add_test(c, the_end_of_an_epoch_is_learned);
    tcase_add_loop_test(c, a_line_agrees_with_the_log, 0, log_count);
    tcase_add_loop_test(c, a_log_gives_all_its_fixes, 0, log_count);
    tcase_add_test(c, a_log_may_be_given_its_date);
    tcase_add_test(c, what_cannot_be_is_refused);
    return run_cases("adapter_gnss", c);
}
