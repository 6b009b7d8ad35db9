#include "bus/ipc_file.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <check.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char directory[SCRATCH_SIZE], path[IPC_PATH_SIZE];

static void set_up(void)
{
    make_directory(directory);
    snprintf(path, sizeof path, "%s/frames", directory);
}

static void tear_down(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(directory), 0); /* nothing else was left there */
}

static int listen_well(ipc_file *f)
{
    error e = {""};
    int fd = ipc_file_listen(f, path, &e);
    ck_assert_msg(fd >= 0, "%s", e.text);
    return fd;
}

static bool somebody_answers(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    bool answers = connect(fd, (const struct sockaddr *)&a, sizeof a) == 0;
    close(fd);
    return answers;
}

static void refuses(const char *word)
{
    ipc_file f;
    error e = {""};
    ck_assert_int_eq(ipc_file_listen(&f, path, &e), -1);
    ck_assert_msg(strstr(e.text, word) && strstr(e.text, path), "%s", e.text);
}

static const mode_t umasks[] = {0, 022, 077, 0777};

START_TEST (the_mode_is_0660_whatever_the_umask) {
    ipc_file f;
    struct stat st;
    mode_t before = umask(umasks[_i]);
    int fd = listen_well(&f);
    umask(before);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert(S_ISSOCK(st.st_mode));
    ck_assert_uint_eq(st.st_mode & 07777, 0660);
    ck_assert(somebody_answers());
    close(fd);
    ipc_file_remove(&f);
    ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST (the_group_is_that_of_a_setgid_directory) {
    ipc_file f;
    struct stat st;
    if (geteuid() != 0) /* only root may give a directory to any group */
        return;
    ck_assert_int_eq(chown(directory, (uid_t)-1, 12345), 0);
    ck_assert_int_eq(chmod(directory, 02770), 0);
    int fd = listen_well(&f);
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_uint_eq(st.st_gid, 12345);
    ck_assert_uint_eq(st.st_mode & 07777, 0660);
    close(fd);
}
END_TEST

START_TEST (a_stale_socket_is_replaced) {
    ipc_file old, new;
    close(listen_well(&old)); /* as after kill -9: the file stays */
    ck_assert_int_eq(access(path, F_OK), 0);
    ck_assert(!somebody_answers());
    int fd = listen_well(&new);
    ck_assert(somebody_answers());
    ipc_file_remove(&old); /* is not ours any more */
    ck_assert(somebody_answers());
    ipc_file_remove(&new);
    ck_assert_int_eq(access(path, F_OK), -1);
    close(fd);
}
END_TEST

START_TEST (a_live_socket_is_left_alone) {
    ipc_file f;
    int fd = listen_well(&f);
    refuses("another program listens there");
    ck_assert(somebody_answers());
    close(fd);
}
END_TEST

START_TEST (a_live_socket_with_a_full_queue_is_left_alone) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    snprintf(a.sun_path, sizeof a.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0), waiting[8];
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
    ck_assert_int_eq(listen(fd, 0), 0);
    for (int i = 0; i < 8; i++) {
        waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(waiting[i], (const struct sockaddr *)&a, sizeof a);
    }
    refuses("another program listens there");
    for (int i = 0; i < 8; i++)
        close(waiting[i]);
    close(fd);
}
END_TEST

START_TEST (another_kind_of_file_is_left_alone) {
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    ck_assert_int_eq(write(fd, "mine", 4), 4);
    close(fd);
    refuses("not a socket");
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_size, 4);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    refuses("not a socket");
}
END_TEST

START_TEST (a_directory_that_is_not_there_is_named) {
    ipc_file f;
    error e = {""};
    char deeper[IPC_PATH_SIZE + 16];
    snprintf(deeper, sizeof deeper, "%s/none/frames", directory);
    ck_assert_int_eq(ipc_file_listen(&f, deeper, &e), -1);
    ck_assert_msg(strstr(e.text, "/none: No such file") != NULL, "%s", e.text);
}
END_TEST

START_TEST (a_path_too_long_is_refused) {
    ipc_file f;
    error e = {""};
    char long_path[IPC_PATH_SIZE + 1];
    memset(long_path, 'a', IPC_PATH_SIZE);
    long_path[IPC_PATH_SIZE] = '\0';
    ck_assert_int_eq(ipc_file_listen(&f, long_path, &e), -1);
    ck_assert_msg(strstr(e.text, "too long") != NULL, "%s", e.text);
}
END_TEST

enum { RACERS = 8, ROUNDS = 50 };

static void *race(void *context)
{
    ipc_file f;
    *(int *)context = ipc_file_listen(&f, path, NULL);
    return NULL;
}

/* All find the same stale file, at the same time: one gets it, and that one is really reached there. */
START_TEST (of_many_that_start_at_once_one_wins) {
    ipc_file old;
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[RACERS];
        int fds[RACERS], winners = 0;
        close(listen_well(&old));
        for (int i = 0; i < RACERS; i++)
            ck_assert_int_eq(pthread_create(&threads[i], NULL, race, &fds[i]), 0);
        for (int i = 0; i < RACERS; i++)
            pthread_join(threads[i], NULL);
        ck_assert(somebody_answers());
        for (int i = 0; i < RACERS; i++) {
            winners += fds[i] >= 0;
            if (fds[i] >= 0)
                close(fds[i]);
        }
        ck_assert_int_eq(winners, 1);
    }
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("ipc_file");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_set_timeout(tc, 60);
    tcase_add_loop_test(tc, the_mode_is_0660_whatever_the_umask, 0, sizeof umasks / sizeof *umasks);
    tcase_add_test(tc, the_group_is_that_of_a_setgid_directory);
    tcase_add_test(tc, a_stale_socket_is_replaced);
    tcase_add_test(tc, a_live_socket_is_left_alone);
    tcase_add_test(tc, a_live_socket_with_a_full_queue_is_left_alone);
    tcase_add_test(tc, another_kind_of_file_is_left_alone);
    tcase_add_test(tc, a_directory_that_is_not_there_is_named);
    tcase_add_test(tc, a_path_too_long_is_refused);
    tcase_add_test(tc, of_many_that_start_at_once_one_wins);
    return run_cases("ipc_file", tc);
}
