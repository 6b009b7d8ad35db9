/*
 * All that a drive holds as the neutral CSV layout (docs/CSV.md), which posed import csv reads.
 */
#ifndef POSED_DAEMON_EXPORT_EXPORT_CSV_H
#define POSED_DAEMON_EXPORT_EXPORT_CSV_H

#include "daemon/export/export_items.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t files;
    size_t frames, truths, poses;
    size_t empty; /* scans and pictures in which nothing was found: they have no row */
} export_csv_count;

/* Writes into `directory`, which is made, or is empty. All files are there when it has succeeded, none when
 * it has failed (false, with `e` set). */
bool export_csv(export_items *x, const char *directory, export_csv_count *count, error *e);

#ifdef __cplusplus
}
#endif
#endif
