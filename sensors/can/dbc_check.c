/* DBC: once all is read, multiplexers are found, long names of nodes put in, and odd signals told of. */
#include "sensors/can/dbc_decode.h"
#include "sensors/can/dbc_private.h"

#include <string.h>

enum { PAIRS_OF = 1024 }; /* signals of one message that are compared each with each: none has more */

/* The multiplexer that mN refers to when nothing else is said. */
static const dbc_signal *usual_multiplexer(dbc *d, const dbc_message *m, const dbc_message_own *own)
{
    const dbc_signal *found = NULL;
    bool needed = false;
    for (size_t i = 0; i < m->signal_count; i++)
        needed = needed || (own->multiplexing[i].multiplexed && !own->multiplexing[i].by_statement);
    for (size_t i = 0; i < m->signal_count && needed; i++) {
        if (!m->signals[i].multiplexer || own->multiplexing[i].multiplexed ||
            own->multiplexing[i].by_statement)
            continue;
        if (found)
            dbc_warn(d, m->signals[i].line, "%s: %s is a multiplexer beside %s, which counts", m->symbol,
                     m->signals[i].symbol, found->symbol);
        else
            found = &m->signals[i];
    }
    return found;
}

/* By SG_MUL_VAL_ where there is one for it, else the message's multiplexer with the value of mN. */
static bool select_signal(dbc *d, dbc_message *m, dbc_signal *s, const dbc_multiplexing *of,
                          const dbc_signal *usual)
{
    if (of->by_statement) {
        s->selector = dbc_signal_by_symbol(m, of->selector);
        if (!s->selector)
            dbc_warn(d, s->line, "%s: %s is multiplexed by %s, which is not there", m->symbol, s->symbol,
                     of->selector);
    } else if (of->multiplexed) {
        s->selector = usual;
        if (!usual)
            dbc_warn(d, s->line, "%s: %s is multiplexed, and there is no multiplexer", m->symbol, s->symbol);
        s->selected_by = arena_take(&d->own->memory, sizeof *s->selected_by);
        if (!s->selected_by)
            return false;
        s->selected_by[0] = (dbc_range){of->value, of->value};
        s->selected_by_count = 1;
    }
    if (!s->selector)
        s->selected_by_count = 0;
    return true;
}

/* A chain of multiplexers that comes back to itself decides nothing. */
static void break_circle(dbc *d, const dbc_message *m, dbc_signal *s)
{
    size_t steps = 0;
    for (const dbc_signal *at = s->selector; at; at = at->selector) {
        if (at != s && steps++ < m->signal_count)
            continue;
        dbc_warn(d, s->line, "%s: %s is multiplexed in a circle", m->symbol, s->symbol);
        s->selector = NULL;
        s->selected_by_count = 0;
        return;
    }
}

static bool select_signals(dbc *d, dbc_message *m, const dbc_message_own *own)
{
    const dbc_signal *usual = usual_multiplexer(d, m, own);
    for (size_t i = 0; i < m->signal_count; i++) {
        if (!select_signal(d, m, &m->signals[i], &own->multiplexing[i], usual))
            return false;
    }
    for (size_t i = 0; i < m->signal_count; i++)
        break_circle(d, m, &m->signals[i]);
    return true;
}

/* ---- what is odd */

static void check_size(dbc *d, const dbc_message *m, const dbc_signal *s)
{
    if (s->length == 0 || s->length > 64)
        dbc_warn(d, s->line, "%s: %s has %u bits, and is not decoded: 1 to 64 can be", m->symbol, s->symbol,
                 (unsigned)s->length);
    else if (s->is_float && s->length != 16 && s->length != 32 && s->length != 64)
        dbc_warn(d, s->line, "%s: %s is a float of %u bits, and is not decoded", m->symbol, s->symbol,
                 (unsigned)s->length);
    else if (!dbc_signal_fits(s, m->length))
        dbc_warn(d, s->line, "%s: %s goes beyond the message's %u bytes", m->symbol, s->symbol,
                 (unsigned)m->length);
}

static bool ranges_meet(const dbc_signal *a, const dbc_signal *b)
{
    for (size_t i = 0; i < a->selected_by_count; i++) {
        for (size_t j = 0; j < b->selected_by_count; j++) {
            if (a->selected_by[i].first <= b->selected_by[j].last &&
                b->selected_by[j].first <= a->selected_by[i].last)
                return true;
        }
    }
    return false;
}

/* Whether one message can hold both: not if anywhere up their chains one multiplexer would have to have two
 * values. */
static bool together(const dbc_signal *a, const dbc_signal *b)
{
    for (const dbc_signal *x = a; x->selector; x = x->selector) {
        for (const dbc_signal *y = b; y->selector; y = y->selector) {
            if (x->selector == y->selector && !ranges_meet(x, y))
                return false;
        }
    }
    return true;
}

/* Whether two signals have a bit in common: marked bit by bit, as byte orders mix. */
static bool overlap(const dbc_signal *a, const dbc_signal *b)
{
    for (uint32_t i = 0; i < a->length && a->length <= 64; i++) {
        uint32_t bit = dbc_signal_bit(a, i);
        for (uint32_t j = 0; j < b->length && b->length <= 64; j++) {
            if (dbc_signal_bit(b, j) == bit)
                return true;
        }
    }
    return false;
}

static void check_overlaps(dbc *d, const dbc_message *m)
{
    size_t count = m->signal_count < PAIRS_OF ? m->signal_count : PAIRS_OF;
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            const dbc_signal *a = &m->signals[i], *b = &m->signals[j];
            if (together(a, b) && overlap(a, b))
                dbc_warn(d, a->line, "%s: %s overlaps %s", m->symbol, a->symbol, b->symbol);
        }
    }
}

static void check_id(dbc *d, const dbc_message *m)
{
    if (m->id > 0x1fffffff)
        dbc_warn(d, m->line, "%s: id 0x%x has more than 29 bits, and no frame has it", m->symbol,
                 (unsigned)m->id);
    else if (!m->extended && m->id > 0x7ff)
        dbc_warn(d, m->line,
                 "%s: id 0x%x has more than 11 bits and is not marked as extended; extended "
                 "frames with it are taken",
                 m->symbol, (unsigned)m->id);
}

static const char *long_name(const dbc *d, const char *symbol)
{
    for (size_t i = 0; i < d->node_count; i++) {
        if (strcmp(d->nodes[i].symbol, symbol) == 0)
            return d->nodes[i].name;
    }
    return symbol;
}

static void name_nodes(const dbc *d, dbc_message *m)
{
    for (size_t i = 0; i < m->sender_count; i++)
        m->senders[i] = long_name(d, m->senders[i]);
    for (size_t i = 0; i < m->signal_count; i++) {
        for (size_t j = 0; j < m->signals[i].receiver_count; j++)
            m->signals[i].receivers[j] = long_name(d, m->signals[i].receivers[j]);
    }
}

bool dbc_check(dbc *d)
{
    if (!select_signals(d, &d->unassigned, &d->own->unassigned))
        return false;
    name_nodes(d, &d->unassigned);
    for (size_t i = 0; i < d->message_count; i++) {
        dbc_message *m = &d->messages[i];
        if (!select_signals(d, m, &d->own->messages[i]))
            return false;
        if (!d->own->messages[i].format_said)
            m->j1939 = d->own->j1939_by_default && m->extended;
        name_nodes(d, m);
        check_id(d, m);
        for (size_t j = 0; j < m->signal_count; j++)
            check_size(d, m, &m->signals[j]);
        check_overlaps(d, m);
    }
    return true;
}
