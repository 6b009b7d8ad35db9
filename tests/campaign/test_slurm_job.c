/*
 * Submitting, remembering and watching, against programs that play sbatch and squeue: what they are asked,
 * and what becomes of each way in which they can fail. The real ones are in test_slurm.py.
 */
#include "campaign/slurm_job.h"
#include "campaign/slurm_watch.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static char dir[SCRATCH_SIZE], campaign_dir[128];

static void write_program(const char *name, const char *text)
{
    char path[200];
    write_text(dir, name, text);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    ck_assert_int_eq(chmod(path, 0700), 0);
}

static void read_file(const char *name, char *text, size_t size)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "r");
    ck_assert_msg(f, "%s", path);
    text[fread(text, 1, size - 1, f)] = '\0';
    fclose(f);
}

/* The programs are found first in PATH; the campaign's directory has a name that wants to be quoted. */
static void set_up(void)
{
    char path[400];
    make_directory(dir);
    snprintf(path, sizeof path, "%s:/usr/bin:/bin", dir);
    setenv("PATH", path, 1);
    setenv("FAKE", dir, 1);
    snprintf(campaign_dir, sizeof campaign_dir, "%s/it's %%a", dir);
    ck_assert_int_eq(mkdir(campaign_dir, 0700), 0);
}

static void tear_down(void)
{
    remove_directory(dir);
}

static bool submit(slurm_job *job, error *e)
{
    const char *const options[] = {"--partition=long", "-t2"};
    const bool wanted[5] = {true, true, false, true, false};
    const slurm_request r = {{"/bin/posed", "/c.yaml", campaign_dir, 5, 0}, "posed a;b", options, 2};
    return slurm_submit(&r, wanted, job, e);
}

START_TEST (submits_and_remembers) {
    char said[1000], expected[1000];
    slurm_job job, again;
    error e = {""};
    write_program("sbatch", "#!/bin/sh\nprintf '<%s>' \"$@\" >\"$FAKE/said\"\necho '41;north'\n");
    ck_assert(slurm_remembered(campaign_dir, &job, &e));
    ck_assert_uint_eq(job.number, 0);
    ck_assert_msg(submit(&job, &e), "%s", e.text);
    read_file("said", said, sizeof said);
    snprintf(expected, sizeof expected,
             "<--parsable><--job-name=posed a;b><--array=1-2,4><--chdir=%s><--output=%s/it's %%%%a/shards/"
             "%%a-of-5.log><--open-mode=append><--requeue><--cpus-per-task=1><--partition=long><-t2>"
             "<%s/shards/slurm.sh>",
             campaign_dir, dir, campaign_dir);
    ck_assert_str_eq(said, expected);
    ck_assert(slurm_remembered(campaign_dir, &again, &e));
    ck_assert_uint_eq(again.number, 41);
    ck_assert_str_eq(again.cluster, "north");
    ck_assert_uint_eq(again.shard_count, 5);
    ck_assert_uint_eq(again.task_count, 3);
}
END_TEST

