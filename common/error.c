#include "common/error.h"

#include <stdarg.h>
#include <stdio.h>

bool error_set(error *e, const char *format, ...)
{
    if (!e || e->text[0] != '\0')
        return false;
    va_list args;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    return false;
}
