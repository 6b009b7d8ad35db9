#include "bus/bus_private.h"

#include <stdlib.h>
#include <zmq.h>

bus *bus_create(error *e)
{
    bus *b = calloc(1, sizeof *b);
    if (!b) {
        error_set(e, "out of memory");
        return NULL;
    }
    b->context = zmq_ctx_new();
    if (!b->context) {
        error_set(e, "cannot set up the bus: %s", zmq_strerror(zmq_errno()));
        free(b);
        return NULL;
    }
    return b;
}

void bus_destroy(bus *b)
{
    if (!b)
        return;
    while (zmq_ctx_term(b->context) != 0 && zmq_errno() == EINTR)
        continue;
    free(b);
}
