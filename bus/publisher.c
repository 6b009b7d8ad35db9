/*
 * Publishing. Both sides are XPUB sockets: the listening one to see who subscribes, the connecting one to see
 * whether anybody is there.
 */
#include "bus/bus_private.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    LINGER_MS = 500,
    /* A subscription's first byte, RFC 29; the prefix follows. */
    UNSUBSCRIBED = 0,
    SUBSCRIBED = 1,
};

struct bus_publisher {
    bus_socket socket;
    bool listens;
    uint64_t dropped;
    size_t prefixes; /* connecting side: those subscribed to by anybody */
    unsigned sent;   /* since it last heard how far subscribers are */
};

/* So many messages are far less than a queue. */
enum { HEAR_EVERY = 64 };

/* The listening side hears of every subscription, also to what others have already; the connecting one only
 * of the first to a prefix and of the last that leaves it, and may thus count prefixes. With a single peer, a
 * full queue is told rather than passed over; with several, one that is stuck must not stop the others. */
static void set_up(const bus_publisher *p, const bus_link *l)
{
    bus_socket_set(&p->socket, ZMQ_LINGER, LINGER_MS);
    if (p->listens)
        bus_socket_set(&p->socket, ZMQ_XPUB_VERBOSE, 1);
    else if (l->endpoint_count == 1)
        bus_socket_set(&p->socket, ZMQ_XPUB_NODROP, 1);
}

bus_publisher *bus_publisher_open(bus *b, const bus_link *l, error *e)
{
    bus_publisher *p = calloc(1, sizeof *p);
    if (!p) {
        error_set(e, "out of memory");
        return NULL;
    }
    p->listens = l->listen;
    /* What a publisher receives are subscriptions: no message of the link's size. */
    bus_link subscriptions = *l;
    subscriptions.max_message_bytes = BUS_TOPIC_SIZE;
    if (bus_socket_create(&p->socket, b, ZMQ_XPUB, &subscriptions, e)) {
        set_up(p, l);
        if (bus_socket_start(&p->socket, l, "poses", e))
            return p;
    }
    bus_publisher_close(p);
    return NULL;
}

void bus_publisher_close(bus_publisher *p)
{
    if (!p)
        return;
    bus_socket_close(&p->socket);
    free(p);
}

/* Takes one piece of news: 1 or 0 and the prefix. False: there is none. */
static bool take_news(bus_publisher *p, char news[BUS_TOPIC_SIZE + 1], size_t *size)
{
    int n = zmq_recv(p->socket.zmq, news, BUS_TOPIC_SIZE + 1, ZMQ_DONTWAIT);
    if (n < 0)
        return false;
    *size = (size_t)n;
    if (n > 0 && news[0] == SUBSCRIBED)
        p->prefixes++;
    else if (n > 0 && news[0] == UNSUBSCRIBED && p->prefixes > 0)
        p->prefixes--;
    return true;
}

bool bus_publisher_subscribed(bus_publisher *p, const char *topic)
{
    char news[BUS_TOPIC_SIZE + 1];
    size_t size, length = strlen(topic);
    bool found = false;
    while (take_news(p, news, &size)) {
        found |= size >= 1 && size <= sizeof news && news[0] == SUBSCRIBED && size - 1 <= length &&
                 memcmp(news + 1, topic, size - 1) == 0;
    }
    return found;
}

/* Whether there was somebody at the other end when last looked. */
static bool anybody(bus_publisher *p)
{
    char news[BUS_TOPIC_SIZE + 1];
    size_t size;
    while (take_news(p, news, &size))
        continue;
    if (p->prefixes == 0)
        bus_socket_mend(&p->socket);
    return p->prefixes > 0;
}

/* ZeroMQ looks at what its threads tell of subscribers' queues once in some milliseconds when a socket does
 * nothing but send: until then one that is quick has a full queue, and messages are dropped for it. To be
 * asked for its state it looks at once. */
static void hear_subscribers(bus_publisher *p)
{
    int state;
    size_t size = sizeof state;
    if (++p->sent % HEAR_EVERY == 0)
        zmq_getsockopt(p->socket.zmq, ZMQ_EVENTS, &state, &size);
}

bool bus_publish(bus_publisher *p, const char *topic, const void *payload, size_t size)
{
    void *to = p->socket.zmq;
    hear_subscribers(p);
    if ((p->listens || anybody(p)) && zmq_send(to, topic, strlen(topic), ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0 &&
        zmq_send(to, payload, size, ZMQ_DONTWAIT) >= 0)
        return true;
    p->dropped++;
    return false;
}

uint64_t bus_publisher_dropped(const bus_publisher *p)
{
    return p->dropped;
}

int bus_publisher_fd(const bus_publisher *p)
{
    return bus_socket_fd(&p->socket);
}
