/* A scenario out of YAML. */
#include "sim/scenario.h"

#include "config/file.h"
#include "config/load.h"
#include "sim/scenario_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A scenario may build on another, that one on a third, and so on: as deep as this. */
enum { BASE_DEPTH = 4 };

/* A loader of one file. The parts of it are handed the scenario as their target. */
typedef struct {
    loader l; /* first: what the parts get leads back here */
    int depth;
    size_t sensor_lines[SIM_MAX_SENSORS]; /* where each was given in this file; 0: not */
} scenario_loader;

static bool load_layer(sim_scenario *s, const char *path, int depth, config_problems *p);

/* One of a list of words. */
static void read_word(loader *l, const config_node *key, const config_node *value, const char *const *words,
                      int count, int *out)
{
    char found[CONFIG_QUOTE_SIZE], expected[256] = "";
    if (value->kind == NODE_REFUSED)
        return;
    for (int i = 0; i < count; i++) {
        if (value->kind == NODE_SCALAR && strcmp(value->text, words[i]) == 0) {
            *out = i;
            return;
        }
        size_t used = strlen(expected);
        snprintf(expected + used, sizeof expected - used, "%s%s", i == 0 ? "" : ", ", words[i]);
    }
    load_problem(l, value, "%s: expected one of %s, found %s", key->text, expected, load_found(found, value));
}

static void read_name(loader *l, const config_node *key, const config_node *value, void *target)
{
    sim_scenario *s = target;
    const char *text = load_text(l, key->text, value, "a name", sizeof s->name);
    if (text && !load_is_name(text))
        load_problem(l, value, "%s: a name has letters, digits, '.', '_' and '-' only", key->text);
    else if (text)
        snprintf(s->name, sizeof s->name, "%s", text);
}

static void read_about(loader *l, const config_node *key, const config_node *value, void *target)
{
    sim_scenario *s = target;
    const char *text = load_text(l, key->text, value, "a sentence", sizeof s->about);
    if (text)
        snprintf(s->about, sizeof s->about, "%s", text);
}

/* `base` is read when the rest has not been: it stands first in the file, whatever its place. */
static void read_base(loader *l, const config_node *key, const config_node *value, void *target)
{
    (void)l, (void)key, (void)value, (void)target;
}

static void read_datum(loader *l, const config_node *key, const config_node *value, void *target)
{
    load_group_read(l, value, key->text, &sim_datum_group, target);
}

static void read_road_kind(loader *l, const config_node *key, const config_node *value, void *target)
{
    sim_road_settings *road = target;
    int kind = (int)road->kind;
    read_word(l, key, value, sim_road_words, SIM_ROAD_COUNT, &kind);
    road->kind = (sim_road_kind)kind;
}

/* What begins so is of the real data that POSED_REAL_DATA names when the world is made. */
static void read_road_file(loader *l, const config_node *key, const config_node *value, void *target)
{
    sim_road_settings *road = target;
    if (value->kind == NODE_SCALAR && strncmp(value->text, SIM_REAL_DATA, strlen(SIM_REAL_DATA)) == 0) {
        const char *text = load_text(l, key->text, value, "a file", sizeof road->file);
        if (text)
            snprintf(road->file, sizeof road->file, "%s", text);
    } else
        load_path_read(l, key, value, road->file);
}

static void read_lanelet(loader *l, const config_node *value, sim_road_settings *road)
{
    char found[CONFIG_QUOTE_SIZE], *end = NULL;
    errno = 0;
    long long id = value->kind == NODE_SCALAR ? strtoll(value->text, &end, 10) : 0;
    if (!end || end == value->text || *end != '\0' || errno != 0)
        load_problem(l, value, "route: expected the id of a lanelet, found %s", load_found(found, value));
    else if (road->route_count == SIM_MAX_ROUTE)
        load_problem(l, value, "route: more than %d lanelets", SIM_MAX_ROUTE);
    else
        road->route[road->route_count++] = id;
}

static void read_route(loader *l, const config_node *key, const config_node *value, void *target)
{
    char found[CONFIG_QUOTE_SIZE];
    sim_road_settings *road = target;
    (void)key;
    if (value->kind != NODE_SEQUENCE) {
        if (value->kind != NODE_REFUSED)
            load_problem(l, value, "route: expected a list of lanelets, found %s", load_found(found, value));
        return;
    }
    road->route_count = 0;
    for (const config_node *n = value->child; n; n = n->next)
        read_lanelet(l, n, road);
}

static void read_road(loader *l, const config_node *key, const config_node *value, void *target)
{
    static const load_part parts[] = {
        {"kind", read_road_kind}, {"file", read_road_file}, {"route", read_route}};
    sim_road_settings *road = &((sim_scenario *)target)->road;
    const load_block b = {key->text, road, {&sim_road_group, NULL}, parts, 3};
    load_block_read(l, value, &b);
    if ((road->kind == SIM_ROAD_MAP || road->kind == SIM_ROAD_DRIVE) && road->file[0] == '\0')
        load_problem(l, value, "road: kind %s needs a file", sim_road_words[road->kind]);
}

