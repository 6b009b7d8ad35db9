/*
 * A serial line (tty or pty), raw: eight data bits, no parity, no flow control, nothing translated.
 */
#ifndef POSED_SENSORS_SERIAL_PORT_H
#define POSED_SENSORS_SERIAL_PORT_H

#include "common/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Whether the line can have that speed (bits per second); `e` lists those that it can. */
bool serial_port_speed_valid(double baud, error *e);

/* Opens for reading and writing, non-blocking, for this process alone, and throws away what had arrived
 * before. Returns a file descriptor, or -1 with `e` naming the path. */
int serial_port_open(const char *path, double baud, error *e);

#ifdef __cplusplus
}
#endif
#endif
