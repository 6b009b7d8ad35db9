/*
 * Signals as something to wait for: blocked, so that they interrupt nothing, and read where a program waits.
 */
#ifndef POSED_DAEMON_SIGNALS_H
#define POSED_DAEMON_SIGNALS_H

#include <signal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Blocks these (a list that ends in 0) in this thread and in those that it starts from now on: call before
 * any is started. They are then in `set`. */
void signals_block(sigset_t *set, const int *list);

/* The same, and a descriptor from which they are read (signalfd(2), nonblocking, closed on exec), which is
 * the caller's. -1: errno says why. */
int signals_open(const int *list);

#ifdef __cplusplus
}
#endif
#endif
