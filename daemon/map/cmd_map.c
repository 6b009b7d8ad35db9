/* posed map: check, compile, describe and look into maps. */
#include "daemon/command.h"
#include "daemon/map/map_subject.h"
#include "map/check.h"
#include "map/pmap_build.h"

#include <stdlib.h>

static const char help[] =
    "A FILE is a Lanelet2 map (.osm), landmarks in GeoJSON (.geojson, .json), or a compiled map (.pmap).\n"
    "docs/MAPS.md says what is read of them. Positions are WGS84, heights above its ellipsoid.\n"
    "\n"
    "  posed map check FILE...             every problem, with element and line; of a compiled map its "
    "checksum\n"
    "      --notes                         notes too, not only errors and warnings\n"
    "      --json                          one JSON object: errors, warnings, notes, problems\n"
    "  posed map build FILE... -o OUT.pmap compile maps into one file that posed reads in place\n"
    "      --height M                      height of what has none; without it such a map is refused\n"
    "      --sigma M                       accuracy of what does not state it, its own (default 0.1)\n"
    "      --section-sigma M               the same, of what all share (default 0.3)\n"
    "      --force                         in spite of errors: what is broken is left out\n"
    "  posed map info FILE...              counts, bounds, accuracy, dates, size, checksum\n"
    "      --json                          one JSON object\n"
    "  posed map near LAT LON FILE...      marks and lanes around a place (degrees)\n"
    "      --radius M                      how far (default 50, at most 500)\n"
    "      --json                          one JSON object: marks, lanes\n"
    "\n"
    "Exit status: 0 good; 1 the map has errors, is damaged or cannot be read; 2 the command line is wrong.\n";

/* A compiled map has been checked by opening it, but for its checksum. */
static int check_compiled(const map_options *o, error *e)
{
    map_subject s = {0};
    bool good = map_subject_open(&s, o, true, e) && pmap_verify(s.map, e);
    map_subject_finish(&s);
    if (!good)
        return command_fail("map", EXIT_BAD, "%s", e->text);
    if (!o->json)
        printf("%s: intact\n", o->files[0]);
    else
        puts("{\"errors\": 0, \"warnings\": 0, \"notes\": 0, \"problems\": []}");
    return EXIT_OK;
}

/* What is wrong with the map's shape, added to `p`. */
static bool check_shape(map_subject *s, map_problems *p, error *e)
{
    map_lanes lanes = {0};
    bool good = map_lanes_find(&lanes, &s->sources) && map_check(&lanes, p);
    map_problems_sort(p);
    map_lanes_finish(&lanes);
    return good || error_set(e, "out of memory");
}

static int run_check(const map_options *o)
{
    error e = {""};
    map_subject s = {0};
    if (pmap_is_one(o->files[0]))
        return check_compiled(o, &e);
    bool good = map_subject_read(&s, o, &e) && check_shape(&s, &s.problems, &e);
    if (good && !map_print_check(&s, stdout))
        good = error_set(&e, "out of memory");
    int code = good ? EXIT_OK : command_fail("map", EXIT_BAD, "%s", e.text);
    if (s.problems.counts[MAP_ERROR] > 0)
        code = EXIT_BAD;
    map_subject_finish(&s);
    return code;
}

/* What is wrong with it can be built, and whoever drives on it will not find out why. */
static bool tell_shape(map_subject *s, error *e)
{
    map_problems shape = {0};
    bool good = check_shape(s, &shape, e);
    map_subject_print_problems(s, &shape, MAP_WARNING, stderr);
    if (shape.counts[MAP_ERROR] + shape.counts[MAP_WARNING] > 0)
        fprintf(stderr, "posed map: %zu errors, %zu warnings about the map's shape\n",
                shape.counts[MAP_ERROR], shape.counts[MAP_WARNING]);
    map_problems_finish(&shape);
    return good;
}

/* A lane whose bounds are no lines is not in what was built, and no map is made without it unasked. */
static bool has_all_lanes(const map_subject *s, bool force, error *e)
{
    size_t meant = 0, built = pmap_view(s->map)->lane_count;
    for (size_t i = 0; i < s->sources.lanelet_count; i++)
        meant += s->sources.lanelets[i].vehicles;
    if (built == meant || force)
        return true;
    return error_set(e,
                     "%zu of %zu lanes have bounds that are no lines: nothing is written; --force leaves "
                     "them out",
                     meant - built, meant);
}

static bool build(map_subject *s, const map_options *o, error *e)
{
    if (pmap_is_one(o->files[0]))
        return error_set(e, "%s is compiled already", o->files[0]);
    if (!map_subject_read(s, o, e))
        return false;
    map_subject_print_problems(s, &s->problems, MAP_WARNING, stderr);
    if (s->problems.counts[MAP_ERROR] > 0 && !o->force)
        return error_set(e, "%zu errors: nothing is written; --force leaves out what is broken",
                         s->problems.counts[MAP_ERROR]);
    return map_subject_compile(s, false, e) && tell_shape(s, e) && has_all_lanes(s, o->force, e) &&
           pmap_save(s->bytes, s->size, o->output, e);
}

static int run_build(const map_options *o)
{
    error e = {""};
    map_subject s = {0};
    bool good = build(&s, o, &e);
    if (good)
        printf("%s: %zu bytes, %u lanes, %u lines, %u marks\n", o->output, s.size,
               pmap_view(s.map)->lane_count, pmap_view(s.map)->line_count, pmap_view(s.map)->mark_count);
    map_subject_finish(&s);
    return good ? EXIT_OK : command_fail("map", EXIT_BAD, "%s", e.text);
}

static int run_print(const map_options *o, bool (*print)(const map_subject *, FILE *))
{
    error e = {""};
    map_subject s = {0};
    bool good = map_subject_open(&s, o, true, &e);
    if (good && s.problems.counts[MAP_ERROR] > 0)
        fprintf(stderr, "posed map: %zu errors in the map: posed map check shows them\n",
                s.problems.counts[MAP_ERROR]);
    if (good && !print(&s, stdout))
        good = error_set(&e, "out of memory");
    if (good && o->verb == MAP_VERB_INFO)
        good = pmap_verify(s.map, &e);
    map_subject_finish(&s);
    return good ? EXIT_OK : command_fail("map", EXIT_BAD, "%s", e.text);
}

static int run(int argc, char **argv)
{
    error e = {""};
    map_options o;
    if (!map_options_parse(argc, argv, &o, &e))
        return command_fail("map", EXIT_USAGE, "%s", e.text);
    switch (o.verb) {
    case MAP_VERB_CHECK:
        return run_check(&o);
    case MAP_VERB_BUILD:
        return run_build(&o);
    case MAP_VERB_INFO:
        return run_print(&o, map_print_info);
    default:
        return run_print(&o, map_print_near);
    }
}

const command command_map = {
    .name = "map",
    .arguments = "check|build|info|near [ARGUMENTS] FILE...",
    .summary = "check, compile, describe and look into maps",
    .help = help,
    .run = run,
};
