/* Elements that refer to each other by id, made into elements that do so by index. */
#include "map/lanelet2_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static map_file *file_of(lanelet2_builder *b)
{
    return &b->m->files[b->file];
}

static int by_id(const void *a, const void *b)
{
    const id_entry *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

/* Sorts by id; of those that have the same, all but the first are a problem. */
static void sort_ids(lanelet2_builder *b, id_entry *list, size_t count, const char *kind)
{
    if (count > 1)
        qsort(list, count, sizeof *list, by_id);
    for (size_t i = 1, first = 0; i < count; i++) {
        if (list[i].id != list[first].id)
            first = i;
        else
            map_problem_add(b->problems, MAP_ERROR, "duplicate_id",
                            (map_place){kind, list[i].id, b->file, list[i].place},
                            "the id is taken since line %u", list[first].place);
    }
}

/* Index of the first with that id; MAP_NONE: there is none. */
static uint32_t find_id(const id_entry *list, size_t count, int64_t id)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && list[low].id == id ? list[low].index : MAP_NONE;
}

static bool index_ids(lanelet2_builder *b)
{
    const map_data *m = b->m;
    size_t nodes = m->node_count - b->first_node, ways = m->way_count - b->first_way;
    b->node_ids = calloc(nodes + 1, sizeof *b->node_ids);
    b->way_ids = calloc(ways + 1, sizeof *b->way_ids);
    if (!b->node_ids || !b->way_ids)
        return false;
    for (size_t i = 0; i < nodes; i++) {
        map_node *n = &m->nodes[b->first_node + i];
        if (!isnan(n->height_m))
            n->height_m += b->geoid_m;
        b->node_ids[i] = (id_entry){n->id, n->place, (uint32_t)(b->first_node + i)};
    }
    for (size_t i = 0; i < ways; i++) {
        const map_way *w = &m->ways[b->first_way + i];
        b->way_ids[i] = (id_entry){w->id, w->place, (uint32_t)(b->first_way + i)};
    }
    sort_ids(b, b->node_ids, nodes, "node");
    sort_ids(b, b->way_ids, ways, "way");
    return true;
}

static bool resolve_way(lanelet2_builder *b, map_way *w)
{
    map_data *m = b->m;
    uint32_t first = (uint32_t)m->ref_count;
    for (uint32_t i = 0; i < w->ref_count; i++) {
        int64_t id = b->refs[w->first_ref + i];
        uint32_t node = find_id(b->node_ids, m->node_count - b->first_node, id);
        if (node == MAP_NONE) {
            map_problem_add(b->problems, MAP_ERROR, "missing_node",
                            (map_place){"way", w->id, w->file, w->place},
                            "node %" PRId64 " is not in the file", id);
            continue;
        }
        if (!map_grow(&m->refs, m->ref_count, &m->ref_room, sizeof *m->refs))
            return false;
        m->refs[m->ref_count++] = node;
    }
    w->first_ref = first;
    w->ref_count = (uint32_t)m->ref_count - first;
    map_survey_fill(&w->survey, &file_of(b)->survey);
    return true;
}

/* The way of a bound; MAP_NONE with a problem. */
static uint32_t find_bound(lanelet2_builder *b, const raw_lanelet *r, bool has, int64_t id, const char *role)
{
    map_place at = {"lanelet", r->l.id, r->l.file, r->l.place};
    uint32_t way = has ? find_id(b->way_ids, b->m->way_count - b->first_way, id) : MAP_NONE;
    if (!has)
        map_problem_add(b->problems, MAP_ERROR, "missing_bound", at, "has no %s bound", role);
    else if (way == MAP_NONE)
        map_problem_add(b->problems, MAP_ERROR, "missing_bound", at, "%s: way %" PRId64 " is not in the file",
                        role, id);
    else if (b->m->ways[way].ref_count < 2) {
        map_problem_add(b->problems, MAP_ERROR, "short_line", at,
                        "%s: way %" PRId64 " has fewer than two nodes", role, id);
        way = MAP_NONE;
    }
    return way;
}

