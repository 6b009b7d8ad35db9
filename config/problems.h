/*
 * Adding to the list of problems.
 */
#ifndef POSED_CONFIG_PROBLEMS_H
#define POSED_CONFIG_PROBLEMS_H

#include "config/config.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Adds "name:line:column: ..."; line and column count from 1, line 0 is the file as a whole. Always returns
 * false, for `return config_problem(...)`. */
__attribute__((format(printf, 5, 6))) bool config_problem(config_problems *p, const char *name, size_t line,
                                                          size_t column, const char *format, ...);

enum { CONFIG_QUOTE_SIZE = 64 };

/* Writes foreign text into `out` so that it can be shown: in quotes, printable ASCII only, cut when long.
 * Returns `out`. */
const char *config_quote(char out[CONFIG_QUOTE_SIZE], const char *text);

#ifdef __cplusplus
}
#endif
#endif
