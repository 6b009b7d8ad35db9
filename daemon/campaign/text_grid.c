#include "daemon/campaign/text_grid.h"

#include "daemon/printable.h"
#include "common/utf8.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_SIZE = 512, GAP = 2, SHORTEST = 12 };

void text_grid_begin(text_grid *g, char *columns)
{
    memset(g, 0, sizeof *g);
    for (char *head; (head = strsep(&columns, "|")) && g->columns < TEXT_GRID_COLUMNS; g->columns++) {
        g->is_text[g->columns] = head[0] == '<';
        g->heads[g->columns] = head + (head[0] == '<');
    }
}

void text_grid_cell(text_grid *g, const char *format, ...)
{
    char raw[CELL_SIZE], clean[CELL_SIZE];
    va_list args;
    va_start(args, format);
    vsnprintf(raw, sizeof raw, format, args);
    va_end(args);
    printable_copy(raw, strlen(raw), clean, sizeof clean);
    if (g->count == g->capacity) {
        size_t more = g->capacity > 0 ? 2 * g->capacity : 128;
        char **grown = reallocarray(g->cells, more, sizeof *grown);
        if (!grown) {
            g->failed = true;
            return;
        }
        g->cells = grown;
        g->capacity = more;
    }
    char *copy = strdup(clean);
    g->failed = g->failed || !copy;
    if (copy)
        g->cells[g->count++] = copy;
}

void text_grid_number(text_grid *g, double value, int decimals)
{
    if (isfinite(value))
        text_grid_cell(g, "%.*f", decimals, value);
    else
        text_grid_cell(g, "-");
}

static void end_of(double value, int decimals, char *text, size_t size)
{
    snprintf(text, size, isfinite(value) ? "%.*f" : "?", decimals, value);
}

void text_grid_estimate(text_grid *g, estimate e, int decimals)
{
    char low[32], high[32];
    if (!isfinite(e.value) || (isnan(e.low) && isnan(e.high))) {
        text_grid_number(g, e.value, decimals);
        return;
    }
    end_of(e.low, decimals, low, sizeof low);
    end_of(e.high, decimals, high, sizeof high);
    text_grid_cell(g, "%.*f (%s-%s)", decimals, e.value, low, high);
}

void text_grid_spread(text_grid *g, estimate e, int decimals)
{
    double half = fmax(e.high - e.value, e.value - e.low);
    if (isfinite(e.value) && isfinite(half))
        text_grid_cell(g, "%.*f +-%.*f", decimals, e.value, decimals, half);
    else
        text_grid_number(g, e.value, decimals);
}

/* Columns on a terminal: what UTF-8 begins, less its tails. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static void measure(const text_grid *g, size_t *widths)
{
    for (size_t i = 0; i < g->columns; i++)
        widths[i] = width_of(g->heads[i]);
    for (size_t i = 0; i < g->count; i++) {
        size_t width = width_of(g->cells[i]), column = i % g->columns;
        widths[column] = width > widths[column] ? width : widths[column];
    }
}

/* The widest text column gives way, as far as it can. */
static void fit(const text_grid *g, size_t *widths)
{
    for (;;) {
        size_t all = GAP * g->columns, widest = g->columns;
        for (size_t i = 0; i < g->columns; i++) {
            all += widths[i];
            if (g->is_text[i] && widths[i] > SHORTEST && (widest == g->columns || widths[i] > widths[widest]))
                widest = i;
        }
        if (all <= TEXT_GRID_WIDTH || widest == g->columns)
            return;
        widths[widest]--;
    }
}

static void print_cell(FILE *out, const char *text, size_t width, bool left, bool last)
{
    size_t long_as = width_of(text), blank = width > long_as ? width - long_as : 0;
    fprintf(out, "%*s", GAP + (left ? 0 : (int)blank), "");
    if (long_as <= width) {
        fputs(text, out);
    } else {
        const char *p = text;
        for (size_t i = 0; i + 2 < width; i++) /* two columns for the mark that something is missing */
            p += utf8_length(p, strlen(p));
        fprintf(out, "%.*s..", (int)(p - text), text);
    }
    if (left && !last)
        fprintf(out, "%*s", (int)blank, "");
}

static void print_text(const text_grid *g, FILE *out)
{
    size_t widths[TEXT_GRID_COLUMNS];
    measure(g, widths);
    fit(g, widths);
    for (size_t i = 0; i < g->columns; i++)
        print_cell(out, g->heads[i], widths[i], g->is_text[i], i + 1 == g->columns);
    fputc('\n', out);
    for (size_t i = 0; i < g->count; i++) {
        size_t column = i % g->columns;
        print_cell(out, g->cells[i], widths[column], g->is_text[column], column + 1 == g->columns);
        if (column + 1 == g->columns)
            fputc('\n', out);
    }
}

/* What Markdown would take for something else. */
static void print_escaped(FILE *out, const char *text)
{
    for (; *text; text++) {
        if (strchr("\\|<>*_`[]", *text))
            fputc('\\', out);
        fputc(*text, out);
    }
}

static void print_markdown(const text_grid *g, FILE *out)
{
    for (size_t i = 0; i < g->columns; i++)
        fprintf(out, "%s %s %s", i == 0 ? "|" : "", g->heads[i], i + 1 == g->columns ? "|\n" : "|");
    for (size_t i = 0; i < g->columns; i++)
        fprintf(out, "%s %s %s", i == 0 ? "|" : "",
                g->is_text[i] ? "---" : "---:", i + 1 == g->columns ? "|\n" : "|");
    for (size_t i = 0; i < g->count; i++) {
        bool last = (i + 1) % g->columns == 0;
        fputs(i % g->columns == 0 ? "| " : " ", out);
        print_escaped(out, g->cells[i]);
        fputs(last ? " |\n" : " |", out);
    }
}

bool text_grid_end(text_grid *g, FILE *out, bool markdown)
{
    bool good = !g->failed;
    if (good && markdown)
        print_markdown(g, out);
    else if (good)
        print_text(g, out);
    for (size_t i = 0; i < g->count; i++)
        free(g->cells[i]);
    free(g->cells);
    memset(g, 0, sizeof *g);
    return good;
}
