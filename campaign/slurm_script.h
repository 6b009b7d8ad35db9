/*
 * The texts that go to Slurm and come back: the batch script of a job array, the list of its tasks, and
 * squeue's table.
 */
#ifndef POSED_CAMPAIGN_SLURM_SCRIPT_H
#define POSED_CAMPAIGN_SLURM_SCRIPT_H

#include "campaign/shard.h"
#include "common/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One word for a POSIX shell, whatever is in it: in single quotes, a single quote itself as '\''. */
void slurm_write_quoted(FILE *f, const char *text);

/* The batch script: each task works on the shard that its number in the array names. All paths are absolute.
 */
typedef struct {
    const char *program;  /* posed */
    const char *campaign; /* CAMPAIGN.yaml */
    const char *dir;      /* the campaign's directory, on a file system that all nodes share */
    uint32_t shard_count;
    uint64_t runs; /* 0: as many as the campaign says */
} slurm_script;
void slurm_write_script(FILE *f, const slurm_script *s);

/* sbatch's notation for the tasks of an array: "1-3,7" for the `wanted[i]` that are true, task numbers i + 1.
 */
void slurm_write_tasks(FILE *f, const bool wanted[], uint32_t count);

/* What one task of the array does. A task that is not in squeue's table is GONE: ended, or never submitted.
 */
typedef enum { SLURM_GONE, SLURM_WAITING, SLURM_RUNNING, SLURM_ENDED } slurm_task_state;

typedef struct {
    slurm_task_state state;
    char word[24]; /* Slurm's word for it: "RUNNING", "CANCELLED", "TIMEOUT" */
} slurm_task;

/* How squeue is asked: one line for each task, "NUMBER STATE REASON". */
#define SLURM_QUEUE_FORMAT "%K %T %r"

/* Reads that table into `tasks`, of `count` elements, task 1 first; those that it does not name become GONE.
 * Lines that are no tasks of this array are passed over. `reason`, of `reason_size` bytes: why Slurm lets the
 * first waiting task wait; "" when none waits or it does not say. */
void slurm_read_queue(const char *table, slurm_task tasks[], uint32_t count, char *reason,
                      size_t reason_size);

/* A job array. */
typedef struct {
    uint32_t number;
    char cluster[64];                 /* "": the one that is configured */
    uint32_t shard_count, task_count; /* into how many shards the campaign is split; how many are tasks */
} slurm_job;

/* The job's number and cluster in what `sbatch --parsable` prints, "123" or "123;cluster"; the counts are 0.
 * False with `e` set when it is neither. */
bool slurm_read_job(const char *text, slurm_job *job, error *e);

#ifdef __cplusplus
}
#endif
#endif
