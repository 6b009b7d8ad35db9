/* Adapter radar: scans of a radar on a CAN bus. */
#include "sensors/can/can_scan.h"
#include "sensors/can/can_source.h"

#include <stdlib.h>

static const adapter_option options[] = {CAN_SOURCE_OPTIONS};

typedef struct {
    adapter *a;
    size_t count;
    can_scan *scans[CAN_MAX_RADARS];
    uint64_t dropped; /* told of so far */
    frame out;
} radar;

static bool publish(radar *r, can_scan *s)
{
    return !can_scan_finish(s, &r->out) || adapter_publish(r->a, &r->out);
}

static bool take(radar *r, can_scan *s, const can_bus_frame *f)
{
    can_scan_result result = can_scan_take(s, f);
    if (result == CAN_SCAN_NEXT) {
        if (!publish(r, s))
            return false;
        result = can_scan_take(s, f);
    }
    return result != CAN_SCAN_DONE || publish(r, s);
}

static bool take_all(radar *r, const can_bus_frame *f)
{
    uint64_t dropped = 0;
    for (size_t i = 0; i < r->count; i++) {
        if (!take(r, r->scans[i], f))
            return false;
        dropped += can_scan_dropped(r->scans[i]);
    }
    if (dropped > r->dropped)
        adapter_malformed(r->a, "a message of no item of the list, or of more than %d", FRAME_MAX_DETECTIONS);
    r->dropped = dropped;
    return true;
}

static can_scan *first_due(const radar *r)
{
    can_scan *first = r->scans[0];
    for (size_t i = 1; i < r->count; i++) {
        if (can_scan_deadline(r->scans[i]) < can_scan_deadline(first))
            first = r->scans[i];
    }
    return first;
}

static bool publish_rest(radar *r)
{
    for (size_t i = 0; i < r->count; i++) {
        if (!publish(r, r->scans[i]))
            return false;
    }
    return true;
}

static bool play(radar *r, can_source *source, error *e)
{
    can_bus_frame f;
    for (;;) {
        can_scan *due = first_due(r);
        switch (can_source_next(source, can_scan_deadline(due), &f, e)) {
        case CAN_SOURCE_FRAME:
            if (!take_all(r, &f))
                return false;
            break;
        case CAN_SOURCE_DUE:
            if (!publish(r, due))
                return false;
            break;
        case CAN_SOURCE_ENDED:
            return publish_rest(r);
        case CAN_SOURCE_STOP:
            return true;
        case CAN_SOURCE_FAILED:
            return false;
        }
    }
}

static bool create_scans(radar *r, const can_mapping *mapping, error *e)
{
    r->count = can_mapping_radar_count(mapping);
    for (size_t i = 0; i < r->count; i++) {
        r->scans[i] = can_scan_create(can_mapping_radar(mapping, i));
        if (!r->scans[i])
            return error_set(e, "out of memory");
    }
    return true;
}

static bool run(adapter *a, error *e)
{
    radar *r = calloc(1, sizeof *r);
    if (!r)
        return error_set(e, "out of memory");
    r->a = a;
    can_mapping *mapping = can_source_mapping(a, CAN_MAPPING_RADAR, e);
    can_source *source = mapping ? can_source_open(a, e) : NULL;
    bool good = source && create_scans(r, mapping, e) && play(r, source, e);
    for (size_t i = 0; i < r->count; i++)
        can_scan_destroy(r->scans[i]);
    can_source_close(source);
    can_mapping_destroy(mapping);
    free(r);
    return good;
}

extern const adapter_kind adapter_radar;
const adapter_kind adapter_radar = {
    .name = "radar",
    .summary = "scans from a CAN radar",
    .help =
        "Reads a SocketCAN interface, or a log of candump, whose stamps are then those of the scans. The\n"
        "mapping says which signals feed which field and when a scan ends; DATADIR/posed/can has some.\n",
    .source = "radar",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
