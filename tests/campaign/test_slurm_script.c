/*
 * What goes to Slurm and comes back, as text. The quoting is judged by a real shell.
 */
#include "campaign/slurm_call.h"
#include "campaign/slurm_script.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* No name can end its quotes, start a command or lose a byte. */
START_TEST (quoting_survives_the_shell) {
    const char *const names[] = {
        "plain",
        "with space",
        "it's",
        "''",
        "'; touch /tmp/owned; '",
        "$(touch /tmp/owned)",
        "`id`",
        "$HOME",
        "a\\",
        "\\'",
        "\"",
        "line\nfeed",
        "tab\there",
        "*",
        "-n",
        "#no comment",
        "\xff\xfe",
        "\xc3\xa4",
        "a\rb",
        "!!",
        "",
        "~",
        "%a-of-%j",
        "{a,b}",
        "a;b|c&d<e>f",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *script;
        size_t size;
        FILE *f = open_memstream(&script, &size);
        fputs("printf %s ", f);
        slurm_write_quoted(f, names[i]);
        fclose(f);
        slurm_answer a;
        ck_assert(slurm_call((const char *const[]){"sh", "-c", script, NULL}, &a, NULL));
        ck_assert_int_eq(a.code, 0);
        ck_assert_str_eq(a.out, names[i]);
        slurm_answer_finish(&a);
        free(script);
    }
}
END_TEST

