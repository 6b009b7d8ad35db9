#include "tests/config/run_compare.h"

#include "tests/config/settings_compare.h"

#include <string.h>

static bool endpoints_differ(const endpoint_list *a, const endpoint_list *b)
{
    bool differ = a->count != b->count;
    for (size_t i = 0; !differ && i < a->count; i++)
        differ = strcmp(a->at[i], b->at[i]) != 0;
    return differ;
}

static const char *bus_differ(const bus_settings *a, const bus_settings *b)
{
    if (endpoints_differ(&a->frames, &b->frames))
        return "frames";
    if (endpoints_differ(&a->poses, &b->poses))
        return "poses";
    if (strcmp(a->secret_key, b->secret_key) != 0)
        return "secret_key";
    if (strcmp(a->server_key, b->server_key) != 0)
        return "server_key";
    return group_differ(&config_bus, a, b);
}

static const char *peer_differ(const peer_settings *a, const peer_settings *b)
{
    if (strcmp(a->name, b->name) != 0)
        return "name of a peer";
    if (strcmp(a->public_key, b->public_key) != 0)
        return "public_key";
    if (a->source_count != b->source_count)
        return "count of sources of a peer";
    for (size_t i = 0; i < a->source_count; i++) {
        if (strcmp(a->sources[i], b->sources[i]) != 0)
            return "source of a peer";
    }
    return group_differ(&config_peer, a, b);
}

static const char *adapter_differ(const adapter_settings *a, const adapter_settings *b)
{
    if (strcmp(a->source, b->source) != 0 || strcmp(a->kind, b->kind) != 0)
        return "source or kind of an adapter";
    if (a->option_count != b->option_count)
        return "count of options";
    for (size_t i = 0; i < a->option_count; i++) {
        if (strcmp(a->options[i].key, b->options[i].key) != 0 ||
            strcmp(a->options[i].value, b->options[i].value) != 0)
            return "option";
    }
    return group_differ(&config_adapter, a, b);
}

const char *run_settings_differ(const run_settings *a, const run_settings *b)
{
    const char *what =
        strcmp(a->map.file, b->map.file) != 0 ? "file of the map" : bus_differ(&a->bus, &b->bus);
    if (!what && strcmp(a->service.state_file, b->service.state_file) != 0)
        what = "state_file";
    if (!what)
        what = group_differ(&config_service, &a->service, &b->service);
    if (!what && (a->peer_count != b->peer_count || a->adapter_count != b->adapter_count))
        what = "count of peers or adapters";
    for (size_t i = 0; !what && i < a->peer_count; i++)
        what = peer_differ(&a->peers[i], &b->peers[i]);
    for (size_t i = 0; !what && i < a->adapter_count; i++)
        what = adapter_differ(&a->adapters[i], &b->adapters[i]);
    return what;
}
