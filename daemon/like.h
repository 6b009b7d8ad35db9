/*
 * A scenario like a recorded drive: the drive replayed, its frames and motion given to the fit.
 */
#ifndef POSED_DAEMON_LIKE_H
#define POSED_DAEMON_LIKE_H

#include "daemon/replay/replay.h"
#include "daemon/replay/shuffle.h"
#include "sim/fit.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    replay_result *replay;
    arrival_store frames;
    sim_motion *motion;
    sim_fit *fit;
} likeness;

/* Replays `drive` with the settings of a replay (`config`: over those that it brings; NULL: none) and fits
 * `s` to it; s->motion is the likeness's. Along the drive's truth where it brings one, otherwise along
 * posed's own poses; `twin` is then the file that a printed scenario names for the way (NULL: the drive).
 * Problems of the configuration go to stderr. False with `e` set. To be finished in any case, after the last
 * use of `s`. */
bool likeness_make(likeness *l, const char *drive, const char *config, const char *twin, bool quiet,
                   sim_scenario *s, error *e);
void likeness_finish(likeness *l);

#ifdef __cplusplus
}
#endif
#endif