/* A task runs the program with exactly these arguments: here a program with an awkward name prints them. */
START_TEST (script_runs_the_shard) {
    char dir[SCRATCH_SIZE], program[64], path[64];
    make_directory(dir);
    snprintf(program, sizeof program, "%s/it's $HOME", dir);
    snprintf(path, sizeof path, "%s/task.sh", dir);
    write_text(dir, "it's $HOME", "#!/bin/sh\nprintf '<%s>' \"$@\"\n");
    chmod(program, 0700);
    FILE *f = fopen(path, "w");
    slurm_write_script(f, &(slurm_script){program, "/a b/c's.yaml", "/d $x/%a", 40, 0});
    fclose(f);
    const struct {
        const char *setting, *jobs;
    } rows[] = {{"SLURM_CPUS_PER_TASK=4", "4"}, {"SLURM_CPUS_PER_TASK=", "1"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        slurm_answer a;
        char expected[200];
        ck_assert(slurm_call(
            (const char *const[]){"env", rows[i].setting, "SLURM_ARRAY_TASK_ID=7", "sh", path, NULL}, &a,
            NULL));
        snprintf(expected, sizeof expected,
                 "<campaign></a b/c's.yaml><--output></d $x/%%a><--quiet><--jobs><%s><--shard><7/40>",
                 rows[i].jobs);
        ck_assert_str_eq(a.out, expected);
        slurm_answer_finish(&a);
    }
    slurm_answer a;
    ck_assert(
        slurm_call((const char *const[]){"env", "-u", "SLURM_ARRAY_TASK_ID", "sh", path, NULL}, &a, NULL));
    ck_assert_int_ne(a.code, 0);
    slurm_answer_finish(&a);
    remove_directory(dir);
}
END_TEST

START_TEST (tasks) {
    const struct {
        const char *wanted, *text;
    } rows[] = {{"", ""},       {"....", ""},          {"x", "1"},
                {".x", "2"},    {"xx", "1-2"},         {"xxxx", "1-4"},
                {"x.x", "1,3"}, {"xx.xxx", "1-2,4-6"}, {".xx...x.", "2-3,7"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bool wanted[16];
        uint32_t count = (uint32_t)strlen(rows[i].wanted);
        for (uint32_t t = 0; t < count; t++)
            wanted[t] = rows[i].wanted[t] == 'x';
        char *text;
        size_t size;
        FILE *f = open_memstream(&text, &size);
        slurm_write_tasks(f, wanted, count);
        fclose(f);
        ck_assert_str_eq(text, rows[i].text);
        free(text);
    }
}
END_TEST

START_TEST (queue) {
    slurm_task t[5];
    char reason[32];
    slurm_read_queue("5 PENDING Resources\n1 RUNNING None\n2 CANCELLED None\n4 COMPLETING None\n", t, 5,
                     reason, sizeof reason);
    ck_assert_int_eq(t[0].state, SLURM_RUNNING);
    ck_assert_int_eq(t[1].state, SLURM_ENDED);
    ck_assert_str_eq(t[1].word, "CANCELLED");
    ck_assert_int_eq(t[2].state, SLURM_GONE);
    ck_assert_int_eq(t[3].state, SLURM_RUNNING);
    ck_assert_int_eq(t[4].state, SLURM_WAITING);
    ck_assert_str_eq(reason, "Resources");

    /* What is no row of this array is passed over; a last line needs no line feed. */
    slurm_read_queue("\n\n0 RUNNING None\n6 RUNNING None\nN/A RUNNING None\nslurm_load: error\n-1 FAILED x\n"
                     "99999999999999999999 FAILED x\n2\n3 REQUEUE_HOLD (launch failed requeued held)",
                     t, 5, reason, sizeof reason);
    for (int i = 0; i < 5; i++)
        ck_assert_int_eq(t[i].state, i == 2 ? SLURM_WAITING : SLURM_GONE);
    ck_assert_str_eq(reason, "(launch failed requeued held)");

    slurm_read_queue("", t, 5, reason, sizeof reason);
    ck_assert_int_eq(t[2].state, SLURM_GONE);
    ck_assert_str_eq(reason, "");
}
END_TEST

START_TEST (job) {
    const struct {
        const char *text;
        uint32_t number; /* 0: refused */
        const char *cluster;
    } rows[] = {{"17\n", 17, ""},
                {"17", 17, ""},
                {"17;north\n", 17, "north"},
                {"", 0, ""},
                {"Submitted batch", 0, ""},
                {"0\n", 0, ""},
                {"-3\n", 0, ""},
                {"17 18\n", 0, ""},
                {"4294967296\n", 0, ""},
                {"17x\n", 0, ""}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        slurm_job j;
        error e = {""};
        ck_assert_msg(slurm_read_job(rows[i].text, &j, &e) == (rows[i].number != 0), "\"%s\"", rows[i].text);
        if (rows[i].number == 0)
            continue;
        ck_assert_uint_eq(j.number, rows[i].number);
        ck_assert_str_eq(j.cluster, rows[i].cluster);
    }
}
END_TEST

/* Both streams at once and more than a pipe holds; exit codes; a program that is not there. */
START_TEST (calls) {
    slurm_answer a;
    error e = {""};
    ck_assert(slurm_call((const char *const[]){"sh", "-c",
                                               "head -c 300000 /dev/zero | tr '\\0' x >&2; "
                                               "head -c 300000 /dev/zero | tr '\\0' y; exit 3",
                                               NULL},
                         &a, &e));
    ck_assert_int_eq(a.code, 3);
    ck_assert_uint_eq(a.out_size, 300000);
    ck_assert_uint_eq(strspn(a.out, "y"), 300000);
    ck_assert_uint_gt(strlen(a.trouble), sizeof a.trouble - 3);
    slurm_answer_finish(&a);

    ck_assert(slurm_call((const char *const[]){"sh", "-c", "printf 'one\\ntwo\\n\\n' >&2; kill -9 $$", NULL},
                         &a, &e));
    ck_assert_int_eq(a.code, 128 + 9);
    ck_assert_str_eq(a.trouble, "one; two");
    ck_assert_str_eq(a.out, "");
    slurm_answer_finish(&a);

    ck_assert(!slurm_call((const char *const[]){"posed-no-such-program", NULL}, &a, &e));
    ck_assert_str_eq(e.text, "cannot run posed-no-such-program: it is not there, or not in PATH");
    slurm_answer_finish(&a);
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("slurm_script");
    tcase_add_test(all, quoting_survives_the_shell);
    tcase_add_test(all, script_runs_the_shard);
    tcase_add_test(all, tasks);
    tcase_add_test(all, queue);
    tcase_add_test(all, job);
    tcase_add_test(all, calls);
    return run_cases("slurm_script", all);
}
