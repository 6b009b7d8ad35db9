/*
 * CURVE keys in files: NAME.key (secret, mode 0600) and NAME.pub (public), each one line of Z85 (ZeroMQ RFC
 * 32).
 */
#ifndef POSED_BUS_KEYS_H
#define POSED_BUS_KEYS_H

#include "bus/bus.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A new pair, from the system's random source. */
bool bus_keys_generate(bus_keys *k, error *e);

/* Reads the secret key from `where` and derives the public one. `where` is a file, which only its owner may
 * read or write, or "credential:NAME" for a credential of the systemd service. */
bool bus_keys_load(bus_keys *k, const char *where, error *e);

/* Writes PATH.key and PATH.pub; never over a file that is there. */
bool bus_keys_save(const bus_keys *k, const char *path, error *e);

/* 40 characters that Z85 has. */
bool bus_key_valid(const char *z85);

/* The same for a public key from a file or credential. */
bool bus_public_key_load(char key[BUS_KEY_SIZE], const char *where, error *e);

#ifdef __cplusplus
}
#endif
#endif
