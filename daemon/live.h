/*
 * The live engine: frames in, by their time of reception; at every tick the pose as of now.
 *
 * It knows no socket and no clock: the same code runs under `posed run`, where ticks come from the system's
 * clock, and under `posed replay --live`, where they come from the drive. What comes out is a function of the
 * frames and their times of reception alone: at the tick T everything received until T - hold_s has been
 * taken, in the order of reception, whatever the order in which the frames were given here.
 */
#ifndef POSED_DAEMON_LIVE_H
#define POSED_DAEMON_LIVE_H

#include "fusion/fusion.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where results go; each may be NULL. */
typedef struct {
    void *context;
    /* A frame that is taken now. */
    void (*frame)(void *context, const frame *f);
    /* The pose as of now, and the status that belongs to it, until the next call. */
    void (*pose)(void *context, const fusion_pose *p, const fusion_status *status);
    /* Final estimates, faults and verdicts, as out of the core. */
    void (*track)(void *context, const fusion_pose *p);
    void (*verdict)(void *context, const verdict *v);
    fault_sink *fault;
} live_sinks;

typedef struct live live;

/* NULL when memory is short. The settings are copied; the map stays the caller's and must outlive it. NULL:
 * no map. */
live *live_create(const settings *s, const map_view *map, double hold_s, const live_sinks *sinks);
void live_destroy(live *l);

/* The core: for its state, and to save and restore it. */
fusion *live_core(live *l);

/* Everything received until then has been taken: a frame that comes with an earlier reception comes too late
 * for it. INT64_MIN before the first tick. */
int64_t live_released_ns(const live *l);

/* Takes a frame (copied), received later than live_released_ns. False: no room. */
bool live_take(live *l, const frame *f);

/* The time of the next tick; INT64_MAX before the first frame. */
int64_t live_next_tick_ns(const live *l);

/* Runs all ticks up to `now_ns`, which must not run backwards. More than a second behind, poses that nobody
 * can use any more are left out; their numbers stay free. */
void live_run_until(live *l, int64_t now_ns);

/* Frames taken from the queue so far. */
uint64_t live_taken(const live *l);

/* Moves all times: the clock was stepped by `delta_ns`. */
void live_shift_time(live *l, int64_t delta_ns);

/* `l`, which is new and may be of other sources or another map, takes the place of `from`, which is not to be
 * used any more: the ticks and all that fusion_take_over hands on; of the same sources, the frames that wait
 * as well. True when it starts from the state of `from`. */
bool live_take_over(live *l, live *from);

/* Takes other settings for the same sources, keeping the state; false, and unchanged, when that cannot be
 * done (fusion_reconfigure). */
bool live_reconfigure(live *l, const settings *s, double hold_s);

#ifdef __cplusplus
}
#endif
#endif
