/*
 * Importers: each turns a directory of recorded data into frames. One file import_<name>.c, one struct, one
 * line in importers.c. An importer reads everything before it publishes anything, so that a fault in the data
 * leaves nothing half done.
 */
#ifndef POSED_SENSORS_IMPORT_IMPORTER_H
#define POSED_SENSORS_IMPORT_IMPORTER_H

#include "common/error.h"
#include "wire/message.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Where an importer's results go. The first four return false when the taker failed; the importer then stops
 * and returns false without a text of its own. `note` and `progress` may be NULL. */
typedef struct {
    void *context;
    bool (*frame)(void *context, const frame *f, const char *source); /* in the order of received_ns */
    bool (*truth)(void *context, const truth_point *t);
    bool (*config)(void *context, const char *yaml, size_t size);
    bool (*metadata)(void *context, const char *name, const char *const (*pairs)[2], size_t count);
    void (*note)(void *context, const char *text);                   /* worth a line to the user */
    void (*progress)(void *context, const char *what, double share); /* share: 0..1 of `what` is done */
} import_sink;

typedef struct {
    const char *name;    /* "csv" */
    const char *summary; /* one line: what it reads */
    bool (*run)(const char *directory, const import_sink *sink, error *e);
} importer;

extern const importer *const importers[];
extern const size_t importer_count;

/* NULL when there is none of that name. */
const importer *importer_find(const char *name);

/* Formats a note for the sink, if it takes notes. */
__attribute__((format(printf, 2, 3))) void import_note(const import_sink *sink, const char *format, ...);

/* The base name of a directory, "." and links resolved; "?" when it cannot be. */
enum { IMPORT_NAME_SIZE = 256 };
void import_base_name(const char *directory, char name[IMPORT_NAME_SIZE]);

#ifdef __cplusplus
}
#endif
#endif
