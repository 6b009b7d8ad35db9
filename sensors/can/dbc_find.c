/* DBC: messages by their ids, signals by their names. */
#include "sensors/can/dbc_private.h"

#include <stdlib.h>
#include <string.h>

static size_t slot_of(const struct dbc_own *own, uint32_t id)
{
    return (id * 2654435761u) & (own->slot_count - 1);
}

static uint32_t file_id_of(const dbc_message *m)
{
    return m->id | (m->extended ? DBC_EXTENDED : 0);
}

/* The slot that has this id, or the free one where it belongs. */
static uint32_t *find_slot(const dbc *d, uint32_t id)
{
    struct dbc_own *own = d->own;
    size_t i = slot_of(own, id);
    while (own->slots[i] != 0 && file_id_of(&d->messages[own->slots[i] - 1]) != id)
        i = (i + 1) & (own->slot_count - 1);
    return &own->slots[i];
}

static bool grow_slots(dbc *d)
{
    struct dbc_own *own = d->own;
    size_t count = own->slot_count == 0 ? 64 : 2 * own->slot_count;
    uint32_t *old = own->slots;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (!slots)
        return false;
    own->slots = slots;
    own->slot_count = count;
    for (size_t i = 0; i + 1 < d->message_count; i++)
        *find_slot(d, file_id_of(&d->messages[i])) = (uint32_t)i + 1;
    free(old);
    return true;
}

bool dbc_index_message(dbc_parser *p, uint32_t file_id)
{
    dbc *d = p->out;
    if (2 * d->message_count > p->own->slot_count && !grow_slots(d))
        return dbc_out_of_memory(p);
    uint32_t *slot = find_slot(d, file_id);
    const dbc_message *m = &d->messages[d->message_count - 1];
    if (*slot != 0)
        dbc_warn(d, m->line, "%s has the id of %s, which counts no more", m->symbol,
                 d->messages[*slot - 1].symbol);
    *slot = (uint32_t)d->message_count;
    return true;
}

static const dbc_message *by_file_id(const dbc *d, uint32_t id)
{
    uint32_t place = d->own->slot_count == 0 ? 0 : *find_slot(d, id);
    return place == 0 ? NULL : &d->messages[place - 1];
}

/* Files exist that do not mark their extended ids: one that fits no standard frame is taken for both. */
const dbc_message *dbc_find(const dbc *d, uint32_t id, bool extended)
{
    const dbc_message *m = by_file_id(d, id | (extended ? DBC_EXTENDED : 0));
    return m || !extended || id <= 0x7ff ? m : by_file_id(d, id);
}

/* J1939-21: 3 bits priority, 18 bits parameter group (of which the low 8 are a destination when the 8 above
 * them are less than 240), 8 bits source address. */
static uint32_t group_of(uint32_t id)
{
    bool to_one = (id >> 16 & 0xff) < 240;
    return id & (to_one ? 0x3ff0000u : 0x3ffff00u);
}

const dbc_message *dbc_find_group(const dbc *d, uint32_t id)
{
    for (size_t i = 0; i < d->message_count; i++) {
        const dbc_message *m = &d->messages[i];
        if (m->j1939 && m->extended && group_of(m->id) == group_of(id))
            return m;
    }
    return NULL;
}

dbc_message *dbc_message_by_file_id(dbc_parser *p, uint32_t id, dbc_message_own **own)
{
    if (id == DBC_INDEPENDENT_ID) {
        *own = &p->own->unassigned;
        return &p->out->unassigned;
    }
    uint32_t place = p->own->slot_count == 0 ? 0 : *find_slot(p->out, id);
    if (place == 0)
        return NULL;
    *own = &p->own->messages[place - 1];
    return &p->out->messages[place - 1];
}

dbc_signal *dbc_signal_by_symbol(dbc_message *m, const char *symbol)
{
    for (size_t i = 0; i < m->signal_count; i++) {
        if (strcmp(m->signals[i].symbol, symbol) == 0)
            return &m->signals[i];
    }
    return NULL;
}

bool dbc_take_message(dbc_parser *p, dbc_message **m, dbc_message_own **own)
{
    uint64_t id;
    size_t line = p->t.line;
    if (!dbc_take_integer(p, UINT32_MAX, &id, "the id of a message"))
        return false;
    *m = dbc_message_by_file_id(p, (uint32_t)id, own);
    if (!*m)
        dbc_warn(p->out, line, "%s: there is no message %llu", p->statement, (unsigned long long)id);
    return true;
}

bool dbc_take_signal(dbc_parser *p, dbc_message **m, dbc_message_own **own, dbc_signal **s)
{
    const char *symbol;
    size_t line = p->t.line;
    *s = NULL;
    if (!dbc_take_message(p, m, own) || !dbc_take_name(p, &symbol, "the name of a signal"))
        return false;
    *s = *m ? dbc_signal_by_symbol(*m, symbol) : NULL;
    if (*m && !*s)
        dbc_warn(p->out, line, "%s: %s has no signal %s", p->statement, (*m)->symbol, symbol);
    return true;
}

const dbc_message *dbc_find_name(const dbc *d, const char *name)
{
    for (size_t i = 0; i < d->message_count; i++) {
        if (strcmp(d->messages[i].name, name) == 0 || strcmp(d->messages[i].symbol, name) == 0)
            return &d->messages[i];
    }
    return NULL;
}

const dbc_signal *dbc_message_signal(const dbc_message *m, const char *name)
{
    for (size_t i = 0; i < m->signal_count; i++) {
        if (strcmp(m->signals[i].name, name) == 0 || strcmp(m->signals[i].symbol, name) == 0)
            return &m->signals[i];
    }
    return NULL;
}
