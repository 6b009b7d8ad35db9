/*
 * What the print*.c files share.
 */
#ifndef POSED_CONFIG_PRINT_H
#define POSED_CONFIG_PRINT_H

#include "config/config.h"
#include "config/table.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    FILE *out;
    bool comments;
    const char *mark; /* before every line: "" or "# " */
} printer;

/* A line above a section, when there are comments. */
void print_note(const printer *p, const char *text);

/* One setting a line. */
void print_group(const printer *p, const char *indent, const config_group *g, const void *from);

/* Text as one YAML scalar that loads back to it: plain where that is safe. It is UTF-8. */
void print_text(FILE *out, const char *text);

/* map, bus, service, peers and adapters. */
void print_run_settings(const printer *p, const run_settings *r);

/* The same for the template, with examples that are commented out. */
void print_run_template(const printer *p, const run_settings *r);

#ifdef __cplusplus
}
#endif
#endif
