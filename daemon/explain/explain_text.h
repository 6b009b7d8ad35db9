/*
 * The parts of an explanation in plain sentences.
 */
#ifndef POSED_DAEMON_EXPLAIN_EXPLAIN_TEXT_H
#define POSED_DAEMON_EXPLAIN_EXPLAIN_TEXT_H

#include "daemon/explain/explain.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const explanation *x;
    FILE *out;
    bool colour;
} explain_printer;

void explain_print_heading(const explain_printer *p, const char *text);

/* The list of all faults, numbered as --fault counts them. */
void explain_print_list(const explain_printer *p);
/* Each flag that the story is about. */
void explain_print_flags(const explain_printer *p);
/* Each source that was left out about the moment. */
void explain_print_exclusions(const explain_printer *p);
/* The drive as it was, and otherwise. */
void explain_print_runs(const explain_printer *p);
/* Errors, flags and sources over the time about the moment, as characters. */
void explain_print_strip(const explain_printer *p);

#ifdef __cplusplus
}
#endif
#endif
