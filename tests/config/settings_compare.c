#include "tests/config/settings_compare.h"

#include <string.h>

const char *group_differ(const config_group *g, const void *a, const void *b)
{
    for (size_t i = 0; i < g->count; i++) {
        const config_key *k = &g->keys[i];
        size_t size = k->type == CONFIG_FLAG ? sizeof(bool) : sizeof(double);
        if (memcmp((const char *)a + k->offset, (const char *)b + k->offset, size) != 0)
            return k->name;
    }
    return NULL;
}

static const char *source_differ(const source_settings *a, const source_settings *b)
{
    const char *key = group_differ(&config_mount, &a->mount, &b->mount);
    if (strcmp(a->name, b->name) != 0 || a->kind != b->kind)
        return "name";
    if (!key)
        key = group_differ(&config_source, a, b);
    if (!key)
        key = group_differ(&config_of_kind[a->kind], a, b);
    return key;
}

const char *settings_differ(const settings *a, const settings *b)
{
    const char *key = group_differ(&config_filter, &a->filter, &b->filter);
    if (!key)
        key = group_differ(&config_output, &a->output, &b->output);
    if (!key)
        key = group_differ(&config_integrity, &a->integrity, &b->integrity);
    if (!key)
        key = group_differ(&config_mount, &a->truth, &b->truth);
    for (int i = 0; !key && i < ROAD_CLASS_COUNT; i++)
        key = group_differ(&config_alert, &a->alert[i], &b->alert[i]);
    if (!key && a->road != b->road)
        key = "road_class";
    if (!key && (a->source_count != b->source_count || a->landmark_count != b->landmark_count))
        key = "count of sources or landmarks";
    for (size_t i = 0; !key && i < a->source_count; i++)
        key = source_differ(&a->sources[i], &b->sources[i]);
    for (size_t i = 0; !key && i < a->landmark_count; i++)
        key = group_differ(&config_landmark, &a->landmarks[i], &b->landmarks[i]);
    return key;
}
