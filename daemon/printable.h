/*
 * Text out of a file, made fit for a terminal or for JSON.
 */
#ifndef POSED_DAEMON_PRINTABLE_H
#define POSED_DAEMON_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Copies `size` bytes, of which each that is not part of valid UTF-8, and each control character, becomes
 * '?'. Shortens what does not fit, between characters, and ends it with NUL. Returns the length. */
size_t printable_copy(const char *text, size_t size, char *out, size_t out_size);

#ifdef __cplusplus
}
#endif
#endif
