/*
 * A client from the inside: its state, and the taking of messages. Internal to client/.
 */
#ifndef POSED_CLIENT_RECEIVE_H
#define POSED_CLIENT_RECEIVE_H

#include "bus/bus.h"
#include "client/decode.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What came under one topic. */
typedef struct {
    uint64_t received, missed;
    uint32_t sequence; /* of the last, when there was one */
    bool counting;
} progress;

struct posed_client {
    bus *context;
    bus_subscriber *subscriber;
    bool accepted; /* the last status was of a protocol that we know */
    progress kinds[POSED_KIND_COUNT];
    uint64_t malformed, restarts;
    error problem;
    posed_event event;
    posed_pose pose, track, incoming;
    bool has_pose;
    decoded_status statuses[2]; /* the newest, and room for the next */
    unsigned newest;
    bool has_status;
    posed_fault fault;
    posed_verdict verdict;
    int64_t drive_ns, drive_taken_ns; /* a stamp of the drive, and CLOCK_MONOTONIC when it was taken */
};

typedef enum { TAKEN_NOTHING, TAKEN_EVENT, TAKEN_INCOMPATIBLE } taken;

/* Takes messages that wait up to the first that matters. EVENT: it is in c->event; INCOMPATIBLE: a status of
 * a protocol that is not ours, c->problem says which; NOTHING: none waits any more. */
taken client_take(posed_client *c);

/* The topic of a kind. */
const char *client_topic(posed_kind kind);

/* The newest good status, NULL before the first. */
static inline const posed_status *client_status(const posed_client *c)
{
    return c->has_status ? &c->statuses[c->newest].status : NULL;
}

#ifdef __cplusplus
}
#endif
#endif
