/*
 * What `posed adapter --help` and `posed adapter KIND --help` print, from the adapters' own tables.
 */
#ifndef POSED_DAEMON_ADAPTER_HELP_H
#define POSED_DAEMON_ADAPTER_HELP_H

#include "sensors/adapter.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One line per kind; those that this build does not have say so. */
void adapter_help_kinds(FILE *out);

/* All of one kind: each option with its range, unit, default and meaning, then the kind's own text. */
void adapter_help_kind(FILE *out, const adapter_kind *kind);

#ifdef __cplusplus
}
#endif
#endif
