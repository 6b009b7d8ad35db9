/*
 * Where the adapters radar and vehicle take CAN frames from: an interface, a log file, or standard input.
 */
#ifndef POSED_SENSORS_CAN_CAN_SOURCE_H
#define POSED_SENSORS_CAN_CAN_SOURCE_H

#include "sensors/adapter.h"
#include "sensors/can/can_mapping.h"
#include "sensors/can/candump.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The options that both adapters have. */
#define CAN_SOURCE_OPTIONS                                                                                   \
    {"interface",                                                                                            \
     ADAPTER_TEXT,                                                                                           \
     NULL,                                                                                                   \
     0,                                                                                                      \
     0,                                                                                                      \
     "",                                                                                                     \
     "SocketCAN interface, such as can0; with a log, only what the log has from this interface."},           \
        {"log",                                                                                              \
         ADAPTER_PATH,                                                                                       \
         NULL,                                                                                               \
         0,                                                                                                  \
         0,                                                                                                  \
         "",                                                                                                 \
         "Log of candump to read instead of an interface; - is standard input."},                            \
        {"speed",                                                                                            \
         ADAPTER_NUMBER,                                                                                     \
         "1",                                                                                                \
         0,                                                                                                  \
         1e6,                                                                                                \
         "1",                                                                                                \
         "How many times as fast as it was recorded a log is played; 0: as fast as it goes."},               \
        {"mapping", ADAPTER_PATH, NULL, 0, 0, NULL, "Which signals feed which field: a YAML file."},         \
    {                                                                                                        \
        "dbc", ADAPTER_PATH, NULL, 0, 0, "", "DBC file, in place of the one that the mapping names."         \
    }

typedef struct can_source can_source;

/* By the adapter's options. NULL with `e` set. */
can_source *can_source_open(adapter *a, error *e);
void can_source_close(can_source *s);

typedef enum {
    CAN_SOURCE_FRAME,
    CAN_SOURCE_DUE,    /* the deadline has come, and no frame from before it will */
    CAN_SOURCE_ENDED,  /* the log has ended */
    CAN_SOURCE_STOP,   /* the adapter is to stop */
    CAN_SOURCE_FAILED, /* `e` is set */
} can_source_result;

/* Waits for the next frame, or until the bus's own time (of the stamps) has come to `deadline_ns` (INT64_MAX:
 * none). Error frames are told of here and not given out; malformed lines are counted; an interface that is
 * down or away is waited for. */
can_source_result can_source_next(can_source *s, int64_t deadline_ns, can_bus_frame *f, error *e);

/* The mapping that the options name; each problem is a line in the log, and `e` is set when there is one. */
can_mapping *can_source_mapping(adapter *a, can_mapping_kind kind, error *e);

#ifdef __cplusplus
}
#endif
#endif
