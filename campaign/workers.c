#include "campaign/workers.h"

#include "common/clock.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TRIES = 2 };

typedef struct {
    pid_t pid; /* 0: none */
    int fd;
    bool busy;
    uint64_t run;
    unsigned tries;    /* of this run, this one counted */
    double deadline_s; /* CLOCK_MONOTONIC */
    bool late;         /* killed for it */
    size_t received;   /* bytes of the row */
    campaign_row row;
} worker;

/* A run whose worker died, to be tried again. */
typedef struct {
    uint64_t run;
    unsigned tries;
} retry;

typedef struct {
    const workers_job *job;
    worker *workers;
    struct pollfd *polled; /* signals first */
    retry *retries;
    size_t retry_count;
    int signals;
    sigset_t caught, before;
    unsigned stops; /* signals that came */
    bool exhausted; /* next() has no more */
} crew;

/* ---- in a worker ---- */

static bool read_all(int fd, void *buffer, size_t size)
{
    for (char *at = buffer; size > 0;) {
        ssize_t n = read(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool write_all(int fd, const void *buffer, size_t size)
{
    for (const char *at = buffer; size > 0;) {
        ssize_t n = send(fd, at, size, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

/* Until the parent hangs up. The parent's files (table, locks, other workers) are none of its business. */
static _Noreturn void be_worker(const workers_job *job, int fd, const sigset_t *mask, pid_t parent)
{
    campaign_row *row = malloc(sizeof *row);
    uint64_t run;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_IGN); /* the parent decides */
    signal(SIGTERM, SIG_IGN);
    sigprocmask(SIG_SETMASK, mask, NULL);
    if (getppid() != parent || !row || dup2(fd, STDERR_FILENO + 1) < 0)
        _exit(1);
    close_range(STDERR_FILENO + 2, ~0U, 0);
    fd = STDERR_FILENO + 1;
    while (read_all(fd, &run, sizeof run)) {
        job->work(job->context, run, row);
        if (!write_all(fd, row, sizeof *row))
            break;
    }
    _exit(0);
}

/* ---- in the parent ---- */

static bool hire(crew *c, worker *w, error *e)
{
    int ends[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return error_set(e, "cannot start a worker: %s", strerror(errno));
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        be_worker(c->job, ends[1], &c->before, parent);
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return error_set(e, "cannot start a worker: %s", strerror(errno));
    }
    w->pid = pid;
    w->fd = ends[0];
    w->busy = false;
    return true;
}

/* Its process is over, or soon will be; returns how it ended. */
static int dismiss(worker *w, bool kill_it)
{
    int status = 0;
    if (w->pid == 0)
        return 0;
    if (kill_it)
        kill(w->pid, SIGKILL);
    close(w->fd);
    while (waitpid(w->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    w->pid = 0;
    w->busy = false;
    return status;
}

static bool next_run(crew *c, uint64_t *run, unsigned *tries)
{
    if (c->stops > 0)
        return false;
    if (c->retry_count > 0) {
        *run = c->retries[--c->retry_count].run;
        *tries = c->retries[c->retry_count].tries + 1;
        return true;
    }
    *tries = 1;
    c->exhausted = c->exhausted || !c->job->next(c->job->context, run);
    return !c->exhausted;
}

/* Hands a worker its next run, if there is one. One that has died meanwhile shows when it is read from. */
static bool give_work(crew *c, worker *w, error *e)
{
    uint64_t run;
    unsigned tries;
    if (!next_run(c, &run, &tries))
        return true;
    if (w->pid == 0 && !hire(c, w, e))
        return false;
    w->busy = true;
    w->late = false;
    w->run = run;
    w->tries = tries;
    w->received = 0;
    w->deadline_s = monotonic_s() + c->job->timeout_s;
    (void)write_all(w->fd, &run, sizeof run);
    return true;
}

static void describe_end(const crew *c, const worker *w, int status, char *out, size_t size)
{
    if (w->late)
        snprintf(out, size, "took longer than %g s", c->job->timeout_s);
    else if (WIFSIGNALED(status))
        snprintf(out, size, "ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        snprintf(out, size, "its worker ended with code %d", WEXITSTATUS(status));
}

/* The worker has died over its run. */
static bool bury(crew *c, worker *w, error *e)
{
    char why[128];
    bool had_run = w->busy;
    int status = dismiss(w, w->late);
    if (!had_run)
        return true;
    if (w->tries < TRIES) {
        c->retries[c->retry_count++] = (retry){w->run, w->tries};
        return true;
    }
    describe_end(c, w, status, why, sizeof why);
    c->job->give_up(c->job->context, w->run, why, &w->row);
    return c->job->done(c->job->context, &w->row, e);
}

/* Something has come from a worker. The next run is on its way before the row is kept. */
static bool listen_to(crew *c, worker *w, campaign_row *kept, error *e)
{
    ssize_t n = recv(w->fd, (char *)&w->row + w->received, sizeof w->row - w->received, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return true;
    if (n <= 0)
        return bury(c, w, e) && give_work(c, w, e);
    w->received += (size_t)n;
    if (w->received < sizeof w->row)
        return true;
    memcpy(kept, &w->row, sizeof *kept);
    w->busy = false;
    return give_work(c, w, e) && c->job->done(c->job->context, kept, e);
}

static void take_signals(crew *c)
{
    struct signalfd_siginfo info;
    while (read(c->signals, &info, sizeof info) == (ssize_t)sizeof info)
        c->stops++;
}

static bool is_anyone_busy(const crew *c)
{
    for (unsigned i = 0; i < c->job->jobs; i++) {
        if (c->workers[i].busy)
            return true;
    }
    return false;
}

/* Waits for a word of someone, a second at most. */
static void wait_for_word(crew *c)
{
    double now = monotonic_s(), wait_s = 1;
    c->polled[0] = (struct pollfd){.fd = c->signals, .events = POLLIN};
    for (unsigned i = 0; i < c->job->jobs; i++) {
        const worker *w = &c->workers[i];
        c->polled[i + 1] = (struct pollfd){.fd = w->busy ? w->fd : -1, .events = POLLIN};
        if (w->busy)
            wait_s = fmin(wait_s, w->deadline_s - now);
    }
    if (poll(c->polled, c->job->jobs + 1, (int)(1000 * fmax(wait_s, 0)) + 1) < 0) {
        for (unsigned i = 0; i <= c->job->jobs; i++)
            c->polled[i].revents = 0;
    }
}

static bool hear_everyone(crew *c, campaign_row *kept, error *e)
{
    if (c->polled[0].revents)
        take_signals(c);
    for (unsigned i = 0; i < c->job->jobs; i++) {
        worker *w = &c->workers[i];
        if (w->busy && c->polled[i + 1].revents && !listen_to(c, w, kept, e))
            return false;
        if (w->busy && monotonic_s() > w->deadline_s) {
            w->late = true;
            if (!bury(c, w, e) || !give_work(c, w, e))
                return false;
        }
    }
    return true;
}

static bool work(crew *c, campaign_row *kept, error *e)
{
    for (unsigned i = 0; i < c->job->jobs; i++) {
        if (!give_work(c, &c->workers[i], e))
            return false;
    }
    while (is_anyone_busy(c) && c->stops < 2) {
        wait_for_word(c);
        if (!hear_everyone(c, kept, e))
            return false;
        c->job->tick(c->job->context);
    }
    return true;
}

static bool catch_signals(crew *c, error *e)
{
    sigemptyset(&c->caught);
    sigaddset(&c->caught, SIGINT);
    sigaddset(&c->caught, SIGTERM);
    sigprocmask(SIG_BLOCK, &c->caught, &c->before);
    c->signals = signalfd(-1, &c->caught, SFD_NONBLOCK | SFD_CLOEXEC);
    return c->signals >= 0 || error_set(e, "cannot watch for signals: %s", strerror(errno));
}

workers_outcome workers_run(const workers_job *job, error *e)
{
    crew c = {.job = job, .signals = -1};
    campaign_row *kept = malloc(sizeof *kept);
    c.workers = calloc(job->jobs, sizeof *c.workers);
    c.polled = calloc(job->jobs + 1, sizeof *c.polled);
    c.retries = calloc(job->jobs, sizeof *c.retries); /* a run to retry has lost its worker */
    bool good = (kept && c.workers && c.polled && c.retries) || error_set(e, "out of memory");
    good = catch_signals(&c, e) && good && work(&c, kept, e);
    for (unsigned i = 0; c.workers && i < job->jobs; i++)
        dismiss(&c.workers[i], !good || c.workers[i].busy);
    if (c.signals >= 0)
        close(c.signals);
    sigprocmask(SIG_SETMASK, &c.before, NULL);
    free(c.retries);
    free(c.polled);
    free(c.workers);
    free(kept);
    if (!good)
        return WORKERS_TROUBLE;
    return c.stops > 0 ? WORKERS_STOPPED : WORKERS_DONE;
}
