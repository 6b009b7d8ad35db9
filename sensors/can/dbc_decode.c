#include "sensors/can/dbc_decode.h"

#include <math.h>
#include <string.h>

/* DBC counts the bits of a byte from its lowest. A big-endian signal begins with its highest bit and goes
 * down; where a byte ends it goes on with the highest bit of the next. Counted from the highest bit of each
 * byte ("network order") it is one run. */
static uint32_t network_start(const dbc_signal *s)
{
    return 8 * (s->start / 8) + 7 - s->start % 8;
}

bool dbc_signal_fits(const dbc_signal *s, size_t size)
{
    uint64_t first = s->big_endian ? network_start(s) : s->start;
    return first + s->length <= 8 * (uint64_t)size;
}

uint32_t dbc_signal_bit(const dbc_signal *s, uint32_t i)
{
    if (!s->big_endian)
        return s->start + i;
    uint32_t at = network_start(s) + s->length - 1 - i;
    return 8 * (at / 8) + 7 - at % 8;
}

static uint64_t raw_little_endian(const dbc_signal *s, const uint8_t *payload)
{
    uint64_t raw = 0;
    for (uint32_t done = 0; done < s->length;) {
        uint32_t at = s->start + done, n = 8 - at % 8;
        if (n > s->length - done)
            n = s->length - done;
        uint64_t part = (uint64_t)(payload[at / 8] >> at % 8) & ((1u << n) - 1);
        raw |= part << done;
        done += n;
    }
    return raw;
}

static uint64_t raw_big_endian(const dbc_signal *s, const uint8_t *payload)
{
    uint64_t raw = 0;
    for (uint32_t done = 0, first = network_start(s); done < s->length;) {
        uint32_t at = first + done, n = 8 - at % 8;
        if (n > s->length - done)
            n = s->length - done;
        uint64_t part = (uint64_t)(payload[at / 8] >> (8 - at % 8 - n)) & ((1u << n) - 1);
        raw = raw << n | part;
        done += n;
    }
    return raw;
}

uint64_t dbc_signal_raw(const dbc_signal *s, const uint8_t *payload)
{
    return s->big_endian ? raw_big_endian(s, payload) : raw_little_endian(s, payload);
}

static bool decodable(const dbc_signal *s)
{
    if (s->is_float)
        return s->length == 16 || s->length == 32 || s->length == 64;
    return s->length >= 1 && s->length <= 64;
}

static bool selected(const dbc_signal *s, uint64_t value)
{
    for (size_t i = 0; i < s->selected_by_count; i++) {
        if (s->selected_by[i].first <= value && value <= s->selected_by[i].last)
            return true;
    }
    return false;
}

bool dbc_signal_present(const dbc_signal *s, const uint8_t *payload, size_t size)
{
    if (!decodable(s) || !dbc_signal_fits(s, size))
        return false;
    for (; s->selector; s = s->selector) {
        if (!decodable(s->selector) || !dbc_signal_fits(s->selector, size) ||
            !selected(s, dbc_signal_raw(s->selector, payload)))
            return false;
    }
    return true;
}

/* IEEE 754 binary16. */
static double half_float(uint64_t raw)
{
    int exponent = (int)(raw >> 10 & 31);
    double fraction = (double)(raw & 1023) / 1024.0;
    double value = exponent == 0    ? ldexp(fraction, -14)
                   : exponent == 31 ? (fraction == 0.0 ? INFINITY : NAN)
                                    : ldexp(1.0 + fraction, exponent - 15);
    return raw >> 15 ? -value : value;
}

static double float_of(uint64_t raw, uint32_t length)
{
    if (length == 16)
        return half_float(raw);
    if (length == 64) {
        double value;
        memcpy(&value, &raw, sizeof value);
        return value;
    }
    uint32_t low = (uint32_t)raw;
    float value;
    memcpy(&value, &low, sizeof value);
    return (double)value;
}

static bool is_integer(double x)
{
    return x == trunc(x) && fabs(x) <= 9007199254740992.0;
}

static dbc_number real_number(double value)
{
    return (dbc_number){.type = DBC_IS_REAL, .real = value};
}

static dbc_number signed_number(const dbc_signal *s, int64_t raw)
{
    int64_t value;
    if (is_integer(s->scale) && is_integer(s->offset) &&
        !__builtin_mul_overflow(raw, (int64_t)s->scale, &value) &&
        !__builtin_add_overflow(value, (int64_t)s->offset, &value))
        return (dbc_number){.type = DBC_IS_SIGNED, .real = (double)value, .integer = value};
    return real_number((double)raw * s->scale + s->offset);
}

/* For what only an unsigned integer can hold. */
static dbc_number unsigned_number(const dbc_signal *s, uint64_t raw)
{
    uint64_t value = 0;
    bool exact = is_integer(s->scale) && s->scale >= 0.0 && is_integer(s->offset) &&
                 !__builtin_mul_overflow(raw, (uint64_t)s->scale, &value);
    if (exact && s->offset >= 0.0)
        exact = !__builtin_add_overflow(value, (uint64_t)s->offset, &value);
    else if (exact)
        exact = !__builtin_sub_overflow(value, (uint64_t)-s->offset, &value);
    if (!exact)
        return real_number((double)raw * s->scale + s->offset);
    if (value <= INT64_MAX)
        return (dbc_number){.type = DBC_IS_SIGNED, .real = (double)value, .integer = (int64_t)value};
    return (dbc_number){.type = DBC_IS_UNSIGNED, .real = (double)value, .natural = value};
}

dbc_number dbc_signal_value(const dbc_signal *s, const uint8_t *payload)
{
    uint64_t raw = dbc_signal_raw(s, payload);
    if (s->is_float)
        return real_number(float_of(raw, s->length) * s->scale + s->offset);
    uint64_t sign = UINT64_C(1) << (s->length - 1);
    if (s->is_signed)
        return signed_number(s, (int64_t)((raw ^ sign) - sign));
    if (raw > INT64_MAX)
        return unsigned_number(s, raw);
    dbc_number n = signed_number(s, (int64_t)raw);
    return n.type == DBC_IS_SIGNED ? n : unsigned_number(s, raw);
}

bool dbc_signal_read(const dbc_signal *s, const uint8_t *payload, size_t size, double *value)
{
    if (!dbc_signal_present(s, payload, size))
        return false;
    double real = dbc_signal_value(s, payload).real;
    *value = isfinite(real) ? real : NAN;
    return true;
}
