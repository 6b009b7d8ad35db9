/* An IMU on a serial line, by posed's serial frame. */
#include "sensors/device_clock.h"
#include "sensors/imu/imu_frame.h"
#include "sensors/imu/imu_input.h"
#include "sensors/serial_port.h"

#include <errno.h>
#include <inttypes.h>
#include <unistd.h>

/* Bytes without one frame among them after which the line is suspected: a second at 115200 baud. */
enum { NOISE_LIMIT = 11520 };

typedef struct {
    int fd;
    imu_frame_parser parser;
    device_clock clock;
    int64_t device_us; /* unwrapped */
    uint64_t lost_said, noise_said, resets_said;
} serial_state;

static bool serial_check(void *state, const adapter *a, error *e)
{
    error why = {""};
    (void)state;
    return serial_port_speed_valid(adapter_number(a, "baud"), &why) ||
           error_set(e, "%s: %s", adapter_where(a, "baud"), why.text);
}

static int serial_open(void *state, adapter *a, error *e)
{
    serial_state *s = state;
    *s = (serial_state){.fd = serial_port_open(adapter_path(a, "device"), adapter_number(a, "baud"), e)};
    return s->fd;
}

static void serial_close(void *state)
{
    serial_state *s = state;
    close(s->fd);
}

static void say_trouble(serial_state *s, adapter *a)
{
    const imu_frame_parser *p = &s->parser;
    if (p->lost != s->lost_said)
        adapter_say(a, LOG_WARN, "%" PRIu64 " frames are missing in the sequence so far", p->lost);
    if (p->frames == 0 && p->skipped_bytes - s->noise_said > NOISE_LIMIT) {
        adapter_say(a, LOG_WARN, "no frame in %" PRIu64 " bytes: are the speed and the frame right?",
                    p->skipped_bytes);
        s->noise_said = p->skipped_bytes;
    }
    if (s->clock.resets != s->resets_said)
        adapter_say(a, LOG_WARN, "the device's clock started anew");
    s->lost_said = p->lost;
    s->resets_said = s->clock.resets;
}

/* One read's frames arrived together, as far as anybody can tell. */
typedef struct {
    int64_t monotonic_ns, utc_ns;
} arrival;

static bool publish(serial_state *s, adapter *a, const imu_sample *sample, const arrival *now)
{
    s->device_us = device_time_unwrap(s->device_us, sample->time_us);
    int64_t stamp_ns = device_clock_stamp(&s->clock, s->device_us * 1000, now->monotonic_ns);
    /* By the monotonic clock, so that a step of the system's clock does not look like one of the device's. */
    return imu_input_publish(a, &sample->imu, stamp_ns + (now->utc_ns - now->monotonic_ns), now->utc_ns);
}

static bool take_bytes(serial_state *s, adapter *a, const uint8_t *bytes, size_t size)
{
    const arrival now = {adapter_monotonic_ns(), adapter_now_ns()};
    imu_sample sample;
    for (imu_frame_result r; (r = imu_frame_take(&s->parser, &bytes, &size, &sample)) != IMU_FRAME_NONE;) {
        if (r == IMU_FRAME_CORRUPT)
            adapter_malformed(a,
                              "a frame is corrupt: %" PRIu64 " with a wrong CRC, %" PRIu64
                              " with impossible content so far",
                              s->parser.bad_crc, s->parser.bad_content);
        else if (!publish(s, a, &sample, &now))
            return false;
    }
    say_trouble(s, a);
    return true;
}

static imu_input_result serial_take(void *state, adapter *a)
{
    serial_state *s = state;
    uint8_t bytes[1024];
    ssize_t size = read(s->fd, bytes, sizeof bytes);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return IMU_INPUT_MORE;
    if (size <= 0)
        return IMU_INPUT_GONE;
    return take_bytes(s, a, bytes, (size_t)size) ? IMU_INPUT_MORE : IMU_INPUT_END;
}

const imu_input imu_input_serial = {
    .state_size = sizeof(serial_state),
    .check = serial_check,
    .open = serial_open,
    .take = serial_take,
    .close = serial_close,
};
