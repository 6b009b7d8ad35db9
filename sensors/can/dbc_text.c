#include "sensors/can/dbc_text.h"
#include "common/utf8.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct arena_block {
    arena_block *older;
    size_t used, size;
    _Alignas(max_align_t) char bytes[];
};

void *arena_take(arena *a, size_t size)
{
    enum { USUAL = 64 * 1024 };
    size = (size + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
    if (!a->newest || a->newest->size - a->newest->used < size) {
        size_t room = size > USUAL ? size : USUAL;
        arena_block *b = calloc(1, sizeof *b + room);
        if (!b)
            return NULL;
        b->older = a->newest;
        b->size = room;
        a->newest = b;
    }
    void *taken = a->newest->bytes + a->newest->used;
    a->newest->used += size;
    return taken;
}

char *arena_text(arena *a, const char *text, size_t length)
{
    char *copy = arena_take(a, length + 1);
    if (copy && length > 0)
        memcpy(copy, text, length);
    return copy;
}

/* Room is always the next power of two: what is left behind is less than what is in use. */
void *arena_more(arena *a, void *list, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return list;
    size_t room = count == 0 ? 1 : 2 * count;
    char *larger = arena_take(a, room * size);
    if (larger && count > 0)
        memcpy(larger, list, count * size);
    return larger;
}

void arena_finish(arena *a)
{
    while (a->newest) {
        arena_block *b = a->newest;
        a->newest = b->older;
        free(b);
    }
}

static bool line_is_utf8(const char *text, size_t size)
{
    for (size_t i = 0, length; i < size; i += length) {
        length = utf8_length(text + i, size - i);
        if (length == 0)
            return false;
    }
    return true;
}

/* Windows-1252 0x80..0x9f; the five that it leaves open stay what they are, as browsers have it
 * (https://encoding.spec.whatwg.org/index-windows-1252.txt). */
static const uint16_t windows_1252[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
};

static char *put_windows_1252(char *out, unsigned char byte)
{
    unsigned code = byte >= 0x80 && byte < 0xa0 ? windows_1252[byte - 0x80] : byte;
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xc0 | code >> 6);
        *out++ = (char)(0x80 | (code & 0x3f));
    } else {
        *out++ = (char)(0xe0 | code >> 12);
        *out++ = (char)(0x80 | (code >> 6 & 0x3f));
        *out++ = (char)(0x80 | (code & 0x3f));
    }
    return out;
}

static char *put_line(char *out, const char *line, size_t size)
{
    bool utf8 = line_is_utf8(line, size);
    for (size_t i = 0; i < size; i++) {
        if (utf8)
            *out++ = line[i];
        else
            out = put_windows_1252(out, (unsigned char)line[i]);
    }
    return out;
}

/* Where the line that begins at `at` ends, before its "\n", "\r\n" or lone "\r". */
static const char *line_end(const char *at, const char *end)
{
    while (at < end && *at != '\n' && *at != '\r')
        at++;
    return at;
}

char *text_to_utf8(const char *text, size_t size, size_t *out_size)
{
    const char *at = text, *end = text + size;
    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        at += 3;
    char *copy = malloc(3 * size + 1), *out = copy;
    while (copy && at < end) {
        const char *stop = line_end(at, end);
        out = put_line(out, at, (size_t)(stop - at));
        at = stop;
        if (at < end)
            *out++ = '\n';
        at += at + 1 < end && at[0] == '\r' && at[1] == '\n' ? 2 : at < end ? 1 : 0;
    }
    if (!copy)
        return NULL;
    *out = '\0';
    *out_size = (size_t)(out - copy);
    return copy;
}

char *text_read_file(const char *path, size_t most, size_t *size, error *e)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t room = 0, n = 1;
    *size = 0;
    while (file && n > 0 && *size <= most) {
        if (*size == room) {
            room = room == 0 ? 64 * 1024 : 2 * room;
            char *larger = realloc(text, room);
            if (!larger)
                break;
            text = larger;
        }
        n = fread(text + *size, 1, room - *size, file);
        *size += n;
    }
    bool good = file && n == 0 && !ferror(file) && *size <= most;
    if (!good)
        error_set(e, "%s: %s", path, *size > most ? "too large" : strerror(errno));
    if (file)
        fclose(file);
    if (good)
        return text;
    free(text);
    return NULL;
}
