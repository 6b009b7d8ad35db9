/*
 * Text that came from outside, as UTF-8.
 */
#ifndef POSED_COMMON_UTF8_H
#define POSED_COMMON_UTF8_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The bytes of the character (1 to 4) that begins at `text`; 0 when it is not valid UTF-8 (overlong forms,
 * surrogates and what is beyond U+10FFFF are not). `size` is at least 1. */
size_t utf8_length(const char *text, size_t size);

/* How many bytes from the beginning on are characters of UTF-8 and no control characters (below U+0020);
 * `size` when all are. */
size_t utf8_plain(const char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
