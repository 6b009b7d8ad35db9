/*
 * Waiting for a job array, with what it does on standard error.
 */
#ifndef POSED_CAMPAIGN_SLURM_WATCH_H
#define POSED_CAMPAIGN_SLURM_WATCH_H

#include "campaign/slurm_job.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Polls until no task waits or runs. Says so on standard error: on a terminal in one line, otherwise in a
 * line whenever something changed, at most every ten seconds; nothing with `quiet`. A controller that does
 * not answer is asked again, for ten minutes. False with `e` set when it is given up; the array goes on
 * without us.
 */
bool slurm_wait(slurm_array *a, bool quiet, error *e);

/* "job 12: 37 of 100 tasks done, 2 running, 61 waiting (Resources)" */
void slurm_array_text(const slurm_array *a, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
