/* `adapters:` a mapping from names of sources to what their adapters' own tables explain. */
#include "config/load.h"

#include "config/suggest.h"

#include <string.h>

enum { LINES = SETTINGS_MAX_SOURCES };

/* Options are kept as they stand, with their place: which there are, and of which type, is the adapter's. */
static bool add_option(loader *l, const config_node *key, const config_node *value, adapter_settings *a)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    char quoted[CONFIG_QUOTE_SIZE];
    config_quote(quoted, key->text);
    if (config_distance(key->text, "in_daemon", 3) < 3)
        load_problem(l, key, "no setting %s in %s; did you mean in_daemon?", quoted, a->source);
    else if (key->text[0] == '\0' || key->text[strspn(key->text, letters)] != '\0' ||
             strlen(key->text) >= RUN_OPTION_KEY_SIZE)
        load_problem(l, key, "no setting %s in %s", quoted, a->source);
    else if (a->option_count == RUN_MAX_OPTIONS) {
        load_problem(l, key, "%s: more than %d options", a->source, RUN_MAX_OPTIONS);
        return false;
    } else {
        const char *text =
            load_text(l, key->text, value, "a number, true or false, or a text", RUN_OPTION_VALUE_SIZE);
        adapter_setting *o = &a->options[a->option_count++];
        *o = (adapter_setting){.line = key->line, .column = key->column};
        strcpy(o->key, key->text);
        strcpy(o->value, text ? text : "");
    }
    return true;
}

/* Where the key was before in this block; 0: nowhere. */
static size_t line_before(const config_node *block, const config_node *key)
{
    for (const config_node *n = block->child; n != key; n = n->next->next) {
        if (n->kind == NODE_SCALAR && strcmp(n->text, key->text) == 0)
            return n->line;
    }
    return 0;
}

static void read_options(loader *l, const config_node *block, adapter_settings *a)
{
    char found[CONFIG_QUOTE_SIZE];
    for (const config_node *key = block->child; key && key->next; key = key->next->next) {
        const config_key *flag =
            key->kind == NODE_SCALAR ? config_key_find(&config_adapter, key->text) : NULL;
        size_t line = key->kind == NODE_SCALAR ? line_before(block, key) : 0;
        if (line > 0)
            load_problem(l, key, "%s: given twice, first on line %zu", key->text, line);
        else if (flag)
            load_value_read(l, flag, key->next, a);
        else if (key->kind == NODE_SCALAR && strcmp(key->text, "kind") != 0 &&
                 !add_option(l, key, key->next, a))
            return;
        else if (key->kind != NODE_SCALAR && key->kind != NODE_REFUSED)
            load_problem(l, key, "%s: expected the name of a setting, found %s", a->source,
                         load_found(found, key));
    }
}

/* The kind comes first, wherever it stands: the name is checked against it. */
static bool read_kind(loader *l, const config_node *name, const config_node *block, adapter_settings *a)
{
    char found[CONFIG_QUOTE_SIZE];
    const config_node *value = config_node_find(block, "kind");
    if (!value) {
        load_problem(l, name, "adapter %s: kind is missing", config_quote(found, name->text));
        return false;
    }
    const char *kind = load_text(l, "kind", value, "the kind of the adapter", RUN_KIND_SIZE);
    if (!kind)
        return false;
    if (!load_is_name(kind)) {
        load_problem(l, value, "kind: expected the kind of the adapter, found %s", load_found(found, value));
        return false;
    }
    strcpy(a->kind, kind);
    return true;
}

/* The place of the adapter of that name, a new one when there is none yet; NULL when there is no room. */
static adapter_settings *find_or_add(run_settings *r, const char *source)
{
    for (size_t i = 0; i < r->adapter_count; i++) {
        if (strcmp(r->adapters[i].source, source) == 0)
            return &r->adapters[i];
    }
    return r->adapter_count < SETTINGS_MAX_SOURCES ? &r->adapters[r->adapter_count++] : NULL;
}

static void store(loader *l, const config_node *name, const adapter_settings *a, size_t lines[LINES])
{
    adapter_settings *known = find_or_add(l->run, a->source);
    if (!known) {
        load_problem(l, name, "adapter %s: more than %d adapters", a->source, SETTINGS_MAX_SOURCES);
        return;
    }
    size_t *line = &lines[known - l->run->adapters];
    if (*line != 0)
        load_problem(l, name, "adapter %s: given twice, first on line %zu", a->source, *line);
    *line = name->line;
    *known = *a;
}

static void read_adapter(loader *l, const config_node *name, const config_node *block, size_t lines[LINES])
{
    char found[CONFIG_QUOTE_SIZE];
    adapter_settings a = {.line = name->line, .column = name->column};
    if (block->kind == NODE_REFUSED)
        return;
    if (block->kind != NODE_MAPPING && !config_node_is_empty(block)) {
        load_problem(l, block, "adapter %s: expected settings ({kind: ...}), found %s", name->text,
                     load_found(found, block));
        return;
    }
    if (!read_kind(l, name, block, &a) || !load_check_source_name(l, name, "adapter", a.kind))
        return;
    if (strlen(l->name) >= sizeof a.file) {
        load_problem(l, name, "the path of this file is longer than %zu characters", sizeof a.file - 1);
        return;
    }
    strcpy(a.source, name->text);
    strcpy(a.file, l->name);
    read_options(l, block, &a);
    store(l, name, &a, lines);
}

void load_read_adapters(loader *l, const config_node *key, const config_node *value, void *target)
{
    char found[CONFIG_QUOTE_SIZE];
    size_t lines[LINES] = {0}; /* where each was first given in this file */
    (void)target;
    if (value->kind == NODE_REFUSED || config_node_is_empty(value))
        return;
    if (value->kind != NODE_MAPPING) {
        load_problem(l, value, "%s: expected adapters (KIND/NAME: {kind: ...}), found %s", key->text,
                     load_found(found, value));
        return;
    }
    for (const config_node *name = value->child; name && name->next; name = name->next->next) {
        if (name->kind == NODE_SCALAR)
            read_adapter(l, name, name->next, lines);
        else if (name->kind != NODE_REFUSED)
            load_problem(l, name, "expected the name of an adapter, found %s", load_found(found, name));
    }
}
