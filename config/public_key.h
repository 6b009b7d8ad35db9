/*
 * Public keys of peers, as a configuration gives them: 40 characters of Z85 (ZeroMQ RFC 32) in the text, or
 * the name of a file that holds them.
 */
#ifndef POSED_CONFIG_PUBLIC_KEY_H
#define POSED_CONFIG_PUBLIC_KEY_H

#include "common/error.h"
#include "config/run_settings.h"

#ifdef __cplusplus
extern "C" {
#endif

/* 40 characters of Z85 that stand for 32 bytes. */
bool config_key_valid(const char *z85);

/* Reads the key from a file, "credential:NAME" for a credential of this systemd service. Never waits and
 * never reads more than a key has. False with `e` set, which never shows what the file holds. */
bool config_public_key_load(char key[RUN_KEY_SIZE], const char *where, error *e);

/* What comes after "credential:" when that can be the name of one; NULL otherwise. */
const char *config_credential_name(const char *where);

/* The text begins with "credential:". */
bool config_is_credential(const char *where);

#ifdef __cplusplus
}
#endif
#endif
