#include "daemon/printable.h"

#include <stdint.h>
#include <string.h>

size_t printable_utf8_length(const char *text, size_t size)
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

static bool is_control(const char *text, size_t length)
{
    unsigned char first = (unsigned char)text[0];
    if (length == 1)
        return first < 0x20 || first == 0x7F;
    /* U+0080 to U+009F: some terminals take them for escapes. */
    return length == 2 && first == 0xC2 && (unsigned char)text[1] < 0xA0;
}

size_t printable_copy(const char *text, size_t size, char *out, size_t out_size)
{
    size_t used = 0;
    for (size_t at = 0; at < size;) {
        size_t length = printable_utf8_length(text + at, size - at);
        bool bad = length == 0 || is_control(text + at, length);
        size_t wanted = bad ? 1 : length;
        if (used + wanted >= out_size)
            break;
        memcpy(out + used, bad ? "?" : text + at, wanted);
        used += wanted;
        at += length == 0 ? 1 : length;
    }
    out[used] = '\0';
    return used;
}
