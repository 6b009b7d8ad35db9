#include "sensors/import/npy.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is left of the header's text. */
typedef struct {
    const char *at, *end;
} cursor;

static void skip_space(cursor *c)
{
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\n' || *c->at == '\t'))
        c->at++;
}

static bool take(cursor *c, char expected)
{
    skip_space(c);
    if (!(c->at < c->end && *c->at == expected))
        return false;
    c->at++;
    return true;
}

static bool take_word(cursor *c, const char *word)
{
    size_t length = strlen(word);
    skip_space(c);
    if (!((size_t)(c->end - c->at) >= length) || memcmp(c->at, word, length) != 0)
        return false;
    c->at += length;
    return true;
}

/* A Python string without escapes. */
static bool take_string(cursor *c, char *out, size_t size)
{
    skip_space(c);
    if (!(c->at < c->end && (*c->at == '\'' || *c->at == '"')))
        return false;
    char quote = *c->at++;
    size_t length = 0;
    while (c->at < c->end && *c->at != quote) {
        if (!(length + 1 < size) || *c->at == '\\')
            return false;
        out[length++] = *c->at++;
    }
    out[length] = '\0';
    return take(c, quote);
}

static bool take_size(cursor *c, size_t *value)
{
    skip_space(c);
    const char *from = c->at;
    *value = 0;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') {
        size_t digit = (size_t)(*c->at++ - '0');
        if (__builtin_mul_overflow(*value, 10, value) || __builtin_add_overflow(*value, digit, value))
            return false;
    }
    return c->at > from;
}

/* "<f8" and the like. Native order on the machines that posed runs on is little. */
static bool parse_type(npy *a, const char *type)
{
    char *end;
    char order = type[0];
    if (order == '\0' || type[1] == '\0' || !(type[2] >= '0' && type[2] <= '9'))
        return false;
    a->kind = type[1];
    a->item = strtoul(type + 2, &end, 10);
    if (*end != '\0' || !strchr("<=|>", order) || (order == '>' && a->kind != 'S' && a->item != 1))
        return false;
    switch (a->kind) {
    case 'f':
        return a->item == 4 || a->item == 8;
    case 'i':
    case 'u':
        return a->item == 1 || a->item == 2 || a->item == 4 || a->item == 8;
    case 'b':
        return a->item == 1;
    case 'S':
        return a->item >= 1 && a->item <= 4096;
    default:
        return false;
    }
}

typedef struct {
    bool has_type, has_order, has_shape;
    bool fortran;
    size_t dimensions;
} header;

static bool parse_shape(npy *a, header *h, cursor *c)
{
    if (!take(c, '('))
        return false;
    a->columns = 1;
    while (!take(c, ')')) {
        size_t length;
        if (!(h->dimensions < 2) || !take_size(c, &length))
            return false;
        *(h->dimensions++ == 0 ? &a->rows : &a->columns) = length;
        if (!take(c, ',')) {
            if (!take(c, ')'))
                return false;
            break;
        }
    }
    return h->dimensions >= 1;
}

static bool parse_entry(npy *a, header *h, cursor *c, const char *name, error *e)
{
    char key[24], type[16];
    if (!take_string(c, key, sizeof key) || !take(c, ':'))
        return error_set(e, "%s: malformed header", name);
    if (strcmp(key, "descr") == 0 && !h->has_type) {
        h->has_type = true;
        return (take_string(c, type, sizeof type) && parse_type(a, type)) ||
               error_set(e, "%s: elements of a type that is not supported", name);
    }
    if (strcmp(key, "fortran_order") == 0 && !h->has_order) {
        h->has_order = true;
        h->fortran = take_word(c, "True");
        return h->fortran || take_word(c, "False") || error_set(e, "%s: malformed fortran_order", name);
    }
    if (strcmp(key, "shape") == 0 && !h->has_shape) {
        h->has_shape = true;
        return parse_shape(a, h, c) || error_set(e, "%s: not an array of one or two dimensions", name);
    }
    return error_set(e, "%s: unexpected key in the header", name);
}

static bool parse_dictionary(npy *a, header *h, cursor *c, const char *name, error *e)
{
    if (!take(c, '{'))
        return error_set(e, "%s: malformed header", name);
    while (!take(c, '}')) {
        if (!parse_entry(a, h, c, name, e))
            return false;
        if (!take(c, ',')) {
            if (!take(c, '}'))
                return error_set(e, "%s: malformed header", name);
            break;
        }
    }
    skip_space(c);
    if (!(c->at == c->end && h->has_type && h->has_order && h->has_shape))
        return error_set(e, "%s: malformed header", name);
    return true;
}

