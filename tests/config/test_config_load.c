/* What must be taken, and what it sets. */
#include "config/config.h"
#include "tests/config/settings_compare.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static settings *s, *defaults;
static config_problems *problems;

static void setup(void)
{
    s = malloc(sizeof *s);
    defaults = malloc(sizeof *defaults);
    problems = calloc(1, sizeof *problems);
    settings_default(s);
    settings_default(defaults);
}

static void teardown(void)
{
    free(s);
    free(defaults);
    free(problems);
}

static void load(const char *yaml)
{
    bool good = config_load_text(s, "a.yaml", yaml, strlen(yaml), problems);
    ck_assert_msg(good, "%s", problems->text[0]);
}

static const struct {
    const char *legend;
    const char *yaml;
} nothing[] = {
    {"empty", ""},
    {"blank lines", "\n\n  \n"},
    {"comments", "# nothing\n"},
    {"document marks", "---\n...\n"},
    {"byte order mark", "\xef\xbb\xbf"},
    {"null", "~\n"},
    {"empty mapping", "{}\n"},
    {"empty sections", "filter:\noutput:\nalert_limits:\ntruth:\nlandmarks:\nsources:\nmap:\nbus:\npeers:"
                       "\nadapters:\nservice:\n"},
    {"empty braces", "filter: {}\noutput: {}\nalert_limits: {local: {}}\ntruth: {}\nlandmarks: []\nsources: "
                     "{}\nmap: {}\nbus: {}\npeers: {}\nadapters: {}\nservice: {}\n"},
    {"sections of comments", "sources:\n  # gnss/roof:\n  #   latency_s: 1\nlandmarks: null\n"},
    {"line ends of DOS", "filter: {}\r\noutput: {}\r\n"},
    {"byte order mark before keys", "\xef\xbb\xbf"
                                    "filter: {}\noutput: {}\n"},
    {"JSON", "{\"filter\": {\"window_s\": 0.5}}"},
    {"version directive", "%YAML 1.1\n---\nfilter: {}\n"},
};

START_TEST (changes_nothing) {
    load(nothing[_i].yaml);
    const char *key = settings_differ(s, defaults);
    ck_assert_msg(!key, "%s: %s", nothing[_i].legend, key);
}
END_TEST

static const struct {
    const char *legend;
    const char *text;
    double value;
} numbers[] = {
    {"whole", "2", 2},
    {"point", "1.25", 1.25},
    {"plus", "+1", 1},
    {"no digit before", ".5", 0.5},
    {"no digit after", "1.", 1},
    {"exponent", "5e-1", 0.5},
    {"capital E", "0.2E+1", 2},
    {"leading zero", "01.5", 1.5},
    {"at the lower bound", "0.05", 0.05},
    {"17 digits", "0.10000000000000002", 0.10000000000000002},
};

START_TEST (number) {
    char yaml[128];
    snprintf(yaml, sizeof yaml, "filter: {window_s: %s}", numbers[_i].text);
    load(yaml);
    ck_assert_msg(s->filter.window_s == numbers[_i].value, "%s: %.17g", numbers[_i].legend,
                  s->filter.window_s);
}
END_TEST

static const struct {
    const char *text;
    bool value;
} flags[] = {{"true", true},   {"yes", true}, {"on", true},   {"True", true},   {"ON", true},
             {"false", false}, {"no", false}, {"off", false}, {"FALSE", false}, {"Off", false}};

START_TEST (flag) {
    char yaml[128];
    s->filter.earth_rotation = !flags[_i].value;
    snprintf(yaml, sizeof yaml, "filter:\n  earth_rotation: %s\n", flags[_i].text);
    load(yaml);
    ck_assert_msg(s->filter.earth_rotation == flags[_i].value, "%s", flags[_i].text);
}
END_TEST

