/*
 * What became of one measurement: one identical record for every source and quantity.
 * The numbers of the enums are those of wire/posed.proto (checked there at compile time).
 */
#ifndef POSED_FUSION_VERDICT_H
#define POSED_FUSION_VERDICT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    QUANTITY_NONE = 0,
    QUANTITY_POSITION = 1,      /* east, north, up, m */
    QUANTITY_VELOCITY = 2,      /* east, north, up, m/s */
    QUANTITY_SPEED = 3,         /* along the vehicle's x axis, m/s */
    QUANTITY_NON_HOLONOMIC = 4, /* left, up at the rear axle, m/s */
    QUANTITY_STANDSTILL = 5,    /* velocity at standstill, m/s */
    QUANTITY_ZERO_RATE = 6,     /* rate of turn at standstill, rad/s */
    QUANTITY_EGO_VELOCITY = 7,  /* radar: forward, left at the sensor, m/s */
    QUANTITY_LANDMARK = 8,      /* azimuth, elevation, rad, and range, m */
    QUANTITY_YAW_RATE = 9,      /* rad/s */
    QUANTITY_TILT = 10,         /* rad */
    QUANTITY_INERTIAL = 11,     /* inertial input: nothing is compared with it */
    QUANTITY_HEADING = 12,      /* rad */
    QUANTITY_FRAME = 13,        /* a frame that did not get as far as a measurement */
    QUANTITY_LANE = 14,         /* lane lines: offset of the left, of the right one, m, heading, rad */
    QUANTITY_TRANSLATION = 15,  /* odometry: in the sensor's axes at the begin, m */
    QUANTITY_ROTATION = 16,     /* odometry: the same, rad */
    QUANTITY_RETURN = 17,       /* radar on a map: range on the ground, m, and azimuth, rad */
    QUANTITY_RAIL = 18,         /* radar on a map: how far across a rail's line, m */
    QUANTITY_COUNT
} verdict_quantity;

typedef enum {
    DECISION_NONE = 0,
    DECISION_FUSED = 1,
    DECISION_DOWN_WEIGHTED = 2,
    DECISION_REJECTED = 3,
    DECISION_IGNORED = 4,
} verdict_decision;

typedef enum {
    REASON_NONE = 0,
    REASON_INNOVATION = 1,
    REASON_OUT_OF_RANGE = 2,
    REASON_LATE = 3,
    REASON_TIME_JUMP = 4,
    REASON_FROZEN = 5,
    REASON_NO_FIX = 6,
    REASON_FLAGGED = 7,
    REASON_NOT_INITIALIZED = 8,
    REASON_RATE_LIMITED = 9,
    REASON_SLIP = 10,
    REASON_FEW_STATIC = 11,
    REASON_UNKNOWN_LANDMARK = 12,
    REASON_DUPLICATE = 13,
    REASON_NO_MODEL = 14,
    REASON_NUMERIC = 15,
    REASON_AMBIGUOUS = 16, /* what of the map it is has more than one answer */
    REASON_NO_BEGIN = 17,  /* an increment that does not begin where the last one ended */
    REASON_COUNT
} verdict_reason;

typedef struct {
    int64_t stamp_ns;
    uint32_t sequence;   /* of the frame */
    uint16_t source;     /* index into the settings' sources */
    uint8_t quantity;    /* verdict_quantity */
    uint8_t decision;    /* verdict_decision */
    uint8_t reason;      /* verdict_reason */
    uint8_t dim;         /* 0..3 values below */
    float innovation[3]; /* measured less predicted */
    float variance[3];   /* of each innovation, as expected before the update */
    float nis;           /* normalized innovation squared of the whole; NAN when dim is 0 */
    float limit;         /* that nis was held against; NAN when dim is 0 */
    float weight;        /* 0..1 */
    uint16_t part;       /* of a frame of landmarks or returns, which one, from 0; else 0 */
    uint64_t element;    /* of the map that it was compared with, its id; 0: none */
} verdict;

/* Lower-case words, "position", "fused", "innovation"; "?" when out of range. */
const char *verdict_quantity_word(verdict_quantity q);
const char *verdict_reason_word(verdict_reason r);

#ifdef __cplusplus
}
#endif
#endif
