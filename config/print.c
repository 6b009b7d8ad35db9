#include "config/print.h"

#include "config/scalar.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void print_value(FILE *out, const config_key *k, const void *from)
{
    char number[CONFIG_NUMBER_SIZE];
    const void *at = (const char *)from + k->offset;
    switch (k->type) {
    case CONFIG_NUMBER:
        fputs(config_scalar_print(number, *(const double *)at), out);
        break;
    case CONFIG_FLAG:
        fputs(*(const bool *)at ? "true" : "false", out);
        break;
    case CONFIG_ID:
        fprintf(out, "%" PRIu64, *(const uint64_t *)at);
        break;
    case CONFIG_TEXT:
        break;
    }
}

/* "s, 0.05 to 2: what it means" above the setting: meanings are longer than a line's end has room for. */
static void print_comment(const printer *p, const char *indent, const config_key *k)
{
    char min[CONFIG_NUMBER_SIZE], max[CONFIG_NUMBER_SIZE];
    bool plain = strcmp(k->unit, "1") == 0;
    fprintf(p->out, "%s%s# ", p->mark, indent);
    if (k->type == CONFIG_FLAG)
        fprintf(p->out, "true or false: %s\n", k->meaning);
    else
        fprintf(p->out, "%s%s%s to %s: %s\n", plain ? "" : k->unit, plain ? "" : ", ",
                config_scalar_print(min, k->min), config_scalar_print(max, k->max), k->meaning);
}

void print_group(const printer *p, const char *indent, const config_group *g, const void *from)
{
    for (size_t i = 0; i < g->count; i++) {
        if (p->comments)
            print_comment(p, indent, &g->keys[i]);
        fprintf(p->out, "%s%s%s: ", p->mark, indent, g->keys[i].name);
        print_value(p->out, &g->keys[i], from);
        fputc('\n', p->out);
    }
}

/* All settings on one line, in braces. */
static void print_inline(FILE *out, const config_group *g, const void *from)
{
    for (size_t i = 0; i < g->count; i++) {
        fprintf(out, "%s%s: ", i == 0 ? "{" : ", ", g->keys[i].name);
        print_value(out, &g->keys[i], from);
    }
    fputs("}\n", out);
}

void print_note(const printer *p, const char *text)
{
    if (p->comments)
        fprintf(p->out, "\n%s# %s\n", p->mark, text);
}

static void print_alert_limits(const printer *p, const settings *s)
{
    print_note(
        p, "The largest tolerable errors, by class of road; road_class says which hold: freeway or local.");
    fprintf(p->out, "alert_limits:\n  road_class: %s\n", config_road_words[s->road]);
    for (int i = 0; i < ROAD_CLASS_COUNT; i++) {
        fprintf(p->out, "  %s: ", config_road_words[i]);
        print_inline(p->out, &config_alert, &s->alert[i]);
    }
}

static void print_landmarks(const printer *p, const settings *s)
{
    print_note(p, "Landmarks at known positions: {id, latitude_deg, longitude_deg, height_m, sigma_m, "
                  "facing_deg}.");
    fputs(s->landmark_count == 0 ? "landmarks: []\n" : "landmarks:\n", p->out);
    for (size_t i = 0; i < s->landmark_count; i++) {
        fputs("  - ", p->out);
        print_inline(p->out, &config_landmark, &s->landmarks[i]);
    }
}

static void print_source(const printer *p, const source_settings *s)
{
    fprintf(p->out, "%s  %s:\n%s    mount: ", p->mark, s->name, p->mark);
    print_inline(p->out, &config_mount, &s->mount);
    print_group(p, "    ", &config_source, s);
    print_group(p, "    ", &config_of_kind[s->kind], s);
}

