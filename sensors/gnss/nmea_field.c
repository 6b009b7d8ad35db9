#include "sensors/gnss/nmea_field.h"
#include "sensors/gnss/gnss_time.h"

#include <string.h>

bool nmea_split(const char *sentence, nmea_fields *f)
{
    size_t length = strlen(sentence);
    if (!(length < sizeof f->text))
        return false;
    memcpy(f->text, sentence, length + 1);
    f->count = 0;
    for (char *at = f->text;; at++) {
        if (f->count == NMEA_MAX_FIELDS)
            return false;
        f->at[f->count++] = at;
        at += strcspn(at, ",");
        if (*at == '\0')
            break;
        *at = '\0';
    }
    for (size_t i = f->count; i < NMEA_MAX_FIELDS; i++)
        f->at[i] = f->text + length;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits with at most one point. Not strtod: it knows locales, exponents, hexadecimal and NaN. */
bool nmea_number(const char *field, double *value)
{
    const char *at = field + (*field == '-' || *field == '+');
    double mantissa = 0.0, scale = 1.0;
    int digits = 0;
    bool fraction = false;
    for (; *at != '\0'; at++) {
        if (*at == '.' && !fraction) {
            fraction = true;
            continue;
        }
        if (!is_digit(*at) || ++digits > 15)
            return false;
        mantissa = 10.0 * mantissa + (*at - '0');
        if (fraction)
            scale *= 10.0;
    }
    if (digits == 0)
        return false;
    *value = (*field == '-' ? -mantissa : mantissa) / scale;
    return true;
}

bool nmea_float(const char *field, float *value)
{
    double number;
    if (!nmea_number(field, &number))
        return false;
    *value = (float)number;
    return true;
}

bool nmea_integer(const char *field, int min, int max, int *value)
{
    int v = 0;
    size_t n = 0;
    for (; is_digit(field[n]) && n < 6; n++)
        v = 10 * v + (field[n] - '0');
    if (n == 0 || field[n] != '\0' || v < min || v > max)
        return false;
    *value = v;
    return true;
}

static bool two_digits(const char *at, int max, int *value)
{
    if (!is_digit(at[0]) || !is_digit(at[1]))
        return false;
    *value = 10 * (at[0] - '0') + (at[1] - '0');
    return *value <= max;
}

bool nmea_time(const char *field, int64_t *of_day_ns)
{
    int hour, minute, second;
    if (!two_digits(field, 23, &hour) || !two_digits(field + 2, 59, &minute) ||
        !two_digits(field + 4, 60, &second))
        return false;
    int64_t fraction_ns = 0, unit_ns = 100000000;
    const char *at = field + 6;
    if (*at == '.') {
        for (at++; is_digit(*at); at++, unit_ns /= 10)
            fraction_ns += (*at - '0') * unit_ns;
    }
    if (*at != '\0')
        return false;
    *of_day_ns = ((hour * 60 + minute) * 60 + second) * (int64_t)1000000000 + fraction_ns;
    return true;
}

bool nmea_date(const char *field, int32_t *day)
{
    int d, m, y;
    if (!two_digits(field, 31, &d) || !two_digits(field + 2, 12, &m) || !two_digits(field + 4, 99, &y) ||
        field[6] != '\0')
        return false;
    int32_t number = gnss_day(gnss_full_year(y), m, d);
    if (number == GNSS_NO_DAY)
        return false;
    *day = number;
    return true;
}

/* "dddmm.mmm" and a letter to degrees. */
static bool parse_angle(const char *field, const char *letter, char positive, char negative, double max_deg,
                        double *value_deg)
{
    double number;
    if (!nmea_number(field, &number) || !(number >= 0.0) || letter[0] == '\0' || letter[1] != '\0' ||
        (letter[0] != positive && letter[0] != negative))
        return false;
    double degrees = (double)(long)(number / 100.0);
    double minutes = number - 100.0 * degrees;
    double angle = degrees + minutes / 60.0;
    if (!(minutes < 60.0 && angle <= max_deg))
        return false;
    *value_deg = letter[0] == negative ? -angle : angle;
    return true;
}

bool nmea_position(const char *const *field, double *latitude_deg, double *longitude_deg)
{
    double latitude, longitude;
    if (!parse_angle(field[0], field[1], 'N', 'S', 90.0, &latitude) ||
        !parse_angle(field[2], field[3], 'E', 'W', 180.0, &longitude))
        return false;
    *latitude_deg = latitude;
    *longitude_deg = longitude;
    return true;
}
