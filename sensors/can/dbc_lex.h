/*
 * The text of a DBC file as tokens that know their place.
 */
#ifndef POSED_SENSORS_CAN_DBC_LEX_H
#define POSED_SENSORS_CAN_DBC_LEX_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum {
    DBC_END,
    DBC_WORD,       /* letters, digits, '_', and what is not ASCII; may begin with a digit: "4WD_state" */
    DBC_NUMBER,     /* decimal, with its sign, point and exponent; or 0x and hexadecimal digits */
    DBC_STRING,     /* the text between the quotes, with \" still in it */
    DBC_MARK,       /* any other single character */
    DBC_UNFINISHED, /* a string whose closing quote is missing */
} dbc_token_kind;

typedef struct {
    dbc_token_kind kind;
    const char *text;
    size_t length;
    size_t line; /* from 1 */
    bool first_on_line;
    const char *begin, *line_begin; /* for dbc_token_column */
} dbc_token;

typedef struct {
    const char *at, *end;
    const char *line_begin;
    size_t line;
    bool fresh; /* nothing but blanks on this line so far */
} dbc_lexer;

/* `text` is UTF-8 with "\n" as line ends, and stays while its tokens are in use. */
void dbc_lexer_begin(dbc_lexer *l, const char *text, size_t size);

/* The next token; comments (two slashes to the end of the line) and blanks are passed over. */
dbc_token dbc_lexer_next(dbc_lexer *l);

/* Characters from 1. */
size_t dbc_token_column(const dbc_token *t);

/* Whether the token is this word or this mark. */
bool dbc_token_is(const dbc_token *t, const char *text);

#ifdef __cplusplus
}
#endif
#endif
