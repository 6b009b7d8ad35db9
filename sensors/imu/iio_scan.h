/*
 * One scan of a Linux IIO device, as its buffer gives it: which channel stands where, and what its raw number
 * means. Pure: iio_device.h finds it out from sysfs.
 *
 * Kernel documentation: Documentation/ABI/testing/sysfs-bus-iio (type, scale, offset, mount matrix) and
 * iio_compute_scan_bytes in drivers/iio/industrialio-buffer.c (places: each channel at a multiple of its own
 * size, the whole padded to that of the largest).
 */
#ifndef POSED_SENSORS_IMU_IIO_SCAN_H
#define POSED_SENSORS_IMU_IIO_SCAN_H

#include "common/error.h"
#include "fusion/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/* "le:s16/16>>0": endianness, sign, bits that count, bits that it takes, shift to the right. */
typedef struct {
    bool big_endian, is_signed;
    unsigned bits, storage_bits, repeat, shift;
} iio_type;

/* False when it is not such a text, or a number does not fit. */
bool iio_type_parse(iio_type *t, const char *text);

/* The channels that matter here. */
typedef enum {
    IIO_GYRO_X,
    IIO_GYRO_Y,
    IIO_GYRO_Z,
    IIO_ACCEL_X,
    IIO_ACCEL_Y,
    IIO_ACCEL_Z,
    IIO_TIMESTAMP,
    IIO_CHANNEL_COUNT,
    IIO_OTHER = IIO_CHANNEL_COUNT, /* takes its place in the scan, nothing more */
} iio_channel_use;

/* An enabled channel, in any order. */
typedef struct {
    iio_channel_use use;
    unsigned index; /* the order in the scan */
    iio_type type;
    double scale, offset; /* value = (raw + offset) * scale, SI units */
} iio_channel;

enum { IIO_MAX_CHANNELS = 32 };

typedef struct {
    iio_channel channels[IIO_MAX_CHANNELS];
    size_t channel_count;
    /* What turns a reading into the axes of the board that the chip sits on, row by row. */
    double gyro_mount[9], accel_mount[9];
    /* Set by iio_scan_lay_out: */
    size_t size;                                  /* bytes of a scan */
    size_t places[IIO_MAX_CHANNELS];              /* by channel, after sorting by index */
    const iio_channel *by_use[IIO_CHANNEL_COUNT]; /* NULL: not there */
} iio_scan;

/* Sorts the channels and finds their places. False with `e` set when two have one index, or one is there
 * twice, or none is of use. The scan must not be moved after this. */
bool iio_scan_lay_out(iio_scan *s, error *e);

/* Reads one scan of s->size bytes. `stamp_ns` is that of the kernel, by the device's timestamp clock;
 * negative: it has none. An axis that is not there is NAN, and so are the two others of its kind. */
void iio_scan_decode(const iio_scan *s, const uint8_t *bytes, frame_imu *imu, int64_t *stamp_ns);

/* "1, 0, 0; 0, 1, 0; 0, 0, 1". False when it is not nine numbers that make up a rotation (or reflection). */
bool iio_matrix_parse(double matrix[9], const char *text);

#ifdef __cplusplus
}
#endif
#endif
