/* What systemd hears, on sockets as it makes them. */
#include "common/notify.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <check.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char directory[SCRATCH_SIZE], path[64];

/* Listens at a path, or at the abstract name behind '@', and says so in the environment. */
static int listen_at(const char *name)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    memcpy(a.sun_path, name, strlen(name));
    if (name[0] == '@')
        a.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    ck_assert_int_ge(fd, 0);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&a, size), 0);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

static void set_up(void)
{
    make_directory(directory);
    snprintf(path, sizeof path, "%s/notify", directory);
}

static void tear_down(void)
{
    remove_directory(directory);
}

static void check_heard(int fd, const char *expected)
{
    char text[256];
    ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    ck_assert_int_ge((int)n, 0);
    text[n] = '\0';
    ck_assert_str_eq(text, expected);
}

START_TEST (path_socket) {
    int fd = listen_at(path);
    ck_assert(notify_send("READY=1"));
    ck_assert(notify_send("STATUS=all is well\nWATCHDOG=1"));
    check_heard(fd, "READY=1");
    check_heard(fd, "STATUS=all is well\nWATCHDOG=1");
    close(fd);
    ck_assert(!notify_send("READY=1")); /* nobody there any more */
}
END_TEST

START_TEST (abstract_socket) {
    char name[64];
    snprintf(name, sizeof name, "@posed-notify-test-%ld", (long)getpid());
    int fd = listen_at(name);
    ck_assert(notify_send("READY=1"));
    check_heard(fd, "READY=1");
    close(fd);
}
END_TEST

/* systemd that does not read must not stop us. */
START_TEST (never_blocks) {
    int fd = listen_at(path), sent = 0;
    while (sent < 100000 && notify_send("WATCHDOG=1"))
        sent++;
    ck_assert_int_gt(sent, 0);
    ck_assert_int_lt(sent, 100000);
    check_heard(fd, "WATCHDOG=1");
    ck_assert(notify_send("READY=1")); /* room again */
    close(fd);
}
END_TEST

START_TEST (no_socket) {
    char longest[200];
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    longest[0] = '/';
    unsetenv("NOTIFY_SOCKET");
    ck_assert(!notify_send("READY=1"));
    static const char *const no[] = {"", "/", "@", "relative/path", "vsock:2:1234", "/nowhere/at/all"};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        setenv("NOTIFY_SOCKET", no[i], 1);
        ck_assert_msg(!notify_send("READY=1"), "%s", no[i]);
    }
    setenv("NOTIFY_SOCKET", longest, 1);
    ck_assert(!notify_send("READY=1"));
}
END_TEST

START_TEST (reloading) {
    char text[256];
    long long usec;
    int end = 0, fd = listen_at(path);
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    ck_assert(notify_reloading());
    clock_gettime(CLOCK_MONOTONIC, &after);
    ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    ck_assert_int_gt((int)n, 0);
    text[n] = '\0';
    ck_assert_int_eq(sscanf(text, "RELOADING=1\nMONOTONIC_USEC=%lld%n", &usec, &end), 1);
    ck_assert_int_eq(end, (int)n);
    ck_assert_int_ge(usec, before.tv_sec * 1000000LL + before.tv_nsec / 1000);
    ck_assert_int_le(usec, after.tv_sec * 1000000LL + after.tv_nsec / 1000);
    close(fd);
}
END_TEST

/* WATCHDOG_USEC, WATCHDOG_PID ("self": ours), nanoseconds. */
static const struct {
    const char *usec, *pid;
    int64_t ns;
} watchdogs[] = {
    {NULL, NULL, 0},
    {NULL, "self", 0},
    {"2000000", NULL, 2000000000},
    {"2000000", "self", 2000000000},
    {"2000000", "1", 0}, /* another process's */
    {"0", NULL, 0},
    {"", NULL, 0},
    {"-5", NULL, 0},
    {"+5", NULL, 0},
    {" 5", NULL, 0},
    {"5s", NULL, 0},
    {"5.0", NULL, 0},
    {"9223372036854775", NULL, INT64_C(9223372036854775000)},
    {"9223372036854776", NULL, 0}, /* more than nanoseconds can hold */
    {"99999999999999999999", NULL, 0},
};

static void set_or_not(const char *name, const char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
}

START_TEST (watchdog) {
    char self[32];
    snprintf(self, sizeof self, "%ld", (long)getpid());
    const char *pid = watchdogs[_i].pid;
    set_or_not("WATCHDOG_USEC", watchdogs[_i].usec);
    set_or_not("WATCHDOG_PID", pid && strcmp(pid, "self") == 0 ? self : pid);
    ck_assert_int_eq(notify_watchdog_ns(), watchdogs[_i].ns);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("notify");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, path_socket);
    tcase_add_test(cases, abstract_socket);
    tcase_add_test(cases, never_blocks);
    tcase_add_test(cases, no_socket);
    tcase_add_test(cases, reloading);
    tcase_add_loop_test(cases, watchdog, 0, (int)(sizeof watchdogs / sizeof *watchdogs));
    return run_cases("notify", cases);
}
