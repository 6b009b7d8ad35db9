#include "campaign/plan_private.h"
#include "config/problems.h"
#include "fusion/faults.h"
#include "sim/sim.h"
#include "sim/world_map.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void campaign_plan_destroy(campaign_plan *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < p->file_count; i++)
        inject_plan_destroy(p->files[i].plan);
    free(p->files);
    free(p->faults);
    free(p->cells);
    free(p->sensors);
    free(p->scenarios);
    free(p->text);
    free(p);
}

/* ---- what fits ---- */

/* Room to try things in, and what is known of the scenario at hand. */
typedef struct {
    campaign_plan *plan;
    sim_scenario scenario;       /* with sensors taken out */
    settings tried;              /* that faults are tried on */
    config_problems scrap;       /* what does not fit is no problem */
    bool *file_fits;             /* into this scenario and sensor set */
    bool *fault_fits, *set_fits; /* somewhere */
    bool wants_map;
} layout;

/* A radar looks at a map only: fiducials have no meaning to it. */
static bool looks_at(const settings *s, const map_view *map)
{
    for (size_t i = 0; i < s->source_count; i++) {
        if (s->sources[i].kind == SOURCE_CAMERA || (map && s->sources[i].kind == SOURCE_RADAR))
            return true;
    }
    return false;
}

/* A fault of a map that nothing is compared with is none. */
static bool file_fits(layout *l, const plan_file *f, const map_view *map)
{
    const settings *s = &l->scenario.config;
    if (inject_plan_changes_map(f->plan) && !looks_at(s, map))
        return false;
    l->tried = *s;
    l->scrap.count = 0;
    return inject_apply_settings(f->plan, &l->tried, map, 1, &l->scrap);
}

static bool concerns(const inject_plan *p, const settings *s, uint16_t source)
{
    for (size_t i = 0; i < inject_plan_count(p); i++) {
        if (inject_plan_concerns(p, i, s, source))
            return true;
    }
    return false;
}

static bool share_a_source(const inject_plan *a, const inject_plan *b, const settings *s)
{
    for (size_t i = 0; i < s->source_count; i++) {
        if (concerns(a, s, (uint16_t)i) && concerns(b, s, (uint16_t)i))
            return true;
    }
    return concerns(a, s, FAULT_SOURCE_MAP) && concerns(b, s, FAULT_SOURCE_MAP);
}

static bool fault_fits(const layout *l, const plan_fault *f)
{
    for (size_t i = 0; i < f->file_count; i++) {
        if (!l->file_fits[f->files[i]])
            return false;
    }
    return !f->of_pairs || !share_a_source(f->plans[0], f->plans[1], &l->scenario.config);
}

/* The road as the first seed has it, where a fault is of the map; otherwise the settings of the scenario. */
typedef struct {
    const settings *config; /* with the fiducials */
    const map_view *map;    /* NULL: there is none */
} surveyed;

/* The scenario with that set, and its fiducials. */
static bool take_sensors(layout *l, const sim_scenario *s, const settings *config, const plan_sensors *set)
{
    l->scenario = *s;
    for (size_t i = 0; i < set->without_count; i++) {
        if (!sim_scenario_without(&l->scenario, set->words[i]))
            return false;
    }
    l->scenario.config.landmark_count = config->landmark_count;
    memcpy(l->scenario.config.landmarks, config->landmarks, sizeof config->landmarks);
    return l->scenario.sensor_count > 0;
}

static void list_cells(layout *l, size_t scenario, const surveyed *road)
{
    campaign_plan *p = l->plan;
    for (size_t k = 0; k < p->sensors_count; k++) {
        if (!take_sensors(l, &p->scenarios[scenario], road->config, &p->sensors[k]))
            continue;
        l->set_fits[k] = true;
        for (size_t i = 0; i < p->file_count; i++)
            l->file_fits[i] = file_fits(l, &p->files[i], p->sensors[k].map ? road->map : NULL);
        for (size_t i = 0; i < p->fault_count; i++) {
            if (!fault_fits(l, &p->faults[i]))
                continue;
            l->fault_fits[i] = true;
            p->cells[p->cell_count++] = (plan_cell){(uint32_t)i, (uint16_t)scenario, (uint16_t)k};
        }
    }
}

