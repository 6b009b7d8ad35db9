/*
 * What the files of the bus share: the context, and a socket with its endpoints.
 */
#ifndef POSED_BUS_PRIVATE_H
#define POSED_BUS_PRIVATE_H

#include "bus/bus.h"
#include "bus/gatekeeper.h"
#include "bus/ipc_file.h"

#ifdef __cplusplus
extern "C" {
#endif

struct bus {
    void *context;
    gatekeeper *keeper; /* NULL: none */
};

typedef struct {
    bus *bus;
    void *zmq;
    ipc_file *files; /* of the ipc endpoints that it listens on */
    size_t file_count;
    bool guarded; /* the gatekeeper watches it */
} bus_socket;

/* Checks the link and opens a ZeroMQ socket of this type with everything set that all of them share. Whatever
 * it returns, bus_socket_close is due. */
bool bus_socket_create(bus_socket *s, bus *b, int type, const bus_link *l, error *e);

/* Binds or connects it. `domain` is what the gatekeeper is asked about: "frames" or "poses". */
bool bus_socket_start(bus_socket *s, const bus_link *l, const char *domain, error *e);

/* Also removes the files that it listened on. Accepts one that did not open. */
void bus_socket_close(bus_socket *s);

/* Sets an option of type int; with values of our own this cannot fail. */
void bus_socket_set(const bus_socket *s, int option, int value);

/* ZeroMQ's file descriptor for its events. */
int bus_socket_fd(const bus_socket *s);

#ifdef __cplusplus
}
#endif
#endif
