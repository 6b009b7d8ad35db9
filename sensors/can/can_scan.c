#include "sensors/can/can_scan.h"

#include "sensors/can/dbc_decode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROWS = FRAME_MAX_DETECTIONS,
    /* Scans in a row without a part until it is no longer waited for: it is switched off in the radar. With
     * fewer, a part that was lost on the bus once would be missed in the next scan; with more, a radar
     * without it is late by the gap for longer. */
    PATIENCE = 10,
};

/* What is known of one detection so far. */
typedef struct {
    uint64_t id;
    uint32_t parts; /* of a list: which have come, bit by bit */
    bool refused;   /* a condition does not hold */
    int64_t stamp_ns;
    double fields[CAN_RADAR_FIELDS];
} row;

struct can_scan {
    const can_radar_rules *rules;
    bool open;
    int64_t last_ns;
    uint64_t expected;                      /* items that the header announced; UINT64_MAX: not said */
    size_t part_items[CAN_MAX_TRIGGERS];    /* of a list: messages of each part in this scan */
    unsigned part_absent[CAN_MAX_TRIGGERS]; /* of a list: scans in a row without the part */
    uint64_t dropped;
    size_t row_count;
    row rows[ROWS];
};

can_scan *can_scan_create(const can_radar_rules *rules)
{
    can_scan *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->rules = rules;
    return s;
}

void can_scan_destroy(can_scan *s)
{
    free(s);
}

static void begin(can_scan *s)
{
    s->open = true;
    s->expected = UINT64_MAX;
    s->row_count = 0;
    memset(s->part_items, 0, sizeof s->part_items);
}

static row *find_row(can_scan *s, uint64_t id)
{
    for (size_t i = 0; i < s->row_count; i++) {
        if (s->rows[i].id == id)
            return &s->rows[i];
    }
    return NULL;
}

static row *add_row(can_scan *s, uint64_t id)
{
    if (s->row_count == ROWS) {
        s->dropped++;
        return NULL;
    }
    row *r = &s->rows[s->row_count++];
    *r = (row){.id = id};
    for (int i = 0; i < CAN_RADAR_FIELDS; i++)
        r->fields[i] = NAN;
    return r;
}

static void fill_row(row *r, const can_radar_part *part, const can_bus_frame *f)
{
    r->stamp_ns = f->stamp_ns;
    for (int i = 0; i < CAN_RADAR_FIELDS; i++) {
        if (part->fields[i].count > 0)
            r->fields[i] = can_value_read(&part->fields[i], f);
    }
    for (size_t i = 0; i < part->condition_count; i++)
        r->refused = r->refused || !can_condition_holds(&part->conditions[i], f);
}

/* The part of this frame; the number of parts when it has none. */
static size_t part_of(const can_radar_rules *rules, const can_bus_frame *f)
{
    size_t i = 0;
    while (i < rules->part_count && !can_frame_is(f, rules->parts[i].message))
        i++;
    return i;
}

/* ---- a list */

static can_scan_result take_header(can_scan *s, const can_bus_frame *f)
{
    if (s->open)
        return CAN_SCAN_NEXT;
    begin(s);
    s->last_ns = f->stamp_ns;
    double count = can_value_read(&s->rules->count, f);
    if (count >= 0.0 && count <= UINT32_MAX)
        s->expected = (uint64_t)count;
    return s->expected == 0 ? CAN_SCAN_DONE : CAN_SCAN_TAKEN;
}

/* All items are there, in every part that is sent at all. */
static bool list_complete(const can_scan *s)
{
    for (size_t i = 0; i < s->rules->part_count; i++) {
        if (s->part_absent[i] < PATIENCE && s->part_items[i] < s->expected)
            return false;
    }
    return true;
}

/* The first part makes the detection; the others add to it. */
static can_scan_result take_item(can_scan *s, size_t i, const can_bus_frame *f)
{
    const can_radar_part *part = &s->rules->parts[i];
    double id;
    if (!dbc_signal_read(part->id, f->data, f->size, &id) || !(id >= 0.0 && id <= INT32_MAX))
        return CAN_SCAN_NOTHING;
    row *r = s->open ? find_row(s, (uint64_t)id) : NULL;
    if (r && (r->parts >> i & 1)) /* it has come already: the next list has begun without a header */
        return CAN_SCAN_NEXT;
    if (!r && i > 0) {
        s->dropped++;
        return CAN_SCAN_NOTHING;
    }
    if (!s->open)
        begin(s);
    s->last_ns = f->stamp_ns;
    s->part_items[i]++;
    if (!r)
        r = add_row(s, (uint64_t)id);
    if (r) {
        r->parts |= 1u << i;
        fill_row(r, part, f);
    }
    return list_complete(s) ? CAN_SCAN_DONE : CAN_SCAN_TAKEN;
}

