/*
 * Runs one of Slurm's own programs (sbatch, squeue) and keeps what it says. No shell is involved: arguments
 * reach the program as they are.
 */
#ifndef POSED_CAMPAIGN_SLURM_CALL_H
#define POSED_CAMPAIGN_SLURM_CALL_H

#include "common/error.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    char *out;         /* its standard output, ends with '\0'; slurm_answer_finish frees it */
    size_t out_size;   /* bytes, without the '\0' */
    char trouble[400]; /* the beginning of its standard error, line feeds as "; "; "" for none */
    int code;          /* its exit code; 128 + the signal that ended it */
} slurm_answer;

/* Looks `argv[0]` up in PATH, waits for its end; `argv` ends with NULL. False with `e` set when it could not
 * be run or its output not be read; an exit code other than 0 is no failure here. Finish the answer in either
 * case. */
bool slurm_call(const char *const argv[], slurm_answer *answer, error *e);
void slurm_answer_finish(slurm_answer *answer);

#ifdef __cplusplus
}
#endif
#endif
