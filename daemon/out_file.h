/*
 * A text file that is there as a whole or not at all: written to FILE.tmp beside it and renamed when it is
 * complete. A device or a pipe is written to directly.
 */
#ifndef POSED_DAEMON_OUT_FILE_H
#define POSED_DAEMON_OUT_FILE_H

#include "common/error.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct out_file out_file;

/* NULL with `e` set when it cannot be opened. */
out_file *out_file_open(const char *path, error *e);
FILE *out_file_stream(out_file *f);

/* Closes; with `abandon`, or when anything failed, nothing is left behind. False when anything failed, `e`
 * says what. */
bool out_file_close(out_file *f, bool abandon, error *e);

/* True when both names lead to one existing file. */
bool same_file(const char *a, const char *b);

#ifdef __cplusplus
}
#endif
#endif
