/*
 * A job array: submitted once, remembered in the campaign's directory, watched until it ends.
 *
 *   DIR/shards/slurm.sh    the batch script, as submitted
 *   DIR/shards/slurm.job   the job's number, the number of shards, the number of tasks: what is in the queue,
 * or was
 */
#ifndef POSED_CAMPAIGN_SLURM_JOB_H
#define POSED_CAMPAIGN_SLURM_JOB_H

#include "campaign/slurm_script.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How an array is submitted. */
typedef struct {
    slurm_script script;
    const char *name;           /* of the job, in squeue */
    const char *const *options; /* more options for sbatch, each one word as slurm_check_option wants it */
    size_t option_count;
} slurm_request;

/* Whether a word may be one more option for sbatch: it begins with '-', for otherwise sbatch would take it
 * for the script, and is none of those that are ours: tasks, script, dry run. False with `e` set. */
bool slurm_check_option(const char *word, error *e);

/* Submits the tasks with `wanted[i]`, one for each shard i + 1, and remembers the job. Makes DIR/shards if
 * need be. False with `e` set to what sbatch says. */
bool slurm_submit(const slurm_request *r, const bool wanted[], slurm_job *job, error *e);

/* The job that was submitted last from this directory; number 0: there is none. False with `e` set when the
 * file is not readable as one. */
bool slurm_remembered(const char *dir, slurm_job *job, error *e);

/* What came of the array so far. */
typedef struct {
    slurm_job job;
    slurm_task *tasks;         /* one for each shard */
    uint32_t waiting, running; /* tasks; with none of either the array has ended */
    char reason[64];           /* why the first of the waiting ones waits; "" not said */
} slurm_array;

bool slurm_array_init(slurm_array *a, const slurm_job *job, error *e);
void slurm_array_finish(slurm_array *a);

/* Asks squeue. A task that Slurm has forgotten has ended. False with `e` set when squeue fails otherwise; `a`
 * stays as it was. */
bool slurm_poll(slurm_array *a, error *e);

#ifdef __cplusplus
}
#endif
#endif
