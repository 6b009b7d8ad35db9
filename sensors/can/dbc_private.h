/*
 * The parts of the DBC reader among themselves: dbc_parse.c drives and has what every statement needs,
 * dbc_parse_message.c knows messages and signals, dbc_parse_text.c what is said about them, dbc_check.c puts
 * the multiplexing together and finds what is odd.
 */
#ifndef POSED_SENSORS_CAN_DBC_PRIVATE_H
#define POSED_SENSORS_CAN_DBC_PRIVATE_H

#include "sensors/can/dbc.h"
#include "sensors/can/dbc_lex.h"
#include "sensors/can/dbc_text.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Of the message that holds the signals of no message. */
#define DBC_INDEPENDENT_ID 0xc0000000u

/* What a file says of a signal's multiplexing, until all of it is known. By place of the signal. */
typedef struct {
    bool multiplexed;     /* mN */
    bool by_statement;    /* SG_MUL_VAL_ says by whom and with what */
    uint64_t value;       /* N */
    const char *selector; /* symbol, of SG_MUL_VAL_ */
} dbc_multiplexing;

/* Beside each message. */
typedef struct {
    dbc_multiplexing *multiplexing; /* by signal */
    bool format_said;               /* it has a VFrameFormat of its own */
} dbc_message_own;

struct dbc_own {
    arena memory;
    char *text;        /* of the file, in UTF-8 */
    const char *name;  /* of the file, for warnings */
    uint32_t *slots;   /* open addressing: place of a message + 1, by its id as the file has it */
    size_t slot_count; /* a power of two */
    dbc_message_own *messages;
    dbc_message_own unassigned;
    bool j1939_by_default;
};

typedef struct {
    dbc *out;
    struct dbc_own *own;
    const char *name; /* of the file */
    error *e;
    dbc_lexer lexer;
    dbc_token t; /* not taken yet */
    const char *statement;
    size_t statement_line;
} dbc_parser;

/* ---- for every statement. Those that return bool have set the error when they return false. */

void dbc_advance(dbc_parser *p);
/* "FILE:LINE:COLUMN: found THIS, expected ..."; always false. */
__attribute__((format(printf, 2, 3))) bool dbc_fail(dbc_parser *p, const char *format, ...);
bool dbc_out_of_memory(dbc_parser *p);
/* Adds a warning, "FILE:LINE: ...". */
__attribute__((format(printf, 3, 4))) void dbc_warn(dbc *d, size_t line, const char *format, ...);
bool dbc_at(const dbc_parser *p, const char *text);
bool dbc_at_section(const dbc_parser *p);
/* Takes this word or mark. */
bool dbc_expect(dbc_parser *p, const char *text);
/* `what` stands in the message when it is something else. */
bool dbc_take_name(dbc_parser *p, const char **out, const char *what);
bool dbc_take_string(dbc_parser *p, const char **out, const char *what);
bool dbc_take_number(dbc_parser *p, double *out, const char *what);
bool dbc_take_integer(dbc_parser *p, uint64_t most, uint64_t *out, const char *what);
/* The ";" at the end. */
bool dbc_end_statement(dbc_parser *p);
/* Passes over all up to and with the ";". */
bool dbc_skip_statement(dbc_parser *p);

/* The message with this id as the file has it, NULL when there is none, and what is kept beside it. */
dbc_message *dbc_message_by_file_id(dbc_parser *p, uint32_t id, dbc_message_own **own);
dbc_signal *dbc_signal_by_symbol(dbc_message *m, const char *symbol);
/* Takes "ID SIGNAL"; `*s` is NULL, with a warning, when there is no such signal. */
bool dbc_take_signal(dbc_parser *p, dbc_message **m, dbc_message_own **own, dbc_signal **s);
bool dbc_take_message(dbc_parser *p, dbc_message **m, dbc_message_own **own);

/* Puts the last message of `out` under its id; an older one of the same id is found no more. */
bool dbc_index_message(dbc_parser *p, uint32_t file_id);

/* ---- statements; the first token is taken */
bool dbc_parse_message(dbc_parser *p);      /* BO_, with its SG_ */
bool dbc_parse_senders(dbc_parser *p);      /* BO_TX_BU_ */
bool dbc_parse_value_type(dbc_parser *p);   /* SIG_VALTYPE_ */
bool dbc_parse_multiplexing(dbc_parser *p); /* SG_MUL_VAL_ */
bool dbc_parse_nodes(dbc_parser *p);        /* BU_ */
bool dbc_parse_comment(dbc_parser *p);      /* CM_ */
bool dbc_parse_values(dbc_parser *p);       /* VAL_ */
bool dbc_parse_value_table(dbc_parser *p);  /* VAL_TABLE_ */
bool dbc_parse_attribute(dbc_parser *p);    /* BA_ */
bool dbc_parse_default(dbc_parser *p);      /* BA_DEF_DEF_ */

/* After the last statement: who is selected by whom; overlaps; what does not fit. False when memory is out.
 */
bool dbc_check(dbc *d);

#ifdef __cplusplus
}
#endif
#endif
