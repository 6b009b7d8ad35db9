/*
 * What the files that use nanopb share. Internal to wire/ and client/.
 */
#ifndef POSED_WIRE_MESSAGE_PB_H
#define POSED_WIRE_MESSAGE_PB_H

#include <pb_decode.h>
#include <pb_encode.h>
#include <posed.pb.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Encodes a generated struct; 0 when it does not fit. */
static inline size_t pb_to_bytes(const pb_msgdesc_t *fields, const void *message, void *buffer, size_t size)
{
    pb_ostream_t stream = pb_ostream_from_buffer((pb_byte_t *)buffer, size);
    return pb_encode(&stream, fields, message) ? stream.bytes_written : 0;
}

/* Radians to degrees, held inside +-limit where rounding would step over it. NaN stays NaN. The decoder's own
 * constant is divided by, so that what is decoded and encoded again is the same to the last bit. */
static inline double pb_degrees(double radians, double limit)
{
    double degrees = radians / (3.14159265358979323846 / 180.0);
    if (degrees > limit && degrees < limit + 1e-9)
        return limit;
    return degrees < -limit && degrees > -limit - 1e-9 ? -limit : degrees;
}

/* The upper triangle of a symmetric n x n matrix, row by row, to the whole of it. */
static inline void pb_unpack_triangle(size_t n, const float *triangle, float *square)
{
    for (size_t row = 0; row < n; row++) {
        for (size_t column = row; column < n; column++)
            square[row * n + column] = square[column * n + row] = *triangle++;
    }
}

/* The number on the wire of a fault_code (FAULT_CODE_NONE when it is none), and back (false when no fault has
 * it). */
posed_v1_FaultCode pb_fault_number(uint8_t code);
bool pb_fault_find(posed_v1_FaultCode number, uint8_t *code);

#ifdef __cplusplus
}
#endif
#endif
