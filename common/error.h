/*
 * Start-up and input errors: one text that names the place. The first error wins.
 */
#ifndef POSED_COMMON_ERROR_H
#define POSED_COMMON_ERROR_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    char text[512]; /* "" while nothing went wrong */
} error;

/* Sets the text unless one is there already. Always returns false, for `return error_set(...)`.
 * `e` may be NULL. */
__attribute__((format(printf, 2, 3))) bool error_set(error *e, const char *format, ...);

#ifdef __cplusplus
}
#endif
#endif
