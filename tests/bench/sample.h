/*
 * Measured times, and the table that a benchmark prints: one row for each thing measured.
 */
#ifndef POSED_TESTS_BENCH_SAMPLE_H
#define POSED_TESTS_BENCH_SAMPLE_H

#include <stddef.h>

enum { SAMPLES_MAX = 4096 };

typedef struct {
    size_t count;
    double at[SAMPLES_MAX];
} samples;

typedef struct {
    double median, min, max;
} spread;

/* Monotonic time, ns. */
double bench_now_ns(void);

/* Adds one; what does not fit is dropped. */
void samples_add(samples *s, double value);
/* Sorts the samples; NAN each when there are none. */
spread samples_spread(samples *s);

void table_head(const char *title);
/* `ratio`: this row's time over that of the row it is compared with, NAN: none. `target` may be "". */
void table_row(const char *what, spread s, const char *unit, double ratio, const char *target);

#endif
