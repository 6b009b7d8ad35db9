/* Mapping files: names, numbers, values and conditions. */
#include "config/problems.h"
#include "config/scalar.h"
#include "config/suggest.h"
#include "sensors/can/can_mapping_private.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool mapping_problem(const mapping_block *b, const config_node *at, const char *format, ...)
{
    char text[400];
    if (at->kind == NODE_REFUSED)
        return false; /* told already */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return config_problem(b->problems, b->name, at->line, at->column, "%s", text);
}

static bool known_key(const char *key, const char *const *keys, const mapping_field *fields, size_t count,
                      config_nearest *near)
{
    for (; *keys; keys++) {
        if (strcmp(*keys, key) == 0)
            return true;
        config_nearest_offer(near, *keys);
    }
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].key, key) == 0)
            return true;
        config_nearest_offer(near, fields[i].key);
    }
    return false;
}

static bool check_key(const mapping_block *b, const config_node *map, const config_node *key,
                      const char *const *keys, const mapping_field *fields, size_t count)
{
    char quoted[CONFIG_QUOTE_SIZE];
    if (key->kind != NODE_SCALAR)
        return mapping_problem(b, key, "expected a key");
    config_nearest near = {.word = key->text};
    if (!known_key(key->text, keys, fields, count, &near))
        return mapping_problem(b, key, "there is no key %s here%s%s%s", config_quote(quoted, key->text),
                               near.best ? "; did you mean " : "", near.best ? near.best : "",
                               near.best ? "?" : "");
    for (const config_node *n = map->child; n != key; n = n->next->next) {
        if (n->kind == NODE_SCALAR && strcmp(n->text, key->text) == 0)
            return mapping_problem(b, key, "%s is there twice; the first is in line %zu", key->text, n->line);
    }
    return true;
}

bool mapping_check_keys(const mapping_block *b, const config_node *map, const char *const *keys,
                        const mapping_field *fields, size_t count)
{
    bool good = true;
    if (map->kind != NODE_MAPPING)
        return mapping_problem(b, map, "expected a block of \"key: value\"");
    for (const config_node *key = map->child; key && key->next; key = key->next->next)
        good = check_key(b, map, key, keys, fields, count) && good;
    return good;
}

bool mapping_number(const mapping_block *b, const config_node *n, double min, double max, double *out)
{
    char quoted[CONFIG_QUOTE_SIZE];
    if (n->kind != NODE_SCALAR || !config_scalar_number(n->text, out))
        return mapping_problem(b, n, "expected a number%s%s", n->kind == NODE_SCALAR ? ", not " : "",
                               n->kind == NODE_SCALAR ? config_quote(quoted, n->text) : "");
    if (!(*out >= min && *out <= max))
        return mapping_problem(b, n, "%g is out of range, expected %g to %g", *out, min, max);
    return true;
}

bool mapping_text(const mapping_block *b, const config_node *n, const char **out)
{
    if (n->kind != NODE_SCALAR || n->text[0] == '\0')
        return mapping_problem(b, n, "expected a name");
    *out = n->text;
    return true;
}

static bool find_message(const mapping_block *b, const config_node *at, const char *name,
                         const dbc_message **out)
{
    char quoted[CONFIG_QUOTE_SIZE];
    config_nearest near = {.word = name};
    *out = dbc_find_name(b->database, name);
    if (*out)
        return true;
    for (size_t i = 0; i < b->database->message_count; i++)
        config_nearest_offer(&near, b->database->messages[i].name);
    return mapping_problem(b, at, "the DBC file has no message %s%s%s%s", config_quote(quoted, name),
                           near.best ? "; did you mean " : "", near.best ? near.best : "",
                           near.best ? "?" : "");
}

bool mapping_message(const mapping_block *b, const config_node *n, const dbc_message **out)
{
    const char *name = "";
    return mapping_text(b, n, &name) && find_message(b, n, name, out);
}

static bool add_message(const mapping_block *b, const config_node *at, const char *name,
                        const dbc_message **out, size_t most, size_t *count)
{
    const dbc_message *m;
    if (!find_message(b, at, name, &m))
        return false;
    for (size_t i = 0; i < *count; i++) {
        if (out[i] == m)
            return mapping_problem(b, at, "%s is there twice", m->name);
    }
    if (*count == most)
        return mapping_problem(b, at, "too many messages, at most %zu", most);
    out[(*count)++] = m;
    return true;
}

