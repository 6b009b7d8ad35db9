/*
 * The text of one value against its row of the table, and what to say when it does not fit.
 */
#ifndef POSED_CONFIG_VALUE_H
#define POSED_CONFIG_VALUE_H

#include "config/table.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CONFIG_WHY_SIZE = 400 };

/* Reads a finite number in the key's range. `quoted`: the text stood in quotes, which makes it none. False,
 * and `why` says what was expected and what to write ("latency_s: expected ..."). */
bool config_value_number(char why[CONFIG_WHY_SIZE], const config_key *k, const char *text, bool quoted,
                         double *number);

/* The same for a flag. */
bool config_value_flag(char why[CONFIG_WHY_SIZE], const config_key *k, const char *text, bool quoted,
                       bool *flag);

#ifdef __cplusplus
}
#endif
#endif
