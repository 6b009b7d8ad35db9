#include "config/load.h"

#include "config/scalar.h"
#include "config/suggest.h"
#include "config/value.h"

#include <stdarg.h>
#include <string.h>

void load_problem(loader *l, const config_node *at, const char *format, ...)
{
    char text[sizeof l->problems->text[0]];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    config_problem(l->problems, l->name, at->line, at->column, "%s", text);
}

const char *load_found(char out[CONFIG_QUOTE_SIZE], const config_node *n)
{
    if (n->kind == NODE_MAPPING)
        return strcpy(out, "a mapping");
    if (n->kind == NODE_SEQUENCE)
        return strcpy(out, "a list");
    if (config_node_is_empty(n))
        return strcpy(out, "nothing");
    return config_quote(out, n->text);
}

/* Refuses what is not one plain value; true when it is one. */
static bool check_scalar(loader *l, const config_key *k, const config_node *value, const char *expected)
{
    char found[CONFIG_QUOTE_SIZE];
    if (value->kind == NODE_SCALAR && !config_node_is_empty(value))
        return true;
    load_problem(l, value, "%s: expected %s, found %s", k->name, expected, load_found(found, value));
    return false;
}

static void read_flag(loader *l, const config_key *k, const config_node *value, void *target)
{
    char why[CONFIG_WHY_SIZE];
    bool flag;
    if (!check_scalar(l, k, value, "true or false"))
        return;
    if (config_value_flag(why, k, value->text, !value->plain, &flag))
        *(bool *)(void *)((char *)target + k->offset) = flag;
    else
        load_problem(l, value, "%s", why);
}

static void read_id(loader *l, const config_key *k, const config_node *value, void *target)
{
    char found[CONFIG_QUOTE_SIZE];
    uint64_t id;
    if (value->kind != NODE_SCALAR || !value->plain || !config_scalar_id(value->text, &id))
        load_problem(l, value, "%s: expected a whole number from 1 to 2^64-1, found %s", k->name,
                     load_found(found, value));
    else
        *(uint64_t *)(void *)((char *)target + k->offset) = id;
}

static void read_number(loader *l, const config_key *k, const config_node *value, void *target)
{
    char why[CONFIG_WHY_SIZE], in[CONFIG_UNIT_SIZE], expected[16 + CONFIG_UNIT_SIZE];
    double number;
    snprintf(expected, sizeof expected, "a number%s", config_in_unit(in, k->unit));
    if (!check_scalar(l, k, value, expected))
        return;
    if (config_value_number(why, k, value->text, !value->plain, &number))
        *config_number(k, target) = number;
    else
        load_problem(l, value, "%s", why);
}

void load_value_read(loader *l, const config_key *k, const config_node *value, void *target)
{
    if (value->kind == NODE_REFUSED)
        return;
    switch (k->type) {
    case CONFIG_NUMBER:
        read_number(l, k, value, target);
        break;
    case CONFIG_FLAG:
        read_flag(l, k, value, target);
        break;
    case CONFIG_ID:
        read_id(l, k, value, target);
        break;
    case CONFIG_TEXT:
        break;
    }
}

/* Another place where the key is known, for keys that stand one level too high or low. */
static const char *other_home(const char *key)
{
    static const struct {
        const config_group *group;
        const char *where;
    } homes[] = {
        {&config_filter, "filter"},
        {&config_output, "output"},
        {&config_integrity, "integrity"},
        {&config_mount, "mount"},
        {&config_source, "a source"},
        {&config_bus, "bus"},
        {&config_service, "service"},
        {&config_of_kind[SOURCE_GNSS], "a gnss source"},
        {&config_of_kind[SOURCE_IMU], "an imu source"},
        {&config_of_kind[SOURCE_WHEEL], "a wheel source"},
        {&config_of_kind[SOURCE_RADAR], "a radar source"},
        {&config_of_kind[SOURCE_CAMERA], "a camera source"},
        {&config_of_kind[SOURCE_ROADSIDE], "a roadside source"},
        {&config_of_kind[SOURCE_ODOMETRY], "an odometry source"},
    };
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
        if (config_key_find(homes[i].group, key))
            return homes[i].where;
    }
    return NULL;
}

