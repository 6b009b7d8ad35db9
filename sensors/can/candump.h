/*
 * Lines of CAN logs as candump (can-utils, https://github.com/linux-can/can-utils) writes them:
 *
 *     (1436509052.249713) can0 123#DEADBEEF            -l, -L: also 123#R, 123##1DEADBEEF (CAN FD),
 * 12345678#.. (1436509052.249713)  can0  123   [4]  DE AD BE EF             on the terminal, with -t a, z, d,
 * A or none, -a and -x too
 */
#ifndef POSED_SENSORS_CAN_CANDUMP_H
#define POSED_SENSORS_CAN_CANDUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CAN_BUS_NAME_SIZE = 16, /* IFNAMSIZ of Linux */
    CAN_BUS_MAX_DATA = 64,  /* CAN FD */
};

/* One frame of a CAN bus. */
typedef struct {
    int64_t stamp_ns; /* as the log has it, or when the kernel received it; INT64_MIN: not known */
    uint32_t id;      /* 11 bits, or 29 of an extended one; of an error frame the class of error */
    bool extended;
    bool remote;  /* asks for data, and has none */
    bool error;   /* made by the controller, not seen on the bus */
    bool fd;      /* CAN FD */
    uint8_t size; /* bytes of data; asked for, when it is a remote frame */
    uint8_t data[CAN_BUS_MAX_DATA];
    char interface[CAN_BUS_NAME_SIZE];
} can_bus_frame;

typedef enum {
    CANDUMP_FRAME,
    CANDUMP_NOTHING,   /* an empty line, a comment, or what belongs to the line before */
    CANDUMP_MALFORMED, /* `*why` says what was expected */
} candump_result;

/* Reads one line, without its end. `f` is whole when the result is CANDUMP_FRAME. */
candump_result candump_parse(const char *line, size_t length, can_bus_frame *f, const char **why);

#ifdef __cplusplus
}
#endif
#endif
