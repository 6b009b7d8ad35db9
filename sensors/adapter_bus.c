/* Adapter bus: not built yet. */
#include "sensors/adapter.h"

static bool run(adapter *a, error *e)
{
    (void)a;
    return error_set(e, "not built yet");
}

extern const adapter_kind adapter_bus;
const adapter_kind adapter_bus = {
    .name = "bus",
    .summary = "relay what another program publishes",
    .help = "",
    .source = NULL,
    .run = run,
};
