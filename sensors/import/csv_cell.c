#include "sensors/import/csv_cell.h"
#include "common/utf8.h"
#include "wire/field_reader.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void csv_unknown(csv_value *v)
{
    *v = (csv_value){.number = NAN, .text = ""};
}

bool csv_parse_time(const char *text, int64_t *ns)
{
    uint64_t value = 0;
    size_t whole = strspn(text, "0123456789");
    const char *fraction = text[whole] == '.' ? text + whole + 1 : "";
    size_t digits = strspn(fraction, "0123456789");
    if (!(whole >= 1 && whole <= 10))
        return false;
    if (text[whole] != '\0' && !(digits >= 1 && digits <= 9 && fraction[digits] == '\0'))
        return false;
    for (size_t i = 0; i < whole; i++)
        value = 10 * value + (uint64_t)(text[i] - '0');
    for (size_t i = 0; i < 9; i++) /* ten and nine digits: below 2^64 */
        value = 10 * value + (i < digits ? (uint64_t)(fraction[i] - '0') : 0);
    if (!(value <= (uint64_t)TIME_MAX_NS))
        return false;
    *ns = (int64_t)value;
    return true;
}

/* Decimal only: strtod would also take "inf", "nan" and hexadecimal. */
static bool parse_number(const char *text, double *value)
{
    char *end;
    if (text[strspn(text, "0123456789+-.eE")] != '\0')
        return false;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value);
}

static bool number_cell(const csv_table *t, size_t column, const char *text, csv_value *v, error *e)
{
    const csv_column *c = &t->columns[column];
    if (!parse_number(text, &v->number))
        return csv_fail(t, column, e, "expected a number, found \"%.40s\"%s", text,
                        strcasecmp(text, "nan") == 0 ? " (a cell that is not known is left empty)" : "");
    if (!(v->number >= c->min && v->number <= c->max))
        return csv_fail(t, column, e, "expected a number from %g to %g, found %.40s", c->min, c->max, text);
    return true;
}

static bool integer_cell(const csv_table *t, size_t column, const char *text, csv_value *v, error *e)
{
    const csv_column *c = &t->columns[column];
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (text[strspn(text, "0123456789+-")] != '\0' || end == text || *end != '\0' || errno != 0)
        return csv_fail(t, column, e, "expected an integer, found \"%.40s\"", text);
    if (!((double)value >= c->min && (double)value <= c->max))
        return csv_fail(t, column, e, "expected an integer from %.0f to %.0f, found %.40s", c->min, c->max,
                        text);
    v->integer = value;
    return true;
}

static bool id_cell(const csv_table *t, size_t column, const char *text, csv_value *v, error *e)
{
    errno = 0;
    v->id = strtoull(text, NULL, 10);
    if (text[strspn(text, "0123456789")] != '\0' || errno != 0)
        return csv_fail(t, column, e, "expected an integer from 0 to 2^64-1, found \"%.40s\"", text);
    return true;
}

static bool word_cell(const csv_table *t, size_t column, const char *text, csv_value *v, error *e)
{
    char all[128] = "";
    for (const char *const *word = t->columns[column].words; *word; word++) {
        if (strcmp(*word, text) == 0) {
            v->integer = word - t->columns[column].words;
            return true;
        }
        size_t used = strlen(all);
        snprintf(all + used, sizeof all - used, "%s%s", used ? ", " : "", *word);
    }
    return csv_fail(t, column, e, "expected one of %s, found \"%.40s\"", all, text);
}

static bool text_cell(const csv_table *t, size_t column, const char *text, csv_value *v, error *e)
{
    if (!(strlen(text) < t->columns[column].size))
        return csv_fail(t, column, e, "expected at most %zu characters, found \"%.40s\"",
                        t->columns[column].size - 1, text);
    const unsigned char bad = (unsigned char)text[utf8_plain(text, strlen(text))];
    if (bad >= ' ')
        return csv_fail(t, column, e, "a byte 0x%02x that is no UTF-8", bad);
    if (bad != '\0')
        return csv_fail(t, column, e, "a control character");
    v->text = text;
    return true;
}

bool csv_parse_cell(csv_table *t, size_t column, const char *text, error *e)
{
    csv_value *v = &t->values[column];
    if (*text == '\0')
        return t->columns[column].need != CSV_CELL || csv_fail(t, column, e, "empty, but needed");
    v->known = true;
    switch (t->columns[column].type) {
    case CSV_TIME:
        return csv_parse_time(text, &v->integer) ||
               csv_fail(t, column, e,
                        "expected seconds, not negative, with at most nine decimals, found \"%.40s\"", text);
    case CSV_NUMBER:
        return number_cell(t, column, text, v, e);
    case CSV_INTEGER:
        return integer_cell(t, column, text, v, e);
    case CSV_ID:
        return id_cell(t, column, text, v, e);
    case CSV_WORD:
        return word_cell(t, column, text, v, e);
    case CSV_TEXT:
        return text_cell(t, column, text, v, e);
    }
    return false;
}

/* Letters to insert, remove or replace (Levenshtein), without regard to case; `limit` stands for that or
 * more. */
static size_t distance(const char *a, const char *b, size_t limit)
{
    enum { LONGEST = 40 };
    size_t row[LONGEST + 1], n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST)
        return limit;
    for (size_t j = 0; j <= m; j++)
        row[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            size_t replaced = diagonal + (strncasecmp(&a[i - 1], &b[j - 1], 1) != 0);
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = replaced < shorter ? replaced : shorter;
        }
    }
    return row[m] < limit ? row[m] : limit;
}

const char *csv_nearest(const csv_column *columns, size_t count, const char *name)
{
    const char *best = NULL;
    size_t nearest = 1 + strlen(name) / 2; /* less than half of it is wrong */
    if (nearest > 6)
        nearest = 6;
    for (size_t i = 0; i < count; i++) {
        size_t d = distance(name, columns[i].name, nearest);
        if (d < nearest) {
            nearest = d;
            best = columns[i].name;
        }
    }
    return best;
}
