/*
 * JSON for the page: compact, numbers rounded, and safe inside a <script> element whatever a text holds.
 */
#ifndef POSED_REPORT_JSON_H
#define POSED_REPORT_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    FILE *out;
    bool comma; /* one is due before the next value or key */
} json_writer;

/* An object or list begins or ends: one of { [ } ]. `key` is NULL inside a list. */
void json_open(json_writer *w, const char *key, char bracket);
void json_close(json_writer *w, char bracket);

/* Values; `key` is NULL inside a list. A number is rounded to `decimals` (0..9) without trailing zeros; what
 * is not finite becomes null. A text may hold any bytes: what is not UTF-8 becomes U+FFFD, and < > & are
 * escaped, so that no text can end the element it stands in. NULL becomes null. */
void json_number(json_writer *w, const char *key, double value, int decimals);
void json_text(json_writer *w, const char *key, const char *text);

/* A whole number from 0 on; one below is not known: null. */
void json_whole(json_writer *w, const char *key, int64_t number);

/* A list of `count` numbers, `stride` apart. */
void json_numbers(json_writer *w, const char *key, const double *values, size_t count, size_t stride,
                  int decimals);

#ifdef __cplusplus
}
#endif
#endif
