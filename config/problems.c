#include "config/problems.h"

#include <stdarg.h>
#include <string.h>

bool config_problem(config_problems *p, const char *name, size_t line, size_t column, const char *format, ...)
{
    size_t index = p->count++;
    if (index >= CONFIG_MAX_PROBLEMS)
        return false;
    char *text = p->text[index];
    size_t size = sizeof p->text[index];
    int used = line > 0 ? snprintf(text, size, "%s:%zu:%zu: ", name, line, column)
                        : snprintf(text, size, "%s: ", name);
    if (used < 0 || (size_t)used >= size)
        return false;
    va_list args;
    va_start(args, format);
    vsnprintf(text + used, size - (size_t)used, format, args);
    va_end(args);
    return false;
}

const char *config_quote(char out[CONFIG_QUOTE_SIZE], const char *text)
{
    /* The longest step is "\xHH"; behind it the mark of a cut, the quote and the NUL must still fit. */
    static const size_t last = CONFIG_QUOTE_SIZE - sizeof "\\xHH...\"";
    size_t n = 0;
    out[n++] = '"';
    for (; *text != '\0' && n <= last; text++) {
        unsigned char c = (unsigned char)*text;
        if (c >= 0x20 && c < 0x7f)
            out[n++] = (char)c;
        else
            n += (size_t)sprintf(out + n, "\\x%02x", c);
    }
    strcpy(out + n, *text == '\0' ? "\"" : "...\"");
    return out;
}

void config_problems_print(FILE *out, const config_problems *p)
{
    for (size_t i = 0; i < p->count && i < CONFIG_MAX_PROBLEMS; i++)
        fprintf(out, "%s\n", p->text[i]);
    if (p->count > CONFIG_MAX_PROBLEMS)
        fprintf(out, "and %zu more problems\n", p->count - CONFIG_MAX_PROBLEMS);
}
