#include "report/json.h"

#include <math.h>
#include <stdint.h>

/* Bytes of the UTF-8 character at `p`; 0: it is none (Unicode 15, table 3-7: no overlong forms, no
 * surrogates). Reads no further than a NUL. */
static size_t character_size(const unsigned char *p)
{
    static const struct {
        unsigned char first, last, low, high; /* of the first byte; of the second */
        size_t size;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (p[0] < forms[i].first || p[0] > forms[i].last)
            continue;
        if (forms[i].size > 1 && (p[1] < forms[i].low || p[1] > forms[i].high))
            return 0;
        for (size_t k = 2; k < forms[i].size; k++) {
            if ((p[k] & 0xc0) != 0x80)
                return 0;
        }
        return forms[i].size;
    }
    return 0;
}

static void put_string(FILE *out, const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    putc('"', out);
    while (*p) {
        size_t size = character_size(p);
        if (size == 0)
            fputs("\\ufffd", out);
        else if (*p < 0x20 || *p == 0x7f || *p == '<' || *p == '>' || *p == '&' || *p == '"' || *p == '\\')
            fprintf(out, "\\u%04x", *p);
        else
            fwrite(p, 1, size, out);
        p += size > 0 ? size : 1;
    }
    putc('"', out);
}

static void begin(json_writer *w, const char *key)
{
    if (w->comma)
        putc(',', w->out);
    w->comma = true;
    if (key) {
        put_string(w->out, key);
        putc(':', w->out);
    }
}

void json_open(json_writer *w, const char *key, char bracket)
{
    begin(w, key);
    putc(bracket, w->out);
    w->comma = false;
}

void json_close(json_writer *w, char bracket)
{
    putc(bracket, w->out);
    w->comma = true;
}

/* Faster than printf's %f by much, and most of a page is numbers. */
static void put_rounded(FILE *out, double value, int decimals)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    char text[32];
    size_t at = sizeof text;
    double scaled = round(fabs(value) * powers[decimals]);
    if (!(scaled < 1e15)) {
        fprintf(out, "%.9g", value);
        return;
    }
    uint64_t digits = (uint64_t)scaled;
    bool negative = value < 0 && digits > 0;
    while (decimals > 0 && digits % 10 == 0) {
        digits /= 10;
        decimals--;
    }
    for (int i = 0; i <= decimals || digits > 0; i++) {
        if (i == decimals && i > 0)
            text[--at] = '.';
        text[--at] = (char)('0' + digits % 10);
        digits /= 10;
    }
    if (negative)
        text[--at] = '-';
    fwrite(text + at, 1, sizeof text - at, out);
}

void json_number(json_writer *w, const char *key, double value, int decimals)
{
    begin(w, key);
    if (isfinite(value))
        put_rounded(w->out, value, decimals);
    else
        fputs("null", w->out);
}

void json_whole(json_writer *w, const char *key, int64_t number)
{
    json_number(w, key, number < 0 ? NAN : (double)number, 0);
}

void json_text(json_writer *w, const char *key, const char *text)
{
    begin(w, key);
    if (text)
        put_string(w->out, text);
    else
        fputs("null", w->out);
}

void json_numbers(json_writer *w, const char *key, const double *values, size_t count, size_t stride,
                  int decimals)
{
    json_open(w, key, '[');
    for (size_t i = 0; i < count; i++)
        json_number(w, NULL, values[i * stride], decimals);
    json_close(w, ']');
}
