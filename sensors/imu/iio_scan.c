#include "sensors/imu/iio_scan.h"

#include <endian.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool iio_type_parse(iio_type *t, const char *text)
{
    char order, sign;
    int end = 0;
    memset(t, 0, sizeof *t);
    t->repeat = 1;
    if (sscanf(text, "%ce:%c%2u/%2u%n", &order, &sign, &t->bits, &t->storage_bits, &end) != 4)
        return false;
    if (text[end] == 'X') {
        int more = 0;
        if (sscanf(text + end, "X%2u%n", &t->repeat, &more) != 1)
            return false;
        end += more;
    }
    int last = 0;
    if (sscanf(text + end, ">>%2u%n", &t->shift, &last) != 1 || text[end + last] != '\0')
        return false;
    t->big_endian = order == 'b';
    t->is_signed = sign == 's';
    bool size_good =
        t->storage_bits == 8 || t->storage_bits == 16 || t->storage_bits == 32 || t->storage_bits == 64;
    return size_good && (order == 'b' || order == 'l') && (sign == 's' || sign == 'u') && t->bits >= 1 &&
           t->bits + t->shift <= t->storage_bits && t->repeat >= 1;
}

static int by_index(const void *a, const void *b)
{
    const iio_channel *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

static size_t round_up(size_t at, size_t to)
{
    return (at + to - 1) / to * to;
}

static bool tie(iio_scan *s, const iio_channel *c, error *e)
{
    if (c->use == IIO_OTHER)
        return true;
    if (s->by_use[c->use])
        return error_set(e, "a channel stands twice in the scan");
    if (c->use == IIO_TIMESTAMP && c->type.storage_bits != 64)
        return error_set(e, "the timestamp has %u bits, not 64", c->type.storage_bits);
    if (c->type.repeat != 1)
        return error_set(e, "a channel that repeats (X%u) is not a number", c->type.repeat);
    s->by_use[c->use] = c;
    return true;
}

bool iio_scan_lay_out(iio_scan *s, error *e)
{
    size_t at = 0, largest = 1;
    memset(s->by_use, 0, sizeof s->by_use);
    qsort(s->channels, s->channel_count, sizeof *s->channels, by_index);
    for (size_t i = 0; i < s->channel_count; i++) {
        const iio_channel *c = &s->channels[i];
        size_t size = c->type.storage_bits / 8 * c->type.repeat;
        if (i > 0 && c->index == s->channels[i - 1].index)
            return error_set(e, "two channels have index %u in the scan", c->index);
        if (!tie(s, c, e))
            return false;
        s->places[i] = round_up(at, size);
        at = s->places[i] + size;
        largest = size > largest ? size : largest;
    }
    s->size = round_up(at, largest);
    for (int use = IIO_GYRO_X; use <= IIO_ACCEL_Z; use++) {
        if (s->by_use[use])
            return true;
    }
    return error_set(e, "has no buffered channel in_anglvel_* or in_accel_*");
}

static uint64_t get_raw(const iio_type *t, const uint8_t *at)
{
    uint64_t raw = 0;
    size_t bytes = t->storage_bits / 8;
    for (size_t i = 0; i < bytes; i++)
        raw |= (uint64_t)at[i] << (8 * (t->big_endian ? bytes - 1 - i : i));
    return raw >> t->shift;
}

static int64_t get_number(const iio_type *t, const uint8_t *at)
{
    uint64_t raw = get_raw(t, at);
    if (t->bits < 64)
        raw &= (UINT64_C(1) << t->bits) - 1;
    bool negative = t->is_signed && (raw >> (t->bits - 1) & 1) != 0;
    return (int64_t)(negative && t->bits < 64 ? raw | ~((UINT64_C(1) << t->bits) - 1) : raw);
}

static int64_t read_channel(const iio_scan *s, const iio_channel *c, const uint8_t *bytes)
{
    return get_number(&c->type, bytes + s->places[c - s->channels]);
}

/* Three axes from `first` on, through the mount matrix. */
static void read_vector(const iio_scan *s, const uint8_t *bytes, iio_channel_use first, const double mount[9],
                        float out[3])
{
    double v[3];
    for (int i = 0; i < 3; i++) {
        const iio_channel *c = s->by_use[(int)first + i];
        v[i] = c ? ((double)read_channel(s, c, bytes) + c->offset) * c->scale : NAN;
    }
    for (int row = 0; row < 3; row++) /* NAN spreads: a vector is there as a whole or not at all */
        out[row] = (float)(mount[3 * row] * v[0] + mount[3 * row + 1] * v[1] + mount[3 * row + 2] * v[2]);
}

void iio_scan_decode(const iio_scan *s, const uint8_t *bytes, frame_imu *imu, int64_t *stamp_ns)
{
    read_vector(s, bytes, IIO_GYRO_X, s->gyro_mount, imu->gyro_radps);
    read_vector(s, bytes, IIO_ACCEL_X, s->accel_mount, imu->accel_mps2);
    const iio_channel *stamp = s->by_use[IIO_TIMESTAMP];
    *stamp_ns = stamp ? read_channel(s, stamp, bytes) : -1;
}

/* Rows of length one and at right angles; drivers pass on what the device tree says, rounded. */
static bool is_orthonormal(const double m[9])
{
    static const double tolerance = 0.02;
    for (int a = 0; a < 3; a++) {
        for (int b = a; b < 3; b++) {
            double dot = m[3 * a] * m[3 * b] + m[3 * a + 1] * m[3 * b + 1] + m[3 * a + 2] * m[3 * b + 2];
            if (!(fabs(dot - (a == b)) <= tolerance))
                return false;
        }
    }
    return true;
}

bool iio_matrix_parse(double matrix[9], const char *text)
{
    for (int i = 0; i < 9; i++) {
        char *end;
        matrix[i] = strtod(text, &end);
        if (end == text)
            return false;
        end += strspn(end, " ");
        char expected = i == 8 ? '\0' : i % 3 == 2 ? ';' : ',';
        if (*end != expected)
            return false;
        text = end + (i < 8);
    }
    return is_orthonormal(matrix);
}
