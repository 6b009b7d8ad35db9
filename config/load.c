#include "config/load.h"

#include "config/file.h"
#include "config/scalar.h"
#include "fusion/fusion.h"

#include <stdlib.h>
#include <string.h>

static const load_part document_parts[] = {
    {"filter", load_read_filter},
    {"output", load_read_output},
    {"integrity", load_read_integrity},
    {"alert_limits", load_read_alert_limits},
    {"truth", load_read_truth},
    {"landmarks", load_read_landmarks},
    {"sources", load_read_sources},
    {"map", load_read_map},
    {"bus", load_read_bus},
    {"peers", load_read_peers},
    {"adapters", load_read_adapters},
    {"service", load_read_service},
};
_Static_assert(sizeof document_parts / sizeof *document_parts <= LOAD_MAX_PARTS, "raise LOAD_MAX_PARTS");

/* Orders hold after every layer, so only a layer that sets one of the two can break one. */
static void check_order(loader *l, const config_node *root, const config_order *o)
{
    const config_key *smaller = config_key_find(o->group, o->smaller);
    const config_key *larger = config_key_find(o->group, o->larger);
    const config_node *section = config_node_find(root, o->section);
    if (!smaller || !larger || !section)
        return;
    const config_node *at = config_node_find(section, o->larger);
    if (!at)
        at = config_node_find(section, o->smaller);
    const char *target = (const char *)l->into + o->offset;
    double low = config_get(smaller, target), high = config_get(larger, target);
    if (!(low < high) && at)
        load_problem(l, at, "%s (%.6g) must be smaller than %s (%.6g)", o->smaller, low, o->larger, high);
}

/* Where the file names a source; the file as a whole where it does not. */
static const config_node *place_of_source(const config_node *root, const char *name)
{
    const config_node *sources = config_node_find(root, "sources");
    const config_node *key = sources && sources->kind == NODE_MAPPING ? sources->child : NULL;
    while (key && key->next && !(key->kind == NODE_SCALAR && strcmp(key->text, name) == 0))
        key = key->next->next;
    return key && key->next ? key : root;
}

/* A source for which the core has no room would be refused frame by frame. */
static void check_room(loader *l, const config_node *root)
{
    const settings *s = l->into;
    fusion_room room = fusion_room_for(s, l->run->map.file[0] != '\0');
    if (!l->asks_for_room || room.fits >= s->source_count)
        return;
    const char *name = s->sources[room.fits].name;
    load_problem(
        l, place_of_source(root, name),
        "source %s is one too many: it needs %d states in the filter, the %zu sources before it leave "
        "%d of %d; leave one out, or switch one off (enabled: false)",
        name, room.wanted, room.fits, room.left, room.all);
}

void load_document_read(loader *l, const config_node *root)
{
    const load_block document = {
        .where = "a configuration",
        .parts = document_parts,
        .part_count = sizeof document_parts / sizeof *document_parts,
    };
    load_block_read(l, root, &document);
    for (size_t i = 0; i < config_order_count; i++)
        check_order(l, root, &config_orders[i]);
    check_room(l, root);
}

/* Reads the document over copies, which it may spoil; they take the place of the originals when nothing was
 * wrong. */
static void load_tree(loader *l, const config_node *root, settings *s, run_settings *r)
{
    size_t before = l->problems->count;
    l->into = malloc(sizeof *l->into);
    l->run = malloc(sizeof *l->run);
    if (!l->into || !l->run) {
        config_problem(l->problems, l->name, 0, 0, "out of memory");
    } else {
        *l->into = *s;
        run_settings_copy(l->run, r);
        if (root)
            load_document_read(l, root);
    }
    if (l->problems->count == before) {
        *s = *l->into;
        run_settings_copy(r, l->run);
    }
    free(l->into);
    free(l->run);
}

static bool load_all(settings *s, run_settings *r, const char *name, const char *text, size_t size,
                     bool asks_for_room, config_problems *p)
{
    size_t before = p->count;
    if (size > CONFIG_MAX_SIZE)
        return config_problem(p, name, 0, 0, "larger than a configuration may be (%d MiB)",
                              CONFIG_MAX_SIZE >> 20);
    config_tree *tree = config_tree_parse(name, text, size, p);
    if (!tree)
        return false;
    loader l = {.name = name, .asks_for_room = asks_for_room, .problems = p};
    load_tree(&l, config_tree_root(tree), s, r);
    config_tree_destroy(tree);
    return p->count == before;
}

bool config_load_all_text(settings *s, run_settings *r, const char *name, const char *text, size_t size,
                          config_problems *p)
{
    return load_all(s, r, name, text, size, false, p);
}

bool config_load_text(settings *s, const char *name, const char *text, size_t size, config_problems *p)
{
    run_settings *r = malloc(sizeof *r);
    if (!r)
        return config_problem(p, name, 0, 0, "out of memory");
    run_settings_default(r);
    bool good = config_load_all_text(s, r, name, text, size, p);
    free(r);
    return good;
}

bool config_load_file(settings *s, const char *path, config_problems *p)
{
    size_t size;
    char *text = config_file_read(path, &size, p);
    bool good = text && config_load_text(s, path, text, size, p);
    free(text);
    return good;
}

bool config_load_all_file(settings *s, run_settings *r, const char *path, config_problems *p)
{
    size_t size;
    char *text = config_file_read(path, &size, p);
    bool good = text && load_all(s, r, path, text, size, true, p);
    free(text);
    return good;
}
