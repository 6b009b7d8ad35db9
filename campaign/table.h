/*
 * The table of a campaign, in SQLite: one row per run, and what campaign it is of.
 *
 *   DIR/campaign.sqlite    table run:  the columns of campaign/columns.def, run is the key
 *                          table meta: key, value: name, plan (its text), hash, version, command
 *
 * A row is there when campaign_table_insert has returned, whatever becomes of the process.
 */
#ifndef POSED_CAMPAIGN_TABLE_H
#define POSED_CAMPAIGN_TABLE_H

#include "campaign/plan.h"
#include "campaign/row.h"
#include "campaign/shard_merge.h"

#include <limits.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct campaign_table campaign_table;

#define CAMPAIGN_TABLE_FILE "campaign.sqlite"

/* DIR/campaign.sqlite. False with `e` set when the name is too long. */
bool campaign_table_path(const char *dir, char path[PATH_MAX], error *e);

typedef enum {
    TABLE_LOCAL, /* written ahead (WAL) while it is open, which is for one machine only */
    TABLE_SHARED /* on a file system that several machines may use */
} table_kind;

/* Opens the table for writing, and makes it when there is none: of `plan`, by `command` (for the record).
 * NULL with `e` set, also when it is of another plan or of another version of posed. */
campaign_table *campaign_table_open(const char *path, table_kind kind, const campaign_plan *plan,
                                    const char *command, error *e);
/* NULL is accepted. */
void campaign_table_close(campaign_table *t);

/* A run that is there already is left as it is. False with `e` set. */
bool campaign_table_insert(campaign_table *t, const campaign_row *row, error *e);

/* Sets have[run] for each row there is of a run below `runs`. False with `e` set. */
bool campaign_table_have(campaign_table *t, bool have[], uint64_t runs, error *e);

/* The same of a table that this process does not write: it may not be there, or not be a table yet. False
 * with `e` set, also when it is of another plan. */
bool campaign_table_peek(const char *path, const campaign_plan *plan, bool have[], uint64_t runs, error *e);

/* Takes the rows of all shards in `dir`, as shard_merge. */
bool campaign_table_merge(campaign_table *t, const char *dir, shard_merge_result *result, error *e);

/* How many rows there are below `runs`, and how many of them have a `trouble`. False with `e` set. */
bool campaign_table_count(campaign_table *t, uint64_t runs, uint64_t *rows, uint64_t *troubled, error *e);

#ifdef __cplusplus
}
#endif
#endif