START_TEST (everything_has_its_place) {
    load("filter: {window_s: 0.75}\n"
         "output: {pose_rate_hz: 50}\n"
         "alert_limits:\n"
         "  road_class: freeway\n"
         "  freeway: {lateral_m: 0.6}\n"
         "  local: {heading_deg: 0.4}\n"
         "truth: {x_m: 0.5, yaw_deg: 3}\n"
         "landmarks:\n"
         "  - {id: 18446744073709551615, latitude_deg: -90, longitude_deg: 180, height_m: -10}\n"
         "sources:\n"
         "  gnss/roof:\n"
         "    mount: {x_m: 1, y_m: 2, z_m: 3, roll_deg: 4, pitch_deg: 5, yaw_deg: 6}\n"
         "    latency_s: 0.1\n"
         "    stale_after_s: 7\n"
         "  radar/front.left-1_a:\n");
    ck_assert(s->filter.window_s == 0.75 && s->output.pose_rate_hz == 50 && s->road == ROAD_FREEWAY);
    ck_assert(s->alert[ROAD_FREEWAY].lateral_m == 0.6 &&
              s->alert[ROAD_FREEWAY].vertical_m == defaults->alert[ROAD_FREEWAY].vertical_m);
    ck_assert(s->alert[ROAD_LOCAL].heading_deg == 0.4 &&
              s->alert[ROAD_LOCAL].lateral_m == defaults->alert[ROAD_LOCAL].lateral_m);
    ck_assert(s->truth.x_m == 0.5 && s->truth.yaw_deg == 3 && s->truth.y_m == 0);
    ck_assert_uint_eq(s->landmark_count, 1);
    ck_assert(s->landmarks[0].id == UINT64_MAX && s->landmarks[0].latitude_deg == -90);
    ck_assert(s->landmarks[0].longitude_deg == 180 && s->landmarks[0].sigma_m == 0.05);
    ck_assert_uint_eq(s->source_count, 2);
    const source_settings *roof = settings_find_source(s, "gnss/roof");
    ck_assert(roof && roof->kind == SOURCE_GNSS && roof->of.gnss.latency_s == 0.1 &&
              roof->stale_after_s == 7);
    ck_assert(roof->mount.x_m == 1 && roof->mount.z_m == 3 && roof->mount.roll_deg == 4 &&
              roof->mount.yaw_deg == 6);
    const source_settings *radar = settings_find_source(s, "radar/front.left-1_a");
    source_settings *plain = calloc(1, sizeof *plain);
    ck_assert(source_settings_default(plain, "radar/front.left-1_a"));
    ck_assert(radar && !group_differ(&config_of_kind[SOURCE_RADAR], radar, plain));
    free(plain);
}
END_TEST

/* Each row of the table can be set, alone, at both ends of its range. */
static void set_each(const char *before, const config_group *g, const char *after, const void *target)
{
    char yaml[256];
    for (size_t i = 0; i < g->count; i++) {
        const config_key *k = &g->keys[i];
        for (int end = 0; end < 2; end++) {
            double value = end == 0 ? k->min : k->max;
            if (k->type == CONFIG_FLAG)
                snprintf(yaml, sizeof yaml, "%s%s: %s%s", before, k->name, end ? "true" : "false", after);
            else
                snprintf(yaml, sizeof yaml, "%s%s: %.17g%s", before, k->name, value, after);
            /* Orders forbid some ends beside the defaults of others. */
            config_problems *p = calloc(1, sizeof *p);
            bool good = config_load_text(s, "a.yaml", yaml, strlen(yaml), p);
            ck_assert_msg(good || strstr(p->text[0], "must be smaller"), "%s: %s", yaml, p->text[0]);
            const void *at = (const char *)target + k->offset;
            if (good && k->type == CONFIG_FLAG)
                ck_assert_msg(*(const bool *)at == (end == 1), "%s", yaml);
            else if (good)
                ck_assert_msg(*(const double *)at == value, "%s", yaml);
            free(p);
        }
    }
}

START_TEST (each_row_reaches_its_field) {
    set_each("filter: {", &config_filter, "}", &s->filter);
    set_each("output: {", &config_output, "}", &s->output);
    set_each("integrity: {", &config_integrity, "}", &s->integrity);
    set_each("truth: {", &config_mount, "}", &s->truth);
    set_each("alert_limits: {freeway: {", &config_alert, "}}", &s->alert[ROAD_FREEWAY]);
    set_each("alert_limits: {local: {", &config_alert, "}}", &s->alert[ROAD_LOCAL]);
    for (int i = 0; i < SOURCE_KIND_COUNT; i++) {
        char name[FRAME_SOURCE_NAME_SIZE], before[128];
        snprintf(name, sizeof name, "%s/a", source_kind_word((source_kind)i));
        source_settings *source = settings_add_source(s, name);
        snprintf(before, sizeof before, "sources: {%s: {", name);
        set_each(before, &config_source, "}}", source);
        set_each(before, &config_of_kind[i], "}}", source);
        snprintf(before, sizeof before, "sources: {%s: {mount: {", name);
        set_each(before, &config_mount, "}}}", &source->mount);
    }
}
END_TEST