/* Where a fault is of the map, the world is built once to see what there is for it to act on. */
static bool list_scenario(layout *l, size_t i, const char *name, config_problems *problems)
{
    campaign_plan *p = l->plan;
    error e = {""};
    if (!l->wants_map) {
        list_cells(l, i, &(surveyed){&p->scenarios[i].config, NULL});
        return true;
    }
    sim_scenario *s = &l->scenario;
    *s = p->scenarios[i];
    s->duration_s = p->numbers.least_s;
    sim *m = sim_create(s, (uint64_t)p->numbers.first_seed, &e);
    world_map *map = m ? world_map_create(sim_get_world(m)) : NULL;
    if (map)
        list_cells(l, i, &(surveyed){sim_settings(m), world_map_view(map)});
    else
        config_problem(problems, name, 0, 0, "scenario %s: %s", p->scenarios[i].name,
                       m ? "out of memory" : e.text);
    world_map_destroy(map);
    sim_destroy(m);
    return map;
}

static int compare_cells(const void *left, const void *right)
{
    const plan_cell *a = left, *b = right;
    if (a->fault != b->fault)
        return a->fault < b->fault ? -1 : 1;
    if (a->scenario != b->scenario)
        return a->scenario < b->scenario ? -1 : 1;
    return (a->sensors > b->sensors) - (a->sensors < b->sensors);
}

/* ---- the order of runs ---- */

static uint64_t greatest_divisor(uint64_t a, uint64_t b)
{
    while (b != 0) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Multiples of the golden ratio are spread over the unit interval more evenly than those of any other
 * number. */
static uint64_t golden_stride(uint64_t size)
{
    uint64_t stride = (uint64_t)((double)size * 0.6180339887498949);
    while (stride < size && greatest_divisor(stride, size) != 1)
        stride++;
    return stride < size ? stride : 1;
}

/* ---- the hash ---- */

static uint64_t hash_text(uint64_t h, const char *text)
{
    return plan_hash(h, text, strlen(text) + 1);
}

/* As it prints, for that is all of it; but for where a file lies. */
static uint64_t hash_scenario(uint64_t h, layout *l, const sim_scenario *s)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    l->scenario = *s;
    l->scenario.road.file[0] = '\0';
    if (out) {
        sim_scenario_print(out, &l->scenario);
        fclose(out);
        h = plan_hash(h, text, size);
    }
    free(text);
    return h;
}

static uint64_t hash_numbers(uint64_t h, const plan_numbers *n)
{
    char text[200];
    snprintf(text, sizeof text, "seeds %.17g %.17g duration %.17g %.17g", n->first_seed, n->seed_count,
             n->least_s, n->most_s);
    return hash_text(h, text);
}

static void hash_plan(layout *l)
{
    campaign_plan *p = l->plan;
    uint64_t h = hash_numbers(PLAN_HASH_BEGIN, &p->numbers);
    for (size_t i = 0; i < p->scenario_count; i++)
        h = hash_scenario(h, l, &p->scenarios[i]);
    for (size_t i = 0; i < p->sensors_count; i++) {
        h = hash_text(h, p->sensors[i].name);
        for (size_t k = 0; k < p->sensors[i].without_count; k++)
            h = hash_text(h, p->sensors[i].words[k]);
        if (p->sensors[i].map)
            h = hash_text(h, "on a map");
    }
    for (size_t i = 0; i < p->fault_count; i++) {
        h = hash_text(h, p->faults[i].name);
        for (size_t k = 0; k < p->faults[i].file_count; k++)
            h = plan_hash(h, &p->files[p->faults[i].files[k]].hash, sizeof h);
    }
    h = plan_hash(h, p->cells, p->cell_count * sizeof *p->cells);
    snprintf(p->hash, sizeof p->hash, "%016" PRIx64, h);
}

/* ---- laying out ---- */

static void name_misfits(const layout *l, const char *name, config_problems *problems)
{
    const campaign_plan *p = l->plan;
    for (size_t i = 0; i < p->sensors_count; i++) {
        if (!l->set_fits[i])
            config_problem(problems, name, p->sensors[i].line, p->sensors[i].column,
                           "sensors: %s fits no scenario: each lacks one of what it leaves out, or is left "
                           "without any sensor",
                           p->sensors[i].name);
    }
    for (size_t i = 0; i < p->fault_count; i++) {
        if (!l->fault_fits[i] && !p->faults[i].of_pairs && !p->faults[i].of_pattern)
            config_problem(problems, name, p->faults[i].line, p->faults[i].column,
                           "faults: %s fits no scenario with any sensor set", p->faults[i].name);
    }
}

