#include "bus/keys.h"

#include <string.h>

/* RFC 32. */
static const char z85_characters[] =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

bool bus_key_valid(const char *z85)
{
    return strspn(z85, z85_characters) == BUS_KEY_SIZE - 1 && z85[BUS_KEY_SIZE - 1] == '\0';
}
