/*
 * Adapters that posed run hosts as threads, by `in_daemon: true`. Each publishes through a socket of its own.
 */
#ifndef POSED_DAEMON_RUN_HOSTED_H
#define POSED_DAEMON_RUN_HOSTED_H

#include "bus/bus.h"
#include "config/run_settings.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct hosted hosted;

/* Starts all that are to run inside; `endpoint` is where they publish. NULL with `e` set when one has a wrong
 * option, after every problem has been printed to standard error; none runs then. */
hosted *hosted_start(bus *b, const char *endpoint, const settings *s, const run_settings *r, error *e);

/* Stops them and waits for them. NULL is allowed. */
void hosted_stop(hosted *h);

#ifdef __cplusplus
}
#endif
#endif
