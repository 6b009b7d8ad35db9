/* A plan out of YAML. */
#include "campaign/plan_private.h"
#include "config/file.h"
#include "config/load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
static const config_key plan_keys[] = {
    {"runs", CONFIG_NUMBER, offsetof(plan_numbers, runs), "1", 1, 1e9,
     "How many drives, spread evenly over all that the plan can have; all of them when it is not given. "
     "A larger number goes on where a smaller one ended."},
    {"timeout_s", CONFIG_NUMBER, offsetof(plan_numbers, timeout_s), "s", 1, 86400,
     "A drive that takes longer than this, by the wall's clock and twice, is given up; its row says so."},
};
static const config_key seeds_keys[] = {
    {"first", CONFIG_NUMBER, offsetof(plan_numbers, first_seed), "1", 0, 4e9, "The first seed."},
    {"count", CONFIG_NUMBER, offsetof(plan_numbers, seed_count), "1", 1, 1e6,
     "How many seeds there are of each combination."},
};
static const config_key duration_keys[] = {
    {"least", CONFIG_NUMBER, offsetof(plan_numbers, least_s), "s", 5, 7200, "Length of the shortest drive."},
    {"most", CONFIG_NUMBER, offsetof(plan_numbers, most_s), "s", 5, 7200,
     "Length of the longest; each drive draws its own, in whole seconds."},
};
/* clang-format on */
const config_group plan_group = {plan_keys, sizeof plan_keys / sizeof *plan_keys};
const config_group plan_seeds_group = {seeds_keys, sizeof seeds_keys / sizeof *seeds_keys};
const config_group plan_duration_group = {duration_keys, sizeof duration_keys / sizeof *duration_keys};
const plan_numbers plan_defaults = {
    .runs = 0, .timeout_s = 120, .first_seed = 1, .seed_count = 100, .least_s = 60, .most_s = 120};

uint64_t plan_hash(uint64_t h, const void *bytes, size_t size)
{
    for (const unsigned char *b = bytes; size > 0; size--)
        h = (h ^ *b++) * UINT64_C(1099511628211);
    return h;
}

/* ---- scenarios ---- */

static bool take_scenario(loader *l, const config_node *at, const char *path, void *target)
{
    campaign_plan *p = target;
    if (p->scenario_count == PLAN_MAX_SCENARIOS) {
        load_problem(l, at, "scenarios: more than %d", PLAN_MAX_SCENARIOS);
        return false;
    }
    sim_scenario *larger = plan_grow(l, at, p->scenarios, p->scenario_count, sizeof *larger);
    if (!larger)
        return false;
    p->scenarios = larger;
    sim_scenario *s = &p->scenarios[p->scenario_count];
    if (!sim_scenario_load(s, path, l->problems))
        return true; /* its problems are in the list; there may be more in others */
    for (size_t i = 0; i < p->scenario_count; i++) {
        if (strcmp(p->scenarios[i].name, s->name) == 0) {
            load_problem(l, at, "scenarios: %s: there is a scenario called %s already", path, s->name);
            return true;
        }
    }
    p->scenario_count++;
    return true;
}

static void read_scenarios(loader *l, const config_node *key, const config_node *value, void *target)
{
    if (!plan_is_list(l, key, value, "a list of scenarios, [town.yaml, ring.yaml]"))
        return;
    for (const config_node *item = value->child; item; item = item->next)
        plan_read_files(l, key->text, item, take_scenario, target);
}

/* ---- sensor sets ---- */

static void read_without(loader *l, const config_node *key, const config_node *value, void *target)
{
    plan_sensors *s = target;
    if (!plan_is_list(l, key, value, "a list of sensors, [imu, wheel]"))
        return;
    for (const config_node *item = value->child; item; item = item->next) {
        const char *text = load_text(l, key->text, item, "a kind of sensor, or a sensor", sizeof s->words[0]);
        if (!text)
            continue;
        if (s->without_count == PLAN_MAX_WITHOUT) {
            load_problem(l, item, "without: more than %d", PLAN_MAX_WITHOUT);
            return;
        }
        strcpy(s->words[s->without_count++], text);
    }
}

