#include "inject/plan.h"

#include "config/problems.h"
#include "fusion/faults.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t frames_of_source(source_kind kind)
{
    uint32_t frames = 0;
    for (int i = 0; i < FRAME_KIND_COUNT; i++) {
        if (frame_kind_source((frame_kind)i) == kind)
            frames |= 1u << i;
    }
    return frames;
}

uint32_t inject_pattern_frames(const char *pattern)
{
    char word[FRAME_SOURCE_NAME_SIZE];
    source_kind source;
    frame_kind frame_of;
    if (strcmp(pattern, "*") == 0)
        return INJECT_ALL;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(pattern, "/"), pattern);
    if (source_kind_find(word, &source))
        return frames_of_source(source);
    return frame_kind_find(pattern, &frame_of) ? 1u << frame_of : 0;
}

/* Of a pattern with a name behind the slash, the source must be that one. */
static bool fits(const char *pattern, const source_settings *source)
{
    const char *slash = strchr(pattern, '/');
    return !slash || strcmp(slash, "/*") == 0 || strcmp(pattern, source->name) == 0;
}

uint32_t inject_spec_frames(const inject_spec *f, const source_settings *source)
{
    if (!fits(f->source, source))
        return 0;
    return inject_pattern_frames(f->source) & frames_of_source(source->kind) & f->kind->frames;
}

inject_plan *inject_plan_copy(const inject_plan *p)
{
    inject_plan *copy = malloc(sizeof *copy);
    if (copy)
        *copy = *p;
    return copy;
}

void inject_plan_destroy(inject_plan *p)
{
    free(p);
}

bool inject_plan_append(inject_plan *p, const inject_plan *more, config_problems *problems)
{
    if (more->count > INJECT_MAX_FAULTS - p->count) {
        config_problem(problems, more->name, 0, 0, "more than %d faults at once", INJECT_MAX_FAULTS);
        return false;
    }
    memcpy(p->faults + p->count, more->faults, more->count * sizeof *p->faults);
    p->count += more->count;
    size_t used = strlen(p->name);
    snprintf(p->name + used, sizeof p->name - used, "+%s", more->name);
    return true;
}

size_t inject_plan_count(const inject_plan *p)
{
    return p->count;
}

const char *inject_plan_name(const inject_plan *p)
{
    return p->name;
}

const char *inject_plan_about(const inject_plan *p)
{
    return p->about;
}

inject_fault inject_plan_get(const inject_plan *p, size_t i)
{
    const inject_spec *f = &p->faults[i];
    return (inject_fault){
        .kind = f->kind->word,
        .source = f->source,
        .from_s = f->times.from_s,
        .to_s = f->times.from_s + f->times.for_s,
        .expected_mask = f->expected_mask,
    };
}

bool inject_plan_concerns(const inject_plan *p, size_t i, const settings *s, uint16_t source)
{
    const inject_spec *f = &p->faults[i];
    if (f->kind->frames == 0)
        return source == FAULT_SOURCE_MAP;
    return source < s->source_count && inject_spec_frames(f, &s->sources[source]) != 0;
}

/* ---- what the settings must have, and the map ---- */

static bool has_source(const inject_spec *f, const settings *s)
{
    for (size_t i = 0; i < s->source_count; i++) {
        if (inject_spec_frames(f, &s->sources[i]))
            return true;
    }
    return false;
}

static bool has_element(const settings *s, const map_view *map, uint64_t id)
{
    bool has = false;
    for (size_t i = 0; i < s->landmark_count; i++)
        has = has || s->landmarks[i].id == id;
    for (uint32_t i = 0; map && i < map->mark_count; i++)
        has = has || map->marks[i].id == id;
    for (uint32_t i = 0; map && i < map->line_count; i++)
        has = has || map->lines[i].id == id;
    return has;
}

static bool check_map(const inject_plan *p, const inject_spec *f, const settings *s, const map_view *map,
                      config_problems *problems)
{
    bool good = true;
    size_t marks = s->landmark_count + (map ? map->mark_count : 0), lines = map ? map->line_count : 0;
    if (marks + lines == 0)
        good = config_problem(problems, p->name, 0, 0, "%s: there is no map here", f->kind->word);
    else if ((f->kind->elements & INJECT_MARKS ? marks : 0) +
                 (f->kind->elements & INJECT_LINES ? lines : 0) ==
             0)
        good = config_problem(problems, p->name, 0, 0, "%s: the map here has no %s", f->kind->word,
                              lines == 0 ? "lane lines" : "elements");
    for (size_t i = 0; good && i < f->element_count; i++) {
        if (!has_element(s, map, f->elements[i]))
            good = config_problem(problems, p->name, 0, 0, "%s: there is no element %llu in the map",
                                  f->kind->word, (unsigned long long)f->elements[i]);
    }
    return good;
}

static bool check_settings(const inject_plan *p, const settings *s, const map_view *map,
                           config_problems *problems)
{
    bool good = true;
    for (size_t i = 0; i < p->count; i++) {
        const inject_spec *f = &p->faults[i];
        if (f->kind->frames == 0)
            good = check_map(p, f, s, map, problems) && good;
        else if (!has_source(f, s))
            good = config_problem(problems, p->name, 0, 0, "%s: there is no source \"%s\" here that it fits",
                                  f->kind->word, f->source);
    }
    return good;
}

bool inject_apply_settings(const inject_plan *p, settings *s, const map_view *map, uint64_t seed,
                           config_problems *problems)
{
    if (!check_settings(p, s, map, problems))
        return false;
    inject_change_landmarks(p, s, seed);
    return true;
}

bool inject_plan_changes_map(const inject_plan *p)
{
    bool changes = false;
    for (size_t i = 0; i < p->count; i++)
        changes = changes || p->faults[i].kind->frames == 0;
    return changes;
}
