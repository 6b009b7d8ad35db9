#include "campaign/summary.h"

#include "common/vector.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const summary_by_words[] = {
    [BY_TOTAL] = "total",     [BY_SCENARIO] = "scenario",
    [BY_SENSORS] = "sensors", [BY_SCENARIO_SENSORS] = "scenario and sensors",
    [BY_FAULT] = "fault",     [BY_ROAD] = "road",
};

const char *const summary_road_words[] = {[ROAD_FREEWAY] = "freeway", [ROAD_LOCAL] = "local"};

bool summary_road(const char *word, road_class *road)
{
    for (size_t i = 0; i < ROAD_CLASS_COUNT; i++) {
        if (strcmp(word, summary_road_words[i]) == 0) {
            *road = (road_class)i;
            return true;
        }
    }
    return false;
}

/* ---- groups ---- */

/* What the rows of one group have in common. */
static const char *const *key_of(summary_by by, const result_row *row, const char *key[2])
{
    key[0] = by == BY_SENSORS ? row->sensors
             : by == BY_FAULT ? row->fault
             : by == BY_ROAD  ? row->road
             : by == BY_TOTAL ? ""
                              : row->scenario;
    key[1] = by == BY_SCENARIO_SENSORS ? row->sensors : "";
    return key;
}

static int compare_keys(summary_by by, const result_row *a, const result_row *b)
{
    const char *x[2], *y[2];
    key_of(by, a, x);
    key_of(by, b, y);
    int first = strcmp(x[0], y[0]);
    return first != 0 ? first : strcmp(x[1], y[1]);
}

static int by_key(const void *a, const void *b, void *context)
{
    const result_row *const *x = a, *const *y = b;
    int order = compare_keys(*(const summary_by *)context, *x, *y);
    return order != 0 ? order : ((*x)->run > (*y)->run) - ((*x)->run < (*y)->run);
}

static bool add_group(campaign_summary *s, summary_by by, bool faulted, const result_row *const *rows,
                      size_t count)
{
    summary_group *groups = vector_reserve(s->groups, &s->group_capacity, s->group_count + 1, sizeof *groups);
    if (!groups)
        return false;
    s->groups = groups;
    bool scenario = by == BY_SCENARIO || by == BY_SCENARIO_SENSORS;
    bool sensors = by == BY_SENSORS || by == BY_SCENARIO_SENSORS;
    summary_group *g = &s->groups[s->group_count++];
    *g = (summary_group){.by = by,
                         .faulted = faulted,
                         .scenario = scenario ? rows[0]->scenario : NULL,
                         .sensors = sensors ? rows[0]->sensors : NULL,
                         .fault = by == BY_FAULT ? rows[0]->fault : NULL,
                         .road = by == BY_ROAD ? rows[0]->road : NULL};
    return figures_make(&g->f, rows, count, by == BY_TOTAL ? &s->unreadable : &(size_t){0});
}

/* Groups of `rows`, sorted anew for each kind. */
static bool add_groups(campaign_summary *s, summary_by by, bool faulted, const result_row **rows,
                       size_t count)
{
    bool good = true;
    qsort_r(rows, count, sizeof *rows, by_key, &by);
    for (size_t from = 0, to; good && from < count; from = to) {
        for (to = from + 1; to < count && compare_keys(by, rows[from], rows[to]) == 0;)
            to++;
        good = add_group(s, by, faulted, &rows[from], to - from);
    }
    return good;
}

static bool group_all(campaign_summary *s, const result_row **rows)
{
    bool good = true;
    for (int by = BY_TOTAL; by < SUMMARY_BY_COUNT; by++) {
        for (int faulted = 0; faulted < 2; faulted++) {
            size_t count = 0;
            if (by == BY_FAULT && !faulted)
                continue;
            for (size_t i = 0; i < s->of->count; i++) {
                if (result_is_faulted(&s->of->rows[i]) == (faulted != 0))
                    rows[count++] = &s->of->rows[i];
            }
            good = good && add_groups(s, (summary_by)by, faulted != 0, rows, count);
        }
    }
    return good;
}

/* ---- failing runs ---- */

static bool fails(const result_row *row, fail_kind *kind)
{
    if (row->trouble[0] != '\0')
        *kind = FAIL_TROUBLE;
    else if (row->hazardous > 0)
        *kind = FAIL_HAZARDOUS;
    else if (!result_is_faulted(row) && row->coverage999 < fail_coverage999)
        *kind = FAIL_COVERAGE;
    else
        return false;
    return true;
}

static int by_kind(const void *a, const void *b)
{
    const failing_run *x = a, *y = b;
    int order = (x->kind > y->kind) - (x->kind < y->kind);
    return order != 0 ? order : (x->row->run > y->row->run) - (x->row->run < y->row->run);
}