/* "Track{1..64}_A": one name for each number, with as many digits as the first has. */
static bool add_range(const mapping_block *b, const config_node *n, const dbc_message **out, size_t most,
                      size_t *count)
{
    char name[128], *end;
    const char *open = strchr(n->text, '{'), *close = strchr(n->text, '}');
    if (!open)
        return add_message(b, n, n->text, out, most, count);
    unsigned long first = strtoul(open + 1, &end, 10);
    int digits = (int)(end - open - 1);
    bool dots = digits > 0 && strncmp(end, "..", 2) == 0;
    unsigned long last = dots ? strtoul(end + 2, &end, 10) : 0;
    if (!dots || end != close || open[1] == '-' || last < first || last - first >= CAN_MAX_PARTS ||
        strlen(n->text) > 80)
        return mapping_problem(b, n, "expected a range of numbers like {0..15}, of at most %d",
                               CAN_MAX_PARTS);
    for (unsigned long i = first; i <= last; i++) {
        snprintf(name, sizeof name, "%.*s%0*lu%s", (int)(open - n->text), n->text, digits, i, close + 1);
        if (!add_message(b, n, name, out, most, count))
            return false;
    }
    return true;
}

bool mapping_messages(const mapping_block *b, const config_node *n, const dbc_message **out, size_t most,
                      size_t *count)
{
    bool good = true;
    *count = 0;
    if (n->kind == NODE_SCALAR)
        return add_range(b, n, out, most, count);
    if (n->kind != NODE_SEQUENCE || !n->child)
        return mapping_problem(b, n, "expected the name of a message, or a list of them");
    for (const config_node *i = n->child; i; i = i->next)
        good = (i->kind == NODE_SCALAR ? add_range(b, i, out, most, count)
                                       : mapping_problem(b, i, "expected the name of a message")) &&
               good;
    return good;
}

bool mapping_signal(const mapping_block *b, const config_node *n, const dbc_message *m,
                    const dbc_signal **out)
{
    char quoted[CONFIG_QUOTE_SIZE];
    const char *name = "";
    if (!mapping_text(b, n, &name))
        return false;
    config_nearest near = {.word = name};
    *out = dbc_message_signal(m, name);
    for (size_t i = 0; i < m->signal_count; i++)
        config_nearest_offer(&near, m->signals[i].name);
    return *out || mapping_problem(b, n, "message %s has no signal %s%s%s%s", m->name,
                                   config_quote(quoted, name), near.best ? "; did you mean " : "",
                                   near.best ? near.best : "", near.best ? "?" : "");
}

/* A signal by itself, or inside a block with `message` beside it. */
static bool locate_signal(const mapping_block *b, const config_node *n, const dbc_message *const *candidates,
                          size_t count, const dbc_message **message, const dbc_signal **signal)
{
    const config_node *of = config_node_find(n, "message");
    const config_node *at = n->kind == NODE_MAPPING ? config_node_find(n, "signal") : n;
    const char *name = "";
    if (!at)
        return mapping_problem(b, n, "\"signal\" is missing");
    if (of)
        return mapping_message(b, of, message) && mapping_signal(b, at, *message, signal);
    if (!mapping_text(b, at, &name))
        return false;
    for (size_t i = 0; i < count; i++) {
        *message = candidates[i];
        *signal = dbc_message_signal(candidates[i], name);
        if (*signal)
            return true;
    }
    if (count == 0)
        return mapping_problem(b, at, "\"message\" is missing beside the signal");
    return mapping_signal(b, at, candidates[0], signal);
}

static bool read_unit(const mapping_block *b, const config_node *n, const mapping_field *field, can_term *t)
{
    const config_node *unit = config_node_find(n, "unit");
    const char *name = "";
    char quoted[CONFIG_QUOTE_SIZE];
    if (!unit)
        return true;
    if (!mapping_text(b, unit, &name))
        return false;
    return can_unit_factor(name, field->dimension, &t->factor) ||
           mapping_problem(b, unit, "%s in %s cannot be; units for it: %s", field->key,
                           config_quote(quoted, name), can_units_of(field->dimension));
}

