/* Adapter imu: samples of rate of turn and specific force, from Linux IIO or a serial line. */
#include "sensors/imu/imu_input.h"

#include <stdlib.h>
#include <string.h>

/* A device that is not there is looked for this often (seconds). */
static const double retry_s = 0.5;

bool imu_input_publish(adapter *a, const frame_imu *sample, int64_t stamp_ns, int64_t received_ns)
{
    frame f = {.kind = FRAME_IMU, .received_ns = received_ns, .u.imu = *sample};
    f.stamp_ns = stamp_ns - (int64_t)(1e9 * adapter_number(a, "latency_s"));
    return adapter_publish(a, &f);
}

/* Says why it cannot be opened, once for each reason. */
static void say_why(adapter *a, const error *why, error *said)
{
    if (strcmp(why->text, said->text) != 0)
        adapter_say(a, LOG_WARN, "%s; waiting for it", why->text);
    *said = *why;
}

/* Publishes until the device is gone (true) or the adapter is to stop. */
static bool pump(const imu_input *input, void *state, adapter *a, int fd)
{
    imu_input_result result = IMU_INPUT_MORE;
    while (result == IMU_INPUT_MORE) {
        if (adapter_wait(a, fd, -1.0) == ADAPTER_STOP)
            return false;
        result = input->take(state, a);
    }
    return result == IMU_INPUT_GONE;
}

/* False: the adapter is to stop. */
static bool run_once(const imu_input *input, void *state, adapter *a, error *said)
{
    error why = {""};
    int fd = input->open(state, a, &why);
    if (fd < 0) {
        say_why(a, &why, said);
    } else {
        adapter_say(a, LOG_NOTE, "reading %s", adapter_text(a, "device"));
        said->text[0] = '\0';
        bool gone = pump(input, state, a, fd);
        input->close(state);
        if (!gone)
            return false;
        adapter_say(a, LOG_WARN, "%s is gone; waiting for it", adapter_text(a, "device"));
    }
    return adapter_wait(a, -1, retry_s) != ADAPTER_STOP;
}

static bool run(adapter *a, error *e)
{
    error said = {""};
    const imu_input *input = strchr(adapter_text(a, "device"), '/') ? &imu_input_serial : &imu_input_iio;
    void *state = calloc(1, input->state_size);
    if (!state)
        return error_set(e, "out of memory");
    bool ok = input->check(state, a, e);
    while (ok && run_once(input, state, a, &said))
        continue;
    free(state);
    return ok;
}

static const adapter_option options[] = {
    {"device", ADAPTER_TEXT,
     .meaning = "A serial line, by its path (/dev/ttyACM0), or an IIO device, by the name of "
                "its driver (bmi160) or its own (iio:device0)."},
    {"baud", ADAPTER_NUMBER, .unit = "bit/s", .min = 1, .max = 1e7, .value = "115200",
     .meaning = "Speed of the serial line; a USB device takes any."},
    {"latency_s", ADAPTER_NUMBER, .unit = "s", .min = 0, .max = 1, .value = "0",
     .meaning = "How much older than its stamp a sample is: filters in the chip, and the shortest delay of a "
                "serial line."},
    {"rate_hz", ADAPTER_NUMBER, .unit = "Hz", .min = 0, .max = 1e5, .value = "0",
     .meaning = "IIO: rate to be set; 0 leaves it as it is."},
    {"trigger", ADAPTER_TEXT, .value = "", .meaning = "IIO: trigger to be set; empty leaves it as it is."},
    {"buffer", ADAPTER_NUMBER, .unit = "scans", .min = 2, .max = 65536, .value = "256",
     .meaning = "IIO: how many scans the kernel keeps while the adapter is held up."},
    {"iio_sysfs", ADAPTER_PATH, .value = "/sys/bus/iio/devices",
     .meaning = "Where the IIO devices are described."},
    {"iio_dev", ADAPTER_PATH, .value = "/dev", .meaning = "Where their character devices are."},
};

extern const adapter_kind adapter_imu;
const adapter_kind adapter_imu = {
    .name = "imu",
    .summary = "samples from Linux IIO or a serial line",
    .help = "A device that is missing, or goes away, is waited for. The serial frame is described, with an\n"
            "encoder, in docs/ADAPTERS.md. An axis of which the device measures not all three directions is\n"
            "left out.\n",
    .source = "imu",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
