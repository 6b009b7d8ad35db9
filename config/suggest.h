/*
 * What the writer of a wrong key or number may have meant.
 */
#ifndef POSED_CONFIG_SUGGEST_H
#define POSED_CONFIG_SUGGEST_H

#include "config/table.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The nearest of the words offered. Start with {.word = what was written}. */
typedef struct {
    const char *word;
    const char *best; /* NULL: nothing is near */
    size_t distance;
} config_nearest;

void config_nearest_offer(config_nearest *n, const char *candidate);

/* Inserted, removed, replaced and swapped letters that turn one word into the other, without regard to case;
 * at least `limit` when it is that or more. Words over 63 letters are `limit` apart. */
size_t config_distance(const char *a, const char *b, size_t limit);

enum { CONFIG_HINT_SIZE = 160, CONFIG_UNIT_SIZE = 32 };

typedef enum {
    CONFIG_HINT_NONE,
    CONFIG_HINT_OTHER_KIND, /* nothing leads from one unit to the other */
    CONFIG_HINT_SAME_KIND,
} config_hint;

/* `written` is the key with another unit, or without one: "latency_ms" for latency_s. Then `hint` says so,
 * with the converted value where `value` (may be NULL) is a number and the units are of one kind. */
config_hint config_unit_hint(char hint[CONFIG_HINT_SIZE], const config_key *key, const char *written,
                             const char *value);

/* `value` is a number followed by a unit, "90 ms", given to `key`; the hint is the number to write. */
bool config_value_hint(char hint[CONFIG_HINT_SIZE], const config_key *key, const char *value);

/* " in seconds" for "s", the unit itself where no word is clearer, "" for a plain number. */
const char *config_in_unit(char out[CONFIG_UNIT_SIZE], const char *unit);

#ifdef __cplusplus
}
#endif
#endif
