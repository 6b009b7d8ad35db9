/* Adapter radar: not built yet. */
#include "sensors/adapter.h"

static bool run(adapter *a, error *e)
{
    (void)a;
    return error_set(e, "not built yet");
}

extern const adapter_kind adapter_radar;
const adapter_kind adapter_radar = {
    .name = "radar",
    .summary = "scans from a CAN radar",
    .help = "",
    .source = "radar",
    .run = run,
};
