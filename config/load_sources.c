/* `sources:` a mapping from KIND/NAME to settings. */
#include "config/load.h"

static void read_mount(loader *l, const config_node *key, const config_node *value, void *target)
{
    source_settings *s = target;
    load_group_read(l, value, key->text, &config_mount, &s->mount);
}

static void read_source(loader *l, const config_node *key, const config_node *value,
                        size_t lines[SETTINGS_MAX_SOURCES])
{
    static const load_part parts[] = {{"mount", read_mount}};
    if (!load_check_source_name(l, key, "source", NULL))
        return;
    source_settings *s = settings_add_source(l->into, key->text);
    if (!s) {
        load_problem(l, key, "source %s: more than %d sources", key->text, SETTINGS_MAX_SOURCES);
        return;
    }
    size_t *line = &lines[s - l->into->sources];
    if (*line != 0) {
        load_problem(l, key, "source %s: given twice, first on line %zu", key->text, *line);
        return;
    }
    *line = key->line;
    const load_block b = {.where = s->name,
                          .target = s,
                          .groups = {&config_source, &config_of_kind[s->kind]},
                          .parts = parts,
                          .part_count = sizeof parts / sizeof *parts};
    load_block_read(l, value, &b);
}

void load_read_sources(loader *l, const config_node *key, const config_node *value, void *target)
{
    char found[CONFIG_QUOTE_SIZE];
    size_t lines[SETTINGS_MAX_SOURCES] = {0}; /* where each was first given in this file */
    (void)target;
    if (value->kind == NODE_REFUSED || config_node_is_empty(value))
        return;
    if (value->kind != NODE_MAPPING) {
        load_problem(l, value, "%s: expected sources (KIND/NAME: settings), found %s", key->text,
                     load_found(found, value));
        return;
    }
    for (const config_node *name = value->child; name && name->next; name = name->next->next) {
        if (name->kind == NODE_SCALAR)
            read_source(l, name, name->next, lines);
        else if (name->kind != NODE_REFUSED)
            load_problem(l, name, "expected the name of a source, found %s", load_found(found, name));
    }
}
