/*
 * A campaign as a job array of Slurm: what is missing is submitted, one task for each shard, and collected
 * when the array has ended. The same call comes back to an array that is still in the queue, and submits
 * again what failed.
 */
#ifndef POSED_CAMPAIGN_SLURM_H
#define POSED_CAMPAIGN_SLURM_H

#include "campaign/slurm_job.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What is to be known of the campaign. Each returns false with `e` set when a file cannot be read or written.
 */
typedef struct {
    void *context;
    /* Takes the rows of all shards that nobody works on into the campaign's table. */
    bool (*collect)(void *context, error *e);
    /* How many runs that the table lacks belong to each of `shard_count` shards, shard 1 first. */
    bool (*count_missing)(void *context, uint32_t shard_count, uint32_t missing[], error *e);
} slurm_campaign;

typedef struct {
    slurm_request request; /* the number of shards is that of the array in the queue when there is one */
    bool wait;             /* for the array's end */
    bool quiet;            /* no progress */
} slurm_options;

typedef enum {
    SLURM_COMPLETE,   /* the table has every run */
    SLURM_QUEUED,     /* the array is in the queue, and not waited for */
    SLURM_INCOMPLETE, /* the array has ended and runs are missing; which and why is on standard error */
    SLURM_TROUBLE     /* `e` says what */
} slurm_outcome;

/* Says on standard error what it submits and what failed. */
slurm_outcome slurm_run(const slurm_options *o, const slurm_campaign *c, error *e);

#ifdef __cplusplus
}
#endif
#endif
