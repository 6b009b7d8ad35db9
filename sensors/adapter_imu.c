/* Adapter imu: not built yet. */
#include "sensors/adapter.h"

static bool run(adapter *a, error *e)
{
    (void)a;
    return error_set(e, "not built yet");
}

extern const adapter_kind adapter_imu;
const adapter_kind adapter_imu = {
    .name = "imu",
    .summary = "samples from Linux IIO or a serial line",
    .help = "",
    .source = "imu",
    .run = run,
};
