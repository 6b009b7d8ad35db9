/* The state on the disk: what was saved comes back, nothing else is taken, and no failure harms the old file.
 */
#include "daemon/run/state_file.h"
#include "tests/fusion/sim_drive.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <check.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const fusion_sinks silent = {NULL, NULL, NULL, NULL};
static const int64_t saved_ns = INT64_C(1700000020000000000), second_ns = 1000000000;
static const double max_age_s = 3600.0;

static char directory[SCRATCH_SIZE], path[64], partial[72];

static void set_up(void)
{
    make_directory(directory);
    snprintf(path, sizeof path, "%s/state", directory);
    snprintf(partial, sizeof partial, "%s.tmp", path);
}

static void tear_down(void)
{
    remove_directory(directory);
}

static fusion *core(void)
{
    settings *s = sim_settings_new();
    fusion *f = fusion_create(s, &silent);
    free(s);
    return f;
}

/* A core that has driven for a while. */
static fusion *driven(void)
{
    sim_options o = sim_usual();
    o.seconds = 10.0;
    sim_drive *d = sim_drive_make(&o);
    fusion *f = core();
    sim_feed(d, f, -1e9, 1e9);
    fusion_flush(f);
    sim_drive_free(d);
    return f;
}

static void save(void)
{
    error e = {""};
    fusion *f = driven();
    ck_assert_msg(state_file_save(path, f, saved_ns, &e), "%s", e.text);
    fusion_destroy(f);
}

static unsigned char *read_all(size_t *size)
{
    struct stat st;
    int fd = open(path, O_RDONLY);
    ck_assert(fd >= 0 && fstat(fd, &st) == 0);
    unsigned char *bytes = malloc((size_t)st.st_size + 1);
    ck_assert_int_eq(read(fd, bytes, (size_t)st.st_size), st.st_size);
    close(fd);
    *size = (size_t)st.st_size;
    return bytes;
}

/* Over what is there: a file that is emptied first is written to the disk when it is closed (ext4), and some
 * are written thousands of times here. */
static void write_all(const unsigned char *bytes, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    ck_assert_int_eq(write(fd, bytes, size), (ssize_t)size);
    ck_assert_int_eq(ftruncate(fd, (off_t)size), 0);
    close(fd);
}

static state_result load(fusion *f, int64_t now_ns, double *age_s, error *e)
{
    *e = (error){""};
    return state_file_load(path, f, now_ns, max_age_s, age_s, e);
}

static bool knows_something(const fusion *f)
{
    void *room = malloc(fusion_state_size());
    const size_t size = fusion_save(f, room, fusion_state_size());
    free(room);
    return size > 0;
}

/* Refused, with that in the message, and without a trace in the core. */
static void check_refused(const char *why, int64_t now_ns)
{
    error e;
    double age_s;
    fusion *f = core();
    ck_assert_int_eq(load(f, now_ns, &age_s, &e), STATE_REFUSED);
    ck_assert_msg(strstr(e.text, why) && strstr(e.text, path) && strstr(e.text, "starting without it"), "%s",
                  e.text);
    ck_assert(!knows_something(f));
    fusion_destroy(f);
}

START_TEST (round_trip) {
    error e;
    double age_s = -1.0;
    fusion *f = core();
    ck_assert_int_eq(load(f, saved_ns, &age_s, &e), STATE_NONE);
    save();
    ck_assert_int_eq(load(f, saved_ns + 7 * second_ns, &age_s, &e), STATE_RESTORED);
    ck_assert_double_eq_tol(age_s, 7.0, 1e-6);
    ck_assert(knows_something(f));
    ck_assert_int_eq(access(partial, F_OK), -1);
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 07, 0); /* where the vehicle stands is not for everybody */
    fusion_destroy(f);
}
END_TEST

START_TEST (clock_set_back) {
    error e;
    double age_s = 0.0;
    fusion *f = core();
    save();
    ck_assert_int_eq(load(f, saved_ns - 100 * second_ns, &age_s, &e), STATE_RESTORED);
    ck_assert(isnan(age_s));
    fusion_destroy(f);
}
END_TEST

