/*
 * Reads one protobuf message of known fields straight into a plain struct, driven by a table.
 *
 * It exists for speed: a replay decodes some 13,000 frames in a few milliseconds, and nanopb's general
 * decoder takes several times as long. It knows only what the frames need: fixed-width numbers, sint32,
 * enums, text, and lists of messages or floats. Unknown fields are skipped; whatever nanopb refuses is
 * refused here too (cross-checked by tests/wire/test_field_reader.c).
 */
#ifndef POSED_WIRE_FIELD_READER_H
#define POSED_WIRE_FIELD_READER_H

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    FIELD_NONE = 0, /* no field of that number */
    FIELD_SPAN,     /* text that is not copied, to `*span`; at most one in a message, none in elements */
    FIELD_TEXT,     /* text, copied to a char array of `size` bytes, always NUL-terminated */
    FIELD_U32,      /* fixed32 to uint32_t */
    FIELD_U64,      /* fixed64 to uint64_t */
    FIELD_TIME,     /* sfixed64 to int64_t, 0..TIME_MAX_NS */
    FIELD_FLOAT,    /* to float, min..max */
    FIELD_DOUBLE,   /* to double, min..max */
    FIELD_ENUM,     /* to uint8_t, min..max */
    FIELD_SINT16,   /* sint32 to int16_t, min..max */
    FIELD_SINT32,   /* sint32 to int32_t, min..max */
    FIELD_LIST,     /* repeated message, `list` */
    FIELD_FLOATS,   /* repeated float, packed, to `size` floats, min..max: so many and no fewer */
} field_type;

/* Leaves room to add and subtract windows without overflow; the year 2116. */
#define TIME_MAX_NS (INT64_C(1) << 62)

/* A part of the message's own bytes. */
typedef struct {
    const char *data;
    size_t size;
} field_span;

typedef struct message_layout message_layout;

typedef struct {
    const message_layout *element;
    size_t stride;       /* bytes from one element to the next */
    size_t capacity;     /* elements */
    size_t count_offset; /* of a uint16_t in the target */
} list_layout;

typedef struct {
    const char *name; /* for errors */
    field_type type;
    uint8_t size;    /* FIELD_TEXT: of the array, bytes; FIELD_FLOATS: of the array, floats */
    bool may_be_nan; /* floating: not known is allowed */
    size_t offset;   /* in the target */
    double min, max; /* inclusive; numbers only */
    const list_layout *list;
} field_layout;

struct message_layout {
    const char *name;           /* "posed.v1.ImuSample" */
    const field_layout *fields; /* by field number; numbers below 32 */
    size_t count;               /* of `fields` */
    uint32_t required;          /* bit = field number: must be on the wire */
};

/* Reads the message into `target`, whose fields the caller has zeroed (a field that is not on the wire keeps
 * what was there; elements of lists are zeroed here, their counts are not). False, with `e` naming message
 * and field, when the bytes are malformed, a number is out of its range, or a required field is missing. */
bool field_read(const message_layout *layout, const void *data, size_t size, void *target, field_span *span,
                error *e);

#ifdef __cplusplus
}
#endif
#endif
