#include "config/tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* Nodes and texts live until the whole tree goes, so they come from a chain of blocks. */
typedef struct block block;
struct block {
    block *older;
    size_t used, size;
    _Alignas(max_align_t) char bytes[];
};

struct config_tree {
    block *newest;
    config_node *root;
    size_t nodes;
};

typedef struct {
    config_tree *tree;
    const char *name;
    config_problems *problems;
    config_node *open[CONFIG_TREE_DEPTH]; /* collections that have begun, outermost first */
    size_t depth;
    size_t documents;
} builder;

static void *take(config_tree *t, size_t size)
{
    enum { USUAL = 64 * 1024 };
    size = (size + _Alignof(max_align_t) - 1) / _Alignof(max_align_t) * _Alignof(max_align_t);
    if (!t->newest || t->newest->size - t->newest->used < size) {
        size_t room = size > USUAL ? size : USUAL;
        block *b = malloc(sizeof *b + room);
        if (!b)
            return NULL;
        *b = (block){.older = t->newest, .size = room};
        t->newest = b;
    }
    void *bytes = t->newest->bytes + t->newest->used;
    t->newest->used += size;
    return bytes;
}

static bool refuse(builder *b, yaml_mark_t at, const char *why)
{
    return config_problem(b->problems, b->name, at.line + 1, at.column + 1, "%s", why);
}

static void attach(builder *b, config_node *n)
{
    if (b->depth == 0) {
        b->tree->root = n;
        return;
    }
    config_node *parent = b->open[b->depth - 1];
    if (parent->last)
        parent->last->next = n;
    else
        parent->child = n;
    parent->last = n;
}

static config_node *add(builder *b, config_node_kind kind, yaml_mark_t at)
{
    if (b->tree->nodes == CONFIG_TREE_NODES) {
        refuse(b, at, "too many entries for a configuration");
        return NULL;
    }
    config_node *n = take(b->tree, sizeof *n);
    if (!n) {
        refuse(b, at, "out of memory");
        return NULL;
    }
    *n = (config_node){.kind = kind, .line = at.line + 1, .column = at.column + 1};
    b->tree->nodes++;
    attach(b, n);
    return n;
}

/* Anchors and tags ask for more of YAML than a configuration needs. */
static void check_plain(builder *b, config_node *n, const yaml_char_t *anchor, const yaml_char_t *tag,
                        yaml_mark_t at)
{
    if (anchor)
        refuse(b, at, "anchors (&name) and aliases (*name) are not used in a configuration");
    if (tag)
        refuse(b, at, "tags (!name) are not used in a configuration");
    if (anchor || tag)
        n->kind = NODE_REFUSED;
}

static bool add_scalar(builder *b, const yaml_event_t *event)
{
    const char *value = (const char *)event->data.scalar.value;
    size_t length = event->data.scalar.length;
    config_node *n = add(b, NODE_SCALAR, event->start_mark);
    char *text = n ? take(b->tree, length + 1) : NULL;
    if (!n)
        return false;
    if (!text)
        return refuse(b, event->start_mark, "out of memory");
    memcpy(text, value, length);
    text[length] = '\0';
    n->text = text;
    n->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    check_plain(b, n, event->data.scalar.anchor, event->data.scalar.tag, event->start_mark);
    if (n->kind == NODE_SCALAR && memchr(value, '\0', length)) {
        refuse(b, event->start_mark, "a NUL character in a text");
        n->kind = NODE_REFUSED;
    }
    return true;
}

static bool open_collection(builder *b, const yaml_event_t *event)
{
    bool map = event->type == YAML_MAPPING_START_EVENT;
    if (b->depth == CONFIG_TREE_DEPTH)
        return refuse(b, event->start_mark, "nested too deep for a configuration");
    config_node *n = add(b, map ? NODE_MAPPING : NODE_SEQUENCE, event->start_mark);
    if (!n)
        return false;
    if (map)
        check_plain(b, n, event->data.mapping_start.anchor, event->data.mapping_start.tag, event->start_mark);
    else
        check_plain(b, n, event->data.sequence_start.anchor, event->data.sequence_start.tag,
                    event->start_mark);
    b->open[b->depth++] = n;
    return true;
}

static bool add_alias(builder *b, const yaml_event_t *event)
{
    refuse(b, event->start_mark, "anchors (&name) and aliases (*name) are not used in a configuration");
    return add(b, NODE_REFUSED, event->start_mark) != NULL;
}