static void read_vehicle(loader *l, const config_node *key, const config_node *value, void *target)
{
    load_group_read(l, value, key->text, &sim_vehicle_group, &((sim_scenario *)target)->vehicle);
}

static void read_light(loader *l, const config_node *key, const config_node *value, void *target)
{
    sim_weather_settings *weather = target;
    int light = (int)weather->light;
    read_word(l, key, value, sim_light_words, SIM_LIGHT_COUNT, &light);
    weather->light = (sim_light)light;
}

static void read_weather(loader *l, const config_node *key, const config_node *value, void *target)
{
    static const load_part parts[] = {{"light", read_light}};
    const load_block b = {
        key->text, &((sim_scenario *)target)->weather, {&sim_weather_group, NULL}, parts, 1};
    load_block_read(l, value, &b);
}

static void read_survey(loader *l, const config_node *key, const config_node *value, void *target)
{
    load_group_read(l, value, key->text, &sim_survey_group, &((sim_scenario *)target)->survey);
}

static void read_mount(loader *l, const config_node *key, const config_node *value, void *target)
{
    load_group_read(l, value, key->text, &config_mount, &((sim_sensor_settings *)target)->mount);
}

static void read_grade(loader *l, const config_node *key, const config_node *value, void *target)
{
    sim_sensor_settings *sensor = target;
    int grade = (int)sensor->of.gnss.grade;
    read_word(l, key, value, sim_gnss_grade_words, SIM_GNSS_GRADE_COUNT, &grade);
    sensor->of.gnss.grade = (sim_gnss_grade)grade;
}

static sim_sensor_settings *find_sensor(sim_scenario *s, const char *name)
{
    for (size_t i = 0; i < s->sensor_count; i++) {
        if (strcmp(s->sensors[i].name, name) == 0)
            return &s->sensors[i];
    }
    return NULL;
}

static void check_sensor(loader *l, const config_node *at, const sim_sensor_settings *sensor)
{
    double steps = 200 / sensor->rate_hz;
    if (!(fabs(steps - round(steps)) < 1e-6))
        load_problem(l, at, "%s: rate_hz: expected 200 divided by a whole number, found %.6g", sensor->name,
                     sensor->rate_hz);
    if (!(sensor->latency_s >= sim_least_latency_s(sensor->kind)))
        load_problem(l, at, "%s: latency_s: expected at least %.6g, found %.6g", sensor->name,
                     sim_least_latency_s(sensor->kind), sensor->latency_s);
    const sim_gnss_errors *g = &sensor->of.gnss;
    if (sensor->kind == SOURCE_GNSS &&
        !(g->open_least_m <= g->open_most_m && g->open_tau_least_s <= g->open_tau_most_s &&
          g->canyon_least_m < g->canyon_most_m && g->claim_least <= g->claim_most))
        load_problem(l, at, "%s: a *_least is larger than its *_most", sensor->name);
}

static void read_sensor(loader *l, const config_node *key, const config_node *value, sim_scenario *s)
{
    static const load_part parts[] = {{"mount", read_mount}, {"grade", read_grade}};
    if (!load_check_source_name(l, key, "sensor", NULL))
        return;
    sim_sensor_settings *sensor = find_sensor(s, key->text);
    if (!sensor && s->sensor_count == SIM_MAX_SENSORS) {
        load_problem(l, key, "sensor %s: more than %d sensors", key->text, SIM_MAX_SENSORS);
        return;
    }
    if (!sensor) {
        sensor = &s->sensors[s->sensor_count];
        s->sensor_count += sim_sensor_default(sensor, key->text);
    }
    size_t *line = &((scenario_loader *)l)->sensor_lines[sensor - s->sensors];
    if (*line != 0) {
        load_problem(l, key, "sensor %s: given twice, first on line %zu", key->text, *line);
        return;
    }
    *line = key->line;
    const load_block b = {sensor->name,
                          sensor,
                          {&sim_sensor_group, &sim_errors_group[sensor->kind]},
                          parts,
                          sensor->kind == SOURCE_GNSS ? 2 : 1};
    load_block_read(l, value, &b);
    check_sensor(l, key, sensor);
}

static void read_sensors(loader *l, const config_node *key, const config_node *value, void *target)
{
    char found[CONFIG_QUOTE_SIZE];
    if (value->kind == NODE_REFUSED || config_node_is_empty(value))
        return;
    if (value->kind != NODE_MAPPING) {
        load_problem(l, value, "%s: expected sensors (KIND/NAME: errors), found %s", key->text,
                     load_found(found, value));
        return;
    }
    for (const config_node *name = value->child; name && name->next; name = name->next->next) {
        if (name->kind == NODE_SCALAR)
            read_sensor(l, name, name->next, target);
        else if (name->kind != NODE_REFUSED)
            load_problem(l, name, "expected the name of a sensor, found %s", load_found(found, name));
    }
}

/* Read when the sensors are there: `config` may say more about their sources. */
static void read_config(loader *l, const config_node *key, const config_node *value, void *target)
{
    (void)l, (void)key, (void)value, (void)target;
}

