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

/* Overwrites them in memory. */
void bus_keys_forget(bus_keys *k);

/* Reads the secret key from `where` and derives the public one. `where` is a file, which must belong to this
 * user or root and be closed to all others (mode 0600 or 0400), or "credential:NAME" for the credential NAME
 * of this systemd service. `k` is left alone and `e` set when it fails. */
bool bus_keys_load(bus_keys *k, const char *where, error *e);

/* Writes PATH.key (mode 0600) and PATH.pub; both or none, and never over a file that is there. */
bool bus_keys_save(const bus_keys *k, const char *path, error *e);

/* 40 characters of Z85 that stand for 32 bytes. */
bool bus_key_valid(const char *z85);

/* The same for a public key from a file or credential. */
bool bus_public_key_load(char key[BUS_KEY_SIZE], const char *where, error *e);

/* The same of what somebody typed: a file that is there, a credential, or else the key itself. */
bool bus_public_key_find(char key[BUS_KEY_SIZE], const char *given, error *e);

#ifdef __cplusplus
}
#endif
#endif