static const regulation *find_rule(const lanelet2_builder *b, int64_t id)
{
    size_t low = 0, high = b->regulation_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (b->regulations[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < b->regulation_count && b->regulations[low].id == id ? &b->regulations[low] : NULL;
}

/* A lanelet whose rule is elsewhere has lost it, and its speed limit with it. */
static void check_rules(lanelet2_builder *b, const raw_lanelet *r)
{
    for (size_t i = 0; i < r->rule_count; i++) {
        int64_t id = b->rules[r->first_rule + i];
        if (!find_rule(b, id))
            map_problem_add(b->problems, MAP_WARNING, "missing_rule",
                            (map_place){"lanelet", r->l.id, r->l.file, r->l.place},
                            "regulatory element %" PRId64 " is not in the file", id);
    }
}

static void check_signs(lanelet2_builder *b)
{
    for (size_t i = 0; i < b->regulation_count; i++) {
        const regulation *r = &b->regulations[i];
        if (r->has_sign && isnan(r->speed_mps) &&
            find_id(b->way_ids, b->m->way_count - b->first_way, r->sign) == MAP_NONE)
            map_problem_add(b->problems, MAP_WARNING, "missing_rule",
                            (map_place){"relation", r->id, b->file, r->place},
                            "refers to way %" PRId64 ", which is not in the file: no speed limit", r->sign);
    }
}

/* The limit by a lanelet's own tag, else by its regulatory elements: the lowest. */
static void resolve_speed(lanelet2_builder *b, raw_lanelet *r)
{
    bool by_tag = !isnan(r->l.speed_limit_mps);
    for (size_t i = 0; !by_tag && i < r->rule_count; i++) {
        const regulation *rule = find_rule(b, b->rules[r->first_rule + i]);
        if (!rule)
            continue;
        float speed = rule->speed_mps;
        uint32_t way =
            rule->has_sign ? find_id(b->way_ids, b->m->way_count - b->first_way, rule->sign) : MAP_NONE;
        if (isnan(speed) && way != MAP_NONE)
            speed = b->m->ways[way].speed_limit_mps;
        r->l.speed_limit_mps = fminf(r->l.speed_limit_mps, speed); /* of a number and NAN: the number */
    }
}

static bool resolve_lanelet(lanelet2_builder *b, raw_lanelet *r)
{
    map_data *m = b->m;
    check_rules(b, r);
    r->l.left = find_bound(b, r, r->has_left, r->left, "left");
    r->l.right = find_bound(b, r, r->has_right, r->right, "right");
    if (r->l.left == MAP_NONE || r->l.right == MAP_NONE)
        return true;
    if (r->l.left == r->l.right) {
        map_problem_add(b->problems, MAP_ERROR, "same_bounds",
                        (map_place){"lanelet", r->l.id, r->l.file, r->l.place},
                        "left and right are the same way %" PRId64, r->left);
        return true;
    }
    if (r->has_centre)
        r->l.centre = find_bound(b, r, true, r->centre, "centerline");
    resolve_speed(b, r);
    m->ways[r->l.left].is_bound = m->ways[r->l.right].is_bound = true;
    if (!map_grow(&m->lanelets, m->lanelet_count, &m->lanelet_room, sizeof *m->lanelets))
        return false;
    m->lanelets[m->lanelet_count++] = r->l;
    return true;
}

/* The middle of a way: of its two ends where it has two nodes, else the mean of all. */
static bool middle_of(const map_data *m, const map_way *w, map_thing *t)
{
    double sum[3] = {0};
    if (w->ref_count == 0)
        return false;
    const map_node *first = &m->nodes[m->refs[w->first_ref]];
    for (uint32_t i = 0; i < w->ref_count; i++) {
        const map_node *n = &m->nodes[m->refs[w->first_ref + i]];
        double east = n->longitude_deg - first->longitude_deg;
        sum[0] += n->latitude_deg;
        sum[1] += east > 180 ? east - 360 : east < -180 ? east + 360 : east;
        sum[2] += n->height_m; /* NAN where one is */
    }
    t->latitude_deg = sum[0] / w->ref_count;
    t->longitude_deg = first->longitude_deg + sum[1] / w->ref_count;
    t->longitude_deg -= t->longitude_deg > 180 ? 360 : t->longitude_deg < -180 ? -360 : 0;
    t->height_m = sum[2] / w->ref_count;
    return true;
}

static bool resolve_thing(lanelet2_builder *b, raw_thing *r)
{
    map_data *m = b->m;
    map_thing *t = &r->t;
    if (r->node != MAP_NONE) {
        const map_node *n = &m->nodes[r->node];
        t->latitude_deg = n->latitude_deg;
        t->longitude_deg = n->longitude_deg;
        t->height_m = n->height_m;
    } else if (!middle_of(m, &m->ways[r->way], t)) {
        map_problem_add(b->problems, MAP_ERROR, "short_line", (map_place){"way", t->id, t->file, t->place},
                        "has no nodes, so its place is not known");
        return true;
    }
    double above_m = isnan(t->height_m) ? file_of(b)->default_height_m : t->height_m;
    t->up_m = r->up_m;
    if (r->up_m > 0)
        t->height_m = above_m + r->up_m;
    map_survey_fill(&t->survey, &file_of(b)->survey);
    if (!map_grow(&m->things, m->thing_count, &m->thing_room, sizeof *m->things))
        return false;
    m->things[m->thing_count++] = *t;
    return true;
}

static int by_rule_id(const void *a, const void *b)
{
    const regulation *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

static void check_lanelet_ids(lanelet2_builder *b, id_entry *ids)
{
    for (size_t i = 0; i < b->lanelet_count; i++)
        ids[i] = (id_entry){b->lanelets[i].l.id, b->lanelets[i].l.place, (uint32_t)i};
    sort_ids(b, ids, b->lanelet_count, "lanelet");
}

bool lanelet2_resolve(lanelet2_builder *b)
{
    map_data *m = b->m;
    bool good = index_ids(b);
    id_entry *ids = calloc(b->lanelet_count + 1, sizeof *ids);
    if (good && ids)
        check_lanelet_ids(b, ids);
    good = good && ids;
    free(ids);
    if (b->regulation_count > 1)
        qsort(b->regulations, b->regulation_count, sizeof *b->regulations, by_rule_id);
    if (good)
        check_signs(b);
    for (size_t i = b->first_way; good && i < m->way_count; i++)
        good = resolve_way(b, &m->ways[i]);
    for (size_t i = 0; good && i < b->lanelet_count; i++)
        good = resolve_lanelet(b, &b->lanelets[i]);
    for (size_t i = 0; good && i < b->thing_count; i++)
        good = resolve_thing(b, &b->things[i]);
    return good;
}
