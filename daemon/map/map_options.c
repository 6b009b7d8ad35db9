#include "daemon/map/map_options.h"

#include "map/pmap_build.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

const char *map_verb_word(map_verb verb)
{
    static const char *const words[MAP_VERB_COUNT] = {[MAP_VERB_CHECK] = "check",
                                                      [MAP_VERB_BUILD] = "build",
                                                      [MAP_VERB_INFO] = "info",
                                                      [MAP_VERB_NEAR] = "near"};
    return verb < MAP_VERB_COUNT ? words[verb] : "?";
}

/* An option, the verbs that have it (bits), and where its value goes: one of three. */
typedef struct {
    const char *name;
    unsigned verbs;
    bool *flag;
    const char **text;
    double *number, least, most;
} option;

enum {
    CHECK = 1 << MAP_VERB_CHECK,
    BUILD = 1 << MAP_VERB_BUILD,
    INFO = 1 << MAP_VERB_INFO,
    NEAR = 1 << MAP_VERB_NEAR,
};

static bool take_number(const char *name, const char *text, double least, double most, double *out, error *e)
{
    return map_parse_number(text, least, most, out) ||
           error_set(e, "%s: expected a number from %g to %g, found \"%s\"", name, least, most, text);
}

/* Takes the option at argv[*i], and its value. */
static bool take_option(const option *list, size_t count, int argc, char **argv, int *i, map_options *o,
                        error *e)
{
    const char *name = argv[*i];
    for (size_t k = 0; k < count; k++) {
        const option *a = &list[k];
        if (strcmp(name, a->name) != 0 || !(a->verbs & 1U << o->verb))
            continue;
        if (a->flag)
            return *a->flag = true;
        if (*i + 1 >= argc)
            return error_set(e, "%s needs a value", name);
        const char *value = argv[++*i];
        if (a->number)
            return take_number(name, value, a->least, a->most, a->number, e);
        *a->text = value;
        return true;
    }
    return error_set(e, "there is no option \"%s\" of posed map %s", name, map_verb_word(o->verb));
}

static bool take_verb(int argc, char **argv, map_options *o, error *e)
{
    for (int i = 0; argc > 1 && i < MAP_VERB_COUNT; i++) {
        if (strcmp(argv[1], map_verb_word((map_verb)i)) == 0) {
            o->verb = (map_verb)i;
            return true;
        }
    }
    return error_set(e, "expected check, build, info or near, found \"%s\"", argc > 1 ? argv[1] : "");
}

/* What is left over are files, and of near the place before them. */
static bool take_operands(char **words, size_t count, map_options *o, error *e)
{
    size_t place = o->verb == MAP_VERB_NEAR ? 2 : 0;
    if (count < place)
        return error_set(e, "near: expected LAT LON FILE");
    if (place > 0 && (!take_number("LAT", words[0], -90, 90, &o->latitude_deg, e) ||
                      !take_number("LON", words[1], -180, 180, &o->longitude_deg, e)))
        return false;
    o->files = words + place;
    o->file_count = count - place;
    if (o->file_count == 0)
        return error_set(e, "%s: which map?", map_verb_word(o->verb));
    if (o->verb == MAP_VERB_BUILD && !o->output)
        return error_set(e, "build: where to? -o FILE.pmap is missing");
    return true;
}

/* "-33.8" is a latitude, not an option. */
static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0' && word[1] != '.' && !isdigit((unsigned char)word[1]);
}

bool map_options_parse(int argc, char **argv, map_options *o, error *e)
{
    *o = (map_options){
        .radius_m = 50, .height_m = NAN, .sigma_m = PMAP_SIGMA_M, .section_sigma_m = PMAP_SECTION_SIGMA_M};
    const option list[] = {
        {.name = "--json", .verbs = CHECK | INFO | NEAR, .flag = &o->json},
        {.name = "--notes", .verbs = CHECK, .flag = &o->notes},
        {.name = "--force", .verbs = BUILD, .flag = &o->force},
        {.name = "-o", .verbs = BUILD, .text = &o->output},
        {.name = "--output", .verbs = BUILD, .text = &o->output},
        {.name = "--height",
         .verbs = BUILD | INFO | NEAR,
         .number = &o->height_m,
         .least = -1000,
         .most = 10000},
        {.name = "--sigma", .verbs = BUILD, .number = &o->sigma_m, .least = 0.001, .most = 100},
        {.name = "--section-sigma", .verbs = BUILD, .number = &o->section_sigma_m, .least = 0, .most = 100},
        {.name = "--radius", .verbs = NEAR, .number = &o->radius_m, .least = 1, .most = 500},
    };
    size_t count = 0;
    bool options = true;
    if (!take_verb(argc, argv, o, e))
        return false;
    for (int i = 2; i < argc; i++) {
        if (options && strcmp(argv[i], "--") == 0)
            options = false;
        else if (options && is_option(argv[i])) {
            if (!take_option(list, sizeof list / sizeof *list, argc, argv, &i, o, e))
                return false;
        } else
            argv[2 + count++] = argv[i];
    }
    return take_operands(argv + 2, count, o, e);
}
