/* Adapter vehicle: not built yet. */
#include "sensors/adapter.h"

static bool run(adapter *a, error *e)
{
    (void)a;
    return error_set(e, "not built yet");
}

extern const adapter_kind adapter_vehicle;
const adapter_kind adapter_vehicle = {
    .name = "vehicle",
    .summary = "wheel speeds from the vehicle's CAN bus",
    .help = "",
    .source = "wheel",
    .run = run,
};
