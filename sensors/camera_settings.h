/*
 * The camera adapter's options, as a table and as what its module and its clock need.
 */
#ifndef POSED_SENSORS_CAMERA_SETTINGS_H
#define POSED_SENSORS_CAMERA_SETTINGS_H

#include "sensors/adapter.h"
#include "sensors/camera/module.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { CAMERA_OPTION_COUNT = 26 };
extern const adapter_option camera_option_table[CAMERA_OPTION_COUNT];

typedef struct {
    camera_options module;
    bool is_device;
    double speed;     /* of a file; 0: as fast as it can be read */
    bool starts_now;  /* the first picture of a file is of the time when it is read */
    int64_t start_ns; /* otherwise: its time, UTC */
} camera_settings_read;

/* Texts stay the adapter's. False with `e` set: values that do not go together. */
bool camera_settings_get(const adapter *a, camera_settings_read *out, error *e);

/* Seconds since the Unix epoch, UTC, to the nanosecond: "1700000000.25". False: it is none. */
bool camera_parse_start(const char *text, int64_t *ns);

#ifdef __cplusplus
}
#endif
#endif
