/*
 * ZeroMQ's authentication requests (ZAP, RFC 27) as messages: what ZeroMQ asks, and what is answered.
 */
#ifndef POSED_BUS_ZAP_H
#define POSED_BUS_ZAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { ZAP_KEY_SIZE = 32, ZAP_TEXT_SIZE = 256 };

typedef struct {
    bool curve;                  /* well formed, of version 1.0, and asks about a CURVE key */
    size_t id_size;              /* to be given back with the answer */
    char id[ZAP_TEXT_SIZE];      /* not NUL-terminated */
    char domain[ZAP_TEXT_SIZE];  /* NUL-terminated, as is */
    char address[ZAP_TEXT_SIZE]; /* of the peer */
    uint8_t key[ZAP_KEY_SIZE];
} zap_request;

/* Takes the next request from a REP socket; false: none waits. Each one taken must be answered. */
bool zap_receive(void *socket, zap_request *r);

/* Lets the peer in under the name `user`, or refuses it when that is NULL. */
void zap_answer(void *socket, const zap_request *r, const char *user);

#ifdef __cplusplus
}
#endif
#endif
