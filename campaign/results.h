/*
 * The rows of a finished or running campaign, read from its table. The members come from columns.def.
 */
#ifndef POSED_CAMPAIGN_RESULTS_H
#define POSED_CAMPAIGN_RESULTS_H

#include "common/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One run; absent is -1, NAN or "". */
typedef struct {
#define INTEGER(name, meaning) int64_t name;
#define REAL(name, unit, meaning) double name;
#define TEXT(name, size, meaning) const char *name;
#include "campaign/columns.def"
#undef INTEGER
#undef REAL
#undef TEXT
} result_row;

typedef struct {
    char *path;                             /* of the database */
    const char *name, *plan_path, *version; /* as its table `meta` says; "" when it does not */
    result_row *rows;                       /* by number of the run */
    size_t count, capacity;
    struct text_block *texts; /* what the texts stand in */
} results;

/* Reads a campaign's directory, or its database itself. The database is only read; one that a campaign is
 * still writing to gives the rows that are in. False with `e` set when there is none, it is no campaign's, or
 * memory is short; to be finished in any case. */
bool results_read(results *r, const char *path, error *e);
void results_finish(results *r);

/* Whether faults were injected. */
bool result_is_faulted(const result_row *row);
/* Whether there is something to judge it by. */
bool result_is_judged(const result_row *row);

#ifdef __cplusplus
}
#endif
#endif
