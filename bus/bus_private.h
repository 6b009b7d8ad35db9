/*
 * What the files of the bus share: the context, and a socket with its endpoints.
 */
#ifndef POSED_BUS_PRIVATE_H
#define POSED_BUS_PRIVATE_H

#include "bus/bus.h"
#include "bus/connection_watch.h"
#include "bus/endpoint.h"
#include "bus/gatekeeper.h"
#include "bus/ipc_file.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BUS_TOKEN_SIZE = 33 };

struct bus {
    void *context;
    gatekeeper *keeper; /* NULL: none */
    /* What the gatekeeper puts before a peer's name in ZeroMQ's User-Id. Any peer may send a User-Id of its
     * own when the connection begins; over CURVE the gatekeeper's wins, but over a plain Unix socket it
     * arrives as it was sent. Nobody can send this. "" without a gatekeeper. */
    char token[BUS_TOKEN_SIZE];
};

typedef struct {
    bus *bus;
    void *zmq;
    ipc_file *files; /* of the ipc endpoints that it listens on */
    size_t file_count;
    bool watched;            /* by the gatekeeper */
    connection_watch *watch; /* of a side that connects over tcp; NULL: none */
} bus_socket;

/* Whether this endpoint of the link has CURVE. Unix sockets are guarded by their file's mode and inproc by
 * the process; all else by keys, once there are any. */
bool bus_link_wants_curve(const bus_link *l, const endpoint *p);

/* Checks the link and opens a ZeroMQ socket of this type with everything set that all of them share. Whatever
 * it returns, bus_socket_close is due. */
bool bus_socket_create(bus_socket *s, bus *b, int type, const bus_link *l, error *e);

/* Binds or connects it. `domain` is what the gatekeeper is asked about: "frames" or "poses". */
bool bus_socket_start(bus_socket *s, const bus_link *l, const char *domain, error *e);

/* Connects again where ZeroMQ has given up (connection_watch.h). Cheap; for whenever nothing goes or comes.
 */
void bus_socket_mend(bus_socket *s);

/* Also removes the files that it listened on. Accepts one that did not open. */
void bus_socket_close(bus_socket *s);

/* Sets an option of type int; with values of our own this cannot fail. */
void bus_socket_set(const bus_socket *s, int option, int value);

/* Counts the handshakes that fail on a listening socket, until it is closed. */
bool gatekeeper_watch(gatekeeper *g, void *socket, error *e);
void gatekeeper_unwatch(gatekeeper *g, void *socket);

/* ZeroMQ's file descriptor for its events. */
int bus_socket_fd(const bus_socket *s);

#ifdef __cplusplus
}
#endif
#endif