/* The table is made of several files; the same key twice in one mapping would hide the second. */
START_TEST (no_key_twice) {
    for (int kind = 0; kind < SOURCE_KIND_COUNT; kind++) {
        for (size_t i = 0; i < config_source.count; i++)
            ck_assert_msg(!config_key_find(&config_of_kind[kind], config_source.keys[i].name), "%s",
                          config_source.keys[i].name);
    }
    for (size_t i = 0; i < config_order_count; i++) {
        ck_assert_msg(config_key_find(config_orders[i].group, config_orders[i].smaller), "%zu", i);
        ck_assert_msg(config_key_find(config_orders[i].group, config_orders[i].larger), "%zu", i);
    }
}
END_TEST

START_TEST (defaults_are_in_range) {
    for (size_t i = 0; i < config_filter.count; i++) {
        const config_key *k = &config_filter.keys[i];
        double value = k->type == CONFIG_NUMBER ? config_get(k, &defaults->filter) : k->min;
        ck_assert_msg(value >= k->min && value <= k->max, "%s", k->name);
    }
    for (int kind = 0; kind < SOURCE_KIND_COUNT; kind++) {
        char name[FRAME_SOURCE_NAME_SIZE];
        snprintf(name, sizeof name, "%s/a", source_kind_word((source_kind)kind));
        const source_settings *source = settings_add_source(s, name);
        const config_group *groups[] = {&config_source, &config_of_kind[kind]};
        for (size_t i = 0; i < groups[0]->count + groups[1]->count; i++) {
            const config_key *k =
                i < groups[0]->count ? &groups[0]->keys[i] : &groups[1]->keys[i - groups[0]->count];
            double value = k->type == CONFIG_NUMBER ? config_get(k, source) : k->min;
            ck_assert_msg(value >= k->min && value <= k->max, "%s: %s", name, k->name);
        }
    }
}
END_TEST

START_TEST (layers) {
    load("filter: {window_s: 1, lost_sigma_m: 50}\n"
         "landmarks:\n  - {id: 1, latitude_deg: 1, longitude_deg: 2, height_m: 3, sigma_m: 0.5}\n"
         "sources:\n  gnss/a: {latency_s: 0.2, mount: {x_m: 1, y_m: 2}}\n");
    load("filter: {window_s: 0.25}\n"
         "landmarks:\n  - {height_m: 4, id: 1}\n  - {id: 2, latitude_deg: 5, longitude_deg: 6, height_m: 7}\n"
         "sources:\n  imu/b: {}\n  gnss/a: {mount: {x_m: 9}}\n");
    ck_assert(s->filter.window_s == 0.25 && s->filter.lost_sigma_m == 50);
    ck_assert_uint_eq(s->landmark_count, 2);
    ck_assert(s->landmarks[0].height_m == 4 && s->landmarks[0].latitude_deg == 1 &&
              s->landmarks[0].sigma_m == 0.5);
    ck_assert(s->landmarks[1].id == 2 && s->landmarks[1].sigma_m == 0.05);
    ck_assert_uint_eq(s->source_count, 2);
    ck_assert_str_eq(s->sources[0].name, "gnss/a");
    ck_assert(s->sources[0].of.gnss.latency_s == 0.2);
    ck_assert(s->sources[0].mount.x_m == 9 && s->sources[0].mount.y_m == 2);
}
END_TEST

/* The text need not end in NUL: what follows must not be read. */
START_TEST (size_is_the_end) {
    static const char yaml[] = "filter: {window_s: 1}\nzebra: 1\n";
    ck_assert(config_load_text(s, "a.yaml", yaml, 22, problems));
    ck_assert(s->filter.window_s == 1);
}
END_TEST

