#include "common/utf8.h"

#include <stdbool.h>
#include <stdint.h>

size_t utf8_length(const char *text, size_t size)
{
    /* Smallest code point of each length (RFC 3629): a smaller one has a shorter form. */
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80)
        return 1;
    size_t length = p[0] >= 0xF8 ? 0 : p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : p[0] >= 0xC0 ? 2 : 0;
    if (length == 0 || length > size)
        return 0;
    uint32_t code = p[0] & (0x7FU >> length);
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
        code = code << 6 | (p[i] & 0x3F);
    }
    bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    return code < smallest[length] || code > 0x10FFFF || surrogate ? 0 : length;
}

size_t utf8_plain(const char *text, size_t size)
{
    size_t at = 0, length;
    while (at < size && (unsigned char)text[at] >= ' ' && (length = utf8_length(text + at, size - at)) > 0)
        at += length;
    return at;
}
