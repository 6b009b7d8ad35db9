/*
 * The loop of posed run: sockets, the live engine, the clock, signals and the watchdog, in one thread.
 */
#ifndef POSED_DAEMON_RUN_RUN_LOOP_H
#define POSED_DAEMON_RUN_RUN_LOOP_H

#include "daemon/run/run_options.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Runs until SIGTERM or SIGINT. False with `e` set when it cannot start. */
bool run_loop(const run_options *o, error *e);

#ifdef __cplusplus
}
#endif
#endif