static bool read_term(const mapping_block *b, const config_node *n, const mapping_field *field,
                      const dbc_message *const *candidates, size_t candidate_count, can_value *out)
{
    static const char *const keys[] = {"message", "signal", "scale", "offset", "unit", NULL};
    const dbc_message *message = NULL;
    can_term t = {.scale = 1.0, .factor = 1.0};
    bool good = n->kind != NODE_MAPPING || mapping_check_keys(b, n, keys, NULL, 0);
    good = locate_signal(b, n, candidates, candidate_count, &message, &t.signal) && good;
    const config_node *scale = config_node_find(n, "scale"), *offset = config_node_find(n, "offset");
    good = (!scale || mapping_number(b, scale, -1e9, 1e9, &t.scale)) && good;
    good = (!offset || mapping_number(b, offset, -1e9, 1e9, &t.offset)) && good;
    good = read_unit(b, n, field, &t) && good;
    if (!good)
        return false;
    if (out->message && out->message != message)
        return mapping_problem(b, n, "the terms of one value must be of one message, %s", out->message->name);
    if (out->count == CAN_MAX_TERMS)
        return mapping_problem(b, n, "too many terms, at most %d", CAN_MAX_TERMS);
    out->message = message;
    out->terms[out->count++] = t;
    return true;
}

bool mapping_value(const mapping_block *b, const config_node *n, const mapping_field *field,
                   const dbc_message *const *candidates, size_t candidate_count, can_value *out)
{
    bool good = true;
    *out = (can_value){.message = NULL};
    if (n->kind != NODE_SEQUENCE)
        return read_term(b, n, field, candidates, candidate_count, out);
    if (!n->child)
        return mapping_problem(b, n, "expected at least one signal");
    for (const config_node *i = n->child; i; i = i->next)
        good = read_term(b, i, field, candidates, candidate_count, out) && good;
    return good;
}

/* `is` or `is_not`: a number or a list of them. */
static bool read_allowed(const mapping_block *b, const config_node *n, can_condition *c)
{
    bool good = true;
    if (n->kind != NODE_SEQUENCE)
        return mapping_number(b, n, -1e300, 1e300, &c->allowed[c->allowed_count++]);
    if (!n->child)
        return mapping_problem(b, n, "expected at least one number");
    for (const config_node *i = n->child; i; i = i->next) {
        if (c->allowed_count == CAN_MAX_ALLOWED)
            return mapping_problem(b, i, "too many numbers, at most %d", CAN_MAX_ALLOWED);
        good = mapping_number(b, i, -1e300, 1e300, &c->allowed[c->allowed_count++]) && good;
    }
    return good;
}

static bool read_condition(const mapping_block *b, const config_node *n, const dbc_message *const *candidates,
                           size_t candidate_count, can_condition *c)
{
    static const char *const keys[] = {"message", "signal", "is", "is_not", "above", "below", NULL};
    *c = (can_condition){.above = -INFINITY, .below = INFINITY};
    bool good = mapping_check_keys(b, n, keys, NULL, 0);
    if (n->kind != NODE_MAPPING)
        return false;
    const config_node *is = config_node_find(n, "is"), *is_not = config_node_find(n, "is_not");
    const config_node *above = config_node_find(n, "above"), *below = config_node_find(n, "below");
    good = locate_signal(b, n, candidates, candidate_count, &c->message, &c->signal) && good;
    if (is && is_not)
        good = mapping_problem(b, is_not, "either \"is\" or \"is_not\", not both");
    else if (is || is_not)
        good = read_allowed(b, is ? is : is_not, c) && good;
    else if (!above && !below)
        good = mapping_problem(b, n, "a condition needs \"is\", \"is_not\", \"above\" or \"below\"");
    c->refused = is_not != NULL;
    good = (!above || mapping_number(b, above, -1e300, 1e300, &c->above)) && good;
    good = (!below || mapping_number(b, below, -1e300, 1e300, &c->below)) && good;
    return good;
}

bool mapping_conditions(const mapping_block *b, const config_node *n, const dbc_message *const *candidates,
                        size_t candidate_count, can_condition out[CAN_MAX_CONDITIONS], size_t *count)
{
    bool good = true;
    *count = 0;
    if (n->kind != NODE_SEQUENCE) {
        *count = 1;
        return read_condition(b, n, candidates, candidate_count, &out[0]);
    }
    for (const config_node *i = n->child; i; i = i->next) {
        if (*count == CAN_MAX_CONDITIONS)
            return mapping_problem(b, i, "too many conditions, at most %d", CAN_MAX_CONDITIONS);
        good = read_condition(b, i, candidates, candidate_count, &out[(*count)++]) && good;
    }
    return good;
}
