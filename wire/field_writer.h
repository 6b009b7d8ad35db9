/*
 * Writes fixed-width protobuf fields one after the other: what a pose needs, at a tenth of nanopb's time (a
 * replay writes 100 poses for every second of a drive, thousands of times faster than real time). The bytes
 * are the same as nanopb's (checked by tests/wire/test_message.c). Zeros are left out, as proto3 does.
 *
 * The caller makes sure that everything fits: a field takes at most 2 bytes more than its value.
 */
#ifndef POSED_WIRE_FIELD_WRITER_H
#define POSED_WIRE_FIELD_WRITER_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers up to 2047: a tag of two bytes at most. `wire` is the protobuf wire type. */
static inline uint8_t *put_tag(uint8_t *at, unsigned number, unsigned wire)
{
    unsigned tag = number << 3 | wire;
    if (tag < 0x80) {
        *at = (uint8_t)tag;
        return at + 1;
    }
    at[0] = (uint8_t)(tag | 0x80);
    at[1] = (uint8_t)(tag >> 7);
    return at + 2;
}

static inline uint8_t *put_little32(uint8_t *at, uint32_t bits)
{
    const uint8_t bytes[] = {(uint8_t)bits, (uint8_t)(bits >> 8), (uint8_t)(bits >> 16),
                             (uint8_t)(bits >> 24)};
    memcpy(at, bytes, sizeof bytes);
    return at + sizeof bytes;
}

static inline uint8_t *put_little64(uint8_t *at, uint64_t bits)
{
    return put_little32(put_little32(at, (uint32_t)bits), (uint32_t)(bits >> 32));
}

static inline uint8_t *put_fixed32(uint8_t *at, unsigned number, uint32_t bits)
{
    return bits == 0 ? at : put_little32(put_tag(at, number, 5), bits);
}

static inline uint8_t *put_float(uint8_t *at, unsigned number, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return put_fixed32(at, number, bits);
}

/* With `always`, zero is written too: the field has presence. */
static inline uint8_t *put_fixed64(uint8_t *at, unsigned number, uint64_t bits, int always)
{
    return bits == 0 && !always ? at : put_little64(put_tag(at, number, 1), bits);
}

static inline uint8_t *put_double(uint8_t *at, unsigned number, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return put_fixed64(at, number, bits, 0);
}

/* An enum or a bool below 128. */
static inline uint8_t *put_small(uint8_t *at, unsigned number, unsigned value)
{
    if (value == 0)
        return at;
    at = put_tag(at, number, 0);
    *at = (uint8_t)(value & 0x7f);
    return at + 1;
}

/* A packed list of at most 31 floats, zeros included. */
static inline uint8_t *put_floats(uint8_t *at, unsigned number, const float *values, unsigned count)
{
    at = put_tag(at, number, 2);
    *at++ = (uint8_t)(count * 4);
    for (unsigned i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        at = put_little32(at, bits);
    }
    return at;
}

#ifdef __cplusplus
}
#endif
#endif
