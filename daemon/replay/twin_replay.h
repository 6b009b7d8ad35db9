/*
 * A drive replayed for its verdicts, to be compared with another.
 */
#ifndef POSED_DAEMON_REPLAY_TWIN_REPLAY_H
#define POSED_DAEMON_REPLAY_TWIN_REPLAY_H

#include "daemon/replay/replay.h"
#include "daemon/replay/twin.h"
#include "report/drive_log.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    replay_result *result;
    drive_log log; /* its verdicts */
} twin_replay;

/* Replays all of a drive. Returns an exit code, with `e` set when it is not EXIT_OK. To be finished in any
 * case. */
int twin_replay_run(twin_replay *p, const char *drive, const char *config, bool quiet, error *e);
void twin_replay_finish(twin_replay *p);

/* Refers to `p`. */
twin_drive twin_replay_drive(const twin_replay *p);

#ifdef __cplusplus
}
#endif
#endif
