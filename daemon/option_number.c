#include "daemon/option_number.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

bool option_whole_number(const char *option, const char *text, uint64_t least, uint64_t most, uint64_t *out,
                         error *e)
{
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)text[0]) || *end != '\0' || errno != 0 || value < least || value > most)
        return error_set(e, "%s: \"%s\" is not a whole number from %" PRIu64 " to %" PRIu64, option, text,
                         least, most);
    *out = value;
    return true;
}
