#include "sensors/can/dbc_private.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void dbc_advance(dbc_parser *p)
{
    p->t = dbc_lexer_next(&p->lexer);
}

/* The token as it can be shown: control characters out, cut when long, never inside a character. */
static const char *show(const dbc_token *t, char out[64])
{
    if (t->kind == DBC_END)
        return "the end of the file";
    size_t most = t->length < 40 ? t->length : 40, n = 0;
    while (most < t->length && most > 0 && ((unsigned char)t->text[most] & 0xc0) == 0x80)
        most--;
    out[n++] = '"';
    for (size_t i = 0; i < most; i++)
        out[n++] = (unsigned char)t->text[i] < 0x20 || t->text[i] == 0x7f ? '?' : t->text[i];
    snprintf(out + n, 64 - n, "%s\"", most < t->length ? "..." : "");
    return out;
}

bool dbc_fail(dbc_parser *p, const char *format, ...)
{
    char expected[256], found[64];
    va_list args;
    va_start(args, format);
    vsnprintf(expected, sizeof expected, format, args);
    va_end(args);
    size_t column = dbc_token_column(&p->t);
    if (p->t.kind == DBC_UNFINISHED)
        return error_set(p->e, "%s:%zu:%zu: the text that begins here never ends, expected a closing quote",
                         p->name, p->t.line, column);
    return error_set(p->e, "%s:%zu:%zu: found %s%s, expected %s", p->name, p->t.line, column,
                     p->t.kind == DBC_STRING ? "the text " : "", show(&p->t, found), expected);
}

bool dbc_out_of_memory(dbc_parser *p)
{
    return error_set(p->e, "%s: out of memory", p->name);
}

void dbc_warn(dbc *d, size_t line, const char *format, ...)
{
    char text[512];
    if (d->warning_count++ >= DBC_WARNINGS_KEPT)
        return;
    int at = snprintf(text, sizeof text, "%.300s:%zu: ", d->own->name, line);
    va_list args;
    va_start(args, format);
    vsnprintf(text + at, sizeof text - (size_t)at, format, args);
    va_end(args);
    const char *kept = arena_text(&d->own->memory, text, strlen(text));
    d->warnings[d->warning_count - 1] = kept ? kept : "out of memory";
}

bool dbc_at(const dbc_parser *p, const char *text)
{
    return dbc_token_is(&p->t, text);
}

bool dbc_expect(dbc_parser *p, const char *text)
{
    if (!dbc_at(p, text))
        return dbc_fail(p, "\"%s\"", text);
    dbc_advance(p);
    return true;
}

bool dbc_take_name(dbc_parser *p, const char **out, const char *what)
{
    if (p->t.kind != DBC_WORD)
        return dbc_fail(p, "%s", what);
    *out = arena_text(&p->own->memory, p->t.text, p->t.length);
    if (!*out)
        return dbc_out_of_memory(p);
    dbc_advance(p);
    return true;
}

bool dbc_take_string(dbc_parser *p, const char **out, const char *what)
{
    if (p->t.kind != DBC_STRING)
        return dbc_fail(p, "%s, in quotes", what);
    char *text = arena_text(&p->own->memory, p->t.text, p->t.length);
    if (!text)
        return dbc_out_of_memory(p);
    char *to = text;
    for (const char *from = text; *from; from++) {
        from += from[0] == '\\' && from[1] == '"';
        *to++ = *from;
    }
    *to = '\0';
    *out = text;
    dbc_advance(p);
    return true;
}

bool dbc_take_number(dbc_parser *p, double *out, const char *what)
{
    if (p->t.kind != DBC_NUMBER)
        return dbc_fail(p, "%s, a number", what);
    *out = strtod(p->t.text, NULL);
    if (!isfinite(*out))
        return dbc_fail(p, "%s, a number that a double can hold", what);
    dbc_advance(p);
    return true;
}

