#include "daemon/map/map_subject.h"

#include "map/check.h"
#include "map/pmap_build.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void map_subject_finish(map_subject *s)
{
    pmap_close(s->map);
    free(s->bytes);
    map_data_finish(&s->sources);
    map_problems_finish(&s->problems);
    *s = (map_subject){0};
}

bool map_subject_read(map_subject *s, const map_options *o, error *e)
{
    s->options = o;
    for (size_t i = 0; i < o->file_count; i++) {
        if (!map_read(&s->sources, o->files[i], &s->problems, e))
            return false;
    }
    map_problems_sort(&s->problems);
    return true;
}

bool map_subject_compile(map_subject *s, bool assume_height, error *e)
{
    pmap_options how = {s->options->height_m, s->options->sigma_m, s->options->section_sigma_m};
    if (isnan(how.height_m) && assume_height)
        how.height_m = 0;
    s->bytes = pmap_build(&s->sources, &how, &s->size, e);
    s->map = s->bytes ? pmap_use("the map", s->bytes, s->size, e) : NULL;
    if (!s->map)
        return false;
    s->height_assumed =
        isnan(s->options->height_m) && !isnan(pmap_get_header(s->map)->about.default_height_m);
    return true;
}

bool map_subject_open(map_subject *s, const map_options *o, bool assume_height, error *e)
{
    s->options = o;
    if (!pmap_is_one(o->files[0]))
        return map_subject_read(s, o, e) && map_subject_compile(s, assume_height, e);
    if (o->file_count > 1)
        return error_set(e, "%s is a compiled map: one at a time", o->files[0]);
    s->map = pmap_open(o->files[0], e);
    s->size = s->map ? (size_t)pmap_get_header(s->map)->file_size : 0;
    return s->map != NULL;
}

static void print_problem(const map_subject *s, const map_problem *p, FILE *out)
{
    const map_file *f = &s->sources.files[p->at.file];
    fputs(f->path, out);
    if (p->at.place > 0)
        fprintf(out, f->is_geojson ? ": feature %u" : ":%u", p->at.place);
    fprintf(out, ": %s: ", map_severity_word(p->severity));
    if (strcmp(p->at.kind, "file") != 0)
        fprintf(out, "%s %" PRId64 ": ", p->at.kind, p->at.id);
    fprintf(out, "%s [%s]\n", p->text, p->code);
}

void map_subject_print_problems(const map_subject *s, const map_problems *p, map_severity least, FILE *out)
{
    for (size_t i = 0; i < p->count; i++) {
        if (p->list[i].severity >= least)
            print_problem(s, &p->list[i], out);
    }
}

static bool print_json(const map_subject *s, FILE *out)
{
    json_t *list = json_array();
    for (size_t i = 0; i < s->problems.count; i++) {
        const map_problem *p = &s->problems.list[i];
        const map_file *f = &s->sources.files[p->at.file];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:I, s:s?, s:s, s:i, s:s?}", "severity",
                                              map_severity_word(p->severity), "code", p->code, "element",
                                              p->at.kind, "id", (json_int_t)p->at.id, "file", f->path,
                                              "place_is", f->is_geojson ? "feature" : "line", "place",
                                              (int)p->at.place, "text", p->text));
    }
    json_t *root = json_pack("{s:I, s:I, s:I, s:o}", "errors", (json_int_t)s->problems.counts[MAP_ERROR],
                             "warnings", (json_int_t)s->problems.counts[MAP_WARNING], "notes",
                             (json_int_t)s->problems.counts[MAP_NOTE], "problems", list);
    bool good = root && json_dumpf(root, out, JSON_INDENT(1)) == 0 && fputc('\n', out) != EOF;
    json_decref(root);
    return good;
}

bool map_print_check(const map_subject *s, FILE *out)
{
    const map_problems *p = &s->problems;
    if (s->options->json)
        return print_json(s, out);
    map_subject_print_problems(s, p, s->options->notes ? MAP_NOTE : MAP_WARNING, out);
    size_t all = p->counts[MAP_ERROR] + p->counts[MAP_WARNING] + p->counts[MAP_NOTE];
    fprintf(out, "%zu errors, %zu warnings, %zu notes%s%s\n", p->counts[MAP_ERROR], p->counts[MAP_WARNING],
            p->counts[MAP_NOTE], s->options->notes || p->counts[MAP_NOTE] == 0 ? "" : " (--notes shows them)",
            all > p->count ? "; not all are shown" : "");
    return true;
}
