#include "daemon/printable.h"
#include "common/utf8.h"

#include <string.h>

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
        size_t length = utf8_length(text + at, size - at);
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
