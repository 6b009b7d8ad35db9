#include "campaign/histogram.h"

#include "sim/rng.h"

#include <math.h>
#include <stdlib.h>

/* Resamples: 400 leave the ends of an interval uncertain by some tenth of its width; 100 by some fifth. */
enum { RESAMPLES_MOST = 400, RESAMPLES_LEAST = 100, ROW_BUDGET = 2000000 };

double bin_start(size_t i)
{
    return pow(10, 0.1 * ((double)i + BIN_FIRST));
}

double bin_middle(size_t i)
{
    return pow(10, 0.1 * ((double)i + 0.5 + BIN_FIRST));
}

static size_t element_of(long bin)
{
    bin = bin < BIN_FIRST ? BIN_FIRST : bin > BIN_LAST ? BIN_LAST : bin;
    return (size_t)(bin - BIN_FIRST);
}

typedef struct {
    const char *at;
    size_t first, second; /* elements */
    double count;
} entry;

/* The next of "bin:count" or, with `pairs`, "bx,by:count". False at the end, or where it is neither: then not
 * all of the text is read. */
static bool next_entry(entry *e, bool pairs)
{
    char *end;
    const char *at = e->at;
    while (*at == ' ')
        at++;
    e->at = at;
    e->first = element_of(strtol(at, &end, 10));
    if (end == at)
        return false;
    if (pairs) {
        at = end + 1;
        if (*end != ',')
            return false;
        e->second = element_of(strtol(at, &end, 10));
        if (end == at)
            return false;
    }
    at = end + 1;
    if (*end != ':')
        return false;
    e->count = strtod(at, &end);
    if (end == at || !(e->count >= 0) || isinf(e->count) || (*end != ' ' && *end != '\0'))
        return false;
    e->at = end;
    return true;
}

bool histogram_add(histogram *h, const char *text)
{
    entry e = {.at = text};
    while (next_entry(&e, false))
        h->bins[e.first] += (float)e.count;
    return *e.at == '\0';
}

bool histogram_add_errors(histogram *h, const char *text)
{
    entry e = {.at = text};
    while (next_entry(&e, true))
        h->bins[e.first] += (float)e.count;
    return *e.at == '\0';
}

bool histogram_grid_add(histogram_grid *g, const char *text)
{
    entry e = {.at = text};
    while (next_entry(&e, true))
        g->cells[e.first][e.second] += e.count;
    return *e.at == '\0';
}

static double quantile_of(const double *bins, double share)
{
    double all = 0, below = 0;
    for (size_t i = 0; i < BIN_COUNT; i++)
        all += bins[i];
    for (size_t i = 0; i < BIN_COUNT; i++) {
        if (bins[i] > 0 && below + bins[i] >= share * all)
            return bin_start(i) * pow(10, 0.1 * (share * all - below) / bins[i]);
        below += bins[i];
    }
    return NAN;
}

/* The bins that hold anything: of errors a third of all at most, and adding them is what a bootstrap does. */
typedef struct {
    size_t first, end;
} bin_range;

static void add_row(double *sum, const histogram *h, bin_range range)
{
    for (size_t i = range.first; i < range.end; i++)
        sum[i] += (double)h->bins[i];
}

static bin_range used(const double *sum)
{
    bin_range range = {0, BIN_COUNT};
    while (range.first < range.end && !(sum[range.first] > 0))
        range.first++;
    while (range.end > range.first && !(sum[range.end - 1] > 0))
        range.end--;
    return range;
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* One resample per round: as many drives as there are, drawn with replacement. found[share][round]. */
static void resample(const histogram *drives, size_t count, bin_range range, const double *shares,
                     size_t share_count, size_t rounds, double *found)
{
    rng r = rng_seed(1936, 0);
    for (size_t round = 0; round < rounds; round++) {
        double sum[BIN_COUNT] = {0};
        for (size_t i = 0; i < count; i++)
            add_row(sum, &drives[(size_t)(rng_uniform(&r) * (double)count)], range);
        for (size_t s = 0; s < share_count; s++)
            found[s * rounds + round] = quantile_of(sum, shares[s]);
    }
}

bool histogram_quantiles(const histogram *drives, size_t count, const double *shares, size_t share_count,
                         estimate *quantiles)
{
    double sum[BIN_COUNT] = {0};
    for (size_t i = 0; i < count; i++)
        add_row(sum, &drives[i], (bin_range){0, BIN_COUNT});
    for (size_t s = 0; s < share_count; s++)
        quantiles[s] = (estimate){quantile_of(sum, shares[s]), NAN, NAN};
    if (count < 2 || isnan(quantiles[0].value))
        return true;
    size_t rounds = ROW_BUDGET / count;
    rounds = rounds > RESAMPLES_MOST ? RESAMPLES_MOST : rounds < RESAMPLES_LEAST ? RESAMPLES_LEAST : rounds;
    double *found = calloc(rounds * share_count, sizeof *found);
    if (!found)
        return false;
    resample(drives, count, used(sum), shares, share_count, rounds, found);
    for (size_t s = 0; s < share_count; s++) {
        double *mine = &found[s * rounds];
        size_t known = 0; /* a resample of drives without samples has no quantile */
        for (size_t i = 0; i < rounds; i++) {
            if (!isnan(mine[i]))
                mine[known++] = mine[i];
        }
        qsort(mine, known, sizeof *mine, by_value);
        quantiles[s].low = mine[(size_t)(0.025 * (double)(known - 1) + 0.5)];
        quantiles[s].high = mine[(size_t)(0.975 * (double)(known - 1) + 0.5)];
    }
    free(found);
    return true;
}
