/*
 * One run in memory: simulator, faults, fusion core, evaluation, row.
 */
#ifndef POSED_CAMPAIGN_RUN_H
#define POSED_CAMPAIGN_RUN_H

#include "campaign/plan.h"
#include "campaign/row.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct campaign_run campaign_run; /* memory for runs, one after the other */

/* NULL: no memory. */
campaign_run *campaign_run_create(void);
void campaign_run_destroy(campaign_run *r);

/* Takes what the core gets, faults and all, and the truth: for a recording. Each may be NULL. `map` NULL: the
 * drive is on none. */
typedef struct {
    void *context;
    void (*begin)(void *context, const settings *config, const map_view *map);
    void (*frame)(void *context, const frame *f);
    void (*truth)(void *context, const truth_point *t);
} campaign_tap;

/* Does run `number` and fills in its row, all of it; `tap` NULL: nobody listens. What goes wrong is the row's
 * `trouble`. */
void campaign_run_do(campaign_run *r, const campaign_plan *p, uint64_t number, const campaign_tap *tap,
                     campaign_row *row);

/* A row of a run that could not be done: what it was to be, and why not. */
void campaign_run_give_up(const campaign_plan *p, uint64_t number, const char *trouble, campaign_row *row);

#ifdef __cplusplus
}
#endif
#endif
