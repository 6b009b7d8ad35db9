/* Mapping files: a radar. */
#include "sensors/can/can_mapping_private.h"

#include <string.h>

static const mapping_field radar_fields[] = {
    [CAN_RADAR_FORWARD] = {"forward", CAN_LENGTH},
    [CAN_RADAR_LEFT] = {"left", CAN_LENGTH},
    [CAN_RADAR_RANGE] = {"range", CAN_LENGTH},
    [CAN_RADAR_AZIMUTH] = {"azimuth", CAN_ANGLE},
    [CAN_RADAR_ELEVATION] = {"elevation", CAN_ANGLE},
    [CAN_RADAR_RANGE_RATE] = {"range_rate", CAN_SPEED},
    [CAN_RADAR_FORWARD_RATE] = {"forward_rate", CAN_SPEED},
    [CAN_RADAR_LEFT_RATE] = {"left_rate", CAN_SPEED},
    [CAN_RADAR_RCS] = {"rcs", CAN_PLAIN},
};
_Static_assert(sizeof radar_fields / sizeof *radar_fields == CAN_RADAR_FIELDS, "one row per field");

/* A field or a condition of a slot is about the slot's own message. */
static bool of_slot(const mapping_block *b, const config_node *n, const dbc_message *m,
                    const dbc_message *slot)
{
    return m == slot || mapping_problem(b, n,
                                        "with \"tracks\", each message says all about its track: no "
                                        "\"message\" here");
}

static bool read_slot(const mapping_block *b, const config_node *n, const dbc_message *m, can_radar_part *out)
{
    bool good = true;
    *out = (can_radar_part){.message = m};
    for (int i = 0; i < CAN_RADAR_FIELDS; i++) {
        const config_node *field = config_node_find(n, radar_fields[i].key);
        if (field)
            good = mapping_value(b, field, &radar_fields[i], &m, 1, &out->fields[i]) &&
                   of_slot(b, field, out->fields[i].message, m) && good;
    }
    const config_node *when = config_node_find(n, "when");
    if (when)
        good = mapping_conditions(b, when, &m, 1, out->conditions, &out->condition_count) && good;
    for (size_t i = 0; i < out->condition_count && good; i++)
        good = of_slot(b, when, out->conditions[i].message, m);
    return good;
}

/* The problems of one slot are those of all. */
static bool read_slots(const mapping_block *b, const config_node *n, const config_node *tracks,
                       can_radar_rules *out)
{
    const dbc_message *messages[CAN_MAX_PARTS];
    if (!mapping_messages(b, tracks, messages, CAN_MAX_PARTS, &out->part_count))
        return false;
    for (size_t i = 0; i < out->part_count; i++) {
        if (!read_slot(b, n, messages[i], &out->parts[i]))
            return false;
    }
    return true;
}

static can_radar_part *part_of(can_radar_rules *r, const dbc_message *m)
{
    for (size_t i = 0; i < r->part_count; i++) {
        if (r->parts[i].message == m)
            return &r->parts[i];
    }
    return NULL;
}

/* A field goes to the message that brings it. */
static bool read_list_field(const mapping_block *b, const config_node *n, int field,
                            const dbc_message *const *messages, can_radar_rules *out)
{
    can_value v;
    if (!mapping_value(b, n, &radar_fields[field], messages, out->part_count, &v))
        return false;
    can_radar_part *part = part_of(out, v.message);
    if (!part)
        return mapping_problem(b, n, "%s is none of the items", v.message->name);
    part->fields[field] = v;
    return true;
}

static bool read_list_conditions(const mapping_block *b, const config_node *n,
                                 const dbc_message *const *messages, can_radar_rules *out)
{
    can_condition all[CAN_MAX_CONDITIONS];
    size_t count;
    if (!mapping_conditions(b, n, messages, out->part_count, all, &count))
        return false;
    for (size_t i = 0; i < count; i++) {
        can_radar_part *part = part_of(out, all[i].message);
        if (!part)
            return mapping_problem(b, n, "%s is none of the items", all[i].message->name);
        part->conditions[part->condition_count++] = all[i];
    }
    return true;
}

