#include "sensors/can/dbc_lex.h"

#include <string.h>

void dbc_lexer_begin(dbc_lexer *l, const char *text, size_t size)
{
    *l = (dbc_lexer){.at = text, .end = text + size, .line_begin = text, .line = 1, .fresh = true};
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c) ||
           (unsigned char)c >= 0x80;
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static void new_line(dbc_lexer *l, const char *begin)
{
    l->line++;
    l->line_begin = begin;
    l->fresh = true;
}

static void skip_blanks(dbc_lexer *l)
{
    for (; l->at < l->end; l->at++) {
        if (*l->at == '/' && l->end - l->at > 1 && l->at[1] == '/') {
            const char *end = memchr(l->at, '\n', (size_t)(l->end - l->at));
            l->at = end ? end : l->end;
        }
        if (l->at == l->end)
            return;
        if (*l->at == '\n')
            new_line(l, l->at + 1);
        else if (*l->at != ' ' && *l->at != '\t' && *l->at != '\f' && *l->at != '\v')
            return;
    }
}

static const char *digits(const char *at, const char *end)
{
    while (at < end && is_digit(*at))
        at++;
    return at;
}

/* Behind the digits, point and exponent that begin at `at`; `at` itself when there is no digit. */
static const char *decimal(const char *at, const char *end)
{
    const char *whole = digits(at, end), *stop = whole;
    size_t count = (size_t)(whole - at);
    if (whole < end && *whole == '.') {
        stop = digits(whole + 1, end);
        count += (size_t)(stop - whole - 1);
    }
    if (count == 0)
        return at;
    if (stop < end && (*stop == 'e' || *stop == 'E')) {
        const char *power = stop + 1;
        power += power < end && (*power == '+' || *power == '-');
        const char *behind = digits(power, end);
        if (behind > power)
            stop = behind;
    }
    return stop;
}

static const char *hexadecimal(const char *at, const char *end)
{
    if (end - at < 3 || at[0] != '0' || (at[1] != 'x' && at[1] != 'X') || !is_hex(at[2]))
        return at;
    for (at += 2; at < end && is_hex(*at);)
        at++;
    return at;
}

/* Behind the number that begins here; NULL when there is none, or it goes on as a word. */
static const char *number(const char *at, const char *end)
{
    const char *unsigned_part = at + (*at == '+' || *at == '-');
    const char *stop = hexadecimal(unsigned_part, end);
    if (stop == unsigned_part)
        stop = decimal(unsigned_part, end);
    bool goes_on = stop < end && is_word(*stop);
    return stop == unsigned_part || (goes_on && unsigned_part == at) ? NULL : stop;
}

/* A quote with a backslash before it belongs to the string. */
static void take_string(dbc_lexer *l, dbc_token *t)
{
    t->text = ++l->at;
    for (; l->at < l->end && *l->at != '"'; l->at++) {
        if (*l->at == '\n')
            new_line(l, l->at + 1);
        else if (*l->at == '\\' && l->end - l->at > 1 && l->at[1] == '"')
            l->at++;
    }
    t->length = (size_t)(l->at - t->text);
    t->kind = l->at < l->end ? DBC_STRING : DBC_UNFINISHED;
    l->at += l->at < l->end;
    l->fresh = false;
}

static const char *word_end(const char *at, const char *end)
{
    while (at < end && is_word(*at))
        at++;
    return at;
}

dbc_token dbc_lexer_next(dbc_lexer *l)
{
    skip_blanks(l);
    dbc_token t = {.text = l->at, .begin = l->at, .line_begin = l->line_begin, .line = l->line};
    t.first_on_line = l->fresh;
    l->fresh = false;
    if (l->at == l->end)
        return t;
    if (*l->at == '"') {
        take_string(l, &t);
        return t;
    }
    const char *stop = number(l->at, l->end);
    t.kind = stop ? DBC_NUMBER : is_word(*l->at) ? DBC_WORD : DBC_MARK;
    if (!stop)
        stop = t.kind == DBC_WORD ? word_end(l->at, l->end) : l->at + 1;
    t.length = (size_t)(stop - l->at);
    l->at = stop;
    return t;
}

size_t dbc_token_column(const dbc_token *t)
{
    size_t column = 1;
    for (const char *c = t->line_begin; c < t->begin; c++)
        column += ((unsigned char)*c & 0xc0) != 0x80;
    return column;
}

bool dbc_token_is(const dbc_token *t, const char *text)
{
    return (t->kind == DBC_WORD || t->kind == DBC_MARK) && strlen(text) == t->length &&
           memcmp(t->text, text, t->length) == 0;
}
