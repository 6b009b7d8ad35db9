/*
 * A recorded drive and its simulated twin: how alike their innovations are.
 */
#ifndef POSED_DAEMON_REPLAY_TWIN_H
#define POSED_DAEMON_REPLAY_TWIN_H

#include "common/error.h"
#include "fusion/settings.h"
#include "report/drive_page.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { TWIN_MAX_ROWS = 128 };

typedef page_twin_side twin_side;
typedef page_twin_row twin_row;

typedef struct {
    size_t count;
    twin_row rows[TWIN_MAX_ROWS];
} twin_comparison;

/* One drive's verdicts. */
typedef struct {
    const settings *settings;
    const verdict *verdicts; /* by stamp */
    size_t count;
} twin_drive;

/* A row for each axis that either drive has 32 innovations of; sources are those of the same name. What was
 * fused, down-weighted or rejected by its innovation counts. False: no memory. */
bool twin_compare(const twin_drive *real, const twin_drive *twin, twin_comparison *out);

/* For people, and for programs: one JSON object and a line feed. False when memory is short or writing
 * failed.
 */
bool twin_print_text(const twin_comparison *c, FILE *out);
bool twin_print_json(const twin_comparison *c, FILE *out);

#ifdef __cplusplus
}
#endif
#endif
