/*
 * Endpoints as text: "ipc:///run/posed/frames", "inproc://frames", "tcp://192.0.2.1:5600",
 * "tcp://[::1]:5600".
 */
#ifndef POSED_BUS_ENDPOINT_H
#define POSED_BUS_ENDPOINT_H

#include "common/error.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ENDPOINT_HOST_SIZE = 64 };

typedef enum { ENDPOINT_IPC, ENDPOINT_INPROC, ENDPOINT_TCP } endpoint_transport;

typedef struct {
    endpoint_transport transport;
    const char *name; /* ipc: the path; inproc: the name; points into the text that was parsed */
    /* tcp only: */
    char host[ENDPOINT_HOST_SIZE]; /* without brackets */
    int port;                      /* 1 to 65535 */
    bool ipv6;                     /* an address in brackets */
    bool wildcard;                 /* all addresses of the machine */
    bool loopback;                 /* cannot leave the machine */
} endpoint;

/* False with `e` set, naming the text, when it is none of the above. */
bool endpoint_parse(endpoint *out, const char *text, error *e);

#ifdef __cplusplus
}
#endif
#endif
