/*
 * Shards: a campaign split among many machines. Shard I of N owns every N-th run, so that runs of one
 * scenario, which are numbered one after the other and cost alike, spread over all shards. Each shard has a
 * table of its own, and so no two machines write to one file:
 *
 *   DIR/shards/3-of-100.part     while it is worked on, or was interrupted
 *   DIR/shards/3-of-100.sqlite   finished: renamed when its last run is in
 *   DIR/shards/3-of-100.lock     held by the process that works on it
 *   DIR/shards/3-of-100.log      what a batch system's task said
 */
#ifndef POSED_CAMPAIGN_SHARD_H
#define POSED_CAMPAIGN_SHARD_H

#include "common/error.h"

#include <limits.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SHARD_MAX_COUNT = 100000 };

/* `index` is 1 to `count`. A count of 0: the campaign is not split, everything belongs to it. */
typedef struct {
    uint32_t index, count;
} shard;

/* "3/100". False with `e` set for anything else. */
bool shard_parse(const char *text, shard *s, error *e);

/* Whether the run of this number, from 0, belongs to the shard. */
bool shard_owns(shard s, uint64_t run);

/* The file of a shard in the campaign's directory. False with `e` set when the name is too long. */
typedef enum { SHARD_PART, SHARD_FINISHED, SHARD_LOCK, SHARD_LOG } shard_file;
bool shard_path(const char *dir, shard s, shard_file kind, char path[PATH_MAX], error *e);

/* The shard and kind of file that a name in DIR/shards/ stands for; false: it is none. */
bool shard_of_name(const char *name, shard *s, shard_file *kind);

/* Makes DIR/shards if need be and takes the shard for this process, until the descriptor is closed or the
 * process ends, however. Locks reach over machines as far as the file system's do. A batch system may start a
 * task anew before the machine that it gave up has: waits for up to `patience_s`. -1 with `e` set when the
 * files cannot be made, or with `*busy` set as well when another process has it. */
int shard_take(const char *dir, shard s, double patience_s, bool *busy, error *e);

/* The campaign is complete: removes what interrupted workers have left, the locks, and the record of the job.
 * Logs stay. Nothing depends on it, so nothing is said of what could not be removed. */
void shard_tidy(const char *dir);

#ifdef __cplusplus
}
#endif
#endif
