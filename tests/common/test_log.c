/* Lines on standard error: whole, one per event, and not too many. */
#include "common/log.h"
#include "tests/suite.h"

#include <check.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int ends[2], kept_stderr;

static void set_up(void)
{
    unsetenv("JOURNAL_STREAM");
    ck_assert_int_eq(pipe(ends), 0);
    kept_stderr = dup(STDERR_FILENO);
    ck_assert_int_eq(dup2(ends[1], STDERR_FILENO), STDERR_FILENO);
}

static void tear_down(void)
{
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    close(ends[0]);
    close(ends[1]);
}

/* What has been said so far. There must be something: an empty pipe would be waited for. */
static char *said(char *text, size_t size)
{
    ssize_t n = read(ends[0], text, size - 1);
    ck_assert_int_ge((int)n, 0);
    text[n] = '\0';
    return text;
}

START_TEST (plain) {
    char text[256];
    log_say(LOG_WARN, "%s has %d of %d", "gnss/roof", 3, 4);
    ck_assert_str_eq(said(text, sizeof text), "posed: gnss/roof has 3 of 4\n");
}
END_TEST

START_TEST (journal) {
    char text[256];
    setenv("JOURNAL_STREAM", "8:1234", 1);
    log_say(LOG_ERROR, "a");
    log_say(LOG_WARN, "b");
    log_say(LOG_NOTE, "c");
    log_say(LOG_DETAIL, "d");
    ck_assert_str_eq(said(text, sizeof text), "<3>a\n<4>b\n<5>c\n<6>d\n");
}
END_TEST

/* A device's name must not be able to write lines of its own, or to move the cursor. */
START_TEST (control_characters) {
    char text[256];
    log_say(LOG_NOTE, "%s", "a\nposed: b\r\t\x1b[2J\x7f\xc3\xa4");
    ck_assert_str_eq(said(text, sizeof text), "posed: a?posed: b???[2J?\xc3\xa4\n");
}
END_TEST

START_TEST (too_long) {
    char word[3000], text[4096];
    memset(word, 'x', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    log_say(LOG_NOTE, "%s", word);
    log_say(LOG_NOTE, "next");
    said(text, sizeof text);
    ck_assert_int_eq(strncmp(text, "posed: xxxx", 11), 0);
    ck_assert_uint_eq(strcspn(text, "\n"), 766);
    ck_assert_str_eq(strchr(text, '\n'), "\nposed: next\n");
}
END_TEST

START_TEST (limited) {
    char text[256];
    log_limit limit = {0};
    for (int i = 0; i < 4; i++)
        log_say_limited(&limit, 1000.0, LOG_WARN, "line %d", i);
    ck_assert_str_eq(said(text, sizeof text), "posed: line 0\n");
    ck_assert_uint_eq(limit.kept_back, 3);
    limit.next_ns = 0; /* the thousand seconds are over */
    log_say_limited(&limit, 1000.0, LOG_WARN, "line %d", 4);
    ck_assert_str_eq(said(text, sizeof text), "posed: line 4 (3 more)\n");
    limit.next_ns = 0;
    log_say_limited(&limit, 1000.0, LOG_WARN, "line %d", 5);
    ck_assert_str_eq(said(text, sizeof text), "posed: line 5\n");
}
END_TEST

enum { THREADS = 4, LINES = 30, LETTERS = 400 };

static void *talk(void *argument)
{
    char word[LETTERS + 1];
    memset(word, *(const char *)argument, LETTERS);
    word[LETTERS] = '\0';
    for (int i = 0; i < LINES; i++)
        log_say(LOG_NOTE, "%s", word);
    return NULL;
}

/* 4 x 30 lines of 408 characters: what a pipe holds unread. */
START_TEST (threads_do_not_mix) {
    static char text[THREADS * LINES * (LETTERS + 8) + 1];
    char letters[THREADS] = {'a', 'b', 'c', 'd'};
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, talk, &letters[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    int lines = 0;
    said(text, sizeof text);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"), lines++) {
        ck_assert_uint_eq(strlen(line), LETTERS + 7);
        ck_assert_uint_eq(strspn(line + 7, (char[]){line[7], '\0'}), LETTERS);
    }
    ck_assert_int_eq(lines, THREADS * LINES);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("log");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, plain);
    tcase_add_test(cases, journal);
    tcase_add_test(cases, control_characters);
    tcase_add_test(cases, too_long);
    tcase_add_test(cases, limited);
    tcase_add_test(cases, threads_do_not_mix);
    return run_cases("log", cases);
}