/* What goes wrong is said in sbatch's words, and no job is remembered. */
START_TEST (refusals) {
    const struct {
        const char *sbatch, *text;
    } rows[] = {
        {"echo 'sbatch: error: invalid partition' >&2; exit 1",
         "sbatch refused the job: sbatch: error: invalid partition"},
        {"exit 7", "sbatch refused the job: it does not say why"},
        {"echo Submitted", "sbatch did not answer with a job's number but with \"Submitted\n\""},
        {":", "sbatch did not answer with a job's number but with \"\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char script[200];
        slurm_job job;
        error e = {""};
        snprintf(script, sizeof script, "#!/bin/sh\n%s\n", rows[i].sbatch);
        write_program("sbatch", script);
        ck_assert(!submit(&job, &e));
        ck_assert_str_eq(e.text, rows[i].text);
        ck_assert(slurm_remembered(campaign_dir, &job, NULL));
        ck_assert_uint_eq(job.number, 0);
    }
}
END_TEST

/* A word that is no option would be the script that runs. */
START_TEST (options) {
    const struct {
        const char *word;
        bool good;
    } rows[] = {
        {"--partition=long", true},
        {"-t2", true},
        {"--mem-per-cpu=1G", true},
        {"--account", true},
        {"evil.sh", false},
        {"", false},
        {"-", false},
        {"--", false},
        {"--array=1", false},
        {"--arr=1", false},
        {"-a1", false},
        {"--wrap=id", false},
        {"--test-only", false},
        {"-h", false},
        {"--version", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        error e = {""};
        ck_assert_msg(slurm_check_option(rows[i].word, &e) == rows[i].good, "%s", rows[i].word);
        ck_assert_int_eq(e.text[0] == '\0', rows[i].good);
    }
    const char *const words[] = {"evil.sh"};
    const bool wanted[] = {true};
    slurm_job job;
    error e = {""};
    ck_assert(!slurm_submit(&(slurm_request){{"/bin/posed", "/c.yaml", campaign_dir, 1, 0}, "a", words, 1},
                            wanted, &job, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "\"evil.sh\" is no option for sbatch"));
}
END_TEST

/* A name that Slurm would change in silence is not handed to it. */
START_TEST (backslash) {
    slurm_job job;
    error e = {""};
    strcat(campaign_dir, "\\x");
    ck_assert(!submit(&job, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "it's %a"));
}
END_TEST

START_TEST (no_slurm_here) {
    slurm_job job;
    error e = {""};
    setenv("PATH", "/nowhere", 1);
    ck_assert(!submit(&job, &e));
    ck_assert_str_eq(e.text, "cannot run sbatch: it is not there, or not in PATH");
    setenv("PATH", "/usr/bin:/bin", 1);
}
END_TEST

START_TEST (damaged_record) {
    const char *const records[] = {"",          "\n",        "x\n5 3\n", "41\n",          "41\n0 0\n",
                                   "41\n3 5\n", "41\n5 0\n", "0\n5 3\n", "41\n999999 3\n"};
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        slurm_job job;
        error e = {""};
        write_text(dir, "it's %a/shards/slurm.job", records[i]);
        ck_assert_msg(!slurm_remembered(campaign_dir, &job, &e), "%s", records[i]);
        ck_assert_ptr_nonnull(strstr(e.text, "is not the record of a job"));
    }
}
END_TEST

/* Three looks at the queue: task 2 fails, is forgotten, and what it said last stays. */
START_TEST (watches_to_the_end) {
    const slurm_job job = {.number = 41, .shard_count = 5, .task_count = 3};
    slurm_array a;
    error e = {""};
    char text[200], said[300];
    write_program("squeue", "#!/bin/sh\necho \"$@\" >\"$FAKE/said\"\necho >>\"$FAKE/calls\"\n"
                            "cat \"$FAKE/table$(wc -l <\"$FAKE/calls\")\"\n");
    write_text(dir, "table1", "1 RUNNING None\n2 RUNNING None\n4 PENDING Resources\n");
    write_text(dir, "table2", "1 COMPLETED None\n2 FAILED None\n4 RUNNING None\n");
    write_text(dir, "table3", "4 TIMEOUT None\n");
    ck_assert(slurm_array_init(&a, &job, &e));
    ck_assert(slurm_poll(&a, &e));
    slurm_array_text(&a, text, sizeof text);
    ck_assert_str_eq(text, "job 41: 0 of 3 tasks done, 2 running, 1 waiting (Resources)");
    read_file("said", said, sizeof said);
    ck_assert_str_eq(said, "--noheader --array --states=all --format=%K %T %r --jobs=41\n");
    ck_assert_msg(slurm_wait(&a, true, &e), "%s", e.text);
    slurm_array_text(&a, text, sizeof text);
    ck_assert_str_eq(text, "job 41: 3 of 3 tasks done, 0 running, 0 waiting");
    ck_assert_str_eq(a.tasks[0].word, "COMPLETED");
    ck_assert_str_eq(a.tasks[1].word, "FAILED");
    ck_assert_int_eq(a.tasks[2].state, SLURM_GONE);
    ck_assert_str_eq(a.tasks[3].word, "TIMEOUT");
    slurm_array_finish(&a);
}
END_TEST

/* A job that is forgotten has ended; a controller that does not answer says nothing about its jobs. */
START_TEST (queue_fails) {
    const slurm_job job = {.number = 41, .cluster = "north", .shard_count = 2, .task_count = 2};
    slurm_array a;
    error e = {""};
    char said[300];
    ck_assert(slurm_array_init(&a, &job, &e));
    write_program("squeue", "#!/bin/sh\necho \"$@\" >\"$FAKE/said\"\necho '1 RUNNING None'\n");
    ck_assert(slurm_poll(&a, &e));
    read_file("said", said, sizeof said);
    ck_assert_ptr_nonnull(strstr(said, "--jobs=41 --clusters=north\n"));
    write_program(
        "squeue",
        "#!/bin/sh\necho 'slurm_load_jobs error: Unable to contact slurm controller' >&2\nexit 1\n");
    ck_assert(!slurm_poll(&a, &e));
    ck_assert_str_eq(e.text, "squeue: slurm_load_jobs error: Unable to contact slurm controller");
    ck_assert_uint_eq(a.running, 1);
    e.text[0] = '\0';
    write_program("squeue",
                  "#!/bin/sh\necho 'slurm_load_jobs error: Invalid job id specified' >&2\nexit 1\n");
    ck_assert_msg(slurm_wait(&a, true, &e), "%s", e.text);
    ck_assert_uint_eq(a.running, 0);
    slurm_array_finish(&a);
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("slurm_job");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, options);
    tcase_add_test(all, submits_and_remembers);
    tcase_add_test(all, refusals);
    tcase_add_test(all, backslash);
    tcase_add_test(all, no_slurm_here);
    tcase_add_test(all, damaged_record);
    tcase_add_test(all, watches_to_the_end);
    tcase_add_test(all, queue_fails);
    return run_cases("slurm_job", all);
}