static bool take_event(builder *b, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (b->documents++ > 0)
            return refuse(b, event->start_mark,
                          "a second document begins here; a configuration is one document");
        return true;
    case YAML_SCALAR_EVENT:
        return add_scalar(b, event);
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        return open_collection(b, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        b->depth--;
        return true;
    case YAML_ALIAS_EVENT:
        return add_alias(b, event);
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
    return true;
}

/* For problems that come as an offset in bytes instead of a mark. */
static yaml_mark_t mark_of(const char *text, size_t size, size_t offset)
{
    yaml_mark_t at = {.index = offset};
    for (size_t i = 0; i < size && i < offset; i++) {
        at.column++;
        if (text[i] == '\n') {
            at.line++;
            at.column = 0;
        }
    }
    return at;
}

/* libyaml compares each %TAG directive with all before it: a file full of them would take hours. */
static bool refuse_directives(builder *b, const char *text, size_t size)
{
    static const char word[] = "%TAG";
    const char *found = size > 0 ? memmem(text, size, word, sizeof word - 1) : NULL;
    if (!found)
        return true;
    return refuse(b, mark_of(text, size, (size_t)(found - text)), "%TAG is not used in a configuration");
}

static bool refuse_bytes(builder *b, const yaml_parser_t *parser, const char *text, size_t size)
{
    yaml_mark_t at = mark_of(text, size, parser->problem_offset);
    return config_problem(b->problems, b->name, at.line + 1, at.column + 1, "not YAML text in UTF-8: %s",
                          parser->problem);
}

static bool refuse_syntax(builder *b, const yaml_parser_t *parser)
{
    const yaml_mark_t at = parser->problem_mark;
    const char *problem = parser->problem ? parser->problem : "not understood";
    if (!parser->context)
        return config_problem(b->problems, b->name, at.line + 1, at.column + 1, "not valid YAML: %s",
                              problem);
    return config_problem(b->problems, b->name, at.line + 1, at.column + 1,
                          "not valid YAML: %s, %s that begins at %zu:%zu", problem, parser->context,
                          parser->context_mark.line + 1, parser->context_mark.column + 1);
}

static bool build(builder *b, yaml_parser_t *parser, const char *text, size_t size)
{
    for (bool done = false; !done;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            if (parser->error == YAML_MEMORY_ERROR)
                return config_problem(b->problems, b->name, 0, 0, "out of memory");
            if (parser->error == YAML_READER_ERROR)
                return refuse_bytes(b, parser, text, size);
            return refuse_syntax(b, parser);
        }
        bool good = take_event(b, &event);
        done = event.type == YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
        if (!good)
            return false;
    }
    return true;
}

config_tree *config_tree_parse(const char *name, const char *text, size_t size, config_problems *p)
{
    static const char mark[] = "\xef\xbb\xbf"; /* byte order mark */
    config_tree *t = calloc(1, sizeof *t);
    yaml_parser_t parser;
    bool good = false;
    if (size >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3; /* libyaml counts it as a column, and takes the first key for indented */
        size -= 3;
    }
    if (!t || !yaml_parser_initialize(&parser)) {
        config_problem(p, name, 0, 0, "out of memory");
        goto no_parser;
    }
    builder b = {.tree = t, .name = name, .problems = p};
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    good = refuse_directives(&b, text, size) && build(&b, &parser, text, size);
    yaml_parser_delete(&parser);
no_parser:
    if (good)
        return t;
    config_tree_destroy(t);
    return NULL;
}

const config_node *config_tree_root(const config_tree *t)
{
    return t->root;
}

void config_tree_destroy(config_tree *t)
{
    if (!t)
        return;
    while (t->newest) {
        block *b = t->newest;
        t->newest = b->older;
        free(b);
    }
    free(t);
}

bool config_node_is_empty(const config_node *n)
{
    if (n->kind != NODE_SCALAR || !n->plain)
        return false;
    return n->text[0] == '\0' || strcmp(n->text, "~") == 0 || strcasecmp(n->text, "null") == 0;
}

const config_node *config_node_find(const config_node *map, const char *key)
{
    if (map->kind != NODE_MAPPING)
        return NULL;
    for (const config_node *n = map->child; n && n->next; n = n->next->next) {
        if (n->kind == NODE_SCALAR && strcmp(n->text, key) == 0)
            return n->next;
    }
    return NULL;
}
