/* `peers:` a mapping from names to keys and what they may do. */
#include "config/load.h"

#include <string.h>

typedef const config_node *peer_places[RUN_MAX_PEERS]; /* where each was first given in this file */

static void read_public_key(loader *l, const config_node *key, const config_node *value, void *target)
{
    peer_settings *p = target;
    load_public_key_read(l, key, value, p->public_key);
}

static bool may_speak_as(const peer_settings *p, const char *source)
{
    for (size_t i = 0; i < p->source_count; i++) {
        if (strcmp(p->sources[i], source) == 0)
            return true;
    }
    return false;
}

/* False when the list is full. */
static bool add_source(loader *l, const config_node *item, peer_settings *p)
{
    if (!load_text(l, "sources", item, "the name of a source", RUN_OPTION_VALUE_SIZE) ||
        !load_check_source_name(l, item, "source", NULL))
        return true;
    if (may_speak_as(p, item->text)) {
        load_problem(l, item, "sources: %s is given twice", item->text);
        return true;
    }
    if (p->source_count == RUN_PEER_MAX_SOURCES) {
        load_problem(l, item, "sources: more than %d of one peer", RUN_PEER_MAX_SOURCES);
        return false;
    }
    strcpy(p->sources[p->source_count++], item->text);
    return true;
}

/* The list takes the place of the one of an earlier layer. */
static void read_sources(loader *l, const config_node *key, const config_node *value, void *target)
{
    char found[CONFIG_QUOTE_SIZE];
    peer_settings *p = target;
    if (value->kind == NODE_REFUSED)
        return;
    if (value->kind != NODE_SEQUENCE) {
        load_problem(l, value, "%s: expected a list of sources ([radar/front]), found %s", key->text,
                     load_found(found, value));
        return;
    }
    p->source_count = 0;
    memset(p->sources, 0, sizeof p->sources);
    for (const config_node *item = value->child; item; item = item->next) {
        if (!add_source(l, item, p))
            return;
    }
}

static bool check_name(loader *l, const config_node *key)
{
    char quoted[CONFIG_QUOTE_SIZE];
    config_quote(quoted, key->text);
    if (!load_is_name(key->text))
        load_problem(l, key, "peer %s: a name has letters, digits, '.', '_' and '-' only", quoted);
    else if (strlen(key->text) >= RUN_PEER_NAME_SIZE)
        load_problem(l, key, "peer %s: longer than %d characters", quoted, RUN_PEER_NAME_SIZE - 1);
    else
        return true;
    return false;
}

/* The peer of that name, a new one when there is none yet; NULL when there is no room. */
static peer_settings *find_or_add(run_settings *r, const char *name)
{
    for (size_t i = 0; i < r->peer_count; i++) {
        if (strcmp(r->peers[i].name, name) == 0)
            return &r->peers[i];
    }
    if (r->peer_count == RUN_MAX_PEERS)
        return NULL;
    peer_settings *p = &r->peers[r->peer_count++];
    strcpy(p->name, name);
    return p;
}

static void read_peer(loader *l, const config_node *key, const config_node *value, peer_places places)
{
    static const load_part parts[] = {{"public_key", read_public_key}, {"sources", read_sources}};
    if (!check_name(l, key))
        return;
    peer_settings *p = find_or_add(l->run, key->text);
    if (!p) {
        load_problem(l, key, "peer %s: more than %d peers", key->text, RUN_MAX_PEERS);
        return;
    }
    const config_node **place = &places[p - l->run->peers];
    if (*place) {
        load_problem(l, key, "peer %s: given twice, first on line %zu", key->text, (*place)->line);
        return;
    }
    *place = key;
    const load_block b = {.where = p->name,
                          .target = p,
                          .groups = {&config_peer, NULL},
                          .parts = parts,
                          .part_count = sizeof parts / sizeof *parts};
    size_t before = l->problems->count;
    load_block_read(l, value, &b);
    if (p->public_key[0] == '\0' && l->problems->count == before)
        load_problem(l, key, "peer %s: public_key is missing", key->text);
}

/* A key says who a peer is, so no two have the same; only one that this file names can break that. */
static void check_keys(loader *l, peer_places places)
{
    const peer_settings *peers = l->run->peers;
    for (size_t i = 0; i < l->run->peer_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const config_node *at = places[i] ? places[i] : places[j];
            if (at && peers[i].public_key[0] != '\0' && strcmp(peers[i].public_key, peers[j].public_key) == 0)
                load_problem(l, at, "peers %s and %s have the same public_key", peers[j].name, peers[i].name);
        }
    }
}

void load_read_peers(loader *l, const config_node *key, const config_node *value, void *target)
{
    char found[CONFIG_QUOTE_SIZE];
    peer_places places = {NULL};
    (void)target;
    if (value->kind == NODE_REFUSED || config_node_is_empty(value))
        return;
    if (value->kind != NODE_MAPPING) {
        load_problem(l, value, "%s: expected peers (NAME: {public_key: ...}), found %s", key->text,
                     load_found(found, value));
        return;
    }
    for (const config_node *name = value->child; name && name->next; name = name->next->next) {
        if (name->kind == NODE_SCALAR)
            read_peer(l, name, name->next, places);
        else if (name->kind != NODE_REFUSED)
            load_problem(l, name, "expected the name of a peer, found %s", load_found(found, name));
    }
    check_keys(l, places);
}
