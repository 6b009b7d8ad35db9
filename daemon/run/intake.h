/*
 * The door of posed run: messages from the bus become frames, or are refused, counted and flagged.
 *
 * What passes is what a recording holds: a frame of a known source, from a peer that may speak for it, well
 * formed, at a rate that the source may have, with a time of reception that fits the clock. Sources are
 * judged each for itself: what one sends cannot cost another one its place.
 */
#ifndef POSED_DAEMON_RUN_INTAKE_H
#define POSED_DAEMON_RUN_INTAKE_H

#include "bus/bus.h"
#include "config/run_settings.h"
#include "fusion/fusion.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    void *context;
    bool (*frame)(void *context, const frame *f); /* false: there is no room for it */
    fault_sink *fault;                            /* may be NULL */
} intake_sinks;

typedef struct intake intake;

/* NULL when memory is short. The settings stay the caller's and must outlive it. */
intake *intake_create(const settings *s, const run_settings *r, const intake_sinks *sinks);
void intake_destroy(intake *in);

/* Takes other settings; counts and flags of sources that are still there stay. */
void intake_reconfigure(intake *in, const settings *s, const run_settings *r);

/* When a message comes. */
typedef struct {
    int64_t now_ns;
    int64_t released_ns; /* live_released_ns: who was received earlier comes too late for that */
    int64_t stepped_ns;  /* by how much the clock was stepped in the last seconds; 0: it was not */
    bool drive;          /* time is that of a drive: receptions are taken as they are */
} intake_time;

/* Takes one message. */
void intake_message(intake *in, const bus_message *m, const intake_time *at);

/* Tells it what it cannot see: refused handshakes and shapeless messages (totals), a step of the clock. */
void intake_refused(intake *in, uint64_t handshakes, int64_t now_ns);
void intake_shapeless(intake *in, uint64_t messages);
void intake_clock_step(intake *in, double step_s, int64_t now_ns);

/* Clears flags whose cause has gone; at every tick. */
void intake_tick(intake *in, int64_t now_ns);

/* Moves the times of its flags along with the clock. */
void intake_shift_time(intake *in, int64_t delta_ns);

/* Adds its flags to those of the core, and its counts. */
void intake_fill(const intake *in, fusion_status *status, status_extra *extra);

#ifdef __cplusplus
}
#endif
#endif
