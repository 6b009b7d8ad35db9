#include "sensors/can/can_mapping_private.h"

#include "config/problems.h"
#include "sensors/can/dbc_text.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAPPING_MAX_SIZE = 1 << 20 };

struct can_mapping {
    size_t database_count;
    dbc *databases[CAN_MAX_RADARS];
    can_wheel_rules wheels;
    size_t radar_count;
    can_radar_rules radars[CAN_MAX_RADARS];
    can_radar_part *parts;
};

/* ---- a vehicle */

static const mapping_field wheel_fields[] = {
    [CAN_WHEEL_SPEED] = {"speed", CAN_SPEED},
    [CAN_WHEEL_FRONT_LEFT] = {"wheel_front_left", CAN_SPEED},
    [CAN_WHEEL_FRONT_RIGHT] = {"wheel_front_right", CAN_SPEED},
    [CAN_WHEEL_REAR_LEFT] = {"wheel_rear_left", CAN_SPEED},
    [CAN_WHEEL_REAR_RIGHT] = {"wheel_rear_right", CAN_SPEED},
    [CAN_WHEEL_YAW_RATE] = {"yaw_rate", CAN_TURN_RATE},
    [CAN_WHEEL_STEERING] = {"steering_wheel", CAN_ANGLE},
};
_Static_assert(sizeof wheel_fields / sizeof *wheel_fields == CAN_WHEEL_FIELDS, "one row per field");

static bool has_trigger(const can_wheel_rules *w, const dbc_message *m)
{
    for (size_t i = 0; i < w->trigger_count; i++) {
        if (w->triggers[i] == m)
            return true;
    }
    return false;
}

/* What is not said: whatever brings a speed. */
static void default_triggers(can_wheel_rules *w)
{
    for (int i = CAN_WHEEL_SPEED; i <= CAN_WHEEL_REAR_RIGHT; i++) {
        const dbc_message *m = w->fields[i].message;
        if (m && !has_trigger(w, m) && w->trigger_count < CAN_MAX_TRIGGERS)
            w->triggers[w->trigger_count++] = m;
    }
}

static bool any_speed(const can_wheel_rules *w)
{
    bool found = false;
    for (int i = CAN_WHEEL_SPEED; i <= CAN_WHEEL_YAW_RATE; i++)
        found = found || w->fields[i].count > 0;
    return found;
}

bool mapping_read_vehicle(const mapping_block *b, const config_node *n, can_wheel_rules *out)
{
    static const char *const keys[] = {"dbc", "publish_with", "max_age_s", "when", NULL};
    bool good = mapping_check_keys(b, n, keys, wheel_fields, CAN_WHEEL_FIELDS);
    if (n->kind != NODE_MAPPING)
        return false;
    *out = (can_wheel_rules){.max_age_s = 0.1};
    for (int i = 0; i < CAN_WHEEL_FIELDS; i++) {
        const config_node *field = config_node_find(n, wheel_fields[i].key);
        good = (!field || mapping_value(b, field, &wheel_fields[i], NULL, 0, &out->fields[i])) && good;
    }
    const config_node *with = config_node_find(n, "publish_with"), *age = config_node_find(n, "max_age_s");
    const config_node *when = config_node_find(n, "when");
    good = (!with || mapping_messages(b, with, out->triggers, CAN_MAX_TRIGGERS, &out->trigger_count)) && good;
    good = (!age || mapping_number(b, age, 0.0, 60.0, &out->max_age_s)) && good;
    good = (!when || mapping_conditions(b, when, NULL, 0, out->conditions, &out->condition_count)) && good;
    if (good && !any_speed(out))
        return mapping_problem(b, n, "neither a speed, nor a wheel, nor a yaw rate is mapped");
    if (!with)
        default_triggers(out);
    if (good && out->trigger_count == 0)
        return mapping_problem(b, n, "publish_with is missing: no message brings a speed");
    return good;
}

/* ---- the file */

/* `name` beside the file at `path`, unless it is absolute. */
static void path_beside(const char *path, const char *name, char out[PATH_MAX])
{
    const char *slash = name[0] == '/' ? NULL : strrchr(path, '/');
    snprintf(out, PATH_MAX, "%.*s%s", slash ? (int)(slash + 1 - path) : 0, path, name);
}