static const load_part scenario_parts[] = {
    {"name", read_name},       {"about", read_about},     {"base", read_base},       {"datum", read_datum},
    {"road", read_road},       {"vehicle", read_vehicle}, {"weather", read_weather}, {"survey", read_survey},
    {"sensors", read_sensors}, {"config", read_config},
};
enum { SCENARIO_PARTS = sizeof scenario_parts / sizeof *scenario_parts };
_Static_assert((int)SCENARIO_PARTS <= (int)LOAD_MAX_PARTS, "raise LOAD_MAX_PARTS");

/* The vehicle's configuration has each sensor where the scenario says that it is mounted. */
static void add_sources(loader *l, const config_node *root, sim_scenario *s)
{
    for (size_t i = 0; i < s->sensor_count; i++) {
        source_settings *source = settings_add_source(&s->config, s->sensors[i].name);
        if (source)
            source->mount = s->sensors[i].mount;
        else
            load_problem(l, root, "sensor %s: more than %d sources", s->sensors[i].name,
                         SETTINGS_MAX_SOURCES);
    }
}

static void read_document(loader *l, const config_node *root, sim_scenario *s)
{
    const load_block document = {
        "a scenario", s, {&sim_scenario_group, NULL}, scenario_parts, SCENARIO_PARTS};
    load_block_read(l, root, &document);
    add_sources(l, root, s);
    const config_node *config = config_node_find(root, "config");
    if (config && config->kind != NODE_REFUSED && !config_node_is_empty(config))
        load_document_read(l, config);
}

static bool load_base(loader *l, const config_node *root, sim_scenario *s)
{
    char path[RUN_PATH_SIZE] = "";
    const config_node *base = config_node_find(root, "base");
    if (!base)
        return true;
    const config_node key = {.kind = NODE_SCALAR, .text = "base", .line = base->line, .column = base->column};
    load_path_read(l, &key, base, path);
    if (path[0] == '\0')
        return false;
    int depth = ((scenario_loader *)l)->depth;
    if (depth >= BASE_DEPTH) {
        load_problem(l, base, "base: more than %d scenarios build on each other", BASE_DEPTH);
        return false;
    }
    return load_layer(s, path, depth + 1, l->problems);
}

static bool load_text_layer(sim_scenario *s, const char *name, const char *text, size_t size, int depth,
                            config_problems *p)
{
    size_t before = p->count;
    config_tree *tree = config_tree_parse(name, text, size, p);
    run_settings *run = calloc(1, sizeof *run);
    if (tree && !run)
        config_problem(p, name, 0, 0, "out of memory");
    if (tree && run) {
        const config_node *root = config_tree_root(tree);
        scenario_loader r = {.l = {.into = &s->config, .run = run, .name = name, .problems = p},
                             .depth = depth};
        run_settings_default(run);
        if (!root)
            config_problem(p, name, 0, 0, "the scenario is empty");
        else if (load_base(&r.l, root, s))
            read_document(&r.l, root, s);
    }
    free(run);
    config_tree_destroy(tree);
    return p->count == before;
}

static bool load_layer(sim_scenario *s, const char *path, int depth, config_problems *p)
{
    size_t size;
    char *text = config_file_read(path, &size, p);
    if (text && size > CONFIG_MAX_SIZE) {
        free(text);
        return config_problem(p, path, 0, 0, "larger than a scenario may be");
    }
    bool good = text && load_text_layer(s, path, text, size, depth, p);
    free(text);
    return good;
}

/* "sim/scenarios/town.yaml" is called town when it does not say. */
static bool finish(sim_scenario *s, const char *name, bool good, config_problems *p)
{
    if (s->name[0] == '\0')
        config_file_name(name, s->name, sizeof s->name);
    if (good && s->sensor_count == 0)
        return config_problem(p, name, 0, 0, "the scenario has no sensors");
    return good;
}

bool sim_scenario_load(sim_scenario *s, const char *path, config_problems *p)
{
    sim_scenario_default(s);
    return finish(s, path, load_layer(s, path, 0, p), p);
}

bool sim_scenario_load_text(sim_scenario *s, const char *name, const char *text, size_t size,
                            config_problems *p)
{
    sim_scenario_default(s);
    return finish(s, name, load_text_layer(s, name, text, size, 0, p), p);
}

static bool fits(const char *name, source_kind kind, const char *word)
{
    const char *slash = strchr(name, '/');
    return strcmp(word, source_kind_word(kind)) == 0 || strcmp(word, name) == 0 ||
           (slash && strcmp(word, slash + 1) == 0);
}

bool sim_scenario_without(sim_scenario *s, const char *word)
{
    size_t kept = 0, sources = 0;
    for (size_t i = 0; i < s->sensor_count; i++) {
        if (!fits(s->sensors[i].name, s->sensors[i].kind, word))
            s->sensors[kept++] = s->sensors[i];
    }
    for (size_t i = 0; i < s->config.source_count; i++) {
        if (!fits(s->config.sources[i].name, s->config.sources[i].kind, word))
            s->config.sources[sources++] = s->config.sources[i];
    }
    s->config.source_count = sources;
    bool found = kept < s->sensor_count;
    s->sensor_count = kept;
    return found;
}
