#include "config/value.h"

#include "config/problems.h"
#include "config/scalar.h"
#include "config/suggest.h"

#include <math.h>
#include <stdio.h>

/* An empty plain text is a key without a value. */
static const char *found(char out[CONFIG_QUOTE_SIZE], const char *text, bool quoted)
{
    return text[0] == '\0' && !quoted ? "nothing" : config_quote(out, text);
}

/* Says why the text is not a number. */
static bool refuse_number(char why[CONFIG_WHY_SIZE], const config_key *k, const char *text, bool quoted)
{
    char quote[CONFIG_QUOTE_SIZE], hint[CONFIG_HINT_SIZE], in[CONFIG_UNIT_SIZE];
    double number;
    const char *what = found(quote, text, quoted);
    config_in_unit(in, k->unit);
    if (quoted && config_scalar_number(text, &number))
        snprintf(why, CONFIG_WHY_SIZE, "%s: expected a number%s, found the text %s; leave out the quotes",
                 k->name, in, what);
    else if (config_scalar_not_finite(text))
        snprintf(why, CONFIG_WHY_SIZE, "%s: expected a finite number%s, found %s", k->name, in, what);
    else if (config_value_hint(hint, k, text))
        snprintf(why, CONFIG_WHY_SIZE, "%s: expected a number%s, found %s with a unit; %s", k->name, in, what,
                 hint);
    else
        snprintf(why, CONFIG_WHY_SIZE, "%s: expected a number%s, found %s", k->name, in, what);
    return false;
}

static bool refuse_range(char why[CONFIG_WHY_SIZE], const config_key *k, const char *text)
{
    char min[CONFIG_NUMBER_SIZE], max[CONFIG_NUMBER_SIZE], quote[CONFIG_QUOTE_SIZE], in[CONFIG_UNIT_SIZE];
    snprintf(why, CONFIG_WHY_SIZE, "%s: %s is out of range, expected %s to %s%s", k->name,
             config_quote(quote, text), config_scalar_print(min, k->min), config_scalar_print(max, k->max),
             config_in_unit(in, k->unit));
    return false;
}

bool config_value_number(char why[CONFIG_WHY_SIZE], const config_key *k, const char *text, bool quoted,
                         double *number)
{
    char quote[CONFIG_QUOTE_SIZE];
    double value;
    if (quoted || !config_scalar_number(text, &value))
        return refuse_number(why, k, text, quoted);
    if (!isfinite(value)) {
        snprintf(why, CONFIG_WHY_SIZE, "%s: expected a finite number, %s is too large for one", k->name,
                 config_quote(quote, text));
        return false;
    }
    if (!(value >= k->min && value <= k->max))
        return refuse_range(why, k, text);
    *number = value;
    return true;
}

bool config_value_flag(char why[CONFIG_WHY_SIZE], const config_key *k, const char *text, bool quoted,
                       bool *flag)
{
    char quote[CONFIG_QUOTE_SIZE];
    if (!quoted && config_scalar_flag(text, flag))
        return true;
    snprintf(why, CONFIG_WHY_SIZE, "%s: expected true or false, found %s", k->name,
             found(quote, text, quoted));
    return false;
}
