/* `sources:` a mapping from KIND/NAME to settings. */
#include "config/load.h"

#include "config/suggest.h"

#include <string.h>

/* Says what is wrong with the name of a source; true when nothing is. */
static bool check_source_name(loader *l, const config_node *key)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    char quoted[CONFIG_QUOTE_SIZE];
    char kind[FRAME_SOURCE_NAME_SIZE];
    const char *slash = strchr(key->text, '/');
    size_t length = slash ? (size_t)(slash - key->text) : strlen(key->text);
    source_kind found;
    config_quote(quoted, key->text);
    snprintf(kind, sizeof kind, "%.*s", (int)(length < sizeof kind ? length : sizeof kind - 1), key->text);
    if (!source_kind_find(kind, &found)) {
        config_nearest near = {.word = kind};
        for (int i = 0; i < SOURCE_KIND_COUNT; i++)
            config_nearest_offer(&near, source_kind_word((source_kind)i));
        load_problem(l, key,
                     "source %s: expected KIND/NAME with KIND one of gnss, imu, wheel, radar, camera, "
                     "roadside%s%s%s",
                     quoted, near.best ? "; did you mean " : "", near.best ? near.best : "",
                     near.best ? "?" : "");
        return false;
    }
    if (!slash || slash[1] == '\0')
        load_problem(l, key, "source %s: the name is missing: %s/NAME", quoted, kind);
    else if (slash[1 + strspn(slash + 1, letters)] != '\0')
        load_problem(l, key, "source %s: a name has letters, digits, '.', '_' and '-' only", quoted);
    else if (strlen(key->text) >= FRAME_SOURCE_NAME_SIZE)
        load_problem(l, key, "source %s: longer than %d characters", quoted, FRAME_SOURCE_NAME_SIZE - 1);
    else
        return true;
    return false;
}

static void read_mount(loader *l, const config_node *key, const config_node *value, void *target)
{
    source_settings *s = target;
    load_group_read(l, value, key->text, &config_mount, &s->mount);
}

static void read_source(loader *l, const config_node *key, const config_node *value,
                        size_t lines[SETTINGS_MAX_SOURCES])
{
    static const load_part parts[] = {{"mount", read_mount}};
    if (!check_source_name(l, key))
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
