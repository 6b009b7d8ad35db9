/* Adapter gnss: not built yet. */
#include "sensors/adapter.h"

static bool run(adapter *a, error *e)
{
    (void)a;
    return error_set(e, "not built yet");
}

extern const adapter_kind adapter_gnss;
const adapter_kind adapter_gnss = {
    .name = "gnss",
    .summary = "fixes from gpsd or a receiver (u-blox UBX, NMEA 0183)",
    .help = "",
    .source = "gnss",
    .run = run,
};
