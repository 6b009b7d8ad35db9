#include "campaign/slurm_watch.h"

#include "common/clock.h"

#include <math.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A big cluster's controller serves many: a campaign of hours asks it every ten seconds, one of seconds at
 * once. */
static const double poll_least_s = 0.2, poll_most_s = 10, poll_part = 0.05;
static const double line_every_s = 10, patience_s = 600;

typedef struct {
    bool quiet, terminal;
    double start_s;    /* of the watch */
    uint32_t done;     /* tasks, when it started */
    double shown_s;    /* the last line; NAN: none yet */
    char shown[200];   /* what it said */
    double answered_s; /* the last poll that worked */
} watch;

static void pause_s(double seconds)
{
    struct timespec rest = {(time_t)seconds, (long)(1e9 * fmod(seconds, 1))};
    while (nanosleep(&rest, &rest) != 0)
        continue;
}

static uint32_t tasks_done(const slurm_array *a)
{
    uint32_t busy = a->waiting + a->running;
    return busy < a->job.task_count ? a->job.task_count - busy : 0;
}

void slurm_array_text(const slurm_array *a, char *text, size_t size)
{
    int n = snprintf(text, size, "job %u: %u of %u tasks done, %u running, %u waiting", a->job.number,
                     tasks_done(a), a->job.task_count, a->running, a->waiting);
    if (n > 0 && (size_t)n < size && a->reason[0])
        snprintf(text + n, size - (size_t)n, " (%s)", a->reason);
}

/* From the tasks that ended under our eyes; they cost about the same. */
static void add_time_left(const watch *w, const slurm_array *a, char *text, size_t size)
{
    uint32_t done = tasks_done(a), left = a->job.task_count - done;
    size_t n = strlen(text);
    if (done > w->done && left > 0)
        snprintf(text + n, size - n, ", %.0f s left",
                 ceil((monotonic_s() - w->start_s) * left / (done - w->done)));
}

static void say(watch *w, const slurm_array *a)
{
    char text[sizeof w->shown];
    double now = monotonic_s();
    slurm_array_text(a, text, sizeof text);
    if (w->quiet || strcmp(text, w->shown) == 0 || (!w->terminal && now - w->shown_s < line_every_s))
        return;
    w->shown_s = now;
    strcpy(w->shown, text);
    add_time_left(w, a, text, sizeof text);
    fprintf(stderr, w->terminal ? "\r\033[K%s" : "%s\n", text);
    fflush(stderr);
}

/* One poll. False when squeue has failed for too long. */
static bool ask(watch *w, slurm_array *a, error *e)
{
    error trouble = {""};
    double now = monotonic_s();
    if (slurm_poll(a, &trouble)) {
        w->answered_s = now;
        return true;
    }
    return now - w->answered_s < patience_s || error_set(e, "%s", trouble.text);
}

bool slurm_wait(slurm_array *a, bool quiet, error *e)
{
    watch w = {.quiet = quiet, .terminal = isatty(STDERR_FILENO), .start_s = monotonic_s(), .shown_s = NAN};
    bool good = slurm_poll(a, e);
    w.answered_s = w.start_s;
    w.done = tasks_done(a);
    while (good && a->waiting + a->running > 0) {
        say(&w, a);
        pause_s(fmin(poll_most_s, fmax(poll_least_s, poll_part * (monotonic_s() - w.start_s))));
        good = ask(&w, a, e);
    }
    if (w.terminal && w.shown[0])
        fputs("\r\033[K", stderr);
    return good;
}