START_TEST (too_old) {
    save();
    check_refused("older than service.state_max_age_s", saved_ns + 3601 * second_ns);
}
END_TEST

START_TEST (nothing_to_save) {
    error e = {""};
    fusion *f = core();
    ck_assert(state_file_save(path, f, saved_ns, &e));
    ck_assert_int_eq(access(path, F_OK), -1);
    fusion_destroy(f);
}
END_TEST

/* Every bit of every byte matters: one turned over is found, wherever it is. */
START_TEST (every_byte_damaged) {
    size_t size;
    error e;
    double age_s;
    save();
    unsigned char *bytes = read_all(&size);
    fusion *f = core();
    for (size_t i = 0; i < size; i++) {
        bytes[i] ^= (unsigned char)(1u << i % 8);
        write_all(bytes, size);
        ck_assert_msg(load(f, saved_ns, &age_s, &e) == STATE_REFUSED, "byte %zu of %zu", i, size);
        ck_assert_ptr_nonnull(strstr(e.text, "it is damaged, or no state"));
        bytes[i] ^= (unsigned char)(1u << i % 8);
    }
    write_all(bytes, size);
    ck_assert_int_eq(load(f, saved_ns, &age_s, &e), STATE_RESTORED); /* no refusal left a trace */
    fusion_destroy(f);
    free(bytes);
}
END_TEST

START_TEST (every_length) {
    size_t size;
    error e;
    double age_s;
    save();
    unsigned char *bytes = read_all(&size);
    fusion *f = core();
    for (size_t n = 0; n < size; n++) {
        write_all(bytes, n);
        ck_assert_msg(load(f, saved_ns, &age_s, &e) == STATE_REFUSED, "%zu of %zu bytes", n, size);
    }
    bytes[size] = 0;
    write_all(bytes, size + 1);
    ck_assert_int_eq(load(f, saved_ns, &age_s, &e), STATE_REFUSED);
    fusion_destroy(f);
    free(bytes);
}
END_TEST

START_TEST (unreadable) {
    ck_assert_int_eq(mkdir(path, 0700), 0);
    check_refused("Is a directory", saved_ns);
    rmdir(path);
}
END_TEST

START_TEST (nowhere_to_write) {
    error e = {""};
    fusion *f = driven();
    ck_assert(!state_file_save("/nowhere/at/all", f, saved_ns, &e));
    ck_assert_str_eq(e.text, "/nowhere/at/all: No such file or directory");
    fusion_destroy(f);
}
END_TEST

/* The disk is full in the middle of the new file: the old one stays as it was, and the new one does not. */
START_TEST (full_disk) {
    size_t before, after;
    error e = {""};
    save();
    unsigned char *old = read_all(&before);
    fusion *f = driven();
    signal(SIGXFSZ, SIG_IGN);
    const struct rlimit full = {.rlim_cur = before / 2, .rlim_max = RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &full), 0);
    ck_assert(!state_file_save(path, f, saved_ns + second_ns, &e));
    const struct rlimit room = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &room), 0);
    ck_assert_msg(strstr(e.text, "File too large") != NULL, "%s", e.text);
    unsigned char *now = read_all(&after);
    ck_assert_uint_eq(after, before);
    ck_assert_mem_eq(now, old, before);
    ck_assert_int_eq(access(partial, F_OK), -1);
    fusion_destroy(f);
    free(now);
    free(old);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("state file");
    tcase_set_timeout(cases, 100);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, round_trip);
    tcase_add_test(cases, clock_set_back);
    tcase_add_test(cases, too_old);
    tcase_add_test(cases, nothing_to_save);
    tcase_add_test(cases, every_byte_damaged);
    tcase_add_test(cases, every_length);
    tcase_add_test(cases, unreadable);
    tcase_add_test(cases, nowhere_to_write);
    tcase_add_test(cases, full_disk);
    return run_cases("state file", cases);
}
