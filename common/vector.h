/*
 * Growing arrays.
 */
#ifndef POSED_COMMON_VECTOR_H
#define POSED_COMMON_VECTOR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes room for `count` items of `size` bytes: returns `items`, moved if it had to be, and sets `*capacity`;
 * NULL when memory is short (the old array is still the caller's then). Grows by doubling. */
void *vector_reserve(void *items, size_t *capacity, size_t count, size_t size);

#ifdef __cplusplus
}
#endif
#endif
