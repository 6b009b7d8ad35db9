/*
 * Equality of settings, row by row of the table: padding and unused union members do not count, every bit of
 * every setting does.
 */
#ifndef POSED_TESTS_SETTINGS_COMPARE_H
#define POSED_TESTS_SETTINGS_COMPARE_H

#include "config/table.h"

/* NULL when equal, else the first key that differs. */
const char *settings_differ(const settings *a, const settings *b);

/* `differ` for one group; the caller offers structs of the group. */
const char *group_differ(const config_group *g, const void *a, const void *b);

#endif
