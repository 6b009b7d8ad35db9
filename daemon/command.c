#include "daemon/command.h"

#include <stdarg.h>
#include <stdio.h>

int command_fail(const char *name, int code, const char *format, ...)
{
    va_list values;
    fprintf(stderr, "posed %s: ", name);
    va_start(values, format);
    vfprintf(stderr, format, values);
    va_end(values);
    fputc('\n', stderr);
    if (code == EXIT_USAGE)
        fprintf(stderr, "Try: posed %s --help\n", name);
    return code;
}
