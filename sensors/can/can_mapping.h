/*
 * Mapping files: which signals of which messages feed which field of our frames (docs/ADAPTERS.md).
 */
#ifndef POSED_SENSORS_CAN_CAN_MAPPING_H
#define POSED_SENSORS_CAN_CAN_MAPPING_H

#include "config/config.h"
#include "sensors/can/can_value.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CAN_MAX_RADARS = 4,
    CAN_MAX_PARTS = 256,  /* as many as a scan has detections at most */
    CAN_MAX_TRIGGERS = 8, /* also messages of one item of a list */
};

typedef enum {
    CAN_WHEEL_SPEED,
    CAN_WHEEL_FRONT_LEFT, /* in the order of frame_wheel.wheel_mps */
    CAN_WHEEL_FRONT_RIGHT,
    CAN_WHEEL_REAR_LEFT,
    CAN_WHEEL_REAR_RIGHT,
    CAN_WHEEL_YAW_RATE,
    CAN_WHEEL_STEERING,
    CAN_WHEEL_FIELDS
} can_wheel_field;

typedef struct {
    can_value fields[CAN_WHEEL_FIELDS];
    size_t condition_count;
    can_condition conditions[CAN_MAX_CONDITIONS];
    size_t trigger_count; /* a frame is sent when one of these has come */
    const dbc_message *triggers[CAN_MAX_TRIGGERS];
    double max_age_s; /* older values are not known any more */
} can_wheel_rules;

typedef enum {
    CAN_RADAR_FORWARD,
    CAN_RADAR_LEFT,
    CAN_RADAR_RANGE,
    CAN_RADAR_AZIMUTH,
    CAN_RADAR_ELEVATION,
    CAN_RADAR_RANGE_RATE,
    CAN_RADAR_FORWARD_RATE,
    CAN_RADAR_LEFT_RATE,
    CAN_RADAR_RCS,
    CAN_RADAR_FIELDS
} can_radar_field;

/* One message that says something about a detection. */
typedef struct {
    const dbc_message *message;
    const dbc_signal *id; /* of a list: which detection; NULL: a slot of its own */
    can_value fields[CAN_RADAR_FIELDS];
    size_t condition_count;
    can_condition conditions[CAN_MAX_CONDITIONS];
} can_radar_part;

/* Either slots, one message each, or a list, whose items come as one message each with an id inside, and
 * perhaps more messages with the same id. */
typedef struct {
    bool is_list;
    size_t part_count;
    can_radar_part *parts;
    const dbc_message *header; /* begins a scan; NULL: none */
    can_value count;           /* of the header: items that follow; empty: not said */
    const dbc_message *last;   /* ends a scan; NULL: none */
    double gap_s;              /* a scan ends when nothing of it has come for so long */
} can_radar_rules;

typedef struct can_mapping can_mapping;

typedef enum { CAN_MAPPING_VEHICLE, CAN_MAPPING_RADAR } can_mapping_kind;

/* Reads the block of that kind. `dbc_path` takes the place of the file that the mapping names; NULL: that
 * one, relative to the mapping. NULL when there is any problem; all are in `p`. */
can_mapping *can_mapping_load(const char *path, can_mapping_kind kind, const char *dbc_path,
                              config_problems *p);
/* The same for text in memory; `path` names it. */
can_mapping *can_mapping_parse(const char *path, const char *text, size_t size, can_mapping_kind kind,
                               const char *dbc_path, config_problems *p);
void can_mapping_destroy(can_mapping *m);

const can_wheel_rules *can_mapping_wheels(const can_mapping *m);
size_t can_mapping_radar_count(const can_mapping *m);
const can_radar_rules *can_mapping_radar(const can_mapping *m, size_t i);

#ifdef __cplusplus
}
#endif
#endif
