/* DBC: nodes, comments, words for values, and the few attributes that matter. */
#include "sensors/can/dbc_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool dbc_parse_nodes(dbc_parser *p)
{
    dbc *d = p->out;
    if (!dbc_expect(p, ":"))
        return false;
    while (p->t.kind == DBC_WORD && !(p->t.first_on_line && dbc_at_section(p))) {
        dbc_node n = {0};
        if (!dbc_take_name(p, &n.symbol, "the name of a node"))
            return false;
        n.name = n.symbol;
        d->nodes = arena_more(&p->own->memory, d->nodes, d->node_count, sizeof *d->nodes);
        if (!d->nodes)
            return dbc_out_of_memory(p);
        d->nodes[d->node_count++] = n;
        if (dbc_at(p, ","))
            dbc_advance(p);
    }
    return true;
}

static bool take_node(dbc_parser *p, dbc_node **out)
{
    const char *symbol;
    size_t line = p->t.line;
    *out = NULL;
    if (!dbc_take_name(p, &symbol, "the name of a node"))
        return false;
    for (size_t i = 0; i < p->out->node_count && !*out; i++) {
        if (strcmp(p->out->nodes[i].symbol, symbol) == 0)
            *out = &p->out->nodes[i];
    }
    if (!*out)
        dbc_warn(p->out, line, "%s: there is no node %s", p->statement, symbol);
    return true;
}

/* What a comment or an attribute is about; all NULL: the file itself, or what is of no interest here. */
typedef struct {
    bool file;
    dbc_node *node;
    dbc_message *message;
    dbc_message_own *own;
    dbc_signal *signal;
} subject;

static bool take_subject(dbc_parser *p, subject *s)
{
    const char *ignored;
    *s = (subject){0};
    s->file = p->t.kind != DBC_WORD;
    if (s->file)
        return true;
    bool node = dbc_at(p, "BU_"), message = dbc_at(p, "BO_"), signal = dbc_at(p, "SG_");
    if (!node && !message && !signal && !dbc_at(p, "EV_"))
        return dbc_fail(p, "BU_, BO_, SG_, EV_ or what follows them");
    dbc_advance(p);
    if (node)
        return take_node(p, &s->node);
    if (message)
        return dbc_take_message(p, &s->message, &s->own);
    if (!signal)
        return dbc_take_name(p, &ignored, "the name of an environment variable");
    bool taken = dbc_take_signal(p, &s->message, &s->own, &s->signal);
    s->message = NULL;
    return taken;
}

bool dbc_parse_comment(dbc_parser *p)
{
    subject s;
    const char *text;
    if (!take_subject(p, &s) || !dbc_take_string(p, &text, "the comment"))
        return false;
    if (s.file)
        p->out->comment = text;
    if (s.node)
        s.node->comment = text;
    if (s.message)
        s.message->comment = text;
    if (s.signal)
        s.signal->comment = text;
    return dbc_end_statement(p);
}

/* ---- words for values */

/* Into its shortest decimal form; files have "1.0" too. */
static bool take_value_number(dbc_parser *p, const char **out)
{
    char text[32];
    double number;
    uint64_t large;
    const dbc_token *t = &p->t;
    bool negative = t->kind == DBC_NUMBER && t->text[0] == '-';
    if (t->kind != DBC_NUMBER)
        return dbc_fail(p, "a value, or \";\"");
    if (!negative && !memchr(t->text, '.', t->length) && !memchr(t->text, 'e', t->length) &&
        !memchr(t->text, 'E', t->length)) {
        if (!dbc_take_integer(p, UINT64_MAX, &large, "a value"))
            return false;
        snprintf(text, sizeof text, "%" PRIu64, large);
    } else {
        long long small = strtoll(t->text, NULL, 10);
        if (!dbc_take_number(p, &number, "a value"))
            return false;
        bool plain = number == trunc(number) && fabs(number) <= 9007199254740992.0;
        if (!plain && number != (double)small)
            dbc_warn(p->out, p->statement_line, "%s: the value %g is no integer", p->statement, number);
        snprintf(text, sizeof text, "%lld", plain ? (long long)number : small);
    }
    *out = arena_text(&p->own->memory, text, strlen(text));
    return *out || dbc_out_of_memory(p);
}

