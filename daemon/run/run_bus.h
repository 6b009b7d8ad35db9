/*
 * The sockets of posed run: frames in, results out, who may connect, and a probe of itself.
 */
#ifndef POSED_DAEMON_RUN_RUN_BUS_H
#define POSED_DAEMON_RUN_RUN_BUS_H

#include "bus/gatekeeper.h"
#include "config/run_settings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where adapters inside the daemon, and the probe, publish. */
#define RUN_INNER_ENDPOINT "inproc://posed-frames"

typedef struct {
    bus *bus;
    gatekeeper *gate; /* NULL: there is no secret key, so nothing but local endpoints */
    bus_subscriber *frames;
    bus_publisher *poses;
    bus_publisher *probe;
    uint64_t probe_number; /* of the last one, its payload; begins where nobody can guess */
} run_bus;

/* A zeroed one is closed. Keys are read, sockets opened. False with `e` set, and closed. */
bool run_bus_open(run_bus *b, const run_settings *r, error *e);
void run_bus_close(run_bus *b);

/* Takes another list of peers. */
bool run_bus_reload(run_bus *b, const run_settings *r);

/* Sends a message to itself, the way that frames of adapters take. */
void run_bus_probe(run_bus *b);
/* Whether this message is the last probe. */
bool run_bus_is_probe(const run_bus *b, const bus_message *m);

#ifdef __cplusplus
}
#endif
#endif