static void list_failing(campaign_summary *s)
{
    for (size_t i = 0; i < s->of->count; i++) {
        failing_run f = {&s->of->rows[i], FAIL_TROUBLE};
        if (fails(f.row, &f.kind))
            s->failing[s->failing_count++] = f;
    }
    qsort(s->failing, s->failing_count, sizeof *s->failing, by_kind);
}

/* ---- grids ---- */

static void pool_grids(campaign_summary *s)
{
    for (size_t i = 0; i < s->of->count; i++) {
        const result_row *row = &s->of->rows[i];
        road_class road;
        if (!result_is_judged(row) || !summary_road(row->road, &road))
            continue;
        summary_grids *g = &s->grids[(result_is_faulted(row) ? ROAD_CLASS_COUNT : 0) + road];
        histogram_grid_add(&g->bound, row->error_bound_grid);
        s->unreadable += !histogram_grid_add(&g->level, row->stanford_grid);
        g->has_bound = g->has_bound || row->error_bound_grid[0] != '\0';
        g->has_level = g->has_level || row->stanford_grid[0] != '\0';
    }
}

static bool limits(campaign_summary *s)
{
    settings *defaults = calloc(1, sizeof *defaults);
    if (!defaults)
        return false;
    settings_default(defaults);
    memcpy(s->alert, defaults->alert, sizeof s->alert);
    free(defaults);
    return true;
}

bool summary_make(campaign_summary *s, const results *r, error *e)
{
    memset(s, 0, sizeof *s);
    s->of = r;
    s->failing = calloc(r->count + 1, sizeof *s->failing);
    s->grids = calloc((size_t)2 * ROAD_CLASS_COUNT, sizeof *s->grids);
    const result_row **rows = calloc(r->count + 1, sizeof *rows);
    bool good = s->failing && s->grids && rows && limits(s) && group_all(s, rows);
    free(rows);
    if (!good)
        return error_set(e, "out of memory");
    list_failing(s);
    pool_grids(s);
    return true;
}

void summary_finish(campaign_summary *s)
{
    for (size_t i = 0; i < s->group_count; i++)
        figures_finish(&s->groups[i].f);
    free(s->groups);
    free(s->failing);
    free(s->grids);
    memset(s, 0, sizeof *s);
}

const summary_group *summary_total(const campaign_summary *s, bool faulted)
{
    for (size_t i = 0; i < s->group_count; i++) {
        if (s->groups[i].by == BY_TOTAL && s->groups[i].faulted == faulted)
            return &s->groups[i];
    }
    return NULL;
}

bool summary_has_levels(const campaign_summary *s)
{
    const summary_group *totals[] = {summary_total(s, false), summary_total(s, true)};
    return (totals[0] && totals[0]->f.level_runs > 0) || (totals[1] && totals[1]->f.level_runs > 0);
}

bool summary_has_map(const campaign_summary *s)
{
    const summary_group *totals[] = {summary_total(s, false), summary_total(s, true)};
    return (totals[0] && totals[0]->f.map.runs > 0) || (totals[1] && totals[1]->f.map.runs > 0);
}

/* Between single quotes where a shell would read more than a word into it. */
static int quoted(const char *text, char *out, size_t size)
{
    size_t used = 0;
    if (*text && strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./+=:,@%-") ==
                     strlen(text))
        return snprintf(out, size, "%s", text);
    used += (size_t)snprintf(out, size, "'");
    for (; *text && used + 5 < size; text++)
        used += (size_t)snprintf(out + used, size - used, *text == '\'' ? "'\\''" : "%c", *text);
    return snprintf(out + used, size - used, "'");
}

int summary_command(const campaign_summary *s, const result_row *row, char *text, size_t size)
{
    char plan[4200];
    quoted(s->of->plan_path[0] ? s->of->plan_path : "CAMPAIGN.yaml", plan, sizeof plan);
    return snprintf(text, size, "posed campaign run %s %lld", plan, (long long)row->run);
}

int summary_reason(const failing_run *f, char *text, size_t size)
{
    const result_row *r = f->row;
    if (f->kind == FAIL_TROUBLE)
        return snprintf(text, size, "%s", r->trouble);
    if (f->kind == FAIL_HAZARDOUS)
        return snprintf(text, size, "hazardous in %lld of %lld epochs", (long long)r->hazardous,
                        (long long)r->epochs);
    return snprintf(text, size, "%.1f %% outside the 99.9 %% region, NEES %.3g, error up to %.3g m",
                    100 * (1 - r->coverage999), r->nees, r->horizontal_max_m);
}
