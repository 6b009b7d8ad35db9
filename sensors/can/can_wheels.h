/*
 * CAN messages of a vehicle into wheel frames.
 */
#ifndef POSED_SENSORS_CAN_CAN_WHEELS_H
#define POSED_SENSORS_CAN_CAN_WHEELS_H

#include "fusion/frame.h"
#include "sensors/can/can_mapping.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The last value of each field, and when it came. */
typedef struct {
    const can_wheel_rules *rules;
    double values[CAN_WHEEL_FIELDS];
    int64_t stamps_ns[CAN_WHEEL_FIELDS];
} can_wheels;

/* `rules` must stay. */
void can_wheels_init(can_wheels *w, const can_wheel_rules *rules);

/* Takes a frame's values; true when a wheel frame is due with it, which `out` then is (kind, stamps, values).
 * A message that does not meet its conditions makes its values unknown. */
bool can_wheels_take(can_wheels *w, const can_bus_frame *f, frame *out);

#ifdef __cplusplus
}
#endif
#endif