/* ---- slots */

static can_scan_result take_slot(can_scan *s, size_t i, const can_bus_frame *f)
{
    const can_radar_part *part = &s->rules->parts[i];
    if (s->open && find_row(s, part->message->id))
        return CAN_SCAN_NEXT;
    if (!s->open)
        begin(s);
    s->last_ns = f->stamp_ns;
    row *r = add_row(s, part->message->id);
    if (r)
        fill_row(r, part, f);
    return s->row_count == s->rules->part_count ? CAN_SCAN_DONE : CAN_SCAN_TAKEN;
}

can_scan_result can_scan_take(can_scan *s, const can_bus_frame *f)
{
    const can_radar_rules *rules = s->rules;
    if (f->remote || f->error)
        return CAN_SCAN_NOTHING;
    if (s->open && !(f->stamp_ns < can_scan_deadline(s)))
        return CAN_SCAN_NEXT;
    if (rules->header && can_frame_is(f, rules->header))
        return take_header(s, f);
    size_t i = part_of(rules, f);
    can_scan_result result = CAN_SCAN_NOTHING;
    if (i < rules->part_count)
        result = rules->is_list ? take_item(s, i, f) : take_slot(s, i, f);
    if (result != CAN_SCAN_NEXT && s->open && rules->last && can_frame_is(f, rules->last))
        return CAN_SCAN_DONE;
    return result;
}

int64_t can_scan_deadline(const can_scan *s)
{
    int64_t gap_ns = (int64_t)(s->rules->gap_s * 1e9);
    return !s->open || s->last_ns > INT64_MAX - gap_ns - 1 ? INT64_MAX : s->last_ns + gap_ns + 1;
}

/* ---- what comes out */

static double or_else(double value, double instead)
{
    return isfinite(value) ? value : instead;
}

/* Along the line of sight, of a velocity in the plane. */
static double project(double forward_rate, double left_rate, double azimuth)
{
    return forward_rate * cos(azimuth) + left_rate * sin(azimuth);
}

static bool make_detection(const can_scan *s, const row *r, radar_detection *d)
{
    const double *v = r->fields;
    double range = or_else(v[CAN_RADAR_RANGE], hypot(v[CAN_RADAR_FORWARD], v[CAN_RADAR_LEFT]));
    double azimuth = or_else(v[CAN_RADAR_AZIMUTH], atan2(v[CAN_RADAR_LEFT], v[CAN_RADAR_FORWARD]));
    double rate =
        or_else(v[CAN_RADAR_RANGE_RATE], project(v[CAN_RADAR_FORWARD_RATE], v[CAN_RADAR_LEFT_RATE], azimuth));
    bool main_part = !s->rules->is_list || (r->parts & 1);
    if (r->refused || !main_part || !(range > 0.0 && isfinite(range)) || !isfinite(azimuth) ||
        !isfinite(rate))
        return false;
    *d = (radar_detection){.range_m = (float)range,
                           .azimuth_rad = (float)azimuth,
                           .elevation_rad = (float)v[CAN_RADAR_ELEVATION],
                           .doppler_mps = (float)rate,
                           .rcs_dbsm = (float)v[CAN_RADAR_RCS],
                           .track_id = (int32_t)r->id};
    return true;
}

static void remember_parts(can_scan *s)
{
    if (!s->rules->is_list || s->row_count == 0)
        return;
    for (size_t i = 0; i < s->rules->part_count; i++)
        s->part_absent[i] = s->part_items[i] > 0 ? 0 : s->part_absent[i] + 1;
}

bool can_scan_finish(can_scan *s, frame *out)
{
    if (!s->open)
        return false;
    out->kind = FRAME_RADAR;
    out->stamp_ns = INT64_MIN;
    frame_radar *scan = &out->u.radar;
    scan->count = 0;
    for (size_t i = 0; i < s->row_count; i++) {
        if (!make_detection(s, &s->rows[i], &scan->detections[scan->count]))
            continue;
        scan->count++;
        if (s->rows[i].stamp_ns > out->stamp_ns)
            out->stamp_ns = s->rows[i].stamp_ns;
    }
    if (scan->count == 0)
        out->stamp_ns = s->last_ns;
    out->received_ns = s->last_ns;
    remember_parts(s);
    s->open = false;
    return true;
}

uint64_t can_scan_dropped(const can_scan *s)
{
    return s->dropped;
}
