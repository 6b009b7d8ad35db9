/*
 * The command lines of `posed campaign` and `posed campaign run`.
 */
#ifndef POSED_DAEMON_CAMPAIGN_CAMPAIGN_OPTIONS_H
#define POSED_DAEMON_CAMPAIGN_CAMPAIGN_OPTIONS_H

#include "campaign/shard.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { CAMPAIGN_MAX_SBATCH = 32 };

/* Texts belong to the command line; NULL: not given. */
typedef struct {
    const char *plan, *output;
    unsigned jobs;  /* 0: as many as there are cores */
    uint64_t runs;  /* 0: as many as the plan says */
    shard part;     /* count 0: not given */
    uint32_t array; /* tasks of a job array; 0: not given */
    bool slurm, wait, collect, quiet, reference;
    const char *sbatch[CAMPAIGN_MAX_SBATCH];
    size_t sbatch_count;
} campaign_options;

/* False with `e` set when the command line is wrong. */
bool campaign_options_parse(int argc, char **argv, campaign_options *o, error *e);

typedef struct {
    const char *plan, *output, *map;
    uint64_t number;
} campaign_run_options;

/* argv[0] is "run". */
bool campaign_run_options_parse(int argc, char **argv, campaign_run_options *o, error *e);

#ifdef __cplusplus
}
#endif
#endif
