/*
 * The parts of the mapping reader among themselves.
 */
#ifndef POSED_SENSORS_CAN_CAN_MAPPING_PRIVATE_H
#define POSED_SENSORS_CAN_CAN_MAPPING_PRIVATE_H

#include "config/tree.h"
#include "sensors/can/can_mapping.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One block: where its problems go, and the DBC file it speaks of. */
typedef struct {
    const char *name; /* of the mapping file */
    config_problems *problems;
    const dbc *database;
} mapping_block;

typedef struct {
    const char *key;
    can_dimension dimension;
} mapping_field;

/* Adds a problem at the node's place; always false. */
__attribute__((format(printf, 3, 4))) bool mapping_problem(const mapping_block *b, const config_node *at,
                                                           const char *format, ...);

/* Whether every key of `map` is one of `keys` (to NULL) or of the `count` fields, once; others are problems.
 */
bool mapping_check_keys(const mapping_block *b, const config_node *map, const char *const *keys,
                        const mapping_field *fields, size_t count);

/* Each reads one node into `out`; false when there was a problem. */
bool mapping_number(const mapping_block *b, const config_node *n, double min, double max, double *out);
bool mapping_text(const mapping_block *b, const config_node *n, const char **out);
bool mapping_message(const mapping_block *b, const config_node *n, const dbc_message **out);
/* One name, a list of them, or names with a range, "Track{1..64}"; at most `most`. */
bool mapping_messages(const mapping_block *b, const config_node *n, const dbc_message **out, size_t most,
                      size_t *count);
/* A signal of `m`. */
bool mapping_signal(const mapping_block *b, const config_node *n, const dbc_message *m,
                    const dbc_signal **out);
/* A value: a signal, {signal, message, scale, offset, unit}, or a list of them. Where no message is named, it
 * is the first of `candidates` that has the signal. */
bool mapping_value(const mapping_block *b, const config_node *n, const mapping_field *field,
                   const dbc_message *const *candidates, size_t candidate_count, can_value *out);
/* "when": one condition or a list of them, each about the first of `candidates` that has its signal. */
bool mapping_conditions(const mapping_block *b, const config_node *n, const dbc_message *const *candidates,
                        size_t candidate_count, can_condition out[CAN_MAX_CONDITIONS], size_t *count);

bool mapping_read_vehicle(const mapping_block *b, const config_node *n, can_wheel_rules *out);
/* `out->parts` has room for CAN_MAX_PARTS. */
bool mapping_read_radar(const mapping_block *b, const config_node *n, can_radar_rules *out);

#ifdef __cplusplus
}
#endif
#endif