static bool list_all(layout *l, const char *name, config_problems *problems)
{
    campaign_plan *p = l->plan;
    size_t before = problems->count;
    for (size_t i = 0; i < p->file_count; i++)
        l->wants_map = l->wants_map || inject_plan_changes_map(p->files[i].plan);
    for (size_t i = 0; i < p->scenario_count; i++)
        list_scenario(l, i, name, problems);
    if (problems->count == before)
        name_misfits(l, name, problems);
    if (problems->count == before && p->cell_count == 0)
        config_problem(problems, name, 0, 0, "nothing fits: there are no runs");
    if (problems->count > before)
        return false;
    qsort(p->cells, p->cell_count, sizeof *p->cells, compare_cells);
    p->size = (uint64_t)p->cell_count * (uint64_t)p->numbers.seed_count;
    if (p->size > UINT32_MAX)
        return config_problem(problems, name, 0, 0, "%" PRIu64 " drives are more than %" PRIu32, p->size,
                              UINT32_MAX);
    if (p->numbers.runs > (double)p->size)
        return config_problem(problems, name, 0, 0, "runs: there are only %" PRIu64 " drives", p->size);
    p->stride = golden_stride(p->size);
    hash_plan(l);
    return true;
}

bool plan_lay_out(campaign_plan *p, const char *name, config_problems *problems)
{
    bool good = false;
    layout *l = calloc(1, sizeof *l);
    p->cells = calloc(p->scenario_count * p->sensors_count * p->fault_count, sizeof *p->cells);
    if (l) {
        l->plan = p;
        l->file_fits = calloc(p->file_count + 1, sizeof *l->file_fits);
        l->fault_fits = calloc(p->fault_count, sizeof *l->fault_fits);
        l->set_fits = calloc(p->sensors_count, sizeof *l->set_fits);
    }
    if (!l || !p->cells || !l->file_fits || !l->fault_fits || !l->set_fits)
        config_problem(problems, name, 0, 0, "out of memory");
    else
        good = list_all(l, name, problems);
    if (l) {
        free(l->file_fits);
        free(l->fault_fits);
        free(l->set_fits);
    }
    free(l);
    return good;
}

/* ---- what is asked ---- */

const char *campaign_plan_name(const campaign_plan *p)
{
    return p->name;
}

const char *campaign_plan_about(const campaign_plan *p)
{
    return p->about;
}

const char *campaign_plan_text(const campaign_plan *p, size_t *size)
{
    *size = p->text_size;
    return p->text;
}

const char *campaign_plan_hash(const campaign_plan *p)
{
    return p->hash;
}

uint64_t campaign_plan_runs(const campaign_plan *p)
{
    return p->numbers.runs > 0 ? (uint64_t)p->numbers.runs : p->size;
}

uint64_t campaign_plan_size(const campaign_plan *p)
{
    return p->size;
}

double campaign_plan_timeout_s(const campaign_plan *p)
{
    return p->numbers.timeout_s;
}

double campaign_plan_longest_s(const campaign_plan *p)
{
    return p->numbers.most_s;
}

/* 0..1 out of the run's number; splitmix64's mixing. */
static double unit_of(uint64_t number)
{
    uint64_t x = number + UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (double)((x ^ (x >> 31)) >> 11) * 0x1p-53;
}

campaign_drive campaign_plan_drive(const campaign_plan *p, uint64_t number)
{
    uint64_t element = number * p->stride % p->size, seeds = (uint64_t)p->numbers.seed_count;
    const plan_cell *cell = &p->cells[element / seeds];
    const plan_sensors *set = &p->sensors[cell->sensors];
    const plan_fault *fault = &p->faults[cell->fault];
    double least_s = p->numbers.least_s, span_s = p->numbers.most_s - least_s;
    return (campaign_drive){
        .scenario = &p->scenarios[cell->scenario],
        .sensors = set->name,
        .without = set->without,
        .without_count = set->without_count,
        .on_map = set->map,
        .faults = fault->plans,
        .fault_count = fault->file_count,
        .fault = fault->name,
        .seed = (uint64_t)p->numbers.first_seed + element % seeds,
        .duration_s = fmin(floor(least_s + unit_of(number) * (span_s + 1)), p->numbers.most_s),
    };
}

void campaign_drive_scenario(const campaign_drive *d, sim_scenario *out)
{
    *out = *d->scenario;
    for (size_t i = 0; i < d->without_count; i++)
        sim_scenario_without(out, d->without[i]);
    out->duration_s = d->duration_s;
}

void campaign_plan_describe(const campaign_plan *p, uint64_t runs, char *text, size_t size)
{
    snprintf(text, size,
             "%s: %zu scenarios, %zu sensor sets, %zu faults: %zu combinations that fit, %.0f seeds; %" PRIu64
             " runs of %" PRIu64,
             p->name, p->scenario_count, p->sensors_count, p->fault_count, p->cell_count,
             p->numbers.seed_count, runs, p->size);
}
