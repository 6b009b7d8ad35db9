#include "config/scalar.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *skip_digits(const char *text)
{
    return text + strspn(text, "0123456789");
}

/* The end of the number that the text begins with, NULL when there is none. strtod alone would also take
 * hexadecimal, "infinity" and leading blanks. */
static const char *number_end(const char *text)
{
    const char *digits = text + (*text == '+' || *text == '-');
    const char *end = skip_digits(digits);
    size_t count = (size_t)(end - digits);
    if (*end == '.') {
        const char *point = end;
        end = skip_digits(point + 1);
        count += (size_t)(end - point - 1);
    }
    if (count == 0)
        return NULL;
    if (*end == 'e' || *end == 'E') {
        const char *exponent = end + 1 + (end[1] == '+' || end[1] == '-');
        if (skip_digits(exponent) > exponent)
            end = skip_digits(exponent);
    }
    return end;
}

const char *config_scalar_split(const char *text, double *value)
{
    const char *end = number_end(text);
    if (!end)
        return NULL;
    *value = strtod(text, NULL);
    return end + strspn(end, " ");
}

bool config_scalar_number(const char *text, double *value)
{
    const char *end = number_end(text);
    if (!end || *end != '\0')
        return false;
    *value = strtod(text, NULL);
    return true;
}

bool config_scalar_not_finite(const char *text)
{
    const char *word = text + (*text == '+' || *text == '-');
    word += *word == '.';
    return strcasecmp(word, "inf") == 0 || strcasecmp(word, "infinity") == 0 || strcasecmp(word, "nan") == 0;
}

bool config_scalar_flag(const char *text, bool *value)
{
    static const char *const words[][2] = {{"false", "true"}, {"no", "yes"}, {"off", "on"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        for (int v = 0; v < 2; v++) {
            if (strcasecmp(text, words[i][v]) == 0) {
                *value = v == 1;
                return true;
            }
        }
    }
    return false;
}

bool config_scalar_id(const char *text, uint64_t *value)
{
    if (*text == '\0' || *skip_digits(text) != '\0')
        return false;
    errno = 0;
    unsigned long long id = strtoull(text, NULL, 10);
    if (errno != 0 || id == 0 || id > UINT64_MAX)
        return false;
    *value = id;
    return true;
}

const char *config_scalar_print(char out[CONFIG_NUMBER_SIZE], double value)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, CONFIG_NUMBER_SIZE, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            break;
    }
    char *exponent = strchr(out, 'e');
    if (exponent && !strchr(out, '.')) {
        memmove(exponent + 2, exponent, strlen(exponent) + 1);
        memcpy(exponent, ".0", 2);
    }
    return out;
}