static void read_sensor_set(loader *l, const config_node *key, const config_node *value, campaign_plan *p)
{
    static const load_part parts[] = {{"without", read_without}};
    static const config_key map = {"map", CONFIG_FLAG, offsetof(plan_sensors, map), "",
                                   0,     1,           "On the map of the road."};
    static const config_group flags = {&map, 1};
    if (!load_is_name(key->text) || strlen(key->text) >= PLAN_NAME_SIZE) {
        load_problem(l, key, "sensors: a name has letters, digits, '.', '_' and '-' only, at most %d",
                     PLAN_NAME_SIZE - 1);
        return;
    }
    if (p->sensors_count == PLAN_MAX_SENSOR_SETS) {
        load_problem(l, key, "sensors: more than %d sets", PLAN_MAX_SENSOR_SETS);
        return;
    }
    for (size_t i = 0; i < p->sensors_count; i++) {
        if (strcmp(p->sensors[i].name, key->text) == 0) {
            load_problem(l, key, "%s: given twice, first on line %zu", key->text, p->sensors[i].line);
            return;
        }
    }
    plan_sensors *larger = plan_grow(l, key, p->sensors, p->sensors_count, sizeof *larger);
    if (!larger)
        return;
    p->sensors = larger;
    plan_sensors *s = &p->sensors[p->sensors_count++];
    *s = (plan_sensors){.line = key->line, .column = key->column};
    strcpy(s->name, key->text);
    const load_block block = {s->name, s, {&flags, NULL}, parts, 1};
    load_block_read(l, value, &block);
}

static void read_sensors(loader *l, const config_node *key, const config_node *value, void *target)
{
    char found[CONFIG_QUOTE_SIZE];
    if (value->kind == NODE_REFUSED)
        return;
    if (value->kind != NODE_MAPPING) {
        load_problem(l, value, "%s: expected sensor sets (NAME: {without: [...]}), found %s", key->text,
                     load_found(found, value));
        return;
    }
    for (const config_node *name = value->child; name && name->next; name = name->next->next) {
        if (name->kind == NODE_SCALAR)
            read_sensor_set(l, name, name->next, target);
        else if (name->kind != NODE_REFUSED)
            load_problem(l, name, "expected the name of a sensor set, found %s", load_found(found, name));
    }
}

/* ---- the document ---- */

static void read_name(loader *l, const config_node *key, const config_node *value, void *target)
{
    campaign_plan *p = target;
    const char *text = load_text(l, key->text, value, "a name", sizeof p->name);
    if (text && !load_is_name(text))
        load_problem(l, value, "%s: a name has letters, digits, '.', '_' and '-' only", key->text);
    else if (text)
        strcpy(p->name, text);
}

static void read_about(loader *l, const config_node *key, const config_node *value, void *target)
{
    campaign_plan *p = target;
    const char *text = load_text(l, key->text, value, "a sentence", sizeof p->about);
    if (text)
        strcpy(p->about, text);
}

/* A number, or a mapping of two. */
static void read_seeds(loader *l, const config_node *key, const config_node *value, void *target)
{
    plan_numbers *n = &((campaign_plan *)target)->numbers;
    if (value->kind == NODE_MAPPING) {
        load_group_read(l, value, key->text, &plan_seeds_group, n);
        return;
    }
    config_key count = plan_seeds_group.keys[1];
    count.name = key->text;
    load_value_read(l, &count, value, n);
}

static void read_duration(loader *l, const config_node *key, const config_node *value, void *target)
{
    plan_numbers *n = &((campaign_plan *)target)->numbers;
    if (value->kind == NODE_MAPPING) {
        load_group_read(l, value, key->text, &plan_duration_group, n);
        if (n->least_s > n->most_s)
            load_problem(l, value, "%s: least is larger than most", key->text);
        return;
    }
    config_key both = plan_duration_group.keys[0];
    both.name = key->text;
    load_value_read(l, &both, value, n);
    n->most_s = n->least_s;
}

static const load_part plan_parts[] = {
    {"name", read_name},       {"about", read_about},         {"scenarios", read_scenarios},
    {"sensors", read_sensors}, {"faults", plan_read_faults},  {"pairs", plan_read_pairs},
    {"seeds", read_seeds},     {"duration_s", read_duration},
};
enum { PLAN_PARTS = sizeof plan_parts / sizeof *plan_parts };
_Static_assert((int)PLAN_PARTS <= (int)LOAD_MAX_PARTS, "raise LOAD_MAX_PARTS");