static void print_sections(const printer *p, const settings *s)
{
    fputs("filter:\n", p->out);
    print_group(p, "  ", &config_filter, &s->filter);
    print_note(p, "What is published.");
    fputs("output:\n", p->out);
    print_group(p, "  ", &config_output, &s->output);
    print_note(p, "The bound on the error, and how sure a source must be at fault to be left out.");
    fputs("integrity:\n", p->out);
    print_group(p, "  ", &config_integrity, &s->integrity);
    print_alert_limits(p, s);
    print_note(
        p, "Where the point sits that a drive's truth describes, in body axes; used by the evaluation only.");
    fputs("truth: ", p->out);
    print_inline(p->out, &config_mount, &s->truth);
    print_landmarks(p, s);
    print_note(p, "One entry per sensor, KIND/NAME with KIND one of gnss, imu, wheel, radar, camera, "
                  "roadside, odometry.");
    fputs(s->source_count == 0 ? "sources: {}\n" : "sources:\n", p->out);
}

/* `r` NULL: without the sections of the live program. */
static bool print_all(FILE *out, const settings *s, const run_settings *r, bool comments)
{
    const printer p = {.out = out, .comments = comments, .mark = ""};
    print_sections(&p, s);
    for (size_t i = 0; i < s->source_count; i++)
        print_source(&p, &s->sources[i]);
    if (r)
        print_run_settings(&p, r);
    return fflush(out) == 0 && !ferror(out);
}

bool config_print(FILE *out, const settings *s)
{
    return print_all(out, s, NULL, false);
}

bool config_print_commented(FILE *out, const settings *s)
{
    return print_all(out, s, NULL, true);
}

bool config_print_all(FILE *out, const settings *s, const run_settings *r)
{
    return print_all(out, s, r, false);
}

bool config_print_all_commented(FILE *out, const settings *s, const run_settings *r)
{
    return print_all(out, s, r, true);
}

/* In the order of the kinds; values are the defaults but for mounts that show what a mount looks like. */
static const struct {
    const char *name;
    mount_settings mount;
} examples[] = {
    {"gnss/roof", {.x_m = 0.9, .z_m = 1.6}},
    {"imu/main", {.x_m = 1.2, .z_m = 0.5}},
    {"wheel/odometry", {.x_m = 0}},
    {"radar/front", {.x_m = 3.6, .z_m = 0.5}},
    {"camera/front", {.x_m = 1.8, .z_m = 1.3}},
    {"roadside/rsu", {.x_m = 0}},
    {"odometry/front", {.x_m = 1.8, .z_m = 1.3}},
};
_Static_assert(sizeof examples / sizeof *examples == SOURCE_KIND_COUNT, "one example per kind of source");

static void print_source_examples(const printer *p, source_settings *scratch)
{
    fputs("\n# Examples, one of each kind: write `sources:` without the braces above and take the '# ' away "
          "from the\n"
          "# lines to use. x is forward, y left, z up from the centre of the rear axle on the ground.\n#\n",
          p->out);
    const printer hidden = {.out = p->out, .comments = true, .mark = "# "};
    for (size_t i = 0; i < SOURCE_KIND_COUNT; i++) {
        if (!source_settings_default(scratch, examples[i].name))
            continue;
        scratch->mount = examples[i].mount;
        print_source(&hidden, scratch);
    }
}

bool config_write_template(FILE *out)
{
    bool good = false;
    settings *s = malloc(sizeof *s);
    run_settings *r = malloc(sizeof *r);
    if (!s || !r)
        goto done;
    settings_default(s);
    run_settings_default(r);
    strcpy(r->service.state_file, CONFIG_TEMPLATE_STATE_FILE);
    fputs("# posed configuration. All values but service.state_file are the built-in defaults: keep only the "
          "lines that\n"
          "# differ. Above each setting: its unit, its range, its meaning. Check a file with `posed "
          "check-config FILE`.\n"
          "# This file is generated: posed check-config --template\n\n",
          out);
    const printer p = {.out = out, .comments = true, .mark = ""};
    print_sections(&p, s);
    print_source_examples(&p, &s->sources[0]);
    print_run_template(&p, r);
    good = fflush(out) == 0 && !ferror(out);
done:
    free(s);
    free(r);
    return good;
}
