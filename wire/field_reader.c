#include "wire/field_reader.h"
#include "common/utf8.h"

#include <math.h>
#include <string.h>

/* protobuf wire types */
enum { WIRE_VARINT = 0, WIRE_64 = 1, WIRE_BYTES = 2, WIRE_32 = 5 };

static const uint8_t wire_of[] = {
    [FIELD_SPAN] = WIRE_BYTES,    [FIELD_TEXT] = WIRE_BYTES,  [FIELD_U32] = WIRE_32,
    [FIELD_U64] = WIRE_64,        [FIELD_TIME] = WIRE_64,     [FIELD_FLOAT] = WIRE_32,
    [FIELD_DOUBLE] = WIRE_64,     [FIELD_ENUM] = WIRE_VARINT, [FIELD_SINT16] = WIRE_VARINT,
    [FIELD_SINT32] = WIRE_VARINT, [FIELD_LIST] = WIRE_BYTES,  [FIELD_FLOATS] = WIRE_BYTES,
};

/* What is left of the message. */
typedef struct {
    const uint8_t *at, *end;
} cursor;

static bool take(cursor *c, size_t size, const uint8_t **from)
{
    if (!(size <= (size_t)(c->end - c->at)))
        return false;
    *from = c->at;
    c->at += size;
    return true;
}