static bool read_list(const mapping_block *b, const config_node *n, const config_node *items,
                      can_radar_rules *out)
{
    const dbc_message *messages[CAN_MAX_TRIGGERS];
    const config_node *id = config_node_find(n, "id"), *when = config_node_find(n, "when");
    out->is_list = true;
    if (!mapping_messages(b, items, messages, CAN_MAX_TRIGGERS, &out->part_count))
        return false;
    if (!id)
        return mapping_problem(b, n, "\"id\" is missing: the signal that tells the items apart");
    bool good = true;
    for (size_t i = 0; i < out->part_count; i++) {
        out->parts[i] = (can_radar_part){.message = messages[i]};
        good = mapping_signal(b, id, messages[i], &out->parts[i].id) && good;
    }
    for (int i = 0; i < CAN_RADAR_FIELDS; i++) {
        const config_node *field = config_node_find(n, radar_fields[i].key);
        good = (!field || read_list_field(b, field, i, messages, out)) && good;
    }
    return (!when || read_list_conditions(b, when, messages, out)) && good;
}

static bool read_header(const mapping_block *b, const config_node *n, can_radar_rules *out)
{
    static const char *const keys[] = {"message", "count", NULL};
    if (n->kind == NODE_SCALAR)
        return mapping_message(b, n, &out->header);
    if (!mapping_check_keys(b, n, keys, NULL, 0))
        return false;
    const config_node *message = config_node_find(n, "message"), *count = config_node_find(n, "count");
    if (!message)
        return mapping_problem(b, n, "\"message\" is missing");
    static const mapping_field count_field = {"count", CAN_PLAIN};
    return mapping_message(b, message, &out->header) &&
           (!count || mapping_value(b, count, &count_field, &out->header, 1, &out->count));
}

/* Which fields are mapped, whatever the part. */
static bool mapped(const can_radar_rules *r, can_radar_field field)
{
    for (size_t i = 0; i < r->part_count; i++) {
        if (r->parts[i].fields[field].count > 0)
            return true;
    }
    return false;
}

static bool check_complete(const mapping_block *b, const config_node *n, const can_radar_rules *r)
{
    bool cartesian = mapped(r, CAN_RADAR_FORWARD) && mapped(r, CAN_RADAR_LEFT);
    bool polar = mapped(r, CAN_RADAR_RANGE) && mapped(r, CAN_RADAR_AZIMUTH);
    bool rates = mapped(r, CAN_RADAR_FORWARD_RATE) && mapped(r, CAN_RADAR_LEFT_RATE);
    bool good = true;
    if (cartesian == polar)
        good = mapping_problem(b, n, "a place is needed: either forward and left, or range and azimuth");
    if (rates == mapped(r, CAN_RADAR_RANGE_RATE))
        good = mapping_problem(b, n, "a speed is needed: either range_rate, or forward_rate and left_rate");
    return good;
}

bool mapping_read_radar(const mapping_block *b, const config_node *n, can_radar_rules *out)
{
    static const char *const keys[] = {"dbc",       "tracks", "items", "id", "header",
                                       "ends_with", "gap_s",  "when",  NULL};
    bool good = mapping_check_keys(b, n, keys, radar_fields, CAN_RADAR_FIELDS);
    const config_node *tracks = config_node_find(n, "tracks"), *items = config_node_find(n, "items");
    const config_node *header = config_node_find(n, "header"), *last = config_node_find(n, "ends_with");
    const config_node *gap = config_node_find(n, "gap_s"), *id = config_node_find(n, "id");
    out->gap_s = 0.015;
    if (!tracks == !items)
        return mapping_problem(b, n, "either \"tracks\" (a message per track) or \"items\" (a list)");
    if (tracks && id)
        good = mapping_problem(b, id, "\"id\" belongs to \"items\"; a track is known by its message");
    bool parts = tracks ? read_slots(b, n, tracks, out) : read_list(b, n, items, out);
    good = parts && good;
    good = (!header || read_header(b, header, out)) && good;
    good = (!last || mapping_message(b, last, &out->last)) && good;
    good = (!gap || mapping_number(b, gap, 0.0001, 1.0, &out->gap_s)) && good;
    return (!parts || check_complete(b, n, out)) && good;
}
