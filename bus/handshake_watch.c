#include "bus/handshake_watch.h"

#include <stdio.h>
#include <string.h>
#include <zmq.h>

bool handshake_watch_open(handshake_watch *w, void *context, void *socket, unsigned number, error *e)
{
    char name[48];
    int no_limit = 0; /* or ZeroMQ's own thread would stand still until we read */
    int events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED;
    *w = (handshake_watch){.watched = socket};
    snprintf(name, sizeof name, "inproc://posed.handshakes.%u", number);
    w->news = zmq_socket(context, ZMQ_PAIR);
    if (w->news && zmq_setsockopt(w->news, ZMQ_RCVHWM, &no_limit, sizeof no_limit) == 0 &&
        zmq_socket_monitor(socket, name, events) == 0 && zmq_connect(w->news, name) == 0)
        return true;
    error_set(e, "cannot watch handshakes: %s", zmq_strerror(zmq_errno()));
    handshake_watch_close(w);
    return false;
}

void handshake_watch_close(handshake_watch *w)
{
    if (w->watched)
        zmq_socket_monitor(w->watched, NULL, 0);
    if (w->news)
        zmq_close(w->news);
    *w = (handshake_watch){.watched = NULL};
}

static uint64_t in_handshake(const handshake_watch *w)
{
    return w->accepted - w->succeeded - w->failed;
}

/* Books a file descriptor as open or not; says whether its connection had surely succeeded. */
static bool mark(handshake_watch *w, uint32_t fd, bool open)
{
    if (fd >= HANDSHAKE_MAX_FD)
        return false;
    uint64_t bit = UINT64_C(1) << fd % 64;
    bool settled = (w->settled[fd / 64] & bit) != 0;
    w->settled[fd / 64] &= ~bit;
    w->open[fd / 64] = open ? w->open[fd / 64] | bit : w->open[fd / 64] & ~bit;
    return settled;
}

void handshake_watch_book(handshake_watch *w, int event, uint32_t fd)
{
    if (event == ZMQ_EVENT_ACCEPTED) {
        mark(w, fd, true);
        w->accepted++;
    } else if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED && w->succeeded < w->accepted) {
        w->succeeded++;
        if (w->failed > w->accepted - w->succeeded)
            w->failed = w->accepted - w->succeeded;
    } else if (event == ZMQ_EVENT_DISCONNECTED && !mark(w, fd, false) && in_handshake(w) > 0) {
        w->failed++;
    }
    /* With no handshake under way, all that is open has succeeded. */
    if (in_handshake(w) == 0)
        memcpy(w->settled, w->open, sizeof w->settled);
}

/* A first part with the number of the event and its value, a second one with the endpoint. Unix sockets are
 * left out: they have no keys, and what ends early there is for instance another posed run that looks whether
 * this one lives. */
bool handshake_watch_take(handshake_watch *w)
{
    char head[6], endpoint[8];
    uint16_t event;
    uint32_t value;
    if (!w->news || zmq_recv(w->news, head, sizeof head, ZMQ_DONTWAIT) != sizeof head)
        return false;
    memcpy(&event, head, sizeof event);
    memcpy(&value, head + sizeof event, sizeof value);
    int size = zmq_recv(w->news, endpoint, sizeof endpoint, ZMQ_DONTWAIT);
    if (size >= 6 && memcmp(endpoint, "tcp://", 6) == 0)
        handshake_watch_book(w, event, value);
    return true;
}