/* Where the header's text begins and ends; nowhere when there is none. */
static bool find_header(cursor *c, const unsigned char *b, size_t size, const char *name, error *e)
{
    *c = (cursor){NULL, NULL};
    if (size < 10 || memcmp(b, "\x93NUMPY", 6) != 0)
        return error_set(e, "%s: not a NumPy array", name);
    if (!(b[6] >= 1 && b[6] <= 3 && b[7] == 0))
        return error_set(e, "%s: NumPy format %d.%d is not supported", name, b[6], b[7]);
    size_t from = b[6] == 1 ? 10 : 12;
    if (size < from)
        return error_set(e, "%s: truncated", name);
    size_t length = (size_t)b[8] | (size_t)b[9] << 8;
    if (b[6] > 1)
        length |= (size_t)b[10] << 16 | (size_t)b[11] << 24;
    if (!(length <= size - from))
        return error_set(e, "%s: truncated in its header", name);
    *c = (cursor){.at = (const char *)b + from, .end = (const char *)b + from + length};
    return true;
}

static bool check_size(const npy *a, size_t there, const char *name, error *e)
{
    size_t needed;
    if (__builtin_mul_overflow(a->rows, a->columns, &needed) ||
        __builtin_mul_overflow(needed, a->item, &needed))
        return error_set(e, "%s: impossible shape", name);
    if (there < needed)
        return error_set(e, "%s: truncated: %zu bytes of data, %zu expected", name, there, needed);
    if (there > needed)
        return error_set(e, "%s: %zu bytes too many at its end", name, there - needed);
    return true;
}

bool npy_parse(npy *a, const void *bytes, size_t size, const char *name, error *e)
{
    cursor c;
    header h = {0};
    *a = (npy){0};
    if (!find_header(&c, bytes, size, name, e) || !parse_dictionary(a, &h, &c, name, e))
        return false;
    a->data = (const unsigned char *)c.end;
    a->row_step = h.fortran ? a->item : a->columns * a->item;
    a->column_step = h.fortran ? a->rows * a->item : a->item;
    return check_size(a, size - (size_t)(a->data - (const unsigned char *)bytes), name, e);
}

static bool read_all(FILE *file, void **bytes, size_t *size)
{
    enum { LARGEST = 1 << 30 }; /* a segment's largest is some megabytes */
    if (fseek(file, 0, SEEK_END) != 0)
        return false;
    long length = ftell(file);
    if (length < 0 || fseek(file, 0, SEEK_SET) != 0)
        return false;
    if (length > LARGEST) {
        errno = EFBIG;
        return false;
    }
    *bytes = malloc((size_t)length + 1);
    if (!*bytes)
        return false;
    errno = EIO;
    *size = (size_t)length;
    return fread(*bytes, 1, *size, file) == *size;
}

bool npy_load(npy *a, const char *path, error *e)
{
    void *bytes = NULL;
    size_t size = 0;
    *a = (npy){0};
    FILE *file = fopen(path, "rb");
    bool read = file && read_all(file, &bytes, &size);
    int kept = errno;
    if (file)
        fclose(file);
    bool ok = read ? npy_parse(a, bytes, size, path, e) : error_set(e, "%s: %s", path, strerror(kept));
    a->owned = bytes;
    return ok;
}

void npy_finish(npy *a)
{
    free(a->owned);
    *a = (npy){0};
}

static double number_of(const unsigned char *from, size_t size, char kind)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < size; i++)
        bits |= (uint64_t)from[i] << 8 * i;
    if (kind == 'f') {
        double wide;
        float narrow;
        uint32_t low = (uint32_t)bits;
        memcpy(&wide, &bits, sizeof wide);
        memcpy(&narrow, &low, sizeof narrow);
        return size == 8 ? wide : (double)narrow;
    }
    if (kind == 'i') { /* sign-extend */
        unsigned shift = (unsigned)(64 - 8 * size);
        return (double)((int64_t)(bits << shift) >> shift);
    }
    return (double)bits;
}

double npy_number(const npy *a, size_t row, size_t column)
{
    if (a->kind == 'S')
        return NAN;
    return number_of(a->data + row * a->row_step + column * a->column_step, a->item, a->kind);
}
