#include "campaign/slurm_job.h"

#include "campaign/slurm_call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char script_name[] = "slurm.sh", job_name[] = "slurm.job";

static bool path_of(const char *dir, const char *name, char path[PATH_MAX], error *e)
{
    int n = snprintf(path, PATH_MAX, "%s/shards/%s", dir, name);
    return (n > 0 && n < PATH_MAX) || error_set(e, "%.200s...: the name is too long", dir);
}

/* Closes and moves a file to its place, so that it is there as a whole or not at all. */
static bool put_in_place(FILE *f, const char *written, const char *path, error *e)
{
    bool good = !ferror(f);
    good = fclose(f) == 0 && good;
    if (good && rename(written, path) == 0)
        return true;
    error_set(e, "%s: cannot write: %s", path, strerror(errno));
    unlink(written);
    return false;
}

static FILE *begin_file(const char *path, char written[PATH_MAX], error *e)
{
    int n = snprintf(written, PATH_MAX, "%s.tmp", path);
    FILE *f = n > 0 && n < PATH_MAX ? fopen(written, "we") : NULL;
    if (!f)
        error_set(e, "%s: cannot write: %s", path, strerror(errno));
    return f;
}

static bool make_place(const char *dir, error *e)
{
    char path[PATH_MAX];
    if (!path_of(dir, "", path, e))
        return false;
    return mkdir(path, 0777) == 0 || errno == EEXIST ||
           error_set(e, "%s: cannot make: %s", path, strerror(errno));
}

static bool write_script(const slurm_script *s, char path[PATH_MAX], error *e)
{
    char written[PATH_MAX];
    if (!make_place(s->dir, e))
        return false;
    FILE *f = path_of(s->dir, script_name, path, e) ? begin_file(path, written, e) : NULL;
    if (!f)
        return false;
    slurm_write_script(f, s);
    return put_in_place(f, written, path, e);
}

static bool remember(const char *dir, const slurm_job *job, error *e)
{
    char path[PATH_MAX], written[PATH_MAX];
    FILE *f = path_of(dir, job_name, path, e) ? begin_file(path, written, e) : NULL;
    if (!f)
        return false;
    fprintf(f, "%u%s%s\n%u %u\n", job->number, job->cluster[0] ? ";" : "", job->cluster, job->shard_count,
            job->task_count);
    return put_in_place(f, written, path, e);
}

bool slurm_remembered(const char *dir, slurm_job *job, error *e)
{
    char path[PATH_MAX], line[128] = "";
    memset(job, 0, sizeof *job);
    if (!path_of(dir, job_name, path, e))
        return false;
    FILE *f = fopen(path, "re");
    if (!f)
        return errno == ENOENT || error_set(e, "%s: cannot read: %s", path, strerror(errno));
    bool good = fgets(line, sizeof line, f) && slurm_read_job(line, job, NULL) &&
                fscanf(f, "%6u %6u", &job->shard_count, &job->task_count) == 2 && job->task_count >= 1 &&
                job->task_count <= job->shard_count && job->shard_count <= SHARD_MAX_COUNT;
    fclose(f);
    return good || error_set(e, "%s: is not the record of a job; remove it if none is in the queue", path);
}

/* sbatch takes long options by their beginnings, too. */
bool slurm_check_option(const char *word, error *e)
{
    static const char *const ours[] = {"-a", "--ar",   "--wrap",  "--test", "--parsable",
                                       "-h", "--help", "--usage", "-V",     "--version"};
    if (word[0] != '-' || word[1] == '\0' || strcmp(word, "--") == 0)
        return error_set(e, "\"%s\" is no option for sbatch, as --partition=long", word);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (strncmp(word, ours[i], strlen(ours[i])) == 0)
            return error_set(e, "\"%s\" is an option of sbatch that a campaign sets itself", word);
    }
    return true;
}

static bool check_options(const slurm_request *r, error *e)
{
    bool good = true;
    for (size_t i = 0; good && i < r->option_count; i++)
        good = slurm_check_option(r->options[i], e);
    return good;
}

/* "--array=1-100"; NULL with `e` set when there is no memory. */
static char *tasks_option(const bool wanted[], uint32_t count, error *e)
{
    char *text = NULL;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    if (f) {
        fputs("--array=", f);
        slurm_write_tasks(f, wanted, count);
    }
    if (f && fclose(f) == 0)
        return text;
    free(text);
    error_set(e, "out of memory");
    return NULL;
}

/* Slurm replaces %a and its like in the whole name of the log, also in its directory; %% is a %, but there is
 * no way to write a backslash. */
