/*
 * One replay for an explanation, and what it amounts to.
 */
#ifndef POSED_DAEMON_EXPLAIN_EXPLAIN_RUN_H
#define POSED_DAEMON_EXPLAIN_EXPLAIN_RUN_H

#include "daemon/explain/explain.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Replays with run->options; an exit code, with `e` set when it is not EXIT_OK. run->result is to be finished
 * in any case. */
int explain_run_play(explain_run *run, error *e);

/* The errors against the truth, if there is one, over all of the drive. False: no memory. */
bool explain_run_sample(explain_run *run);

/* Works out the figures over the story's span and at its moment; the samples are there. */
void explain_run_judge(const explanation *x, explain_run *run);

/* Compares with the track as it was. False: no memory. */
bool explain_run_compare(const explanation *x, explain_run *run);

/* Plays the drive otherwise, and adds the runs to the explanation, of which the rest is there. An exit code,
 * with `e` set when it is not EXIT_OK. */
int explain_play_otherwise(explanation *x, error *e);

/* Frees the replay's own result; samples and figures stay. */
void explain_run_trim(explain_run *run);
void explain_run_finish(explain_run *run);

#ifdef __cplusplus
}
#endif
#endif
