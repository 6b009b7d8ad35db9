/*
 * The command line of posed export.
 */
#ifndef POSED_DAEMON_EXPORT_EXPORT_OPTIONS_H
#define POSED_DAEMON_EXPORT_EXPORT_OPTIONS_H

#include "common/error.h"
#include "daemon/export/export_track.h"

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

extern const track_format *const track_formats[];
extern const size_t track_format_count;

typedef struct {
    const track_format *format; /* NULL: csv */
    const char *drive;
    const char *output; /* NULL: standard output, of a track */
    const char *of;     /* NULL: poses */
    double every_s;     /* 0: all points */
    bool quiet;
} export_options;

/* False with `e` set for a command line that is wrong. */
bool export_options_parse(int argc, char **argv, export_options *o, error *e);

#ifdef __cplusplus
}
#endif
#endif
