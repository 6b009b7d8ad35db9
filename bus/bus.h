/*
 * The bus: topics with payloads over ZeroMQ PUB/SUB, two parts [topic][payload], as wire/posed.proto has it.
 *
 * Nothing here blocks. Every queue is bounded: what does not fit is dropped by the sender and counted. A
 * socket belongs to one thread; the bus (a ZeroMQ context) may be shared by threads.
 *
 * Security (docs/SECURITY.md): an endpoint that is not local (ipc, inproc, tcp on loopback) needs CURVE;
 * without a key it is refused when it is opened. Listening on all addresses (0.0.0.0, [::] or a star)
 * too.
 */
#ifndef POSED_BUS_BUS_H
#define POSED_BUS_BUS_H

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BUS_TOPIC_SIZE = 80,
    BUS_PEER_SIZE = 32,
    BUS_KEY_SIZE = 41, /* 32 bytes in Z85, with its NUL */
};

typedef struct bus bus;

/* NULL with `e` set when there is no memory or no more files. */
bus *bus_create(error *e);
/* After all its sockets; waits at most half a second for what still is to be sent. */
void bus_destroy(bus *b);

/* The keys of this side, Z85; all NUL: none. */
typedef struct {
    char public_key[BUS_KEY_SIZE], secret_key[BUS_KEY_SIZE];
} bus_keys;

/* How a socket reaches the others. */
typedef struct {
    const char *const *endpoints;
    size_t endpoint_count; /* at least one */
    bool listen;           /* bind; otherwise connect, and again for ever when the other side goes */
    const bus_keys *keys;  /* NULL: none */
    const char
        *server_key; /* of the listening side, for one that connects with CURVE; NULL or "": no CURVE */
    int queue;       /* messages that may wait, per peer */
    int64_t max_message_bytes; /* larger ones end the connection; for who receives */
} bus_link;

/* Whether all endpoints are well formed and allowed with these keys; `e` names the endpoint and says what to
 * do. Done by the open functions too. */
bool bus_link_check(const bus_link *l, error *e);

/* ---- publishing */

typedef struct bus_publisher bus_publisher;

/* ipc sockets that it listens on get mode 0660. A stale ipc socket file is replaced, one that is in use is an
 * error. */
bus_publisher *bus_publisher_open(bus *b, const bus_link *l, error *e);
void bus_publisher_close(bus_publisher *p);

/* Sends, or drops for those whose queue is full. A listening side always returns true. A connecting one
 * returns false, drops and counts when there is nobody ready to take it: no connection yet, nobody who wants
 * any topic, or (with one endpoint) a full queue. */
bool bus_publish(bus_publisher *p, const char *topic, const void *payload, size_t size);

/* How often bus_publish returned false. */
uint64_t bus_publisher_dropped(const bus_publisher *p);

/* Of a listening publisher: readable when somebody has subscribed or left. */
int bus_publisher_fd(const bus_publisher *p);
/* Takes all such news: true when somebody subscribed to something that `topic` begins with, or to the whole
 * of it. To be called after every bus_publish too, as ZeroMQ's file descriptors are edge-triggered. */
bool bus_publisher_subscribed(bus_publisher *p, const char *topic);

/* ---- subscribing */

typedef struct bus_subscriber bus_subscriber;

typedef struct {
    const char *topic; /* NUL-terminated; until the next take */
    const void *payload;
    size_t size;
    const char *peer; /* name of the peer whose CURVE key sent it; until the next take. NULL: it came without
                         CURVE, or this side does not listen */
} bus_message;

/* Takes messages whose topic begins with one of `topics`; {""} takes all. */
bus_subscriber *bus_subscriber_open(bus *b, const bus_link *l, const char *const *topics, size_t topic_count,
                                    error *e);
void bus_subscriber_close(bus_subscriber *s);

/* The next message that waits; false: none. Messages that do not have two parts, or a topic longer than
 * BUS_TOPIC_SIZE - 1, with a NUL in it or empty, or a payload over max_message_bytes, are dropped and
 * counted; after a long run of such it returns true with an empty topic, so that a flood of them cannot hold
 * the caller: take on, or do something else first. */
bool bus_subscriber_take(bus_subscriber *s, bus_message *m);

/* Readable when there may be a message; edge-triggered: take until there is none before waiting again. Who
 * connects over tcp should also take every few seconds when it is not readable: a connection that ZeroMQ has
 * given up, for instance because the other side once answered with rubbish, is made again by the take. */
int bus_subscriber_fd(const bus_subscriber *s);

/* Messages dropped for their shape, since it was opened. */
uint64_t bus_subscriber_malformed(const bus_subscriber *s);

#ifdef __cplusplus
}
#endif
#endif
