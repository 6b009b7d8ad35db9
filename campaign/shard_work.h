/*
 * What a machine does that works on a shard: takes it, does what is missing, hands it over.
 */
#ifndef POSED_CAMPAIGN_SHARD_WORK_H
#define POSED_CAMPAIGN_SHARD_WORK_H

#include "campaign/shard.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Does the shard's missing runs into the table at `path`, which may have some already, and closes it. The
 * table is not in SQLite's WAL mode, which is for one machine only. False with `e` set when it could not do
 * all. */
typedef bool (*shard_runner)(void *context, shard s, const char *path, error *e);

/* Takes the shard (waits up to two minutes for a process that is about to end), lets `run` work on its file,
 * and renames that to the finished one. A shard that is finished already is done at once. Killed at any time,
 * the next call goes on where this one was. False with `e` set. */
bool shard_work(const char *dir, shard s, shard_runner run, void *context, error *e);

#ifdef __cplusplus
}
#endif
#endif
