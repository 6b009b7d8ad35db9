/*
 * What a mapping makes of a CAN message: values in the units of our frames, and conditions.
 */
#ifndef POSED_SENSORS_CAN_CAN_VALUE_H
#define POSED_SENSORS_CAN_CAN_VALUE_H

#include "sensors/can/candump.h"
#include "sensors/can/dbc.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CAN_MAX_TERMS = 8,
    CAN_MAX_CONDITIONS = 8,
    CAN_MAX_ALLOWED = 16,
};

typedef enum { CAN_LENGTH, CAN_SPEED, CAN_ANGLE, CAN_TURN_RATE, CAN_PLAIN } can_dimension;

/* The factor from `unit` ("km/h") to the unit of our frames for that dimension (m, m/s, rad, rad/s). False
 * when it is unknown or of another dimension. */
bool can_unit_factor(const char *unit, can_dimension dimension, double *factor);
/* All units of a dimension: "m/s, km/h, mph, kn". */
const char *can_units_of(can_dimension dimension);

/* scale * physical + offset, times the unit's factor. */
typedef struct {
    const dbc_signal *signal;
    double scale, offset, factor;
} can_term;

/* The sum of terms, all of one message. */
typedef struct {
    const dbc_message *message; /* NULL: not mapped */
    size_t count;
    can_term terms[CAN_MAX_TERMS];
} can_value;

/* A physical value that a message must have for its values to count. */
typedef struct {
    const dbc_message *message;
    const dbc_signal *signal;
    size_t allowed_count; /* one of these, or, with `refused`, none of them */
    double allowed[CAN_MAX_ALLOWED];
    bool refused;
    double above, below; /* both exclusive; infinite: no limit */
} can_condition;

/* Whether the frame is one of this message. */
bool can_frame_is(const can_bus_frame *f, const dbc_message *m);

/* The value in the frame, of the value's message; NaN when a signal of it is not there. */
double can_value_read(const can_value *v, const can_bus_frame *f);

/* Whether the frame, of the condition's message, meets it; a signal that is not there does not. */
bool can_condition_holds(const can_condition *c, const can_bus_frame *f);

#ifdef __cplusplus
}
#endif
#endif
