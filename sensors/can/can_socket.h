/*
 * SocketCAN: raw frames of a CAN interface, with the time at which the kernel received them.
 */
#ifndef POSED_SENSORS_CAN_CAN_SOCKET_H
#define POSED_SENSORS_CAN_CAN_SOCKET_H

#include "common/error.h"
#include "sensors/can/candump.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    CAN_SOCKET_OPEN,
    CAN_SOCKET_ABSENT, /* there is no such interface now, or it is not usable now */
    CAN_SOCKET_FAILED, /* the kernel has no CAN, or forbids it: `e` says so */
} can_socket_result;

/* Opens a socket that does not block on `interface`; receives all frames, CAN FD and error frames too. With
 * CAN_SOCKET_ABSENT, `e` says why. */
can_socket_result can_socket_open(const char *interface, int *fd, error *e);

typedef enum {
    CAN_SOCKET_FRAME,
    CAN_SOCKET_NOTHING, /* nothing waits */
    CAN_SOCKET_DOWN,    /* the interface went down or away; close the socket */
} can_socket_read_result;

/* Takes one frame. The stamp is the kernel's, UTC, or now where it gives none. `*lost`: frames that the
 * kernel has dropped on this socket since it was opened. */
can_socket_read_result can_socket_read(int fd, const char *interface, can_bus_frame *f, uint32_t *lost);

/* What an error frame says, "bus off: ..."; `*serious` when frames may have been lost. */
const char *can_socket_error_text(const can_bus_frame *f, bool *serious);

#ifdef __cplusplus
}
#endif
#endif
