/*
 * One value: text into a number, a flag or an id, and a number into its shortest text.
 */
#ifndef POSED_CONFIG_SCALAR_H
#define POSED_CONFIG_SCALAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A decimal number, [+-]digits[.digits][e[+-]digits], that fills the text. May come out infinite when it is
 * too large for a double. */
bool config_scalar_number(const char *text, double *value);

/* What follows the number and blanks in "90 ms"; NULL when the text does not begin with a number. */
const char *config_scalar_split(const char *text, double *value);

/* One of YAML's ways to write a number that is not finite. */
bool config_scalar_not_finite(const char *text);

/* true, false, yes, no, on, off, in small, capital or capitalised letters. */
bool config_scalar_flag(const char *text, bool *value);

/* Decimal digits only, 1 to 2^64-1. */
bool config_scalar_id(const char *text, uint64_t *value);

enum { CONFIG_NUMBER_SIZE = 32 };

/* The shortest of 15 to 17 digits that reads back to the same finite number, also in YAML 1.1, where an
 * exponent needs a point before it. Returns `out`. */
const char *config_scalar_print(char out[CONFIG_NUMBER_SIZE], double value);

#ifdef __cplusplus
}
#endif
#endif
