/*
 * Equality of run_settings, but for where an adapter stands in its file.
 */
#ifndef POSED_TESTS_RUN_COMPARE_H
#define POSED_TESTS_RUN_COMPARE_H

#include "config/run_settings.h"

/* NULL when equal, else what differs first. */
const char *run_settings_differ(const run_settings *a, const run_settings *b);

#endif