bool dbc_take_integer(dbc_parser *p, uint64_t most, uint64_t *out, const char *what)
{
    char *end = NULL;
    if (p->t.kind != DBC_NUMBER || p->t.text[0] == '-')
        return dbc_fail(p, "%s, an integer of 0 to %llu", what, (unsigned long long)most);
    bool hexadecimal = p->t.length > 2 && (p->t.text[1] == 'x' || p->t.text[1] == 'X');
    errno = 0;
    *out = strtoull(p->t.text, &end, hexadecimal ? 16 : 10);
    if (errno != 0 || end != p->t.text + p->t.length || *out > most)
        return dbc_fail(p, "%s, an integer of 0 to %llu", what, (unsigned long long)most);
    dbc_advance(p);
    return true;
}

/* ---- statements */

static bool parse_version(dbc_parser *p)
{
    return dbc_take_string(p, &p->out->version, "the version");
}

/* A list of the words that the writer knows: other sections' names, so it ends where BS_ or BU_ begins. */
static bool parse_new_symbols(dbc_parser *p)
{
    if (!dbc_expect(p, ":"))
        return false;
    static const char *const behind[] = {"BS_", "BU_", "BO_", "EV_", "VERSION"};
    while (p->t.kind == DBC_WORD) {
        for (size_t i = 0; i < sizeof behind / sizeof *behind; i++) {
            if (dbc_at(p, behind[i]))
                return true;
        }
        dbc_advance(p);
    }
    return true;
}

/* "BS_: baud : register, register", all of it mostly left out. */
static bool parse_bit_timing(dbc_parser *p)
{
    if (!dbc_expect(p, ":"))
        return false;
    while (p->t.kind == DBC_NUMBER || dbc_at(p, ":") || dbc_at(p, ",") || dbc_at(p, ";"))
        dbc_advance(p);
    return true;
}

static const struct {
    const char *word;
    bool (*parse)(dbc_parser *p);
} sections[] = {
    {"VERSION", parse_version},
    {"NS_", parse_new_symbols},
    {"BS_", parse_bit_timing},
    {"BU_", dbc_parse_nodes},
    {"BO_", dbc_parse_message},
    {"BO_TX_BU_", dbc_parse_senders},
    {"CM_", dbc_parse_comment},
    {"VAL_", dbc_parse_values},
    {"VAL_TABLE_", dbc_parse_value_table},
    {"BA_", dbc_parse_attribute},
    {"BA_DEF_DEF_", dbc_parse_default},
    {"SIG_VALTYPE_", dbc_parse_value_type},
    {"SG_MUL_VAL_", dbc_parse_multiplexing},
    {"SG_", NULL}, /* inside BO_ only */
    {"BA_DEF_", dbc_skip_statement},
    {"BA_DEF_SGTYPE_", dbc_skip_statement},
    {"BA_SGTYPE_", dbc_skip_statement},
    {"BA_DEF_REL_", dbc_skip_statement},
    {"BA_DEF_DEF_REL_", dbc_skip_statement},
    {"BA_REL_", dbc_skip_statement},
    {"BU_SG_REL_", dbc_skip_statement},
    {"BU_EV_REL_", dbc_skip_statement},
    {"BU_BO_REL_", dbc_skip_statement},
    {"CAT_DEF_", dbc_skip_statement},
    {"CAT_", dbc_skip_statement},
    {"FILTER", dbc_skip_statement},
    {"EV_", dbc_skip_statement},
    {"EV_DATA_", dbc_skip_statement},
    {"ENVVAR_DATA_", dbc_skip_statement},
    {"SGTYPE_", dbc_skip_statement},
    {"SGTYPE_VAL_", dbc_skip_statement},
    {"SIG_TYPE_REF_", dbc_skip_statement},
    {"SIGTYPE_VALTYPE_", dbc_skip_statement},
    {"SIG_GROUP_", dbc_skip_statement},
};
enum { SECTIONS = sizeof sections / sizeof *sections };

static size_t section_of(const dbc_parser *p)
{
    size_t i = 0;
    while (i < SECTIONS && !dbc_at(p, sections[i].word))
        i++;
    return i;
}

