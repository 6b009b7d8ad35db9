/*
 * Finds out that ZeroMQ has given up. A connection that is lost or cannot be made is tried again for ever,
 * but one whose other side has answered against the protocol, or for CURVE with anything but the right
 * handshake, is not: a single bad answer, and the sensor is gone until its program is started anew.
 */
#ifndef POSED_BUS_CONNECTION_WATCH_H
#define POSED_BUS_CONNECTION_WATCH_H

#include "bus/bus.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    void *watched, *news; /* the socket and its monitor */
    bool lost;            /* a connection has ended and none has been tried since */
    int64_t since_ns;     /* CLOCK_MONOTONIC; of that */
    size_t endpoint_count;
    char **endpoints; /* copies of the link's */
} connection_watch;

/* Before the socket is connected. */
connection_watch *connection_watch_open(void *context, void *socket, const bus_link *l, error *e);

/* Before the socket is closed. Accepts NULL. */
void connection_watch_close(connection_watch *w);

/* Takes the news. True when ZeroMQ had long enough to try again after a loss and did not; once per loss, so
 * that the caller may connect again. */
bool connection_watch_given_up(connection_watch *w);

#ifdef __cplusplus
}
#endif
#endif
