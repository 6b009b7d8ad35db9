#include "wire/mcap_registry.h"

#include "common/vector.h"

#include <stdlib.h>
#include <string.h>

enum { UNORDERED_MAP_LIMIT = 4096 }; /* bytes */

void mcap_registry_init(mcap_registry *g)
{
    memset(g, 0, sizeof *g);
}

static void definitions_finish(mcap_definitions *d)
{
    for (size_t i = 0; i < d->count; i++)
        free(d->list[i]);
    free(d->list);
    for (size_t i = 0; i < MCAP_REGISTRY_PAGES; i++)
        free(d->page[i]);
}

void mcap_registry_finish(mcap_registry *g)
{
    definitions_finish(&g->schemas);
    definitions_finish(&g->channels);
    mcap_registry_init(g);
}

mcap_definition *mcap_definitions_find(const mcap_definitions *d, uint16_t id)
{
    mcap_definition **page = d->page[id / MCAP_REGISTRY_PAGE_SIZE];
    return page ? page[id % MCAP_REGISTRY_PAGE_SIZE] : NULL;
}

static void definitions_rewind(mcap_definitions *d, bool ahead)
{
    for (size_t i = 0; i < d->count; i++) {
        mcap_definition *one = d->list[i];
        one->ahead = one->ahead || ahead;
        one->defined = one->ahead;
        one->schema = NULL;
        one->complained = false;
    }
}

void mcap_registry_rewind(mcap_registry *g, bool ahead)
{
    definitions_rewind(&g->schemas, ahead);
    definitions_rewind(&g->channels, ahead);
    for (size_t i = 0; i < g->channels.count; i++)
        g->channels.list[i]->as.channel.messages = 0;
}

/* Makes room for one more in list and page. */
static bool make_room(mcap_definitions *d, uint16_t id)
{
    mcap_definition ***page = &d->page[id / MCAP_REGISTRY_PAGE_SIZE];
    if (!*page)
        *page = calloc(MCAP_REGISTRY_PAGE_SIZE, sizeof **page);
    if (!*page)
        return false;
    mcap_definition **list = vector_reserve(d->list, &d->capacity, d->count + 1, sizeof *list);
    if (!list)
        return false;
    d->list = list;
    return true;
}

/* Records in a chunk do not outlive it: the definition keeps the content behind itself, and is parsed again
 * there. */
static mcap_definition *copy_definition(const mcap_record *r)
{
    mcap_definition *made = calloc(1, sizeof *made + r->content.size);
    if (!made)
        return NULL;
    char *content = (char *)(made + 1);
    memcpy(content, r->content.data, r->content.size);
    mcap_record copy = {.opcode = r->opcode, .content = {content, r->content.size}};
    if (!mcap_record_parse(&copy)) {
        free(made);
        return NULL;
    }
    if (r->opcode == MCAP_OP_SCHEMA)
        made->as.schema = copy.as.schema;
    else
        made->as.channel = copy.as.channel;
    return made;
}

static bool same_schema(const mcap_schema *a, const mcap_schema *b)
{
    return mcap_text_equal(a->name, b->name) && mcap_text_equal(a->encoding, b->encoding) &&
           mcap_text_equal(a->data, b->data);
}

/* How many times the map has this pair. */
static size_t count_pair(mcap_text map, mcap_text key, mcap_text value)
{
    size_t count = 0;
    mcap_text k, v;
    while (mcap_map_next_text(&map, &k, &v))
        count += mcap_text_equal(k, key) && mcap_text_equal(v, value);
    return count;
}

/* A map has no order: a writer may put the same pairs down in another one the second time. */
static bool same_map(mcap_text a, mcap_text b)
{
    if (mcap_text_equal(a, b))
        return true;
    /* The comparison takes the square of the size: nobody's metadata is that long, but a hostile file's. */
    if (a.size != b.size || a.size > UNORDERED_MAP_LIMIT)
        return false;
    mcap_text rest = a, key, value;
    while (mcap_map_next_text(&rest, &key, &value))
        if (count_pair(a, key, value) != count_pair(b, key, value))
            return false;
    return true;
}

static bool same_channel(const mcap_channel *a, const mcap_channel *b)
{
    return a->schema_id == b->schema_id && mcap_text_equal(a->topic, b->topic) &&
           mcap_text_equal(a->message_encoding, b->message_encoding) && same_map(a->metadata, b->metadata);
}

mcap_define_result mcap_registry_define(mcap_registry *g, const mcap_record *r)
{
    bool is_schema = r->opcode == MCAP_OP_SCHEMA;
    mcap_definitions *all = is_schema ? &g->schemas : &g->channels;
    uint16_t id = is_schema ? r->as.schema.id : r->as.channel.id;
    mcap_definition *known = mcap_definitions_find(all, id);
    if (known) {
        bool same = is_schema ? same_schema(&known->as.schema, &r->as.schema)
                              : same_channel(&known->as.channel, &r->as.channel);
        known->defined = known->defined || same;
        return same ? MCAP_DEFINE_OK : MCAP_DEFINE_CONFLICT;
    }
    mcap_definition *made = copy_definition(r);
    if (!made || !make_room(all, id)) {
        free(made);
        return MCAP_DEFINE_NO_MEMORY;
    }
    all->page[id / MCAP_REGISTRY_PAGE_SIZE][id % MCAP_REGISTRY_PAGE_SIZE] = made;
    all->list[all->count++] = made;
    made->defined = true;
    return MCAP_DEFINE_OK;
}
