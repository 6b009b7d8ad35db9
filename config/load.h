/*
 * What the load*.c files share: reading a mapping of settings by a table.
 */
#ifndef POSED_CONFIG_LOAD_H
#define POSED_CONFIG_LOAD_H

#include "config/table.h"
#include "config/tree.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    settings *into;
    run_settings *run;
    const char *name;   /* of the file */
    bool asks_for_room; /* all sources must find room in the core */
    config_problems *problems;
} loader;

/* A key whose value is not of the table: a mapping inside, or a word. `target` is the block's. */
typedef struct {
    const char *name;
    void (*read)(loader *l, const config_node *key, const config_node *value, void *target);
} load_part;

/* A mapping of settings: rows of the table that live in `target`, and parts. */
typedef struct {
    const char *where; /* for messages: "filter" */
    void *target;
    const config_group *groups[2]; /* NULL: none */
    const load_part *parts;
    size_t part_count;
} load_block;

enum { LOAD_MAX_PARTS = 12 };

/* Reads all keys; every problem is added to the loader's. An empty value changes nothing. */
void load_block_read(loader *l, const config_node *map, const load_block *b);

/* The same for a mapping that has the keys of one group only. */
void load_group_read(loader *l, const config_node *map, const char *where, const config_group *g,
                     void *target);

/* Reads a whole configuration into l->into and l->run, which its problems leave half read. */
void load_document_read(loader *l, const config_node *root);

/* Reads one value of the table into `target`. */
void load_value_read(loader *l, const config_key *k, const config_node *value, void *target);

/* Adds a problem at the node's place. */
__attribute__((format(printf, 3, 4))) void load_problem(loader *l, const config_node *at, const char *format,
                                                        ...);

/* What a node is, for "found ...". */
const char *load_found(char out[CONFIG_QUOTE_SIZE], const config_node *n);

/* The text of a value that is one: not empty, without control characters, shorter than `size`. Otherwise NULL
 * and a problem that says what was `expected` of `name`. */
const char *load_text(loader *l, const char *name, const config_node *value, const char *expected,
                      size_t size);

/* Whether the value is the text "", which says that there is none. */
bool load_is_none(const config_node *value);

/* A file; a relative one is taken from the directory of the file that is read. "" is none. */
void load_path_read(loader *l, const config_node *key, const config_node *value, char out[RUN_PATH_SIZE]);

/* The same for a file that holds a secret key, or "credential:NAME"; it is not opened. */
void load_secret_key_read(loader *l, const config_node *key, const config_node *value,
                          char out[RUN_PATH_SIZE]);

/* 40 characters of Z85, in the text or in the file that it names. */
bool load_public_key_read(loader *l, const config_node *key, const config_node *value,
                          char out[RUN_KEY_SIZE]);

/* Letters, digits, '.', '_' and '-', at least one. */
bool load_is_name(const char *text);

/* Says what is wrong with the scalar as the name of a `what` ("source"), KIND/NAME; true when nothing is.
 * `own` is one more word that KIND may be, or NULL. */
bool load_check_source_name(loader *l, const config_node *n, const char *what, const char *own);

/* The parts of the whole document. */
void load_read_filter(loader *l, const config_node *key, const config_node *value, void *target);
void load_read_output(loader *l, const config_node *key, const config_node *value, void *target);
void load_read_integrity(loader *l, const config_node *key, const config_node *value, void *target);
void load_read_alert_limits(loader *l, const config_node *key, const config_node *value, void *target);
void load_read_truth(loader *l, const config_node *key, const config_node *value, void *target);
void load_read_landmarks(loader *l, const config_node *key, const config_node *value, void *target);
void load_read_sources(loader *l, const config_node *key, const config_node *value, void *target);
void load_read_map(loader *l, const config_node *key, const config_node *value, void *target);
void load_read_bus(loader *l, const config_node *key, const config_node *value, void *target);
void load_read_peers(loader *l, const config_node *key, const config_node *value, void *target);
void load_read_adapters(loader *l, const config_node *key, const config_node *value, void *target);
void load_read_service(loader *l, const config_node *key, const config_node *value, void *target);

#ifdef __cplusplus
}
#endif
#endif
