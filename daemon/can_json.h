/*
 * DBC files and decoded CAN frames as JSON.
 */
#ifndef POSED_DAEMON_CAN_JSON_H
#define POSED_DAEMON_CAN_JSON_H

#include "sensors/can/candump.h"
#include "sensors/can/dbc.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The whole file as one object, over several lines. */
void can_json_file(FILE *out, const dbc *d);

/* One line: a frame of message `m` with the signals that are there. */
void can_json_frame(FILE *out, const can_bus_frame *f, const dbc_message *m);

/* One line: a frame as it came. */
void can_json_raw(FILE *out, const can_bus_frame *f);

#ifdef __cplusplus
}
#endif
#endif