static bool log_option(const slurm_script *s, char *option, size_t size, error *e)
{
    FILE *f = fmemopen(option, size, "w");
    if (!f)
        return error_set(e, "out of memory");
    fputs("--output=", f);
    for (const char *c = s->dir; *c; c++)
        fputs(*c == '%' ? "%%" : (char[]){*c, '\0'}, f);
    fprintf(f, "/shards/%%a-of-%u.log", s->shard_count);
    if (fclose(f) != 0)
        return error_set(e, "%.200s...: the name is too long", s->dir);
    return !strchr(s->dir, '\\') ||
           error_set(e, "%s: Slurm takes no log below a name with a backslash", s->dir);
}

/* A task that is requeued goes on in the same log. What the user wants comes last and wins. */
static bool call_sbatch(const slurm_request *r, const char *tasks, const char *path, slurm_answer *answer,
                        error *e)
{
    char chdir[PATH_MAX + 16], log[2 * PATH_MAX], name[128];
    size_t n = 0;
    if (!log_option(&r->script, log, sizeof log, e))
        return false;
    const char **argv = calloc(r->option_count + 12, sizeof *argv);
    if (!argv)
        return error_set(e, "out of memory");
    snprintf(chdir, sizeof chdir, "--chdir=%s", r->script.dir);
    snprintf(name, sizeof name, "--job-name=%s", r->name);
    const char *const ours[] = {
        "sbatch",    "--parsable",       name, tasks, chdir, log, "--open-mode=append",
        "--requeue", "--cpus-per-task=1"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        argv[n++] = ours[i];
    for (size_t i = 0; i < r->option_count; i++)
        argv[n++] = r->options[i];
    argv[n] = path;
    bool good = slurm_call(argv, answer, e);
    free(argv);
    return good;
}

bool slurm_submit(const slurm_request *r, const bool wanted[], slurm_job *job, error *e)
{
    char path[PATH_MAX];
    slurm_answer answer = {NULL, 0, "", 0};
    char *tasks = check_options(r, e) ? tasks_option(wanted, r->script.shard_count, e) : NULL;
    bool good = tasks && write_script(&r->script, path, e) && call_sbatch(r, tasks, path, &answer, e);
    if (good && answer.code != 0)
        good = error_set(e, "sbatch refused the job: %s",
                         answer.trouble[0] ? answer.trouble : "it does not say why");
    good = good && slurm_read_job(answer.out, job, e);
    if (good) {
        job->shard_count = r->script.shard_count;
        for (uint32_t i = 0; i < job->shard_count; i++)
            job->task_count += wanted[i];
        good = remember(r->script.dir, job, e);
    }
    slurm_answer_finish(&answer);
    free(tasks);
    return good;
}

bool slurm_array_init(slurm_array *a, const slurm_job *job, error *e)
{
    *a = (slurm_array){.job = *job, .tasks = calloc(job->shard_count, sizeof *a->tasks)};
    return a->tasks || error_set(e, "out of memory");
}

void slurm_array_finish(slurm_array *a)
{
    free(a->tasks);
    a->tasks = NULL;
}

/* The tasks as squeue has them now; of those that it has forgotten since, what it said last. */
static bool take_table(slurm_array *a, const char *table)
{
    slurm_task *before = a->tasks, *now = calloc(a->job.shard_count, sizeof *now);
    if (!now)
        return false;
    slurm_read_queue(table, now, a->job.shard_count, a->reason, sizeof a->reason);
    a->tasks = now;
    a->waiting = a->running = 0;
    for (uint32_t i = 0; i < a->job.shard_count; i++) {
        if (now[i].state == SLURM_GONE && before[i].state == SLURM_ENDED)
            now[i] = before[i];
        a->waiting += now[i].state == SLURM_WAITING;
        a->running += now[i].state == SLURM_RUNNING;
    }
    free(before);
    return true;
}

bool slurm_poll(slurm_array *a, error *e)
{
    char jobs[32], clusters[96];
    slurm_answer answer;
    snprintf(jobs, sizeof jobs, "--jobs=%u", a->job.number);
    snprintf(clusters, sizeof clusters, "--clusters=%s", a->job.cluster);
    const char *const argv[] = {"squeue",
                                "--noheader",
                                "--array",
                                "--states=all",
                                "--format=" SLURM_QUEUE_FORMAT,
                                jobs,
                                a->job.cluster[0] ? clusters : NULL,
                                NULL};
    bool good = slurm_call(argv, &answer, e);
    /* Slurm forgets a job some minutes (MinJobAge) after its end. */
    bool forgotten = good && answer.code != 0 && strstr(answer.trouble, "Invalid job id");
    if (good && answer.code != 0 && !forgotten)
        good = error_set(e, "squeue: %s", answer.trouble[0] ? answer.trouble : "failed and does not say why");
    if (good && !take_table(a, forgotten ? "" : answer.out))
        good = error_set(e, "out of memory");
    slurm_answer_finish(&answer);
    return good;
}
