/* An IMU that the kernel has a driver for (IIO). */
#include "common/clock.h"
#include "sensors/imu/iio_device.h"
#include "sensors/imu/imu_input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { BYTES = 4096 }; /* some hundred scans */

typedef struct {
    iio_device device;
    uint8_t bytes[BYTES];
    size_t count; /* of those that are there: less than a scan, between two reads */
} iio_state;

static bool iio_check(void *state, const adapter *a, error *e)
{
    (void)state, (void)a, (void)e;
    return true;
}

static int iio_open(void *state, adapter *a, error *e)
{
    iio_state *s = state;
    const iio_request request = {
        .sysfs = adapter_text(a, "iio_sysfs"),
        .dev = adapter_text(a, "iio_dev"),
        .device = adapter_text(a, "device"),
        .trigger = adapter_text(a, "trigger"),
        .rate_hz = adapter_number(a, "rate_hz"),
        .buffer = (int)adapter_number(a, "buffer"),
    };
    s->count = 0;
    return iio_device_open(&s->device, &request, e) ? s->device.fd : -1;
}

static void iio_close(void *state)
{
    iio_state *s = state;
    iio_device_close(&s->device);
}

/* How far UTC is ahead of the clock of the timestamps, now. */
static int64_t utc_ahead_ns(const iio_device *d)
{
    if (d->clock == CLOCK_REALTIME || d->clock == CLOCK_REALTIME_COARSE)
        return 0;
    return clock_ns(CLOCK_REALTIME) - clock_ns(d->clock);
}

static bool publish_scans(iio_state *s, adapter *a)
{
    const iio_scan *scan = &s->device.scan;
    int64_t received_ns = adapter_now_ns(), ahead_ns = utc_ahead_ns(&s->device);
    size_t at = 0;
    for (; s->count - at >= scan->size; at += scan->size) {
        frame_imu sample;
        int64_t stamp_ns;
        iio_scan_decode(scan, s->bytes + at, &sample, &stamp_ns);
        stamp_ns = stamp_ns > 0 ? stamp_ns + ahead_ns : received_ns;
        if (!imu_input_publish(a, &sample, stamp_ns, received_ns))
            return false;
    }
    s->count -= at;
    memmove(s->bytes, s->bytes + at, s->count);
    return true;
}

static imu_input_result iio_take(void *state, adapter *a)
{
    iio_state *s = state;
    ssize_t size = read(s->device.fd, s->bytes + s->count, sizeof s->bytes - s->count);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return IMU_INPUT_MORE;
    if (size <= 0)
        return IMU_INPUT_GONE;
    s->count += (size_t)size;
    return publish_scans(s, a) ? IMU_INPUT_MORE : IMU_INPUT_END;
}

const imu_input imu_input_iio = {
    .state_size = sizeof(iio_state),
    .check = iio_check,
    .open = iio_open,
    .take = iio_take,
    .close = iio_close,
};
