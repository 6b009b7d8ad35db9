/*
 * How far a campaign is, on standard error: a line that is rewritten on a terminal, a line every ten seconds
 * elsewhere.
 */
#ifndef POSED_CAMPAIGN_PACE_H
#define POSED_CAMPAIGN_PACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    uint64_t all;
    double start_s, next_s; /* CLOCK_MONOTONIC */
    bool quiet, terminal, shown;
} pace;

void pace_begin(pace *p, uint64_t all, bool quiet);
/* Says it when it is time to. */
void pace_show(pace *p, uint64_t done);
/* Takes the line off the terminal, so that something else can be said. */
void pace_clear(pace *p);

/* "37 %  3712 of 10000 runs, 41/s, 2 min 33 s left", after `passed_s`. */
void pace_text(uint64_t done, uint64_t all, double passed_s, char *text, size_t size);

#ifdef __cplusplus
}
#endif
#endif