static bool take_values(dbc_parser *p, dbc_value **list, size_t *count)
{
    *list = NULL;
    *count = 0;
    while (p->t.kind != DBC_WORD && !dbc_at(p, ";")) {
        dbc_value v;
        if (!take_value_number(p, &v.number) || !dbc_take_string(p, &v.text, "the word for the value"))
            return false;
        *list = arena_more(&p->own->memory, *list, *count, sizeof **list);
        if (!*list)
            return dbc_out_of_memory(p);
        (*list)[(*count)++] = v;
    }
    return true;
}

/* "VAL_ 100 signal 0 "off" 1 "on";", "VAL_ 100 signal table;", or of an environment variable, without id. */
static bool take_named_table(dbc_parser *p, dbc_value **values, size_t *count)
{
    for (size_t i = 0; i < p->out->table_count; i++) {
        if (dbc_at(p, p->out->tables[i].name)) {
            *values = p->out->tables[i].values;
            *count = p->out->tables[i].value_count;
            dbc_advance(p);
            return true;
        }
    }
    return dbc_fail(p, "a value, the name of a value table, or \";\"");
}

bool dbc_parse_values(dbc_parser *p)
{
    dbc_message *m;
    dbc_message_own *own;
    dbc_signal *s = NULL;
    const char *variable;
    dbc_value *values;
    size_t count;
    bool of_variable = p->t.kind == DBC_WORD;
    if (of_variable ? !dbc_take_name(p, &variable, "a name") : !dbc_take_signal(p, &m, &own, &s))
        return false;
    if (!take_values(p, &values, &count))
        return false;
    if (p->t.kind == DBC_WORD && count == 0 && !p->t.first_on_line && !take_named_table(p, &values, &count))
        return false;
    if (s) {
        s->values = values;
        s->value_count = count;
    }
    return dbc_end_statement(p);
}

bool dbc_parse_value_table(dbc_parser *p)
{
    dbc *d = p->out;
    dbc_value_table t;
    if (!dbc_take_name(p, &t.name, "the name of a value table") || !take_values(p, &t.values, &t.value_count))
        return false;
    d->tables = arena_more(&p->own->memory, d->tables, d->table_count, sizeof *d->tables);
    if (!d->tables)
        return dbc_out_of_memory(p);
    d->tables[d->table_count++] = t;
    return dbc_end_statement(p);
}

/* ---- attributes */

/* Vector's frame formats: "StandardCAN", "ExtendedCAN", "reserved", "J1939PG", ... */
static bool says_j1939(const char *text, double number)
{
    return text ? strcmp(text, "J1939PG") == 0 : number == 3.0;
}

/* Names were once limited to 32 characters; the whole ones came as attributes. */
static void take_attribute(subject *s, const char *attribute, const char *text, double number)
{
    bool named = text && text[0] != '\0';
    if (named && s->signal && strcmp(attribute, "SystemSignalLongSymbol") == 0)
        s->signal->name = text;
    if (named && s->message && strcmp(attribute, "SystemMessageLongSymbol") == 0)
        s->message->name = text;
    if (named && s->node && strcmp(attribute, "SystemNodeLongSymbol") == 0)
        s->node->name = text;
    if (s->message && strcmp(attribute, "VFrameFormat") == 0) {
        s->message->j1939 = says_j1939(text, number);
        s->own->format_said = true;
    }
}

static bool take_attribute_value(dbc_parser *p, const char **text, double *number)
{
    *text = NULL;
    *number = 0.0;
    if (p->t.kind == DBC_STRING)
        return dbc_take_string(p, text, "the value");
    return p->t.kind == DBC_NUMBER ? dbc_take_number(p, number, "the value")
                                   : dbc_fail(p, "the attribute's value, a number or a text");
}

bool dbc_parse_attribute(dbc_parser *p)
{
    subject s;
    const char *name, *text;
    double number;
    if (!dbc_take_string(p, &name, "the name of an attribute") || !take_subject(p, &s) ||
        !take_attribute_value(p, &text, &number))
        return false;
    take_attribute(&s, name, text, number);
    return dbc_end_statement(p);
}

bool dbc_parse_default(dbc_parser *p)
{
    const char *name, *text;
    double number;
    if (!dbc_take_string(p, &name, "the name of an attribute") || !take_attribute_value(p, &text, &number))
        return false;
    if (strcmp(name, "VFrameFormat") == 0)
        p->own->j1939_by_default = says_j1939(text, number);
    return dbc_end_statement(p);
}
