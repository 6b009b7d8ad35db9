#include "config/suggest.h"

#include "config/scalar.h"

#include <stdio.h>
#include <string.h>

/* One way to write a unit at the end of a key. `in` is the unit that the factor leads to; units of one kind
 * share it. */
typedef struct {
    const char *suffix;
    const char *in;
    double factor;
} unit_suffix;

static const unit_suffix suffixes[] = {
    {"s", "s", 1},
    {"sec", "s", 1},
    {"seconds", "s", 1},
    {"ms", "s", 1e-3},
    {"us", "s", 1e-6},
    {"ns", "s", 1e-9},
    {"min", "s", 60},
    {"m", "m", 1},
    {"km", "m", 1e3},
    {"cm", "m", 1e-2},
    {"mm", "m", 1e-3},
    {"ft", "m", 0.3048},
    {"rad", "rad", 1},
    {"mrad", "rad", 1e-3},
    {"deg", "rad", 0.017453292519943295},
    {"mps", "mps", 1},
    {"kmh", "mps", 1 / 3.6},
    {"kph", "mps", 1 / 3.6},
    {"mph", "mps", 0.44704},
    {"knots", "mps", 1852 / 3600.0},
    {"kn", "mps", 1852 / 3600.0},
    {"mps2", "mps2", 1},
    {"g", "mps2", 9.80665},
    {"radps", "radps", 1},
    {"degps", "radps", 0.017453292519943295},
    {"dps", "radps", 0.017453292519943295},
    {"hz", "hz", 1},
    {"khz", "hz", 1e3},
    {"mps2_rthz", "mps2_rthz", 1},
    {"g_rthz", "mps2_rthz", 9.80665},
    {"radps_rthz", "radps_rthz", 1},
    {"degps_rthz", "radps_rthz", 0.017453292519943295},
    {"dps_rthz", "radps_rthz", 0.017453292519943295},
    {"mps2_rts", "mps2_rts", 1},
    {"radps_rts", "radps_rts", 1},
    {"degps_rts", "radps_rts", 0.017453292519943295},
    {"fraction", "fraction", 1},
    {"percent", "fraction", 1e-2},
};

/* The longest suffix that `key` ends in, after an underscore; NULL when it names no unit. `*stem` is the
 * length of what stands before it. */
static const unit_suffix *find_suffix(const char *key, size_t *stem)
{
    size_t length = strlen(key);
    const unit_suffix *found = NULL;
    *stem = length;
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        size_t n = strlen(suffixes[i].suffix);
        if (length < n + 2 || key[length - n - 1] != '_' ||
            strcasecmp(key + length - n, suffixes[i].suffix) != 0)
            continue;
        if (length - n - 1 < *stem) {
            *stem = length - n - 1;
            found = &suffixes[i];
        }
    }
    return found;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t m = a < b ? a : b;
    return m < c ? m : c;
}

static bool same(char a, char b)
{
    return strncasecmp(&a, &b, 1) == 0;
}

size_t config_distance(const char *a, const char *b, size_t limit)
{
    enum { LONGEST = 63 };
    size_t m = strnlen(a, LONGEST + 1), n = strnlen(b, LONGEST + 1);
    if (m > LONGEST || n > LONGEST)
        return limit;
    /* Optimal string alignment: three rows of the usual table, one more than Levenshtein needs, for swaps. */
    size_t rows[3][LONGEST + 1];
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= m; i++) {
        size_t *now = rows[i % 3], *above = rows[(i - 1) % 3], *two = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= n; j++) {
            now[j] = least(above[j] + 1, now[j - 1] + 1, above[j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]) &&
                two[j - 2] + 1 < now[j])
                now[j] = two[j - 2] + 1;
        }
    }
    return rows[m % 3][n] < limit ? rows[m % 3][n] : limit;
}

void config_nearest_offer(config_nearest *n, const char *candidate)
{
    /* A third of the letters may be wrong: "lattency_s" is near, "foo" is nothing. */
    size_t limit = n->best ? n->distance : strlen(n->word) / 3 + 1;
    size_t distance = config_distance(n->word, candidate, limit);
    if (distance < limit) {
        n->best = candidate;
        n->distance = distance;
    }
}

const char *config_in_unit(char out[CONFIG_UNIT_SIZE], const char *unit)
{
    static const char *const words[][2] = {
        {"s", "seconds"},
        {"m", "metres"},
        {"rad", "radians"},
        {"deg", "degrees"},
    };
    const char *word = unit;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(unit, words[i][0]) == 0)
            word = words[i][1];
    }
    out[0] = '\0';
    if (strcmp(unit, "1") != 0)
        snprintf(out, CONFIG_UNIT_SIZE, " in %s", word);
    return out;
}

/* The number in the unit of the key, "" when there is no number or no way from one unit to the other. */
static const char *convert(char out[CONFIG_NUMBER_SIZE], const unit_suffix *from, const unit_suffix *to,
                           const char *value)
{
    double number;
    out[0] = '\0';
    if (!from || !to || strcmp(from->in, to->in) != 0 || !value || !config_scalar_split(value, &number))
        return out;
    /* Six digits: what a person would write, not 0.089999999999999997. */
    snprintf(out, CONFIG_NUMBER_SIZE, "%.6g", number * from->factor / to->factor);
    return out;
}

config_hint config_unit_hint(char hint[CONFIG_HINT_SIZE], const config_key *key, const char *written,
                             const char *value)
{
    size_t stem, key_stem;
    char number[CONFIG_NUMBER_SIZE], unit[CONFIG_UNIT_SIZE];
    const unit_suffix *from = find_suffix(written, &stem);
    const unit_suffix *to = find_suffix(key->name, &key_stem);
    if (key->type != CONFIG_NUMBER || (!from && !to) || stem != key_stem ||
        strncasecmp(written, key->name, stem) != 0)
        return CONFIG_HINT_NONE;
    const char *why = from ? "" : "the unit is missing, ";
    const char *in = strcmp(key->unit, "1") == 0 ? " without a unit" : config_in_unit(unit, key->unit);
    convert(number, from, to, value);
    snprintf(hint, CONFIG_HINT_SIZE, "%sthis setting is%s: %s%s%s", why, in, key->name, number[0] ? ": " : "",
             number);
    return from && to && strcmp(from->in, to->in) == 0 ? CONFIG_HINT_SAME_KIND : CONFIG_HINT_OTHER_KIND;
}

bool config_value_hint(char hint[CONFIG_HINT_SIZE], const config_key *key, const char *value)
{
    double ignored;
    size_t stem;
    char number[CONFIG_NUMBER_SIZE], suffixed[32];
    const char *unit = config_scalar_split(value, &ignored);
    if (!unit || *unit == '\0')
        return false;
    snprintf(suffixed, sizeof suffixed, "x_%.20s", unit);
    convert(number, find_suffix(suffixed, &stem), find_suffix(key->name, &stem), value);
    if (number[0] == '\0')
        return false;
    snprintf(hint, CONFIG_HINT_SIZE, "write %s", number);
    return true;
}
