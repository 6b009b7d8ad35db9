/* `map:`, `bus:` and `service:`. */
#include "config/load.h"

#include "config/scalar.h"

#include <string.h>

enum { IPC_PATH_MAX = 107 }; /* of a socket, unix(7) */

/* "HOST:PORT"; the host is the resolver's to judge. */
static bool is_host_and_port(const char *text)
{
    uint64_t port;
    const char *colon = strrchr(text, ':');
    return colon && colon != text && config_scalar_id(colon + 1, &port) && port <= 65535;
}

static bool check_endpoint(loader *l, const char *name, const config_node *item)
{
    char found[CONFIG_QUOTE_SIZE];
    const char *text = load_text(l, name, item, "an endpoint", RUN_ENDPOINT_SIZE);
    if (!text)
        return false;
    load_found(found, item);
    if (strncmp(text, "ipc://", 6) == 0 && text[6] != '\0') {
        if (strlen(text + 6) <= IPC_PATH_MAX)
            return true;
        load_problem(l, item, "%s: %s: the path of a socket has at most %d characters", name, found,
                     IPC_PATH_MAX);
    } else if (strncmp(text, "tcp://", 6) == 0) {
        if (is_host_and_port(text + 6))
            return true;
        load_problem(l, item, "%s: expected tcp://HOST:PORT with PORT from 1 to 65535, found %s", name,
                     found);
    } else {
        load_problem(l, item, "%s: expected ipc://PATH or tcp://HOST:PORT, found %s", name, found);
    }
    return false;
}

static bool has_endpoint(const endpoint_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->at[i], text) == 0)
            return true;
    }
    return false;
}

/* False when the list is full. */
static bool add_endpoint(loader *l, const char *name, const config_node *item, endpoint_list *list)
{
    char found[CONFIG_QUOTE_SIZE];
    if (!check_endpoint(l, name, item))
        return true;
    if (has_endpoint(list, item->text)) {
        load_problem(l, item, "%s: %s is given twice", name, load_found(found, item));
        return true;
    }
    if (list->count == RUN_MAX_ENDPOINTS) {
        load_problem(l, item, "%s: more than %d endpoints", name, RUN_MAX_ENDPOINTS);
        return false;
    }
    strcpy(list->at[list->count++], item->text);
    return true;
}

/* The list takes the place of the one of an earlier layer. */
static void read_endpoints(loader *l, const config_node *key, const config_node *value, endpoint_list *list)
{
    char found[CONFIG_QUOTE_SIZE];
    if (value->kind == NODE_REFUSED)
        return;
    if (value->kind != NODE_SEQUENCE) {
        load_problem(l, value, "%s: expected a list of endpoints ([ipc:///run/posed/%s]), found %s",
                     key->text, key->text, load_found(found, value));
        return;
    }
    memset(list, 0, sizeof *list);
    for (const config_node *item = value->child; item; item = item->next) {
        if (!add_endpoint(l, key->text, item, list))
            return;
    }
}

static void read_frames(loader *l, const config_node *key, const config_node *value, void *target)
{
    (void)target;
    read_endpoints(l, key, value, &l->run->bus.frames);
}

static void read_poses(loader *l, const config_node *key, const config_node *value, void *target)
{
    (void)target;
    if (value->kind == NODE_SEQUENCE && !value->child)
        load_problem(l, value, "%s: expected at least one endpoint", key->text);
    read_endpoints(l, key, value, &l->run->bus.poses);
}

static void read_secret_key(loader *l, const config_node *key, const config_node *value, void *target)
{
    (void)target;
    if (load_is_none(value))
        l->run->bus.secret_key[0] = '\0';
    else
        load_secret_key_read(l, key, value, l->run->bus.secret_key);
}

static void read_server_key(loader *l, const config_node *key, const config_node *value, void *target)
{
    (void)target;
    if (load_is_none(value))
        l->run->bus.server_key[0] = '\0';
    else
        load_public_key_read(l, key, value, l->run->bus.server_key);
}

void load_read_bus(loader *l, const config_node *key, const config_node *value, void *target)
{
    static const load_part parts[] = {
        {"frames", read_frames},
        {"poses", read_poses},
        {"secret_key", read_secret_key},
        {"server_key", read_server_key},
    };
    const load_block b = {.where = key->text,
                          .target = &l->run->bus,
                          .groups = {&config_bus, NULL},
                          .parts = parts,
                          .part_count = sizeof parts / sizeof *parts};
    (void)target;
    load_block_read(l, value, &b);
}

static void read_state_file(loader *l, const config_node *key, const config_node *value, void *target)
{
    (void)target;
    load_path_read(l, key, value, l->run->service.state_file);
}

void load_read_service(loader *l, const config_node *key, const config_node *value, void *target)
{
    static const load_part parts[] = {{"state_file", read_state_file}};
    const load_block b = {.where = key->text,
                          .target = &l->run->service,
                          .groups = {&config_service, NULL},
                          .parts = parts,
                          .part_count = sizeof parts / sizeof *parts};
    (void)target;
    load_block_read(l, value, &b);
}

static void read_map_file(loader *l, const config_node *key, const config_node *value, void *target)
{
    map_settings *m = &l->run->map;
    (void)target;
    load_path_read(l, key, value, m->file);
    snprintf(m->stands_in, sizeof m->stands_in, "%s", l->name);
    m->line = value->line;
    m->column = value->column;
}

void load_read_map(loader *l, const config_node *key, const config_node *value, void *target)
{
    static const load_part parts[] = {{"file", read_map_file}};
    const load_block b = {.where = key->text, .parts = parts, .part_count = sizeof parts / sizeof *parts};
    (void)target;
    load_block_read(l, value, &b);
}
