/*
 * Counts the connections to a listening socket that end before their handshake has succeeded. ZeroMQ tells of
 * an authentication request, but not of everybody who never makes one: who speaks an older protocol or none,
 * has the wrong key of this side, or just hangs up. Its monitor says when a connection was accepted and when
 * it ended, with the file descriptor, and that a handshake has succeeded, without; so what succeeds is told
 * apart by keeping books.
 */
#ifndef POSED_BUS_HANDSHAKE_WATCH_H
#define POSED_BUS_HANDSHAKE_WATCH_H

#include "common/error.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { HANDSHAKE_MAX_FD = 4096 };

typedef struct {
    void *watched, *news; /* the socket and its monitor; NULL: none */
    uint64_t accepted, succeeded, failed;
    /* Connections by file descriptor: those that are open, and those of them that have surely succeeded. */
    uint64_t open[HANDSHAKE_MAX_FD / 64], settled[HANDSHAKE_MAX_FD / 64];
} handshake_watch;

/* Watches a socket before it is bound. `number` is another one for each watch of a context. */
bool handshake_watch_open(handshake_watch *w, void *context, void *socket, unsigned number, error *e);

/* Before the socket is closed, and from its thread. */
void handshake_watch_close(handshake_watch *w);

/* Takes the news of one event; false: none waits. */
bool handshake_watch_take(handshake_watch *w);

/* Books one event (ZMQ_EVENT_ACCEPTED, ZMQ_EVENT_HANDSHAKE_SUCCEEDED, ZMQ_EVENT_DISCONNECTED) on a tcp
 * endpoint; `failed` counts those that have ended without success. It can go back by one when a connection of
 * a moment's age ended while another was about to succeed: then it was counted as failed too early. */
void handshake_watch_book(handshake_watch *w, int event, uint32_t fd);

#ifdef __cplusplus
}
#endif
#endif
