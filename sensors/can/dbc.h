/*
 * DBC files: which messages a CAN bus carries and how their bytes are to be read.
 *
 * The format was never published; what is read here is what the files of the tools that write it hold, and
 * "DBC File Format Documentation" (Vector Informatik, version 01/2007) where they agree. Statements that say
 * nothing about decoding (environment variables, signal groups and types, relations) are checked for
 * their end and skipped.
 *
 * All text comes out as UTF-8: a line of the file that is not valid UTF-8 is taken as Windows-1252.
 */
#ifndef POSED_SENSORS_CAN_DBC_H
#define POSED_SENSORS_CAN_DBC_H

#include "common/error.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DBC_MAX_SIZE = 64 << 20, /* bytes of a file */
    DBC_WARNINGS_KEPT = 50,
};

/* In the ids of the file: an extended frame. */
#define DBC_EXTENDED 0x80000000u

/* A word for a raw value. */
typedef struct {
    const char *number; /* decimal integer, as text: some do not fit 64 bits */
    const char *text;
} dbc_value;

/* Raw values of a multiplexer, both ends included. */
typedef struct {
    uint64_t first, last;
} dbc_range;

typedef struct dbc_signal dbc_signal;
struct dbc_signal {
    const char *name;    /* the long one, where the file has one */
    const char *symbol;  /* as SG_ has it */
    const char *unit;    /* "" none */
    const char *comment; /* NULL: none */
    uint32_t start;      /* bit: 8 * byte + bit; of big-endian signals the highest, else the lowest */
    uint32_t length;     /* bits */
    bool big_endian, is_signed;
    bool is_float; /* IEEE 754, of 16, 32 or 64 bits */
    double scale, offset;
    double minimum, maximum;    /* both 0: not known */
    bool multiplexer;           /* its raw value decides which others are there */
    const dbc_signal *selector; /* the multiplexer that decides on this one; NULL: always there */
    dbc_range *selected_by;     /* raw values of the selector with which it is there */
    size_t selected_by_count;
    const char **receivers;
    size_t receiver_count;
    dbc_value *values;
    size_t value_count;
    size_t line; /* of the file */
};

typedef struct {
    uint32_t id; /* without DBC_EXTENDED */
    bool extended;
    const char *name, *symbol;
    const char *comment;
    uint32_t length; /* bytes; over 64 for what a transport protocol carries */
    const char **senders;
    size_t sender_count;
    dbc_signal *signals; /* in the order of the file */
    size_t signal_count;
    bool j1939; /* the file says that it is a J1939 parameter group */
    size_t line;
} dbc_message;

typedef struct {
    const char *name, *symbol;
    const char *comment;
} dbc_node;

typedef struct {
    const char *name;
    dbc_value *values;
    size_t value_count;
} dbc_value_table;

typedef struct {
    const char *version, *comment;
    dbc_message *messages; /* in the order of the file */
    size_t message_count;
    dbc_message unassigned; /* signals that belong to no message (VECTOR__INDEPENDENT_SIG_MSG) */
    dbc_node *nodes;
    size_t node_count;
    dbc_value_table *tables;
    size_t table_count;
    const char *warnings[DBC_WARNINGS_KEPT]; /* "FILE:LINE: what is odd" */
    size_t warning_count;                    /* all that were found */
    struct dbc_own *own;
} dbc;

/* NULL with `e` set ("FILE:LINE:COLUMN: found this, expected that") when the file cannot be read or is no DBC
 * file. What real files have and is harmless (a signal longer than its message, a comment on a signal that
 * is not there) is a warning. */
dbc *dbc_load(const char *path, error *e);
dbc *dbc_parse(const char *name, const char *text, size_t size, error *e);
void dbc_destroy(dbc *d);

/* The message of a frame's id; of several with one id, the last in the file. NULL: none. */
const dbc_message *dbc_find(const dbc *d, uint32_t id, bool extended);
/* The same by J1939 parameter group: priority, source and, where there is one, destination do not count. */
const dbc_message *dbc_find_group(const dbc *d, uint32_t id);

/* By name or symbol. NULL: none. */
const dbc_message *dbc_find_name(const dbc *d, const char *name);
const dbc_signal *dbc_message_signal(const dbc_message *m, const char *name);

#ifdef __cplusplus
}
#endif
#endif
