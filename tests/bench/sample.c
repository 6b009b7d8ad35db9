#include "tests/bench/sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

double bench_now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e9 * (double)t.tv_sec + (double)t.tv_nsec;
}

void samples_add(samples *s, double value)
{
    if (s->count < SAMPLES_MAX)
        s->at[s->count++] = value;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

spread samples_spread(samples *s)
{
    if (s->count == 0)
        return (spread){NAN, NAN, NAN};
    qsort(s->at, s->count, sizeof *s->at, compare);
    return (spread){s->at[s->count / 2], s->at[0], s->at[s->count - 1]};
}

void table_head(const char *title)
{
    printf("%-46s %10s %10s %10s %-6s %7s  %s\n", title, "median", "min", "max", "unit", "ratio", "target");
}

void table_row(const char *what, spread s, const char *unit, double ratio, const char *target)
{
    char times[16] = "";
    if (isfinite(ratio))
        snprintf(times, sizeof times, "%.1f x", ratio);
    printf("%-46s %10.1f %10.1f %10.1f %-6s %7s  %s\n", what, s.median, s.min, s.max, unit, times, target);
}
