/*
 * Bytes of a message into the values of its signals.
 */
#ifndef POSED_SENSORS_CAN_DBC_DECODE_H
#define POSED_SENSORS_CAN_DBC_DECODE_H

#include "sensors/can/dbc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A physical value: an integer stays exact where scale and offset are integers too. */
typedef struct {
    enum { DBC_IS_REAL, DBC_IS_SIGNED, DBC_IS_UNSIGNED } type;
    double real;      /* the value, whatever the type */
    int64_t integer;  /* of DBC_IS_SIGNED */
    uint64_t natural; /* of DBC_IS_UNSIGNED: more than INT64_MAX */
} dbc_number;

/* Whether all bits of the signal lie in a payload of `size` bytes. */
bool dbc_signal_fits(const dbc_signal *s, size_t size);

/* Where the signal's bit `i`, counted from its lowest, stands: 8 * byte + bit. */
uint32_t dbc_signal_bit(const dbc_signal *s, uint32_t i);

/* The signal's bits as a number, neither sign nor scale applied. The signal fits. */
uint64_t dbc_signal_raw(const dbc_signal *s, const uint8_t *payload);

/* Whether the signal can be decoded and is there: it fits, and every multiplexer on the way to it fits too
 * and says so. */
bool dbc_signal_present(const dbc_signal *s, const uint8_t *payload, size_t size);

/* The physical value, raw * scale + offset. The signal fits, and has 1 to 64 bits. */
dbc_number dbc_signal_value(const dbc_signal *s, const uint8_t *payload);

/* The same in one: false when it is not present. A value that is not finite is NaN. */
bool dbc_signal_read(const dbc_signal *s, const uint8_t *payload, size_t size, double *value);

#ifdef __cplusplus
}
#endif
#endif
