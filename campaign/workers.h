/*
 * Runs on all cores: worker processes that are handed numbers of runs and hand back rows.
 *
 * Processes, not threads: a run that crashes or hangs takes its worker with it and nothing else. It is tried
 * once more in another worker, for the first may have been killed from outside (no memory, an administrator);
 * then its row says what became of it. Workers never touch the table, and die with their parent.
 */
#ifndef POSED_CAMPAIGN_WORKERS_H
#define POSED_CAMPAIGN_WORKERS_H

#include "campaign/row.h"
#include "common/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { WORKERS_MAX = 1024 };

typedef struct {
    unsigned jobs;    /* processes at once, 1 to WORKERS_MAX */
    double timeout_s; /* of one run, by the wall's clock */
    void *context;
    /* In a worker: does a run. `context` is the worker's copy. */
    void (*work)(void *context, uint64_t run, campaign_row *row);
    /* In this process. The next run; false: there are no more. */
    bool (*next)(void *context, uint64_t *run);
    /* A run has ended. False with `e` set ends everything. */
    bool (*done)(void *context, const campaign_row *row, error *e);
    /* The row of a run that crashed or hung twice. */
    void (*give_up)(void *context, uint64_t run, const char *trouble, campaign_row *row);
    /* Now and then, at least once a second. */
    void (*tick)(void *context);
} workers_job;

typedef enum {
    WORKERS_DONE,    /* all runs have ended */
    WORKERS_STOPPED, /* SIGINT or SIGTERM came: what was under way has ended, nothing more was begun */
    WORKERS_TROUBLE  /* `e` says what */
} workers_outcome;

/* A second SIGINT or SIGTERM ends what is under way as well. Call it with one thread only. */
workers_outcome workers_run(const workers_job *job, error *e);

#ifdef __cplusplus
}
#endif
#endif
