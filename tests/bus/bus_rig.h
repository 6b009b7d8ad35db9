/*
 * What the tests of the bus share: a place for sockets, links to it, and waiting without sleeping.
 */
#ifndef POSED_TESTS_BUS_RIG_H
#define POSED_TESTS_BUS_RIG_H

#include "bus/bus.h"
#include "bus/gatekeeper.h"
#include "tests/scratch.h"

enum { RIG_WAIT_MS = 20000, RIG_QUEUE = 100, RIG_MAX_BYTES = 4096 };

typedef struct {
    char directory[SCRATCH_SIZE];
    char at[64], tcp[64]; /* "ipc://DIRECTORY/socket", "tcp://127.0.0.1:PORT" with a port that is free */
    const char *ipc_list[1], *tcp_list[1];
} rig;

void rig_begin(rig *r);
void rig_end(rig *r); /* fails when a file is left in the directory */

/* Links to `at` and `tcp`; queue and size as above. */
bus_link rig_ipc(const rig *r, bool listen);
bus_link rig_tcp(const rig *r, bool listen, const bus_keys *keys, const char *server_key);

bus *rig_bus(void);
bus_publisher *rig_publisher(bus *b, const bus_link *l);
bus_subscriber *rig_subscriber(bus *b, const bus_link *l, const char *topic);
bus_keys rig_keys(void);

int64_t rig_now_ms(void);

/* Waits until one of the file descriptors can be read, but not for long: ZeroMQ's are edge-triggered. */
void rig_nap(int fd, int other_fd);

/* Waits for a message that is not a run of malformed ones; answers for `g`, unless NULL, meanwhile. */
void rig_take(bus_subscriber *s, gatekeeper *g, bus_message *m);

/* Publishes until somebody takes it; the listening subscriber `s` is attended to meanwhile and gets it. */
void rig_deliver(bus_publisher *p, bus_subscriber *s, gatekeeper *g, const char *topic, const char *text);

#endif
