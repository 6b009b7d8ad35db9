/* Adapter camera: not built yet. */
#include "sensors/adapter.h"

static bool run(adapter *a, error *e)
{
    (void)a;
    return error_set(e, "not built yet");
}

extern const adapter_kind adapter_camera;
const adapter_kind adapter_camera = {
    .name = "camera",
    .summary = "landmarks and health from a camera, a video or pictures",
    .help = "",
    .source = "camera",
    .run = run,
};
