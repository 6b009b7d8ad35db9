/*
 * The options of one adapter, checked against its kind's table.
 */
#ifndef POSED_SENSORS_ADAPTER_VALUES_H
#define POSED_SENSORS_ADAPTER_VALUES_H

#include "sensors/adapter_host.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ADAPTER_PATH_SIZE = RUN_PATH_SIZE + RUN_OPTION_VALUE_SIZE };

typedef struct {
    const adapter_option *option;
    bool given;
    double number;
    bool flag;
    char text[RUN_OPTION_VALUE_SIZE];
    char path[ADAPTER_PATH_SIZE]; /* the text, relative to the configuration it stands in */
    char where[RUN_PATH_SIZE + RUN_OPTION_KEY_SIZE + 48]; /* "posed.yaml:12:5: device", "--device" */
} adapter_value;

/* One value per option of the kind, in their order. False with all problems in `p`. */
bool adapter_values_read(adapter_value *values, const adapter_start *start, config_problems *p);

/* Adds a problem at the adapter's place in the configuration, or of the command line. Always returns false.
 */
__attribute__((format(printf, 3, 4))) bool adapter_start_problem(const adapter_start *start,
                                                                 config_problems *p, const char *format, ...);

#ifdef __cplusplus
}
#endif
#endif
