/* Adapter vehicle: what a vehicle's own CAN bus says of its speed, wheels and steering. */
#include "sensors/can/can_source.h"
#include "sensors/can/can_wheels.h"

static const adapter_option options[] = {CAN_SOURCE_OPTIONS};

static bool play(adapter *a, can_source *source, const can_mapping *mapping, error *e)
{
    can_wheels wheels;
    can_bus_frame f;
    frame out = {0};
    can_source_result result;
    can_wheels_init(&wheels, can_mapping_wheels(mapping));
    while ((result = can_source_next(source, INT64_MAX, &f, e)) == CAN_SOURCE_FRAME) {
        if (can_wheels_take(&wheels, &f, &out) && !adapter_publish(a, &out))
            return false;
    }
    return result != CAN_SOURCE_FAILED;
}

static bool run(adapter *a, error *e)
{
    can_mapping *mapping = can_source_mapping(a, CAN_MAPPING_VEHICLE, e);
    can_source *source = mapping ? can_source_open(a, e) : NULL;
    bool good = source && play(a, source, mapping, e);
    can_source_close(source);
    can_mapping_destroy(mapping);
    return good;
}

extern const adapter_kind adapter_vehicle;
const adapter_kind adapter_vehicle = {
    .name = "vehicle",
    .summary = "wheel speeds from the vehicle's CAN bus",
    .help =
        "Reads a SocketCAN interface, or a log of candump, whose stamps are then those of the frames. The\n"
        "mapping says which signals feed which field; DATADIR/posed/can has some.\n",
    .source = "wheel",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
