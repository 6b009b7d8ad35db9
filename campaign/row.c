#include "campaign/row.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#define PLACE(name) offsetof(campaign_row, name), sizeof(((campaign_row *)0)->name)

const campaign_column campaign_columns[] = {
#define INTEGER(name, meaning) {#name, COLUMN_INTEGER, "", meaning, PLACE(name)},
#define REAL(name, unit, meaning) {#name, COLUMN_REAL, unit, meaning, PLACE(name)},
#define TEXT(name, size, meaning) {#name, COLUMN_TEXT, "", meaning, PLACE(name)},
#include "campaign/columns.def"
#undef INTEGER
#undef REAL
#undef TEXT
};
const size_t campaign_column_count = sizeof campaign_columns / sizeof *campaign_columns;

void campaign_row_clear(campaign_row *r)
{
    memset(r, 0, sizeof *r);
#define INTEGER(name, meaning) r->name = -1;
#define REAL(name, unit, meaning) r->name = NAN;
#define TEXT(name, size, meaning)
#include "campaign/columns.def"
#undef INTEGER
#undef REAL
#undef TEXT
}

static void print_integer(FILE *out, int64_t value)
{
    if (value < 0)
        fputs("-", out);
    else
        fprintf(out, "%" PRId64, value);
}

static void print_real(FILE *out, double value, const char *unit)
{
    if (!isfinite(value))
        fputs("-", out);
    else
        fprintf(out, "%.10g%s%s", value, strcmp(unit, "1") == 0 ? "" : " ",
                strcmp(unit, "1") == 0 ? "" : unit);
}

bool campaign_row_print(FILE *out, const campaign_row *r)
{
    for (size_t i = 0; i < campaign_column_count; i++) {
        const campaign_column *c = &campaign_columns[i];
        const void *at = (const char *)r + c->offset;
        fprintf(out, "%s: ", c->name);
        if (c->type == COLUMN_INTEGER)
            print_integer(out, *(const int64_t *)at);
        else if (c->type == COLUMN_REAL)
            print_real(out, *(const double *)at, c->unit);
        else
            fputs(*(const char *)at ? (const char *)at : "-", out);
        fputc('\n', out);
    }
    return fflush(out) == 0 && !ferror(out);
}

/* ---- bins ---- */

int campaign_bin(double value)
{
    double bin = floor(10 * log10(value)); /* of 0: minus infinity */
    if (!(bin > ROW_BIN_LEAST))
        return ROW_BIN_LEAST;
    return bin < ROW_BIN_MOST ? (int)bin : ROW_BIN_MOST;
}

void campaign_histogram_add(campaign_histogram *h, double value)
{
    if (isfinite(value))
        h->count[campaign_bin(value) - ROW_BIN_LEAST]++;
}

void campaign_grid_add(campaign_grid *g, double error, double bound)
{
    if (isfinite(error) && isfinite(bound))
        g->count[campaign_bin(error) - ROW_BIN_LEAST][campaign_bin(bound) - ROW_BIN_LEAST]++;
}

/* One more word; false: no room. */
static bool add_word(char *text, size_t size, size_t *used, const char *word)
{
    int n = snprintf(text + *used, size - *used, "%s%s", *used > 0 ? " " : "", word);
    if (n < 0 || (size_t)n >= size - *used) {
        text[*used] = '\0';
        return false;
    }
    *used += (size_t)n;
    return true;
}

/* With the bins below `least` counted as that one; false: no room. */
static bool try_histogram(const campaign_histogram *h, int least, char *text, size_t size)
{
    char word[40];
    size_t used = 0;
    uint64_t sum = 0;
    text[0] = '\0';
    for (int i = 0; i < ROW_BINS; i++) {
        sum += h->count[i];
        if (i < least || sum == 0)
            continue;
        snprintf(word, sizeof word, "%d:%" PRIu64, i + ROW_BIN_LEAST, sum);
        if (!add_word(text, size, &used, word))
            return false;
        sum = 0;
    }
    return true;
}

void campaign_histogram_text(const campaign_histogram *h, char *text, size_t size)
{
    int least = 0;
    while (!try_histogram(h, least, text, size) && least < ROW_BINS - 1)
        least++;
}

static bool try_grid(const campaign_grid *g, int least, char *text, size_t size)
{
    char word[60];
    size_t used = 0;
    text[0] = '\0';
    for (int i = least; i < ROW_BINS; i++) {
        for (int k = 0; k < ROW_BINS; k++) {
            uint64_t sum = 0;
            for (int j = i == least ? 0 : i; j <= i; j++)
                sum += g->count[j][k];
            if (sum == 0)
                continue;
            snprintf(word, sizeof word, "%d,%d:%" PRIu64, i + ROW_BIN_LEAST, k + ROW_BIN_LEAST, sum);
            if (!add_word(text, size, &used, word))
                return false;
        }
    }
    return true;
}

void campaign_grid_text(const campaign_grid *g, char *text, size_t size)
{
    int least = 0;
    while (!try_grid(g, least, text, size) && least < ROW_BINS - 1)
        least++;
}
