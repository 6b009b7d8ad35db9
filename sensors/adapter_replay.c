/* Adapter replay: not built yet. */
#include "sensors/adapter.h"

static bool run(adapter *a, error *e)
{
    (void)a;
    return error_set(e, "not built yet");
}

extern const adapter_kind adapter_replay;
const adapter_kind adapter_replay = {
    .name = "replay",
    .summary = "a recorded drive onto the bus",
    .help = "",
    .source = NULL,
    .run = run,
};
