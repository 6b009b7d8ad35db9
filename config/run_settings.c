#include "config/run_settings.h"

#include <string.h>

#define NUM(name, unit, min, max, value, meaning) .name = value,
#define FLAG(name, value, meaning) .name = value,

static const bus_settings bus_default = {
    .frames = {.count = 1, .at = {"ipc:///run/posed/frames"}},
    .poses = {.count = 1, .at = {"ipc:///run/posed/poses"}},
#include "config/run_bus.def"
};
static const service_settings service_default = {
#include "config/run_service.def"
};

#undef NUM
#undef FLAG

void run_settings_default(run_settings *r)
{
    memset(r, 0, offsetof(run_settings, adapters));
    r->bus = bus_default;
    r->service = service_default;
}

void run_settings_copy(run_settings *to, const run_settings *from)
{
    memcpy(to, from, offsetof(run_settings, adapters) + from->adapter_count * sizeof *from->adapters);
}

const adapter_settings *run_settings_adapter(const run_settings *r, const char *source)
{
    for (size_t i = 0; i < r->adapter_count; i++) {
        if (strcmp(r->adapters[i].source, source) == 0)
            return &r->adapters[i];
    }
    return NULL;
}

const char *endpoint_list_nearest(const endpoint_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strncmp(list->at[i], "ipc://", 6) == 0)
            return list->at[i];
    }
    return list->count > 0 ? list->at[0] : NULL;
}
