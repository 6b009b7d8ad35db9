/* DBC: messages and signals. */
#include "sensors/can/dbc_private.h"

#include <string.h>

/* In place of a node: nobody. */
#define NOBODY "Vector__XXX"

/* Names behind one another on a line, with or without commas; those that stand for nobody are left out. */
static bool take_nodes(dbc_parser *p, const char ***list, size_t *count)
{
    bool more = false; /* behind a comma the line may end; else the next one is of something else */
    while (more || (p->t.kind == DBC_WORD && !p->t.first_on_line)) {
        const char *name;
        if (!dbc_take_name(p, &name, "the name of a node"))
            return false;
        if (strcmp(name, NOBODY) != 0) {
            *list = arena_more(&p->own->memory, *list, *count, sizeof **list);
            if (!*list)
                return dbc_out_of_memory(p);
            (*list)[(*count)++] = name;
        }
        more = dbc_at(p, ",");
        if (more)
            dbc_advance(p);
    }
    return true;
}

/* M, mN or mNM; false when the word is none of them. */
static bool read_multiplexing(const dbc_token *t, bool *multiplexer, dbc_multiplexing *m)
{
    const char *at = t->text, *end = t->text + t->length;
    if (*at == 'm' && t->length > 1) {
        m->multiplexed = true;
        for (at++; at < end && *at >= '0' && *at <= '9'; at++) {
            if (m->value > (UINT64_MAX - 9) / 10)
                return false;
            m->value = 10 * m->value + (uint64_t)(*at - '0');
        }
        if (at == t->text + 1)
            return false;
    }
    *multiplexer = at < end && *at == 'M';
    at += *multiplexer;
    return at == end;
}

static bool take_multiplexing(dbc_parser *p, dbc_signal *s, dbc_multiplexing *m)
{
    if (p->t.kind == DBC_WORD && !p->t.first_on_line) {
        if (!read_multiplexing(&p->t, &s->multiplexer, m))
            return dbc_fail(p, "\":\", or multiplexing: M, m0, m0M");
        dbc_advance(p);
    }
    return true;
}

/* "start|length@1+" */
static bool take_bits(dbc_parser *p, dbc_signal *s)
{
    uint64_t start, length, order;
    if (!dbc_take_integer(p, 1 << 24, &start, "the signal's first bit") || !dbc_expect(p, "|") ||
        !dbc_take_integer(p, 1 << 24, &length, "the signal's number of bits") || !dbc_expect(p, "@") ||
        !dbc_take_integer(p, 1, &order, "the byte order, 0 (big endian) or 1 (little endian)"))
        return false;
    s->start = (uint32_t)start;
    s->length = (uint32_t)length;
    s->big_endian = order == 0;
    s->is_signed = dbc_at(p, "-");
    if (!s->is_signed && !dbc_at(p, "+"))
        return dbc_fail(p, "the sign, \"+\" (unsigned) or \"-\" (signed)");
    dbc_advance(p);
    return true;
}

/* "(scale,offset) [minimum|maximum]" */
static bool take_scaling(dbc_parser *p, dbc_signal *s)
{
    return dbc_expect(p, "(") && dbc_take_number(p, &s->scale, "the scale") && dbc_expect(p, ",") &&
           dbc_take_number(p, &s->offset, "the offset") && dbc_expect(p, ")") && dbc_expect(p, "[") &&
           dbc_take_number(p, &s->minimum, "the minimum") && dbc_expect(p, "|") &&
           dbc_take_number(p, &s->maximum, "the maximum") && dbc_expect(p, "]");
}

static bool add_signal(dbc_parser *p, dbc_message *m, dbc_message_own *own, const dbc_signal *s,
                       const dbc_multiplexing *multiplexing)
{
    arena *memory = &p->own->memory;
    m->signals = arena_more(memory, m->signals, m->signal_count, sizeof *m->signals);
    own->multiplexing = arena_more(memory, own->multiplexing, m->signal_count, sizeof *own->multiplexing);
    if (!m->signals || !own->multiplexing)
        return dbc_out_of_memory(p);
    if (dbc_signal_by_symbol(m, s->symbol))
        dbc_warn(p->out, s->line, "%s: there is a signal %s already", m->symbol, s->symbol);
    own->multiplexing[m->signal_count] = *multiplexing;
    m->signals[m->signal_count++] = *s;
    return true;
}

static bool parse_signal(dbc_parser *p, dbc_message *m, dbc_message_own *own)
{
    dbc_signal s = {.line = p->t.line};
    dbc_multiplexing multiplexing = {0};
    dbc_advance(p);
    if (!dbc_take_name(p, &s.symbol, "the name of a signal") || !take_multiplexing(p, &s, &multiplexing) ||
        !dbc_expect(p, ":") || !take_bits(p, &s) || !take_scaling(p, &s) ||
        !dbc_take_string(p, &s.unit, "the unit") || !take_nodes(p, &s.receivers, &s.receiver_count))
        return false;
    s.name = s.symbol;
    return add_signal(p, m, own, &s, &multiplexing);
}

/* ---- statements */

