#include "campaign/slurm_script.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void slurm_write_quoted(FILE *f, const char *text)
{
    fputc('\'', f);
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", f);
        else
            fputc(*text, f);
    }
    fputc('\'', f);
}

void slurm_write_script(FILE *f, const slurm_script *s)
{
    fputs("#!/bin/sh\n"
          "# A task of a job array: one shard of a campaign. Written by posed campaign --slurm.\n"
          "# By hand: SLURM_ARRAY_TASK_ID=3 sh THIS-FILE\n"
          "exec ",
          f);
    slurm_write_quoted(f, s->program);
    fputs(" campaign ", f);
    slurm_write_quoted(f, s->campaign);
    fputs(" --output ", f);
    slurm_write_quoted(f, s->dir);
    if (s->runs > 0)
        fprintf(f, " --runs %" PRIu64, s->runs);
    fprintf(f,
            " --quiet --jobs \"${SLURM_CPUS_PER_TASK:-1}\" \\\n"
            "    --shard \"${SLURM_ARRAY_TASK_ID:?}/%u\"\n",
            s->shard_count);
}

void slurm_write_tasks(FILE *f, const bool wanted[], uint32_t count)
{
    const char *comma = "";
    for (uint32_t first = 0; first < count; first++) {
        if (!wanted[first])
            continue;
        uint32_t last = first;
        while (last + 1 < count && wanted[last + 1])
            last++;
        fprintf(f, first == last ? "%s%u" : "%s%u-%u", comma, first + 1, last + 1);
        comma = ",";
        first = last;
    }
}

/* Slurm's other states (COMPLETING, SUSPENDED, REQUEUED, ...) are on their way to one of these or back to
 * work. */
static slurm_task_state state_of(const char *word)
{
    static const char *const ended[] = {"BOOT_FAIL", "CANCELLED",     "COMPLETED", "DEADLINE", "FAILED",
                                        "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "REVOKED",  "TIMEOUT"};
    static const char *const waiting[] = {"PENDING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD",
                                          "SPECIAL_EXIT"};
    for (size_t i = 0; i < sizeof ended / sizeof *ended; i++) {
        if (strcmp(word, ended[i]) == 0)
            return SLURM_ENDED;
    }
    for (size_t i = 0; i < sizeof waiting / sizeof *waiting; i++) {
        if (strcmp(word, waiting[i]) == 0)
            return SLURM_WAITING;
    }
    return SLURM_RUNNING;
}

static void read_line(const char *text, size_t length, slurm_task tasks[], uint32_t count, char *reason,
                      size_t reason_size)
{
    char line[128], word[24], why[64] = "";
    unsigned number;
    snprintf(line, sizeof line, "%.*s", length < sizeof line ? (int)length : (int)sizeof line - 1, text);
    if (sscanf(line, "%9u %23s %63[^\n]", &number, word, why) < 2 || number < 1 || number > count)
        return;
    slurm_task *t = &tasks[number - 1];
    t->state = state_of(word);
    memcpy(t->word, word, sizeof word);
    if (t->state == SLURM_WAITING && !reason[0] && why[0] && strcmp(why, "None") != 0)
        snprintf(reason, reason_size, "%s", why);
}

void slurm_read_queue(const char *table, slurm_task tasks[], uint32_t count, char *reason, size_t reason_size)
{
    reason[0] = '\0';
    for (uint32_t i = 0; i < count; i++)
        tasks[i] = (slurm_task){SLURM_GONE, ""};
    for (const char *line = table; *line;) {
        size_t length = strcspn(line, "\n");
        read_line(line, length, tasks, count, reason, reason_size);
        line += length + (line[length] == '\n');
    }
}

bool slurm_read_job(const char *text, slurm_job *job, error *e)
{
    char *end = NULL;
    errno = 0;
    unsigned long number = isdigit((unsigned char)text[0]) ? strtoul(text, &end, 10) : 0;
    *job = (slurm_job){.number = (uint32_t)number};
    size_t length = end && *end == ';' ? strcspn(end + 1, "\n") : 0;
    bool whole = end && (end[length + (*end == ';')] == '\n' || end[length + (*end == ';')] == '\0');
    if (!whole || errno != 0 || number == 0 || number > UINT32_MAX || length >= sizeof job->cluster)
        return error_set(e, "sbatch did not answer with a job's number but with \"%.60s\"", text);
    if (length > 0)
        memcpy(job->cluster, end + 1, length);
    return true;
}