/* At most ten bytes, of which the last may hold one bit. */
static bool take_long_varint(cursor *c, uint64_t *value)
{
    *value = 0;
    for (unsigned shift = 0; shift < 70 && c->at < c->end; shift += 7) {
        uint8_t byte = *c->at++;
        if (shift == 63 && byte > 1)
            return false;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

/* Most tags and lengths are one byte. */
static inline bool take_varint(cursor *c, uint64_t *value)
{
    if (!(c->at < c->end && *c->at < 0x80))
        return take_long_varint(c, value);
    *value = *c->at++;
    return true;
}

static bool take_bytes(cursor *c, field_span *span)
{
    uint64_t size;
    const uint8_t *from;
    if (!take_varint(c, &size) || !(size <= (size_t)(c->end - c->at)) || !take(c, (size_t)size, &from))
        return false;
    *span = (field_span){.data = (const char *)from, .size = (size_t)size};
    return true;
}

static bool skip(cursor *c, unsigned wire)
{
    uint64_t value;
    field_span span;
    const uint8_t *from;
    switch (wire) {
    case WIRE_VARINT:
        return take_varint(c, &value);
    case WIRE_64:
        return take(c, 8, &from);
    case WIRE_32:
        return take(c, 4, &from);
    case WIRE_BYTES:
        return take_bytes(c, &span);
    default: /* groups: not in proto3 */
        return false;
    }
}

static uint32_t little32(const uint8_t *b)
{
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static uint64_t little64(const uint8_t *b)
{
    return (uint64_t)little32(b) | (uint64_t)little32(b + 4) << 32;
}

static bool fail(const message_layout *layout, const field_layout *field, const char *what, error *e)
{
    return error_set(e, "%s: %s: %s", layout->name, field->name, what);
}

static bool fail_number(const message_layout *layout, const field_layout *field, double value, error *e)
{
    if (!isfinite(value))
        return fail(layout, field, "not a finite number", e);
    return error_set(e, "%s: %s: %.9g is not in %g..%g", layout->name, field->name, value, field->min,
                     field->max);
}

static bool read_float(const message_layout *layout, const field_layout *field, uint32_t bits, char *to,
                       error *e)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    if (!((double)value >= field->min && (double)value <= field->max) && !(field->may_be_nan && isnan(value)))
        return fail_number(layout, field, (double)value, e);
    memcpy(to, &bits, sizeof bits);
    return true;
}

static bool read_32(const message_layout *layout, const field_layout *field, const uint8_t *from, char *to,
                    error *e)
{
    uint32_t bits = little32(from);
    if (field->type == FIELD_FLOAT)
        return read_float(layout, field, bits, to, e);
    memcpy(to, &bits, sizeof bits);
    return true;
}

static bool read_64(const message_layout *layout, const field_layout *field, const uint8_t *from, char *to,
                    error *e)
{
    uint64_t bits = little64(from);
    if (field->type == FIELD_DOUBLE) {
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!(value >= field->min && value <= field->max) && !(field->may_be_nan && isnan(value)))
            return fail_number(layout, field, value, e);
    } else if (field->type == FIELD_TIME && !(bits <= (uint64_t)TIME_MAX_NS)) {
        return fail(layout, field, "negative or after the year 2116", e);
    }
    memcpy(to, &bits, sizeof bits);
    return true;
}

static bool read_varint(const message_layout *layout, const field_layout *field, cursor *c, char *to,
                        error *e)
{
    uint64_t bits;
    if (!take_varint(c, &bits))
        return fail(layout, field, "malformed or truncated", e);
    /* an enum is an int32, written as 64 bits two's complement; a sint is zigzag: 0, -1, 1, -2, ... */
    int64_t value = field->type == FIELD_ENUM ? (int64_t)bits : (int64_t)(bits >> 1) ^ -(int64_t)(bits & 1);
    if (!((double)value >= field->min && (double)value <= field->max))
        return error_set(e, "%s: %s: no such value as %lld", layout->name, field->name, (long long)value);
    if (field->type == FIELD_ENUM)
        memcpy(to, &(uint8_t){(uint8_t)value}, sizeof(uint8_t));
    else if (field->type == FIELD_SINT16)
        memcpy(to, &(int16_t){(int16_t)value}, sizeof(int16_t));
    else
        memcpy(to, &(int32_t){(int32_t)value}, sizeof(int32_t));
    return true;
}

static bool read_text(const message_layout *layout, const field_layout *field, field_span span, char *to,
                      error *e)
{
    if (!(span.size < field->size))
        return error_set(e, "%s: %s: %zu bytes, at most %d fit", layout->name, field->name, span.size,
                         field->size - 1);
    const size_t good = utf8_plain((const char *)span.data, span.size);
    if (good < span.size && (unsigned char)span.data[good] < ' ')
        return fail(layout, field, "control character in text", e);
    if (good < span.size)
        return fail(layout, field, "text that is no UTF-8", e);
    memcpy(to, span.data, span.size);
    to[span.size] = '\0';
    return true;
}

static bool read_element(const message_layout *layout, const field_layout *field, field_span span,
                         char *target, error *e)
{
    const list_layout *list = field->list;
    uint16_t count;
    memcpy(&count, target + list->count_offset, sizeof count);
    if (!(count < list->capacity))
        return error_set(e, "%s: %s: more than %zu", layout->name, field->name, list->capacity);
    char *element = target + field->offset + count * list->stride;
    memset(element, 0, list->stride);
    if (!field_read(list->element, span.data, span.size, element, NULL, e))
        return false;
    count++;
    memcpy(target + list->count_offset, &count, sizeof count);
    return true;
}

static bool read_floats(const message_layout *layout, const field_layout *field, field_span span, char *to,
                        error *e)
{
    if (span.size != sizeof(float) * field->size)
        return error_set(e, "%s: %s: %zu bytes, expected %d numbers", layout->name, field->name, span.size,
                         field->size);
    for (size_t at = 0; at < span.size; at += sizeof(float)) {
        if (!read_float(layout, field, little32((const uint8_t *)span.data + at), to + at, e))
            return false;
    }
    return true;
}

static bool read_bytes(const message_layout *layout, const field_layout *field, cursor *c, char *target,
                       field_span *kept, error *e)
{
    field_span span;
    if (!take_bytes(c, &span))
        return fail(layout, field, "truncated", e);
    if (field->type == FIELD_LIST)
        return read_element(layout, field, span, target, e);
    if (field->type == FIELD_TEXT)
        return read_text(layout, field, span, target + field->offset, e);
    if (field->type == FIELD_FLOATS)
        return read_floats(layout, field, span, target + field->offset, e);
    *kept = span;
    return true;
}

static bool read_known(const message_layout *layout, const field_layout *field, unsigned wire, cursor *c,
                       char *target, field_span *span, error *e)
{
    const uint8_t *from;
    if (wire != wire_of[field->type])
        return fail(layout, field, "of another type", e);
    switch (wire) {
    case WIRE_32:
        return take(c, 4, &from) ? read_32(layout, field, from, target + field->offset, e)
                                 : fail(layout, field, "truncated", e);
    case WIRE_64:
        return take(c, 8, &from) ? read_64(layout, field, from, target + field->offset, e)
                                 : fail(layout, field, "truncated", e);
    case WIRE_VARINT:
        return read_varint(layout, field, c, target + field->offset, e);
    default:
        return read_bytes(layout, field, c, target, span, e);
    }
}

static bool check_required(const message_layout *layout, uint32_t seen, error *e)
{
    uint32_t missing = layout->required & ~seen;
    return missing == 0 || fail(layout, &layout->fields[__builtin_ctz(missing)], "missing", e);
}

bool field_read(const message_layout *layout, const void *data, size_t size, void *target, field_span *span,
                error *e)
{
    cursor c = {.at = data, .end = (const uint8_t *)data + size};
    uint32_t seen = 0;
    while (c.at < c.end) {
        uint64_t tag;
        if (!take_varint(&c, &tag) || !(tag >> 3 >= 1 && tag <= UINT32_MAX))
            return error_set(e, "%s: malformed field number", layout->name);
        uint64_t number = tag >> 3;
        unsigned wire = (unsigned)(tag & 7);
        if (number < layout->count && layout->fields[number].type != FIELD_NONE) {
            if (!read_known(layout, &layout->fields[number], wire, &c, target, span, e))
                return false;
            seen |= 1u << number;
        } else if (!skip(&c, wire)) {
            return error_set(e, "%s: field %u: malformed or truncated", layout->name, (unsigned)number);
        }
    }
    return check_required(layout, seen, e);
}
