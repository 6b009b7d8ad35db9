/*
 * A Linux IIO device with a buffer (drivers/iio; no libiio): set up through sysfs, read through its character
 * device.
 */
#ifndef POSED_SENSORS_IMU_IIO_DEVICE_H
#define POSED_SENSORS_IMU_IIO_DEVICE_H

#include "sensors/imu/iio_scan.h"

#include <limits.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    const char *sysfs;   /* "/sys/bus/iio/devices" */
    const char *dev;     /* "/dev" */
    const char *device;  /* "iio:device0", or the name that the driver gives it: "bmi160" */
    const char *trigger; /* to be set; "": as it is */
    double rate_hz;      /* to be set; 0: as it is */
    int buffer;          /* scans that the kernel keeps */
} iio_request;

typedef struct {
    int fd;                   /* non-blocking; gives whole scans */
    char directory[PATH_MAX]; /* in sysfs */
    char file[PATH_MAX];
    iio_scan scan;
    clockid_t clock; /* of the timestamps */
} iio_device;

/* Enables the channels of gyro and accelerometer and the timestamp, and no other; sets rate, trigger and
 * clock; starts the buffer and opens the device. False with `e` naming the file in sysfs that it failed at.
 * The device must not be moved while it is open. */
bool iio_device_open(iio_device *d, const iio_request *r, error *e);

/* Stops the buffer and closes. */
void iio_device_close(iio_device *d);

#ifdef __cplusplus
}
#endif
#endif