/* The message that is to be filled: a new one of the list, or the place for signals of no message. */
static dbc_message *new_message(dbc_parser *p, uint32_t id, const char *symbol, dbc_message_own **own)
{
    dbc *d = p->out;
    if (id == DBC_INDEPENDENT_ID || strcmp(symbol, "VECTOR__INDEPENDENT_SIG_MSG") == 0) {
        *own = &p->own->unassigned;
        **own = (dbc_message_own){0};
        return &d->unassigned;
    }
    d->messages = arena_more(&p->own->memory, d->messages, d->message_count, sizeof *d->messages);
    p->own->messages =
        arena_more(&p->own->memory, p->own->messages, d->message_count, sizeof *p->own->messages);
    if (!d->messages || !p->own->messages)
        return NULL;
    *own = &p->own->messages[d->message_count];
    **own = (dbc_message_own){0};
    return &d->messages[d->message_count++];
}

static bool take_sender(dbc_parser *p, dbc_message *m)
{
    if (p->t.kind != DBC_WORD || p->t.first_on_line)
        return true; /* left out */
    const char *name;
    if (!dbc_take_name(p, &name, "the name of a node"))
        return false;
    if (strcmp(name, NOBODY) == 0)
        return true;
    m->senders = arena_more(&p->own->memory, m->senders, 0, sizeof *m->senders);
    if (!m->senders)
        return dbc_out_of_memory(p);
    m->senders[m->sender_count++] = name;
    return true;
}

bool dbc_parse_message(dbc_parser *p)
{
    uint64_t id, length;
    dbc_message head = {.line = p->statement_line};
    dbc_message_own *own = NULL;
    if (!dbc_take_integer(p, UINT32_MAX, &id, "the id of a message") ||
        !dbc_take_name(p, &head.symbol, "the name of a message") || !dbc_expect(p, ":") ||
        !dbc_take_integer(p, 1 << 20, &length, "the message's number of bytes") || !take_sender(p, &head))
        return false;
    head.name = head.symbol;
    head.length = (uint32_t)length;
    head.id = (uint32_t)id & ~DBC_EXTENDED;
    head.extended = (id & DBC_EXTENDED) != 0;
    dbc_message *m = new_message(p, (uint32_t)id, head.symbol, &own);
    if (!m)
        return dbc_out_of_memory(p);
    *m = head;
    if (m != &p->out->unassigned && !dbc_index_message(p, (uint32_t)id))
        return false;
    while (dbc_at(p, "SG_")) {
        if (!parse_signal(p, m, own))
            return false;
    }
    return true;
}

/* Nodes that may send it besides the one in BO_. */
bool dbc_parse_senders(dbc_parser *p)
{
    dbc_message *m;
    dbc_message_own *own;
    const char **others = NULL;
    size_t count = 0;
    if (!dbc_take_message(p, &m, &own) || !dbc_expect(p, ":") || !take_nodes(p, &others, &count) ||
        !dbc_end_statement(p))
        return false;
    const char *first = m && m->sender_count > 0 ? m->senders[0] : NULL;
    for (size_t i = 0; m && i < count; i++) {
        if (first && strcmp(others[i], first) == 0)
            continue;
        m->senders = arena_more(&p->own->memory, m->senders, m->sender_count, sizeof *m->senders);
        if (!m->senders)
            return dbc_out_of_memory(p);
        m->senders[m->sender_count++] = others[i];
    }
    return true;
}

bool dbc_parse_value_type(dbc_parser *p)
{
    dbc_message *m;
    dbc_message_own *own;
    dbc_signal *s;
    uint64_t type;
    if (!dbc_take_signal(p, &m, &own, &s))
        return false;
    if (dbc_at(p, ":"))
        dbc_advance(p);
    if (!dbc_take_integer(p, 2, &type, "the type, 0 (integer), 1 (32 bits float) or 2 (64 bits float)"))
        return false;
    if (s)
        s->is_float = type != 0;
    return dbc_end_statement(p);
}

/* "2-5": the second number reads as -5. */
static bool take_range(dbc_parser *p, dbc_range *r)
{
    if (!dbc_take_integer(p, UINT64_MAX, &r->first, "the first value of a range"))
        return false;
    if (dbc_at(p, "-")) {
        dbc_advance(p);
    } else if (p->t.kind == DBC_NUMBER && p->t.text[0] == '-') {
        p->t.text++;
        p->t.begin++;
        p->t.length--;
    } else {
        return dbc_fail(p, "\"-\" and the last value of the range");
    }
    return dbc_take_integer(p, UINT64_MAX, &r->last, "the last value of a range");
}

bool dbc_parse_multiplexing(dbc_parser *p)
{
    dbc_message *m;
    dbc_message_own *own;
    dbc_signal *s;
    const char *selector;
    dbc_range *list = NULL;
    size_t count = 0;
    bool more = true;
    if (!dbc_take_signal(p, &m, &own, &s) || !dbc_take_name(p, &selector, "the name of a multiplexer"))
        return false;
    while (more) {
        list = arena_more(&p->own->memory, list, count, sizeof *list);
        if (!list)
            return dbc_out_of_memory(p);
        if (!take_range(p, &list[count++]))
            return false;
        more = dbc_at(p, ",");
        if (more)
            dbc_advance(p);
    }
    if (s) {
        dbc_multiplexing *of = &own->multiplexing[s - m->signals];
        of->by_statement = true;
        of->selector = selector;
        s->selected_by = list;
        s->selected_by_count = count;
    }
    return dbc_end_statement(p);
}
