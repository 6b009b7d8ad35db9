#include "sensors/import/csv_table.h"
#include "sensors/import/csv_cell.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

bool csv_fail(const csv_table *t, size_t column, error *e, const char *format, ...)
{
    char what[256];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return error_set(e, "%s:%zu:%s: %s", t->name, t->line, t->columns[column].name, what);
}

static bool fail_line(const csv_table *t, error *e, const char *what)
{
    return error_set(e, "%s:%zu: %s", t->name, t->line, what);
}

/* One line without its end. CSV_END at the end of the file. */
static csv_result read_line(csv_table *t, size_t *length, error *e)
{
    int c;
    *length = 0;
    t->line++;
    while ((c = getc_unlocked(t->file)) != EOF && c != '\n') {
        if (!(*length + 1 < sizeof t->text)) {
            fail_line(t, e, "longer than 65534 bytes");
            return CSV_ERROR;
        }
        if (c == '\0') {
            fail_line(t, e, "a NUL byte: not a text file");
            return CSV_ERROR;
        }
        t->text[(*length)++] = (char)c;
    }
    if (c == EOF && ferror(t->file)) {
        error_set(e, "%s: %s", t->name, strerror(errno));
        return CSV_ERROR;
    }
    if (*length > 0 && t->text[*length - 1] == '\r')
        --*length;
    t->text[*length] = '\0';
    return c == EOF && *length == 0 ? CSV_END : CSV_ROW;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Takes a quoted cell apart in place: "" stands for a quote. Returns where the cell ends, NULL when it does
 * not. */
static char *unquote(char *at, char **cell)
{
    char *out = at++;
    *cell = out;
    while (*at != '\0') {
        if (*at == '"' && at[1] != '"')
            break;
        at += *at == '"';
        *out++ = *at++;
    }
    if (*at != '"')
        return NULL;
    for (at++; is_space(*at);)
        at++;
    *out = '\0';
    return at;
}

static char *plain(char *at, char **cell)
{
    char *end = at + strcspn(at, ",");
    *cell = at;
    if (memchr(at, '"', (size_t)(end - at)))
        return NULL;
    return end;
}

static void trim_end(char *cell, char *end)
{
    while (end > cell && is_space(end[-1]))
        end--;
    *end = '\0';
}

/* Cuts the line into t->cells; the number of cells, 0 with `e` set when that fails. */
static size_t split(csv_table *t, char *at, error *e)
{
    size_t count = 0;
    for (;;) {
        while (is_space(*at))
            at++;
        bool quoted = *at == '"';
        char *end = quoted ? unquote(at, &t->cells[count]) : plain(at, &t->cells[count]);
        if (!end || (*end != ',' && *end != '\0')) {
            fail_line(t, e, "a quote that does not enclose a whole cell");
            return 0;
        }
        bool more = *end == ',';
        if (!quoted)
            trim_end(t->cells[count], end);
        count++;
        if (!more)
            return count;
        if (!(count < CSV_MAX_COLUMNS)) {
            fail_line(t, e, "more than 32 cells");
            return 0;
        }
        at = end + 1;
    }
}

static size_t find_column(const csv_table *t, const char *name)
{
    size_t i = 0;
    while (i < t->column_count && strcmp(t->columns[i].name, name) != 0)
        i++;
    return i;
}

static bool fail_unknown(const csv_table *t, const char *name, error *e)
{
    const char *near = csv_nearest(t->columns, t->column_count, name);
    if (strpbrk(name, ";\t"))
        return error_set(e, "%s:1: there is no column \"%.40s\": cells are divided by commas", t->name, name);
    if (near)
        return error_set(e, "%s:1: there is no column \"%.40s\"; did you mean \"%s\"?", t->name, name, near);
    return error_set(e, "%s:1: there is no column \"%.40s\"", t->name, name);
}

static bool read_header(csv_table *t, error *e)
{
    bool there[CSV_MAX_COLUMNS] = {false};
    for (size_t i = 0; i < t->cell_count; i++) {
        size_t column = find_column(t, t->cells[i]);
        if (column == t->column_count)
            return fail_unknown(t, t->cells[i], e);
        if (there[column])
            return error_set(e, "%s:1: column \"%s\" is there twice", t->name, t->cells[i]);
        there[column] = true;
        t->column_of[i] = (uint8_t)column;
    }
    for (size_t i = 0; i < t->column_count; i++) {
        if (!there[i] && t->columns[i].need != CSV_OPTIONAL)
            return error_set(e, "%s:1: column \"%s\" is missing", t->name, t->columns[i].name);
    }
    return true;
}

bool csv_begin(csv_table *t, FILE *file, const char *name, const csv_column *columns, size_t count, error *e)
{
    size_t length;
    t->file = file;
    t->name = name;
    t->columns = columns;
    t->column_count = count;
    t->line = t->rows = 0;
    csv_result result = read_line(t, &length, e);
    if (result == CSV_ERROR)
        return false;
    char *at = t->text;
    if (strncmp(at, "\xef\xbb\xbf", 3) == 0) /* a UTF-8 byte order mark */
        at += 3;
    if (result == CSV_END || *at == '\0')
        return error_set(e, "%s:1: no header line", name);
    t->cell_count = split(t, at, e);
    return t->cell_count > 0 && read_header(t, e);
}

csv_result csv_next(csv_table *t, error *e)
{
    size_t length;
    csv_result result;
    do
        result = read_line(t, &length, e);
    while (result == CSV_ROW && strspn(t->text, " \t") == length);
    if (result != CSV_ROW)
        return result;
    size_t count = split(t, t->text, e);
    if (count == 0)
        return CSV_ERROR;
    if (count != t->cell_count) {
        error_set(e, "%s:%zu: %zu cells, the header has %zu", t->name, t->line, count, t->cell_count);
        return CSV_ERROR;
    }
    for (size_t i = 0; i < t->column_count; i++)
        csv_unknown(&t->values[i]);
    for (size_t i = 0; i < count; i++) {
        if (!csv_parse_cell(t, t->column_of[i], t->cells[i], e))
            return CSV_ERROR;
    }
    t->rows++;
    return CSV_ROW;
}
