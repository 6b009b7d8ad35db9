/*
 * YAML text into a tree of nodes that know their place. Bounded: depth, number of nodes, no aliases, no tags,
 * one document.
 */
#ifndef POSED_CONFIG_TREE_H
#define POSED_CONFIG_TREE_H

#include "config/problems.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CONFIG_TREE_DEPTH = 16,        /* a configuration has at most 5 levels */
    CONFIG_TREE_NODES = 64 * 1024, /* 1024 full landmarks and 32 full sources have about 14,000 */
};

typedef enum {
    NODE_SCALAR,
    NODE_SEQUENCE,
    NODE_MAPPING,
    NODE_REFUSED, /* its problem is in the list already */
} config_node_kind;

typedef struct config_node config_node;
struct config_node {
    config_node_kind kind;
    bool plain;          /* a scalar without quotes */
    size_t line, column; /* from 1 */
    const char *text;    /* of a scalar */
    config_node *child;  /* first element; keys and values of a mapping alternate */
    config_node *last;
    config_node *next; /* the next element of the same parent */
};

typedef struct config_tree config_tree;

/* NULL when the text is not YAML, breaks a bound, or memory is out; the reason is added to `p`. Aliases,
 * anchors and tags are added to `p` too and leave a NODE_REFUSED. The text need not stay. */
config_tree *config_tree_parse(const char *name, const char *text, size_t size, config_problems *p);

/* NULL when the document is empty. */
const config_node *config_tree_root(const config_tree *t);

void config_tree_destroy(config_tree *t);

/* Nothing was written: an empty value, `~` or `null`. */
bool config_node_is_empty(const config_node *n);

/* The value of a key; NULL when `map` is not a mapping or does not have it. */
const config_node *config_node_find(const config_node *map, const char *key);

#ifdef __cplusplus
}
#endif
#endif
