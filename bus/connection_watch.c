#include "bus/connection_watch.h"

#include "common/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    EVENTS =
        ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CONNECT_DELAYED | ZMQ_EVENT_CONNECTED,
    /* ZeroMQ says at once that it will try again. Too short: it is interrupted when the machine is busy; too
     * long: so long nothing arrives after a bad answer. */
    PATIENCE_MS = 1000,
};

static bool copy_endpoints(connection_watch *w, const bus_link *l)
{
    w->endpoints = calloc(l->endpoint_count, sizeof *w->endpoints);
    if (!w->endpoints)
        return false;
    for (; w->endpoint_count < l->endpoint_count; w->endpoint_count++) {
        w->endpoints[w->endpoint_count] = strdup(l->endpoints[w->endpoint_count]);
        if (!w->endpoints[w->endpoint_count])
            return false;
    }
    return true;
}

static bool open_monitor(connection_watch *w, void *context, error *e)
{
    char name[64];
    int no_limit = 0; /* or ZeroMQ's own thread would stand still until we read */
    snprintf(name, sizeof name, "inproc://posed.connections.%p", w->watched);
    w->news = zmq_socket(context, ZMQ_PAIR);
    if (w->news && zmq_setsockopt(w->news, ZMQ_RCVHWM, &no_limit, sizeof no_limit) == 0 &&
        zmq_socket_monitor(w->watched, name, EVENTS) == 0 && zmq_connect(w->news, name) == 0)
        return true;
    return error_set(e, "cannot watch connections: %s", zmq_strerror(zmq_errno()));
}

connection_watch *connection_watch_open(void *context, void *socket, const bus_link *l, error *e)
{
    connection_watch *w = calloc(1, sizeof *w);
    if (!w || !copy_endpoints(w, l)) {
        error_set(e, "out of memory");
    } else {
        w->watched = socket;
        if (open_monitor(w, context, e))
            return w;
    }
    connection_watch_close(w);
    return NULL;
}

void connection_watch_close(connection_watch *w)
{
    if (!w)
        return;
    if (w->watched)
        zmq_socket_monitor(w->watched, NULL, 0);
    if (w->news)
        zmq_close(w->news);
    for (size_t i = 0; i < w->endpoint_count; i++)
        free(w->endpoints[i]);
    free(w->endpoints);
    free(w);
}

bool connection_watch_given_up(connection_watch *w)
{
    char head[6], endpoint[8];
    uint16_t event;
    while (zmq_recv(w->news, head, sizeof head, ZMQ_DONTWAIT) == sizeof head) {
        memcpy(&event, head, sizeof event);
        (void)zmq_recv(w->news, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
        w->lost = event == ZMQ_EVENT_DISCONNECTED;
        w->since_ns = monotonic_ns();
    }
    if (!w->lost || monotonic_ns() - w->since_ns < (int64_t)PATIENCE_MS * 1000000)
        return false;
    w->lost = false;
    return true;
}
