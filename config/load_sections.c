/* The sections of the document. */
#include "config/load.h"

#include <string.h>

void load_group_read(loader *l, const config_node *value, const char *where, const config_group *g,
                     void *target)
{
    const load_block b = {.where = where, .target = target, .groups = {g, NULL}};
    load_block_read(l, value, &b);
}

void load_read_filter(loader *l, const config_node *key, const config_node *value, void *target)
{
    (void)target;
    load_group_read(l, value, key->text, &config_filter, &l->into->filter);
}

void load_read_output(loader *l, const config_node *key, const config_node *value, void *target)
{
    (void)target;
    load_group_read(l, value, key->text, &config_output, &l->into->output);
}

void load_read_integrity(loader *l, const config_node *key, const config_node *value, void *target)
{
    (void)target;
    load_group_read(l, value, key->text, &config_integrity, &l->into->integrity);
}

void load_read_truth(loader *l, const config_node *key, const config_node *value, void *target)
{
    (void)target;
    load_group_read(l, value, key->text, &config_mount, &l->into->truth);
}

static void read_road(loader *l, const config_node *key, const config_node *value, void *target)
{
    char found[CONFIG_QUOTE_SIZE];
    (void)target;
    if (value->kind == NODE_REFUSED)
        return;
    for (int i = 0; value->kind == NODE_SCALAR && i < ROAD_CLASS_COUNT; i++) {
        if (strcmp(value->text, config_road_words[i]) == 0) {
            l->into->road = (road_class)i;
            return;
        }
    }
    load_problem(l, value, "%s: expected %s or %s, found %s", key->text, config_road_words[ROAD_FREEWAY],
                 config_road_words[ROAD_LOCAL], load_found(found, value));
}

static void read_limits(loader *l, const config_node *key, const config_node *value, void *target)
{
    (void)target;
    for (int i = 0; i < ROAD_CLASS_COUNT; i++) {
        if (strcmp(key->text, config_road_words[i]) == 0)
            load_group_read(l, value, key->text, &config_alert, &l->into->alert[i]);
    }
}

void load_read_alert_limits(loader *l, const config_node *key, const config_node *value, void *target)
{
    static const load_part parts[] = {
        {"road_class", read_road}, {"freeway", read_limits}, {"local", read_limits}};
    const load_block b = {.where = key->text, .parts = parts, .part_count = sizeof parts / sizeof *parts};
    (void)target;
    load_block_read(l, value, &b);
}
