/*
 * Doing a campaign: what is missing in its directory, here, as a shard, or by Slurm.
 */
#ifndef POSED_CAMPAIGN_WORK_H
#define POSED_CAMPAIGN_WORK_H

#include "campaign/plan.h"
#include "campaign/shard.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const campaign_plan *plan;
    const char *plan_path; /* for what is said */
    const char *dir;
    const char *command; /* for the record in the table */
    uint64_t runs;       /* that are wanted: those below it */
    unsigned jobs;
    bool quiet;
} campaign_work;

typedef struct {
    uint64_t wanted, there, troubled; /* runs below campaign_work.runs; rows; rows with a trouble */
    uint64_t done;                    /* in this call */
    bool stopped;                     /* by SIGINT or SIGTERM */
} campaign_progress;

/* Does all that the table lacks on this machine, after taking what shards have left. One process at a time
 * works in a directory. False with `e` set. */
bool campaign_work_here(const campaign_work *w, campaign_progress *out, error *e);

/* Does what shard `s` lacks; only `done` and `stopped` are set. False with `e` set, also when it was stopped.
 */
bool campaign_work_shard(const campaign_work *w, shard s, campaign_progress *out, error *e);

/* Takes what shards have. False with `e` set. */
bool campaign_work_collect(const campaign_work *w, campaign_progress *out, error *e);

/* How many runs that the table lacks belong to each of `shard_count` shards. False with `e` set. */
bool campaign_work_missing(const campaign_work *w, uint32_t shard_count, uint32_t missing[], error *e);

#ifdef __cplusplus
}
#endif
#endif