/* The key is a known one with another unit or none: says so and returns true. */
static bool refuse_unit(loader *l, const config_node *key, const config_node *value, const load_block *b)
{
    char hint[CONFIG_HINT_SIZE], best[CONFIG_HINT_SIZE];
    config_hint rank = CONFIG_HINT_NONE;
    const char *number = value->kind == NODE_SCALAR ? value->text : NULL;
    for (size_t g = 0; g < 2 && b->groups[g]; g++) {
        for (size_t i = 0; i < b->groups[g]->count; i++) {
            config_hint found = config_unit_hint(hint, &b->groups[g]->keys[i], key->text, number);
            if (found > rank) {
                rank = found;
                memcpy(best, hint, sizeof best);
            }
        }
    }
    if (rank != CONFIG_HINT_NONE)
        load_problem(l, key, "%s: %s", key->text, best);
    return rank != CONFIG_HINT_NONE;
}

static const char *nearest_key(const char *word, const load_block *b)
{
    config_nearest near = {.word = word};
    for (size_t g = 0; g < 2 && b->groups[g]; g++) {
        for (size_t i = 0; i < b->groups[g]->count; i++)
            config_nearest_offer(&near, b->groups[g]->keys[i].name);
    }
    for (size_t i = 0; i < b->part_count; i++)
        config_nearest_offer(&near, b->parts[i].name);
    return near.best;
}

static void refuse_key(loader *l, const config_node *key, const config_node *value, const load_block *b)
{
    char quoted[CONFIG_QUOTE_SIZE];
    /* Past the end of the list only the count matters; distances of 30,000 keys would take seconds. */
    bool shown = l->problems->count < CONFIG_MAX_PROBLEMS;
    if (shown && refuse_unit(l, key, value, b))
        return;
    const char *near = shown ? nearest_key(key->text, b) : NULL;
    const char *home = near ? NULL : other_home(key->text);
    config_quote(quoted, key->text);
    if (near)
        load_problem(l, key, "no setting %s in %s; did you mean %s?", quoted, b->where, near);
    else if (home)
        load_problem(l, key, "no setting %s in %s; it belongs to %s", quoted, b->where, home);
    else
        load_problem(l, key, "no setting %s in %s", quoted, b->where);
}

/* True, and the line is noted, when the key was not there before. */
static bool first_time(loader *l, const config_node *key, size_t *line)
{
    if (*line != 0) {
        load_problem(l, key, "%s: given twice, first on line %zu", key->text, *line);
        return false;
    }
    *line = key->line;
    return true;
}

static void read_pair(loader *l, const config_node *key, const config_node *value, const load_block *b,
                      size_t *lines)
{
    for (size_t i = 0; i < b->part_count; i++) {
        if (strcmp(b->parts[i].name, key->text) == 0) {
            if (first_time(l, key, &lines[i]))
                b->parts[i].read(l, key, value, b->target);
            return;
        }
    }
    lines += LOAD_MAX_PARTS;
    for (size_t g = 0; g < 2 && b->groups[g]; g++, lines += CONFIG_GROUP_MAX) {
        const config_key *k = config_key_find(b->groups[g], key->text);
        if (k) {
            if (first_time(l, key, &lines[k - b->groups[g]->keys]))
                load_value_read(l, k, value, b->target);
            return;
        }
    }
    refuse_key(l, key, value, b);
}

void load_block_read(loader *l, const config_node *map, const load_block *b)
{
    char found[CONFIG_QUOTE_SIZE];
    size_t lines[LOAD_MAX_PARTS + 2 * CONFIG_GROUP_MAX] = {0}; /* where each key was first given */
    if (map->kind == NODE_REFUSED || config_node_is_empty(map))
        return;
    if (map->kind != NODE_MAPPING) {
        load_problem(l, map, "%s: expected settings (KEY: VALUE), found %s", b->where,
                     load_found(found, map));
        return;
    }
    for (const config_node *key = map->child; key && key->next; key = key->next->next) {
        if (key->kind == NODE_SCALAR)
            read_pair(l, key, key->next, b, lines);
        else if (key->kind != NODE_REFUSED)
            load_problem(l, key, "%s: expected the name of a setting, found %s", b->where,
                         load_found(found, key));
    }
}
