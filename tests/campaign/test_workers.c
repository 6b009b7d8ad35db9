/*
 * Workers: everything is done once, on any number of processes; what crashes or hangs is tried twice and then
 * said; signals stop them.
 */
#include "campaign/workers.h"
#include "tests/suite.h"

#include <check.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 200 };

/* How a run ends. */
typedef enum { ENDS_WELL, CRASHES, CRASHES_ONCE, EXITS, HANGS, STOPS_US } ending;

typedef struct {
    unsigned runs, next;
    unsigned rows[RUNS], tries[RUNS];
    char trouble[RUNS][256];
    ending how[RUNS];
    unsigned done, stop_after, fail_after;
    int signal;
    pid_t parent;
} scene;

static scene *s;        /* this process's */
static unsigned *begun; /* shared: how often each run was begun */

static void setup(void)
{
    s = calloc(1, sizeof *s);
    begun = mmap(NULL, RUNS * sizeof *begun, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(s && begun != MAP_FAILED);
    s->runs = RUNS;
    s->parent = getpid();
}

static void teardown(void)
{
    munmap(begun, RUNS * sizeof *begun);
    free(s);
}

static void work(void *context, uint64_t run, campaign_row *row)
{
    const scene *w = context;
    unsigned before = __atomic_fetch_add(&begun[run], 1, __ATOMIC_SEQ_CST);
    campaign_row_clear(row);
    row->run = (int64_t)run;
    row->cpu_s = (double)getpid();
    if (w->how[run] == CRASHES || (w->how[run] == CRASHES_ONCE && before == 0))
        raise(SIGKILL);
    if (w->how[run] == EXITS)
        _exit(3);
    while (w->how[run] == HANGS)
        pause();
}

static bool next(void *context, uint64_t *run)
{
    scene *w = context;
    *run = w->next;
    return w->next++ < w->runs;
}

static bool done(void *context, const campaign_row *row, error *e)
{
    scene *w = context;
    ck_assert_int_eq(getpid(), w->parent);
    w->rows[row->run]++;
    w->done++;
    strcpy(w->trouble[row->run], row->trouble);
    if (w->stop_after > 0 && w->done == w->stop_after)
        raise(w->signal);
    return w->fail_after == 0 || w->done < w->fail_after || error_set(e, "the disk is full");
}

static void give_up(void *context, uint64_t run, const char *trouble, campaign_row *row)
{
    (void)context;
    campaign_row_clear(row);
    row->run = (int64_t)run;
    snprintf(row->trouble, sizeof row->trouble, "%s", trouble);
}

static void tick(void *context)
{
    (void)context;
}

static workers_outcome run_all(unsigned jobs, double timeout_s, error *e)
{
    const workers_job job = {jobs, timeout_s, s, work, next, done, give_up, tick};
    workers_outcome outcome = workers_run(&job, e);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* nobody is left */
    ck_assert_int_eq(errno, ECHILD);
    return outcome;
}

/* jobs */
static const unsigned crews[] = {1, 2, 7, RUNS + 20};

START_TEST (everything_once) {
    error e = {""};
    ck_assert_int_eq(run_all(crews[_i], 60, &e), WORKERS_DONE);
    ck_assert_str_eq(e.text, "");
    for (unsigned i = 0; i < RUNS; i++) {
        ck_assert_uint_eq(s->rows[i], 1);
        ck_assert_uint_eq(begun[i], 1);
        ck_assert_str_eq(s->trouble[i], "");
    }
}
END_TEST

/* how a run ends, how often it is begun, what its row says */
static const struct {
    ending how;
    unsigned begun;
    const char *says;
} endings[] = {
    {CRASHES, 2, "ended by signal 9 (Killed)"},
    {CRASHES_ONCE, 2, ""},
    {EXITS, 2, "its worker ended with code 3"},
    {HANGS, 2, "took longer than 0.5 s"},
};

/* On one process and on several; the others are not harmed, be it the first run, the last or all. */
START_TEST (bad_runs) {
    error e = {""};
    for (unsigned jobs = 1; jobs <= 3; jobs += 2) {
        memset(begun, 0, RUNS * sizeof *begun);
        memset(s, 0, sizeof *s);
        *s = (scene){.runs = 30, .parent = getpid()};
        s->how[0] = s->how[17] = s->how[18] = s->how[29] = endings[_i].how;
        double limit_s = endings[_i].how == HANGS ? 0.5 : 60; /* a busy machine makes a good run wait too */
        ck_assert_int_eq(run_all(jobs, limit_s, &e), WORKERS_DONE);
        for (unsigned i = 0; i < 30; i++) {
            ck_assert_uint_eq(s->rows[i], 1);
            ck_assert_uint_eq(begun[i], s->how[i] == ENDS_WELL ? 1 : endings[_i].begun);
            ck_assert_str_eq(s->trouble[i], s->how[i] == ENDS_WELL ? "" : endings[_i].says);
        }
    }
}
END_TEST

static const int signals[] = {SIGINT, SIGTERM};

/* What is under way ends, nothing more is begun, and every run that was begun has its row. */
START_TEST (stopped) {
    error e = {""};
    s->stop_after = 20;
    s->signal = signals[_i];
    ck_assert_int_eq(run_all(3, 60, &e), WORKERS_STOPPED);
    ck_assert_uint_ge(s->done, 20);
    ck_assert_uint_lt(s->done, RUNS);
    for (unsigned i = 0; i < RUNS; i++)
        ck_assert_uint_eq(begun[i], s->rows[i]);
}
END_TEST

/* Of two signals the second does not wait for a run that hangs. */
START_TEST (stopped_twice) {
    error e = {""};
    s->how[10] = HANGS;
    s->stop_after = 5;
    s->signal = SIGTERM;
    pid_t killer = fork();
    if (killer == 0) { /* when the run hangs */
        while (__atomic_load_n(&begun[10], __ATOMIC_SEQ_CST) == 0 && getppid() == s->parent)
            sched_yield();
        kill(s->parent, SIGTERM);
        kill(s->parent, SIGINT);
        _exit(0);
    }
    s->stop_after = 0;
    const workers_job job = {1, 600, s, work, next, done, give_up, tick};
    ck_assert_int_eq(workers_run(&job, &e), WORKERS_STOPPED);
    ck_assert_int_eq(waitpid(killer, NULL, 0), killer);
    ck_assert_uint_eq(s->done, 10);
}
END_TEST

START_TEST (row_that_cannot_be_kept) {
    error e = {""};
    s->fail_after = 12;
    ck_assert_int_eq(run_all(3, 60, &e), WORKERS_TROUBLE);
    ck_assert_str_eq(e.text, "the disk is full");
    ck_assert_uint_eq(s->done, 12);
}
END_TEST

/* Whose parent is killed dies too, also in the middle of a run. */
START_TEST (parent_killed) {
    int ends[2];
    char byte;
    ck_assert_int_eq(pipe2(ends, 0), 0);
    s->how[3] = HANGS;
    pid_t parent = fork();
    if (parent == 0) {
        error e = {""};
        s->parent = getpid();
        close(ends[0]);
        dup2(ends[1], STDERR_FILENO); /* workers keep this one */
        close(ends[1]);
        run_all(2, 600, &e);
        _exit(0);
    }
    close(ends[1]);
    while (__atomic_load_n(&begun[3], __ATOMIC_SEQ_CST) == 0)
        sched_yield();
    kill(parent, SIGKILL);
    ck_assert_int_eq(waitpid(parent, NULL, 0), parent);
    ck_assert_int_eq(read(ends[0], &byte, 1), 0); /* when the last of them is gone */
    close(ends[0]);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("workers");
    tcase_set_timeout(cases, 120);
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, everything_once, 0, sizeof crews / sizeof *crews);
    tcase_add_loop_test(cases, bad_runs, 0, sizeof endings / sizeof *endings);
    tcase_add_loop_test(cases, stopped, 0, sizeof signals / sizeof *signals);
    tcase_add_test(cases, stopped_twice);
    tcase_add_test(cases, row_that_cannot_be_kept);
    tcase_add_test(cases, parent_killed);
    return run_cases("workers", cases);
}
