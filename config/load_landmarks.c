/* `landmarks:` a list; the id says which one an entry changes. */
#include "config/load.h"

#include "config/scalar.h"

#include <math.h>

static const double landmark_sigma_default_m = 0.05; /* a surveyed tag */
static const double landmark_facing_unknown = -1.0;

static landmark_settings *find_landmark(settings *s, uint64_t id)
{
    for (size_t i = 0; i < s->landmark_count; i++) {
        if (s->landmarks[i].id == id)
            return &s->landmarks[i];
    }
    return NULL;
}

/* A new landmark must say where it is; NAN is what was not said. */
static bool is_complete(loader *l, const config_node *item, const landmark_settings *m)
{
    bool complete = true;
    for (size_t i = 0; i < config_landmark.count; i++) {
        const config_key *k = &config_landmark.keys[i];
        if (k->type == CONFIG_NUMBER && isnan(config_get(k, m))) {
            load_problem(l, item, "landmark %llu: %s is missing", (unsigned long long)m->id, k->name);
            complete = false;
        }
    }
    return complete;
}

/* The id comes first, wherever it stands: it says which landmark the other settings change. 0 when there is
 * none; then the problem is in the list, or will be when the mapping is read. */
static uint64_t peek_id(loader *l, const config_node *item)
{
    uint64_t id = 0;
    const config_node *value = config_node_find(item, "id");
    if (item->kind == NODE_MAPPING && !value)
        load_problem(l, item, "a landmark without id");
    else if (value && value->kind == NODE_SCALAR && value->plain && !config_scalar_id(value->text, &id))
        id = 0;
    return id;
}

static void read_landmark(loader *l, const config_node *item, size_t lines[SETTINGS_MAX_LANDMARKS])
{
    landmark_settings fresh = {0, NAN, NAN, NAN, landmark_sigma_default_m, landmark_facing_unknown};
    uint64_t id = peek_id(l, item);
    landmark_settings *known = find_landmark(l->into, id);
    landmark_settings m = known ? *known : fresh;
    size_t before = l->problems->count;
    load_group_read(l, item, "a landmark", &config_landmark, &m);
    if (id == 0 || l->problems->count != before || !is_complete(l, item, &m))
        return;
    if (!known && l->into->landmark_count == SETTINGS_MAX_LANDMARKS) {
        load_problem(l, item, "landmark %llu: more than %d landmarks", (unsigned long long)id,
                     SETTINGS_MAX_LANDMARKS);
        return;
    }
    if (!known)
        known = &l->into->landmarks[l->into->landmark_count++];
    size_t *line = &lines[known - l->into->landmarks];
    if (*line != 0)
        load_problem(l, item, "landmark %llu: given twice, first on line %zu", (unsigned long long)id, *line);
    *line = item->line;
    *known = m;
}

void load_read_landmarks(loader *l, const config_node *key, const config_node *value, void *target)
{
    char found[CONFIG_QUOTE_SIZE];
    size_t lines[SETTINGS_MAX_LANDMARKS] = {0}; /* where each was first given in this file */
    (void)target;
    if (value->kind == NODE_REFUSED || config_node_is_empty(value))
        return;
    if (value->kind != NODE_SEQUENCE) {
        load_problem(l, value, "%s: expected a list (- {id: ...}), found %s", key->text,
                     load_found(found, value));
        return;
    }
    for (const config_node *item = value->child; item; item = item->next) {
        if (item->kind == NODE_MAPPING)
            read_landmark(l, item, lines);
        else if (item->kind != NODE_REFUSED)
            load_problem(l, item, "expected a landmark {id: ...}, found %s", load_found(found, item));
    }
}
