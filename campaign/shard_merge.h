/*
 * Shards into the campaign's table.
 */
#ifndef POSED_CAMPAIGN_SHARD_MERGE_H
#define POSED_CAMPAIGN_SHARD_MERGE_H

#include "common/error.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sqlite3;

typedef struct {
    uint32_t finished; /* shards whose rows were taken and whose file is gone now */
    uint32_t partial;  /* interrupted ones: their rows were taken, their file stays for whoever goes on */
    uint32_t busy;     /* shards that a process works on: left alone */
    uint64_t rows;     /* that the table did not have */
} shard_merge_result;

/* Takes the rows of `table` of every shard in DIR/shards into the same table of `db`, whose primary key tells
 * which rows it has already. No transaction may be open. Each shard is one transaction, and a shard's file
 * goes only after it: killed at any time, nothing is lost, and calling again goes on. `check` (NULL: none) is
 * SQL with one row and column that must be 1 with the shard attached as "shard", for it to be of the same
 * campaign. False with `e` set when a file cannot be read or written; the other shards have been taken all
 * the same. */
bool shard_merge(struct sqlite3 *db, const char *table, const char *check, const char *dir,
                 shard_merge_result *result, error *e);

#ifdef __cplusplus
}
#endif
#endif
