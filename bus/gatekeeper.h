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

/* To be opened before the listening sockets of the same bus; at most one per bus. Copies the peers. */
gatekeeper *gatekeeper_open(bus *b, const bus_peer *peers, size_t count, error *e);
void gatekeeper_close(gatekeeper *g);

/* Takes another list, for connections from now on; those that stand stay. */
bool gatekeeper_reload(gatekeeper *g, const bus_peer *peers, size_t count);

/* Readable when there may be something to answer; edge-triggered. */
int gatekeeper_fd(const gatekeeper *g);
/* Answers all that waits. */
void gatekeeper_answer(gatekeeper *g);

/* Handshakes that were refused: by key, and because the other side did not speak CURVE at all or broke the
 * protocol. */
typedef struct {
    uint64_t wrong_key, wrong_mechanism;
} gatekeeper_counts;
gatekeeper_counts gatekeeper_get_counts(gatekeeper *g);

#ifdef __cplusplus
}
#endif
#endif