bool dbc_at_section(const dbc_parser *p)
{
    return section_of(p) < SECTIONS;
}

/* Where a statement's end is due, and the next one begins on a line of its own instead. */
static bool semicolon_forgotten(const dbc_parser *p)
{
    return p->t.first_on_line && dbc_at_section(p);
}

bool dbc_end_statement(dbc_parser *p)
{
    if (semicolon_forgotten(p)) {
        dbc_warn(p->out, p->statement_line, "%s: the \";\" at its end is missing", p->statement);
        return true;
    }
    if (!dbc_at(p, ";"))
        return dbc_fail(p, "\";\" as the end of %s", p->statement);
    dbc_advance(p);
    return true;
}

bool dbc_skip_statement(dbc_parser *p)
{
    while (p->t.kind != DBC_END && p->t.kind != DBC_UNFINISHED && !dbc_at(p, ";") && !semicolon_forgotten(p))
        dbc_advance(p);
    return dbc_end_statement(p);
}

static bool parse_statement(dbc_parser *p)
{
    size_t section = section_of(p);
    if (section == SECTIONS)
        return dbc_fail(p, "the beginning of a section (BO_, VAL_, ...)");
    if (!sections[section].parse)
        return dbc_fail(p, "BO_ before it: a signal belongs to a message");
    p->statement = sections[section].word;
    p->statement_line = p->t.line;
    dbc_advance(p);
    return sections[section].parse(p);
}

static bool parse_file(dbc_parser *p)
{
    dbc_advance(p);
    while (p->t.kind != DBC_END) {
        if (dbc_at(p, ";"))
            dbc_advance(p); /* one too many */
        else if (!parse_statement(p))
            return false;
    }
    return dbc_check(p->out) || dbc_out_of_memory(p);
}

/* What is surely something else gets a word of its own; text of any 8-bit encoding passes. */
static bool refuse_bytes(const char *name, const char *text, size_t size, error *e)
{
    if (size >= 2 && ((text[0] == '\xff' && text[1] == '\xfe') || (text[0] == '\xfe' && text[1] == '\xff')))
        return error_set(e, "%s:1:1: UTF-16 text, expected a DBC file in UTF-8 or Windows-1252", name);
    const char *nul = size > 0 ? memchr(text, '\0', size) : NULL;
    size_t line = 1;
    for (const char *c = text; nul && c < nul; c++)
        line += *c == '\n';
    return !nul || error_set(e, "%s:%zu: a NUL byte, expected the text of a DBC file", name, line);
}

dbc *dbc_parse(const char *name, const char *text, size_t size, error *e)
{
    if (!refuse_bytes(name, text, size, e))
        return NULL;
    dbc *d = calloc(1, sizeof *d);
    if (d)
        d->own = calloc(1, sizeof *d->own);
    size_t length = 0;
    if (d && d->own)
        d->own->text = text_to_utf8(text, size, &length);
    if (!d || !d->own || !d->own->text || !(d->own->name = arena_text(&d->own->memory, name, strlen(name)))) {
        error_set(e, "%s: out of memory", name);
        dbc_destroy(d);
        return NULL;
    }
    d->version = "";
    dbc_parser p = {.out = d, .own = d->own, .name = name, .e = e};
    dbc_lexer_begin(&p.lexer, d->own->text, length);
    if (parse_file(&p))
        return d;
    dbc_destroy(d);
    return NULL;
}

dbc *dbc_load(const char *path, error *e)
{
    size_t size;
    char *text = text_read_file(path, DBC_MAX_SIZE, &size, e);
    dbc *d = text ? dbc_parse(path, text, size, e) : NULL;
    free(text);
    return d;
}

void dbc_destroy(dbc *d)
{
    if (!d)
        return;
    if (d->own) {
        arena_finish(&d->own->memory);
        free(d->own->text);
        free(d->own->slots);
    }
    free(d->own);
    free(d);
}
