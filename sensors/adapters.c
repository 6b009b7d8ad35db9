#include "sensors/adapter.h"

#include <string.h>

extern const adapter_kind adapter_bus, adapter_camera, adapter_gnss, adapter_imu, adapter_radar,
    adapter_replay, adapter_vehicle;

const adapter_kind *const adapter_kinds[] = {
    &adapter_gnss, &adapter_radar,  &adapter_vehicle, &adapter_camera,
    &adapter_imu,  &adapter_replay, &adapter_bus,
};
const size_t adapter_kind_count = sizeof adapter_kinds / sizeof *adapter_kinds;

const adapter_kind *adapter_kind_find(const char *name)
{
    for (size_t i = 0; i < adapter_kind_count; i++) {
        if (strcmp(adapter_kinds[i]->name, name) == 0)
            return adapter_kinds[i];
    }
    return NULL;
}
