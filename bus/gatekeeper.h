/*
 * Who may connect: answers ZeroMQ's authentication requests (ZAP, RFC 27) for all listening sockets of a bus.
 * A key that is not in the list is refused at the handshake; a key in the list becomes the peer's name on
 * each message (bus_message.peer), so that the taker can hold it against the topic.
 */
#ifndef POSED_BUS_GATEKEEPER_H
#define POSED_BUS_GATEKEEPER_H

#include "bus/bus.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    char name[BUS_PEER_SIZE];
    char public_key[BUS_KEY_SIZE]; /* Z85 */
    bool publish, subscribe;       /* may connect to sockets that take frames, that give poses */
} bus_peer;

typedef struct gatekeeper gatekeeper;

/* To be opened before the listening sockets of the same bus and closed after them, and used from the thread
 * that opens these; at most one per bus. Copies the peers. NULL with `e` set when a key is not one, or two
 * peers have the same. */
gatekeeper *gatekeeper_open(bus *b, const bus_peer *peers, size_t count, error *e);
void gatekeeper_close(gatekeeper *g);

/* Takes another list, for connections from now on; those that stand stay. False, with the old list in force,
 * when it has the errors that gatekeeper_open names. Who was refused tries again every few seconds, and gets
 * in once it is in the list. */
bool gatekeeper_reload(gatekeeper *g, const bus_peer *peers, size_t count);

/* Readable when there may be something to answer; edge-triggered. A handshake that is not answered within 3 s
 * fails. */
int gatekeeper_fd(const gatekeeper *g);
/* Answers all that waits. */
void gatekeeper_answer(gatekeeper *g);

/* Handshakes that were refused since it was opened: by key (no peer's, or one that may not connect to this
 * socket), and because the other side did not speak CURVE at all, did not know this side's key, or broke the
 * protocol or the connection meanwhile. Only over tcp: a Unix socket has its file's mode. */
typedef struct {
    uint64_t wrong_key, wrong_mechanism;
} gatekeeper_counts;
/* As of what has been answered. */
gatekeeper_counts gatekeeper_get_counts(gatekeeper *g);

#ifdef __cplusplus
}
#endif
#endif