/* The block's DBC file: the one given, or the one that it names. */
static bool load_database(can_mapping *m, mapping_block *b, const config_node *n, const char *given)
{
    char path[PATH_MAX];
    error e = {""};
    const config_node *named = config_node_find(n, "dbc");
    const char *name = given;
    if (!given && !named)
        return mapping_problem(b, n, "no DBC file: neither \"dbc\" here nor the option dbc");
    if (!given && !mapping_text(b, named, &name))
        return false;
    if (given)
        snprintf(path, sizeof path, "%s", given);
    else
        path_beside(b->name, name, path);
    dbc *d = dbc_load(path, &e);
    if (!d)
        return mapping_problem(b, named && !given ? named : n, "%s", e.text);
    m->databases[m->database_count++] = d;
    b->database = d;
    return true;
}

static bool read_radar_block(can_mapping *m, mapping_block *b, const config_node *n, const char *given)
{
    if (n->kind != NODE_MAPPING)
        return mapping_problem(b, n, "expected a block of \"key: value\"");
    if (m->radar_count == CAN_MAX_RADARS)
        return mapping_problem(b, n, "too many blocks, at most %d", CAN_MAX_RADARS);
    can_radar_rules *r = &m->radars[m->radar_count];
    r->parts = m->parts + m->radar_count * CAN_MAX_PARTS;
    m->radar_count++;
    return load_database(m, b, n, given) && mapping_read_radar(b, n, r);
}

static bool read_radars(can_mapping *m, mapping_block *b, const config_node *n, const char *given)
{
    bool good = true;
    m->parts = calloc((size_t)CAN_MAX_RADARS * CAN_MAX_PARTS, sizeof *m->parts);
    if (!m->parts)
        return config_problem(b->problems, b->name, 0, 0, "out of memory");
    if (n->kind != NODE_SEQUENCE)
        return read_radar_block(m, b, n, given);
    for (const config_node *i = n->child; i; i = i->next)
        good = read_radar_block(m, b, i, given) && good;
    return n->child ? good : mapping_problem(b, n, "expected at least one block");
}

static bool read_root(can_mapping *m, mapping_block *b, const config_node *root, can_mapping_kind kind,
                      const char *given)
{
    static const char *const keys[] = {"vehicle", "radar", NULL};
    const char *word = keys[kind];
    if (!root)
        return config_problem(b->problems, b->name, 0, 0, "the mapping is empty");
    if (!mapping_check_keys(b, root, keys, NULL, 0))
        return false;
    const config_node *n = config_node_find(root, word);
    if (!n)
        return mapping_problem(b, root, "there is no \"%s\" in this mapping", word);
    if (kind == CAN_MAPPING_RADAR)
        return read_radars(m, b, n, given);
    if (n->kind != NODE_MAPPING)
        return mapping_problem(b, n, "expected a block of \"key: value\"");
    return load_database(m, b, n, given) && mapping_read_vehicle(b, n, &m->wheels);
}

can_mapping *can_mapping_parse(const char *path, const char *text, size_t size, can_mapping_kind kind,
                               const char *dbc_path, config_problems *p)
{
    mapping_block b = {.name = path, .problems = p};
    can_mapping *m = calloc(1, sizeof *m);
    config_tree *t = m ? config_tree_parse(path, text, size, p) : NULL;
    size_t before = p->count;
    if (!m)
        config_problem(p, path, 0, 0, "out of memory");
    bool good = t && read_root(m, &b, config_tree_root(t), kind, dbc_path) && p->count == before;
    config_tree_destroy(t);
    if (good)
        return m;
    can_mapping_destroy(m);
    return NULL;
}

can_mapping *can_mapping_load(const char *path, can_mapping_kind kind, const char *dbc_path,
                              config_problems *p)
{
    error e = {""};
    size_t size;
    char *text = text_read_file(path, MAPPING_MAX_SIZE, &size, &e);
    if (!text) {
        const char *why = e.text + (strncmp(e.text, path, strlen(path)) == 0 ? strlen(path) + 2 : 0);
        config_problem(p, path, 0, 0, "%s", why);
        return NULL;
    }
    can_mapping *m = can_mapping_parse(path, text, size, kind, dbc_path, p);
    free(text);
    return m;
}

void can_mapping_destroy(can_mapping *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->database_count; i++)
        dbc_destroy(m->databases[i]);
    free(m->parts);
    free(m);
}

const can_wheel_rules *can_mapping_wheels(const can_mapping *m)
{
    return &m->wheels;
}

size_t can_mapping_radar_count(const can_mapping *m)
{
    return m->radar_count;
}

const can_radar_rules *can_mapping_radar(const can_mapping *m, size_t i)
{
    return &m->radars[i];
}
