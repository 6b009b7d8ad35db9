/*
 * What the DBC reader keeps its texts in, and the way of those texts to UTF-8.
 */
#ifndef POSED_SENSORS_CAN_DBC_TEXT_H
#define POSED_SENSORS_CAN_DBC_TEXT_H

#include "common/error.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Memory that goes all at once; starts zeroed. */
typedef struct arena_block arena_block;
typedef struct {
    arena_block *newest;
} arena;

/* Aligned for anything, zeroed; NULL when memory is out. */
void *arena_take(arena *a, size_t size);
/* A copy with a NUL at its end. */
char *arena_text(arena *a, const char *text, size_t length);
/* `list` holds `count` elements of `size` bytes: itself, or a larger copy, with room for one more. A list
 * grows by this alone, from NULL. */
void *arena_more(arena *a, void *list, size_t count, size_t size);
void arena_finish(arena *a);

/* A copy of a file's text (malloc, NUL behind it) as UTF-8: without byte order mark, line ends as "\n", and
 * each line that is not valid UTF-8 read as Windows-1252. NULL when memory is out. */
char *text_to_utf8(const char *text, size_t size, size_t *out_size);

/* All of a file of at most `most` bytes (malloc); NULL with `e` set. */
char *text_read_file(const char *path, size_t most, size_t *size, error *e);

#ifdef __cplusplus
}
#endif
#endif
