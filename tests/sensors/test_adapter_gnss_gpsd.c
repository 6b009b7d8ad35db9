/*
 * The adapter gnss behind a real gpsd, which gpsfake feeds with what real receivers sent
 * (POSED_REAL_DATA/gnss-logs): its frames are the fixes that posed gnss finds in the same bytes.
 */
#include "sensors/gnss/gnss_output.h"
#include "tests/ports.h"
#include "tests/scratch.h"
#include "tests/sensors/adapter_fixture.h"
#include "tests/sensors/gnss_log.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WAIT_S 40.0
enum { SKIPPED = 77 };

static char directory[SCRATCH_SIZE];

/* gpsfake leaves its sockets behind, where TMPDIR says. One for all tests: a test that fails ends before its
 * own fixture could remove it. */
static void setup(void)
{
    make_directory(directory);
    ck_assert_int_eq(setenv("TMPDIR", directory, 1), 0);
}

static void teardown(void)
{
    remove_directory(directory);
}

/* gpsfake in a process group of its own, as it starts a gpsd. It plays the log over and over: the adapter
 * connects somewhere in the first round. */
static pid_t start_gpsfake(const char *port, const char *log)
{
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid > 0)
        return pid;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
        _exit(1);
    execlp("gpsfake", "gpsfake", "-n", "-q", "-c", "0.002", "-P", port, log, (char *)NULL);
    _exit(127);
}

static void stop_gpsfake(pid_t pid)
{
    kill(-pid, SIGTERM);
    waitpid(pid, NULL, 0);
}

static const char *const logs[] = {"nmea-rtk.log", "ublox-8.log", "ublox-neo-m8t.log",
                                   "ublox-zed-f9p-nmea.log"};

/* gpsd prints nine decimals of a degree, and three of a speed. Its ECEF has two decimals. */
static bool is_like(const frame *f, const gnss_fix *fix)
{
    const frame_gnss *a = &f->u.gnss, *b = &fix->gnss;
    bool same_height = a->fix == GNSS_FIX_2D || fabs(a->height_m - b->height_m) < 0.01;
    bool same_speed = isnan(a->speed_mps) || fabsf(a->speed_mps - b->speed_mps) < 0.002f;
    return llabs(f->stamp_ns - fix->stamp_ns) < 1000000 && fabs(a->latitude_rad - b->latitude_rad) < 2e-9 &&
           fabs(a->longitude_rad - b->longitude_rad) < 2e-9 && same_height && same_speed;
}

static bool is_in(const frame *f, const gnss_log *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (is_like(f, &list->fixes[i]))
            return true;
    }
    return false;
}

static size_t count_strange(adapter_fixture *x, const gnss_log *list)
{
    size_t strange = 0;
    for (size_t i = 0; i < adapter_fixture_count(x); i++)
        strange += !is_in(adapter_fixture_frame(x, i), list);
    return strange;
}

static size_t count_found(adapter_fixture *x, const gnss_log *list)
{
    size_t found = 0;
    for (size_t i = 0; i < list->count; i++) {
        size_t at = 0;
        while (at < adapter_fixture_count(x) && !is_like(adapter_fixture_frame(x, at), &list->fixes[i]))
            at++;
        found += at < adapter_fixture_count(x);
    }
    return found;
}

START_TEST (gpsd_and_posed_read_alike) {
    char *path = gnss_log_path(logs[_i]);
    char port[8];
    gnss_log list = gnss_log_read(path);
    snprintf(port, sizeof port, "%u", free_port());
    const char *const options[][2] = {{"from", "gpsd"}, {"port", port}, {NULL}};
    adapter_fixture *x = adapter_fixture_start("gnss", "gnss/roof", options); /* before gpsd is there */
    pid_t gpsfake = start_gpsfake(port, path);
    ck_assert_msg(adapter_fixture_wait(x, 2 * list.count, WAIT_S), "%zu of twice %zu frames of %s",
                  adapter_fixture_count(x), list.count, path);
    stop_gpsfake(gpsfake);
    ck_assert(adapter_fixture_stop(x));
    size_t found = count_found(x, &list), strange = count_strange(x, &list);
    ck_assert_msg(found + 2 >= list.count, "%s: %zu of %zu fixes are there", path, found, list.count);
    /* At the first epoch of a round gpsd does not know all yet, and has some of the round before. */
    ck_assert_msg(strange <= 6, "%s: %zu of %zu frames are not in the log", path, strange,
                  adapter_fixture_count(x));
    adapter_fixture_destroy(x);
    free(list.fixes);
    free(path);
}
END_TEST

START_TEST (gpsd_may_go_and_come) {
    char *path = gnss_log_path(logs[0]);
    char port[8];
    snprintf(port, sizeof port, "%u", free_port());
    const char *const options[][2] = {{"from", "gpsd"}, {"port", port}, {NULL}};
    adapter_fixture *x = adapter_fixture_start("gnss", "gnss/roof", options);
    for (int round = 0; round < 2; round++) {
        size_t before = adapter_fixture_count(x);
        pid_t gpsfake = start_gpsfake(port, path);
        ck_assert(adapter_fixture_wait(x, before + 2, WAIT_S));
        stop_gpsfake(gpsfake);
    }
    ck_assert(adapter_fixture_stop(x));
    adapter_fixture_destroy(x);
    free(path);
}
END_TEST

static bool can_run(void)
{
    char *path = gnss_log_path(logs[0]);
    bool there =
        access(path, R_OK) == 0 && system("command -v gpsfake >/dev/null && command -v gpsd >/dev/null") == 0;
    free(path);
    return there && !gnss_gpsd_unavailable();
}

int main(void)
{
    if (!can_run()) {
        puts("no gpsfake, no gpsd, no libgps or no POSED_REAL_DATA/gnss-logs; skipped");
        return SKIPPED;
    }
    TCase *c = tcase_create("adapter_gnss_gpsd");
    tcase_set_timeout(c, 100.0);
    tcase_add_unchecked_fixture(c, setup, teardown);
    tcase_add_loop_test(c, gpsd_and_posed_read_alike, 0, sizeof logs / sizeof logs[0]);
    tcase_add_test(c, gpsd_may_go_and_come);
    return run_cases("adapter_gnss_gpsd", c);
}