START_TEST (file) {
    char path[] = "/tmp/posed-config-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    FILE *out = fdopen(fd, "w");
    fputs("filter: {window_s: 1}\n", out);
    /* Larger than the reader's first buffer. */
    for (int i = 0; i < 10000; i++)
        fputs("# a comment that fills the file\n", out);
    fputs("output: {pose_rate_hz: 10}\n", out);
    fclose(out);
    bool good = config_load_file(s, path, problems);
    unlink(path);
    ck_assert_msg(good, "%s", problems->text[0]);
    ck_assert(s->filter.window_s == 1 && s->output.pose_rate_hz == 10);
}
END_TEST

/* Seven receivers take 49 of the 47 states that sources may have: the seventh is one too many, where it
 * stands. A source that is switched off wants none. A drive's settings are taken as they are. */
START_TEST (no_room_for_another_source) {
    static const struct {
        const char *more, *said;
    } all[] = {
        {"  gnss/g: {}\n",
         ":8:3: source gnss/g is one too many: it needs 7 states in the filter, the 6 sources "
         "before it leave 5 of 47; leave one out, or switch one off (enabled: false)"},
        {"  gnss/g: {enabled: false}\n  wheel/a: {}\n  roadside/a: {}\n", NULL},
        {"  wheel/a: {}\n  radar/a: {}\n  wheel/b: {}\n",
         ":10:3: source wheel/b is one too many: it needs 2 states in the filter, the 8 sources before it "
         "leave 0 of "
         "47; leave one out, or switch one off (enabled: false)"},
        {"  camera/a: {}\nmap: {file: x.pmap}\n",
         ":8:3: source camera/a is one too many: it needs 6 states in the filter, the 6 sources before it "
         "leave "
         "5 of 47; leave one out, or switch one off (enabled: false)"},
        {"  camera/a: {}\n", NULL},
        {"  radar/a: {}\nmap: {file: x.pmap}\n", NULL},
    };
    char path[] = "/tmp/posed-config-XXXXXX", yaml[512], said[256];
    run_settings *r = malloc(sizeof *r);
    run_settings_default(r);
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    FILE *out = fdopen(fd, "w");
    snprintf(
        yaml, sizeof yaml,
        "sources:\n  gnss/a: {}\n  gnss/b: {}\n  gnss/c: {}\n  gnss/d: {}\n  gnss/e: {}\n  gnss/f: {}\n%s",
        all[_i].more);
    fputs(yaml, out);
    fclose(out);
    bool good = config_load_all_file(s, r, path, problems);
    unlink(path);
    ck_assert_int_eq(good, all[_i].said == NULL);
    if (all[_i].said) {
        snprintf(said, sizeof said, "%s%s", path, all[_i].said);
        ck_assert_str_eq(problems->text[0], said);
        ck_assert_uint_eq(problems->count, 1);
        ck_assert_msg(!settings_differ(s, defaults), "it was taken");
        ck_assert(config_load_text(s, "drive.mcap", yaml, strlen(yaml), problems));
    }
    free(r);
}
END_TEST

static const struct {
    const char *legend, *path, *text;
} bad_files[] = {
    {"missing", "/nowhere/a.yaml", "/nowhere/a.yaml: No such file or directory"},
    {"directory", "/tmp", "/tmp: Is a directory"},
    {"endless", "/dev/zero", "/dev/zero: larger than a configuration may be (16 MiB)"},
};

START_TEST (bad_file) {
    ck_assert(!config_load_file(s, bad_files[_i].path, problems));
    ck_assert_uint_eq(problems->count, 1);
    ck_assert_str_eq(problems->text[0], bad_files[_i].text);
    ck_assert_msg(!settings_differ(s, defaults), "%s", bad_files[_i].legend);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("load");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, changes_nothing, 0, sizeof nothing / sizeof *nothing);
    tcase_add_loop_test(cases, number, 0, sizeof numbers / sizeof *numbers);
    tcase_add_loop_test(cases, flag, 0, sizeof flags / sizeof *flags);
    tcase_add_test(cases, everything_has_its_place);
    tcase_add_test(cases, each_row_reaches_its_field);
    tcase_add_test(cases, no_key_twice);
    tcase_add_test(cases, defaults_are_in_range);
    tcase_add_test(cases, layers);
    tcase_add_test(cases, size_is_the_end);
    tcase_add_test(cases, file);
    tcase_add_loop_test(cases, no_room_for_another_source, 0, 6);
    tcase_add_loop_test(cases, bad_file, 0, sizeof bad_files / sizeof *bad_files);
    return run_cases("config load", cases);
}
