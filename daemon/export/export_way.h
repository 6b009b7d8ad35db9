/*
 * The track of one thing in a drive: which points belong to it, and where it does not go on.
 */
#ifndef POSED_DAEMON_EXPORT_EXPORT_WAY_H
#define POSED_DAEMON_EXPORT_EXPORT_WAY_H

#include "daemon/export/export_items.h"
#include "daemon/export/export_options.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    size_t points;
    double duration_s;
} export_way_count;

/* Writes what `o` asks for. False with `e` set when there is no point of it in the drive. */
bool export_way(export_items *x, const export_options *o, FILE *out, export_way_count *count, error *e);

#ifdef __cplusplus
}
#endif
#endif
