#include "campaign/slurm.h"

#include "campaign/slurm_watch.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_NAMED_TASKS = 10 };

/* The last line of a task's log that is not empty, without what would play with the terminal; "" for none. */
static void read_last_line(const char *path, char *line, size_t size)
{
    char text[1024];
    FILE *f = fopen(path, "re");
    line[0] = '\0';
    if (!f)
        return;
    if (fseek(f, -(long)(sizeof text - 1), SEEK_END) != 0)
        rewind(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    size_t end = strlen(text);
    while (end > 0 && isspace((unsigned char)text[end - 1]))
        text[--end] = '\0';
    const char *last = strrchr(text, '\n');
    snprintf(line, size, "%s", last ? last + 1 : text);
    for (char *c = line; *c; c++) {
        if (iscntrl((unsigned char)*c))
            *c = '?';
    }
}

static void name_task(const slurm_request *r, const slurm_array *a, uint32_t index, uint32_t runs)
{
    char path[PATH_MAX], line[200];
    const char *word = a->tasks[index - 1].word;
    if (!shard_path(r->script.dir, (shard){index, a->job.shard_count}, SHARD_LOG, path, NULL))
        return;
    read_last_line(path, line, sizeof line);
    fprintf(stderr, "  task %u, missing %u%s%s: %s%s%s\n", index, runs, word[0] ? ", " : "", word,
            access(path, F_OK) == 0 ? path : "it has left no log", line[0] ? ": " : "", line);
}

static void name_unfinished(const slurm_request *r, const slurm_array *a, const uint32_t missing[])
{
    uint32_t tasks = 0;
    unsigned long runs = 0;
    for (uint32_t i = 0; i < a->job.shard_count; i++) {
        tasks += missing[i] > 0;
        runs += missing[i];
    }
    fprintf(stderr, "posed campaign: job %u has ended; runs missing: %lu, in tasks: %u\n", a->job.number,
            runs, tasks);
    uint32_t named = 0;
    for (uint32_t i = 0; i < a->job.shard_count && named < MAX_NAMED_TASKS; i++) {
        if (missing[i] == 0)
            continue;
        name_task(r, a, i + 1, missing[i]);
        named++;
    }
    if (named < tasks)
        fprintf(stderr, "  and %u more\n", tasks - named);
    fputs("The same command again submits what is missing.\n", stderr);
}

/* The array has ended: takes what it left, and says what it did not. */
static slurm_outcome conclude(const slurm_options *o, const slurm_campaign *c, const slurm_array *a, error *e)
{
    slurm_outcome outcome = SLURM_TROUBLE;
    uint32_t *missing = calloc(a->job.shard_count, sizeof *missing);
    if (!missing)
        error_set(e, "out of memory");
    else if (c->collect(c->context, e) && c->count_missing(c->context, a->job.shard_count, missing, e))
        outcome = SLURM_COMPLETE;
    for (uint32_t i = 0; outcome == SLURM_COMPLETE && i < a->job.shard_count; i++) {
        if (missing[i] > 0)
            outcome = SLURM_INCOMPLETE;
    }
    if (outcome == SLURM_INCOMPLETE)
        name_unfinished(&o->request, a, missing);
    else if (outcome == SLURM_COMPLETE)
        shard_tidy(o->request.script.dir);
    free(missing);
    return outcome;
}

/* Submits the shards that have runs to do; `job` has number 0 when there are none. */
static bool submit_missing(const slurm_options *o, const slurm_campaign *c, slurm_job *job, error *e)
{
    uint32_t count = o->request.script.shard_count, tasks = 0;
    uint32_t *missing = calloc(count, sizeof *missing);
    bool *wanted = calloc(count, sizeof *wanted);
    bool good = (missing && wanted) || error_set(e, "out of memory");
    memset(job, 0, sizeof *job);
    good = good && c->collect(c->context, e) && c->count_missing(c->context, count, missing, e);
    for (uint32_t i = 0; good && i < count; i++) {
        wanted[i] = missing[i] > 0;
        tasks += wanted[i];
    }
    if (good && tasks > 0) {
        good = slurm_submit(&o->request, wanted, job, e);
        if (good)
            fprintf(stderr, "job %u: tasks submitted: %u; to stop it: scancel %u\n", job->number,
                    job->task_count, job->number);
    }
    free(missing);
    free(wanted);
    return good;
}

/* The array that is in the queue already, if there is one: number 0 if not. */
static bool find_in_queue(const slurm_options *o, slurm_job *job, error *e)
{
    slurm_array a;
    if (!slurm_remembered(o->request.script.dir, job, e))
        return false;
    if (job->number == 0)
        return true;
    if (!slurm_array_init(&a, job, e))
        return false;
    bool good = slurm_poll(&a, e), in_queue = good && a.waiting + a.running > 0;
    char text[200];
    slurm_array_text(&a, text, sizeof text);
    if (in_queue)
        fprintf(stderr, "%s\n", text);
    else
        memset(job, 0, sizeof *job);
    slurm_array_finish(&a);
    return good;
}

slurm_outcome slurm_run(const slurm_options *o, const slurm_campaign *c, error *e)
{
    slurm_job job;
    slurm_array a;
    if (!find_in_queue(o, &job, e) || (job.number == 0 && !submit_missing(o, c, &job, e)))
        return SLURM_TROUBLE;
    if (job.number == 0)
        return SLURM_COMPLETE;
    if (!o->wait) {
        fputs("The same command again shows how far it is, and collects it at its end.\n", stderr);
        return SLURM_QUEUED;
    }
    if (!slurm_array_init(&a, &job, e))
        return SLURM_TROUBLE;
    slurm_outcome outcome = slurm_wait(&a, o->quiet, e) ? conclude(o, c, &a, e) : SLURM_TROUBLE;
    slurm_array_finish(&a);
    return outcome;
}
