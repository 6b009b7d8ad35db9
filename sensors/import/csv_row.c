#include "sensors/import/csv_row.h"

#include <inttypes.h>
#include <string.h>

void csv_write_time(FILE *out, int64_t ns)
{
    uint64_t magnitude = ns < 0 ? -(uint64_t)ns : (uint64_t)ns;
    fprintf(out, "%s%" PRIu64 ".%09" PRIu64, ns < 0 ? "-" : "", magnitude / 1000000000u,
            magnitude % 1000000000u);
}

/* A float comes back as it was; of a latitude in degrees, 0.1 um are left. */
static void write_number(FILE *out, double value)
{
    fprintf(out, "%.*g", (double)(float)value == value ? 9 : 15, value);
}

/* In quotes where it would not be one cell, or not the same, without. */
static void write_text(FILE *out, const char *text)
{
    size_t size = strlen(text);
    bool bare = strcspn(text, ",\"\r\n") == size && (size == 0 || (text[0] != ' ' && text[size - 1] != ' '));
    if (bare) {
        fputs(text, out);
        return;
    }
    fputc('"', out);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"')
            fputc('"', out);
        fputc(*c, out);
    }
    fputc('"', out);
}

static void write_cell(FILE *out, const csv_column *column, const csv_value *cell)
{
    if (!cell->known)
        return;
    switch (column->type) {
    case CSV_TIME:
        csv_write_time(out, cell->integer);
        break;
    case CSV_NUMBER:
        write_number(out, cell->number);
        break;
    case CSV_INTEGER:
        fprintf(out, "%" PRId64, cell->integer);
        break;
    case CSV_ID:
        fprintf(out, "%" PRIu64, cell->id);
        break;
    case CSV_WORD:
        fputs(column->words[cell->integer], out);
        break;
    case CSV_TEXT:
        write_text(out, cell->text);
        break;
    }
}

void csv_write_header(FILE *out, const csv_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(out, "%s%s", i > 0 ? "," : "", columns[i].name);
    fputc('\n', out);
}

void csv_write_row(FILE *out, const csv_column *columns, size_t count, const csv_value *cells)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            fputc(',', out);
        write_cell(out, &columns[i], &cells[i]);
    }
    fputc('\n', out);
}