static void check_whole(config_problems *p, const char *file, const char *name, double value)
{
    if (value != floor(value))
        config_problem(p, file, 0, 0, "%s: expected a whole number, found %.10g", name, value);
}

/* A set with everything, when there is none; no fault, when there is none. */
static void fill_in(loader *l, campaign_plan *p)
{
    const config_node at = {.kind = NODE_SCALAR, .text = "full"};
    const config_node empty = {.kind = NODE_SCALAR, .plain = true, .text = ""};
    if (p->sensors_count == 0)
        read_sensor_set(l, &at, &empty, p);
    if (p->fault_count == 0)
        plan_add_no_fault(l, &at, p);
    for (size_t i = 0; i < p->sensors_count; i++) {
        for (size_t k = 0; k < p->sensors[i].without_count; k++)
            p->sensors[i].without[k] = p->sensors[i].words[k];
    }
    for (size_t i = 0; i < p->fault_count; i++) {
        for (size_t k = 0; k < p->faults[i].file_count; k++)
            p->faults[i].plans[k] = p->files[p->faults[i].files[k]].plan;
    }
}

static void read_document(loader *l, const config_node *root, campaign_plan *p)
{
    const load_block document = {"a campaign", p, {NULL, NULL}, plan_parts, PLAN_PARTS};
    size_t before = l->problems->count;
    /* The numbers of the plan itself live in a struct inside it. */
    config_key keys[CONFIG_GROUP_MAX];
    for (size_t i = 0; i < plan_group.count; i++) {
        keys[i] = plan_group.keys[i];
        keys[i].offset += offsetof(campaign_plan, numbers);
    }
    const config_group own = {keys, plan_group.count};
    load_block block = document;
    block.groups[0] = &own;
    if (root)
        load_block_read(l, root, &block);
    check_whole(l->problems, l->name, "runs", p->numbers.runs);
    check_whole(l->problems, l->name, "seeds", p->numbers.first_seed);
    check_whole(l->problems, l->name, "seeds", p->numbers.seed_count);
    if (l->problems->count == before && p->scenario_count == 0)
        config_problem(l->problems, l->name, 0, 0, "there are no scenarios in it (scenarios: [...])");
    if (l->problems->count == before)
        fill_in(l, p);
    if (l->problems->count == before)
        plan_lay_out(p, l->name, l->problems);
}

/* "sim/campaigns/faults.yaml" is called faults when it does not say. */
static bool keep_text(campaign_plan *p, const char *text, size_t size)
{
    p->text = malloc(size + 1);
    if (!p->text)
        return false;
    memcpy(p->text, text, size);
    p->text[size] = '\0';
    p->text_size = size;
    return true;
}

campaign_plan *campaign_plan_load_text(const char *name, const char *text, size_t size, config_problems *p)
{
    size_t before = p->count;
    campaign_plan *plan = calloc(1, sizeof *plan);
    config_tree *tree = NULL;
    loader l = {.name = name, .problems = p};
    if (size > CONFIG_MAX_SIZE)
        config_problem(p, name, 0, 0, "larger than a plan may be (%d MiB)", CONFIG_MAX_SIZE >> 20);
    else if (!plan || !keep_text(plan, text, size))
        config_problem(p, name, 0, 0, "out of memory");
    else
        tree = config_tree_parse(name, text, size, p);
    if (tree) {
        plan->numbers = plan_defaults;
        config_file_name(name, plan->name, sizeof plan->name);
        read_document(&l, config_tree_root(tree), plan);
    }
    config_tree_destroy(tree);
    if (tree && p->count == before)
        return plan;
    campaign_plan_destroy(plan);
    return NULL;
}

campaign_plan *campaign_plan_load(const char *path, config_problems *p)
{
    size_t size;
    char *text = config_file_read(path, &size, p);
    campaign_plan *plan = text ? campaign_plan_load_text(path, text, size, p) : NULL;
    free(text);
    return plan;
}
