/* What must be refused, where, and with which words. */
#include "config/config.h"
#include "tests/config/settings_compare.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *legend;
    const char *yaml;
    const char *place;    /* "LINE:COLUMN" of the only problem */
    const char *words[2]; /* in its text */
} row;

static const row rows[] = {
    /* keys */
    {"unknown section", "filtre: {}\n", "1:1", {"filtre", "did you mean filter?"}},
    {"unknown section, nothing near", "zebra: {}\n", "1:1", {"no setting \"zebra\""}},
    {"unknown key", "filter:\n  windw_s: 1\n", "2:3", {"no setting \"windw_s\" in filter", "window_s?"}},
    {"swapped letters", "filter: {wnidow_s: 1}\n", "1:10", {"window_s?"}},
    {"capital letters", "output: {Pose_Rate_Hz: 1}\n", "1:10", {"pose_rate_hz"}},
    {"key of another section", "output: {tilt_sigma_deg: 4}\n", "1:10", {"it belongs to filter"}},
    {"key of another kind of source", "sources: {imu/a: {latency_s: 1}}\n", "1:19", {"a gnss source"}},
    {"key given twice",
     "filter:\n  window_s: 1\n  window_s: 1\n",
     "3:3",
     {"window_s: given twice", "line 2"}},
    {"section given twice", "filter: {}\noutput: {}\nfilter: {}\n", "3:1", {"filter: given twice", "line 1"}},
    {"key that is a list", "filter:\n  ? [a]\n  : 1\n", "2:5", {"name of a setting", "a list"}},
    {"key with control characters", "filter: {\"\\e[2J\": 1}\n", "1:10", {"\"\\x1b[2J\""}},
    {"empty key", "filter: {'': 1}\n", "1:10", {"no setting \"\""}},
    /* units */
    {"milliseconds for seconds",
     "sources: {gnss/a: {latency_ms: 90}}",
     "1:20",
     {"latency_ms: this setting is in seconds", "latency_s: 0.09"}},
    {"km/h for m/s", "sources: {wheel/a: {max_speed_kmh: 180}}", "1:21", {"in m/s", "max_speed_mps: 50"}},
    {"radians for degrees", "truth: {yaw_rad: 1}", "1:9", {"in degrees", "yaw_deg: 57.2958"}},
    {"percent for a fraction",
     "sources: {wheel/a: {speed_sigma_percent: 2}}",
     "1:21",
     {"speed_sigma_fraction: 0.02"}},
    {"unit without a way to the right one", "output: {pose_rate_m: 3}", "1:10", {"in Hz: pose_rate_hz"}},
    {"unit on a plain number", "filter: {gate_probability_percent: 99}", "1:10", {"gate_probability"}},
    {"no unit", "output: {pose_rate: 3}", "1:10", {"the unit is missing", "in Hz: pose_rate_hz"}},
    {"unit in the value", "filter: {window_s: 500 ms}", "1:20", {"\"500 ms\" with a unit", "write 0.5"}},
    {"unknown unit in the value", "filter: {window_s: 5 parsec}", "1:20", {"expected a number in seconds"}},
    /* types */
    {"word for a number", "filter: {window_s: long}", "1:20", {"expected a number in seconds", "\"long\""}},
    {"nothing for a number", "filter:\n  window_s:\n", "2:12", {"window_s: expected a number", "nothing"}},
    {"number in quotes", "filter: {window_s: \"0.5\"}", "1:20", {"leave out the quotes"}},
    {"list for a number", "filter: {window_s: [1]}", "1:20", {"window_s: expected a number", "a list"}},
    {"mapping for a number", "filter: {window_s: {a: 1}}", "1:20", {"a mapping"}},
    {"hexadecimal", "filter: {window_s: 0x1}", "1:20", {"expected a number"}},
    {"underscores", "filter: {lost_sigma_m: 1_000}", "1:24", {"expected a number"}},
    {"sexagesimal", "filter: {relock_after_s: 1:30}", "1:26", {"expected a number"}},
    {"comma for a point", "filter:\n  window_s: 0,5\n", "2:13", {"expected a number", "\"0,5\""}},
    {"number for a flag", "filter: {earth_rotation: 1}", "1:26", {"expected true or false", "\"1\""}},
    {"flag in quotes", "filter: {earth_rotation: 'true'}", "1:26", {"expected true or false"}},
    {"flag for a number", "filter: {window_s: true}", "1:20", {"expected a number"}},
    {"list for a section", "filter: [1]", "1:9", {"filter: expected settings", "a list"}},
    {"word for the document", "hello", "1:1", {"expected settings", "\"hello\""}},
    {"list for the document", "- 1", "1:1", {"expected settings", "a list"}},
    /* numbers */
    {"not a number", "filter: {window_s: .nan}", "1:20", {"expected a finite number", "\".nan\""}},
    {"infinity", "filter: {window_s: -.inf}", "1:20", {"expected a finite number"}},
    {"infinity, C's word", "filter: {window_s: infinity}", "1:20", {"expected a finite number"}},
    {"too large for a double", "filter: {lost_sigma_m: 1e999}", "1:24", {"too large"}},
    {"below the range", "filter: {window_s: 0.0}", "1:20", {"out of range, expected ", " in seconds"}},
    {"above the range", "filter: {window_s: 9999.5}", "1:20", {"window_s: \"9999.5\" is out of range"}},
    {"negative", "filter: {window_s: -0.5}", "1:20", {"out of range"}},
    /* orders */
    {"smaller first",
     "filter: {robust_probability: 0.98, gate_probability: 0.95}",
     "1:54",
     {"robust_probability (0.98)", "smaller than gate_probability (0.95)"}},
    {"larger first",
     "filter: {gate_probability: 0.95, robust_probability: 0.98}",
     "1:28",
     {"must be smaller"}},
    {"equal", "filter: {gate_probability: 0.95, robust_probability: 0.95}", "1:28", {"must be smaller"}},
    {"only one given", "filter: {robust_probability: 0.999999}", "1:30", {"must be smaller"}},
    /* alert limits */
    {"road class", "alert_limits: {road_class: highway}", "1:28", {"expected freeway or local", "highway"}},
    {"road class is a list", "alert_limits: {road_class: []}", "1:28", {"expected freeway or local"}},
    {"limit of 0", "alert_limits: {local: {heading_deg: 0}}", "1:37", {"heading_deg", "out of range"}},
    {"unknown class", "alert_limits: {freway: {}}", "1:16", {"did you mean freeway?"}},
    /* mounts */
    {"lever arm too long", "truth: {x_m: 100.1}", "1:14", {"x_m", "-100 to 100"}},
    {"angle too large", "sources: {imu/a: {mount: {yaw_deg: -361}}}", "1:36", {"yaw_deg", "-360 to 360"}},
    {"unknown axis", "sources: {imu/a: {mount: {forward: 1}}}", "1:27", {"no setting \"forward\" in mount"}},
    /* landmarks */
    {"landmarks as a mapping", "landmarks: {a: 1}", "1:12", {"expected a list"}},
    {"landmark as a number", "landmarks: [7]", "1:13", {"expected a landmark", "\"7\""}},
    {"no id", "landmarks:\n  - {latitude_deg: 1}\n", "2:5", {"without id"}},
    {"id 0", "landmarks: [{id: 0}]", "1:18", {"whole number from 1"}},
    {"negative id", "landmarks: [{id: -1}]", "1:18", {"whole number from 1"}},
    {"id too large", "landmarks: [{id: 18446744073709551616}]", "1:18", {"2^64-1"}},
    {"id with a point", "landmarks: [{id: 1.0}]", "1:18", {"whole number"}},
    {"id twice in one entry",
     "landmarks: [{id: 1, id: 2, latitude_deg: 0, longitude_deg: 0, height_m: 0}]",
     "1:21",
     {"id: given twice"}},
    {"latitude",
     "landmarks: [{id: 7, latitude_deg: 90.1, longitude_deg: 0, height_m: 0}]",
     "1:35",
     {"latitude_deg", "-90 to 90"}},
    {"longitude",
     "landmarks: [{id: 7, latitude_deg: 9, longitude_deg: 181, height_m: 0}]",
     "1:53",
     {"longitude_deg", "-180 to 180"}},
    {"no height",
     "landmarks: [{id: 7, latitude_deg: 9, longitude_deg: 18}]",
     "1:13",
     {"landmark 7: height_m is missing"}},
    {"sigma 0",
     "landmarks: [{id: 7, latitude_deg: 9, longitude_deg: 8, height_m: 0, sigma_m: 0}]",
     "1:78",
     {"sigma_m"}},
    {"landmark twice",
     "landmarks:\n- {id: 7, latitude_deg: 9, longitude_deg: 8, height_m: 0}\n- {id: 7, height_m: 1}\n",
     "3:3",
     {"landmark 7: given twice", "line 2"}},
    /* sources */
    {"sources as a list", "sources: [gnss/a]", "1:10", {"expected sources"}},
    {"bad kind", "sources: {gnsss/roof: {}}", "1:11", {"\"gnsss/roof\"", "did you mean gnss?"}},
    {"kind without a near one", "sources: {sonar-array/a: {}}", "1:11", {"one of gnss, imu"}},
    {"kind only", "sources: {gnss: {}}", "1:11", {"the name is missing: gnss/NAME"}},
    {"empty name", "sources: {gnss/: {}}", "1:11", {"the name is missing"}},
    {"blank in a name", "sources: {gnss/my roof: {}}", "1:11", {"letters, digits"}},
    {"second slash", "sources: {gnss/a/b: {}}", "1:11", {"letters, digits"}},
    {"name too long",
     "sources: {gnss/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: {}}",
     "1:11",
     {"longer than 47"}},
    {"source twice", "sources:\n  gnss/a: {}\n  gnss/a: {}\n", "3:3", {"given twice", "line 2"}},
    {"source as a number", "sources: {gnss/a: 5}", "1:19", {"gnss/a: expected settings"}},
    /* YAML */
    {"open brace", "filter: {window_s: 1\n", "2:1", {"not valid YAML"}},
    {"tab as indent", "filter:\n\twindow_s: 1\n", "2:1", {"not valid YAML"}},
    {"alias", "filter: {window_s: *a}", "1:20", {"aliases (*name) are not used"}},
    {"anchor", "filter: &a {window_s: 1}", "1:9", {"anchors (&name)"}},
    {"tag on a number", "filter: {window_s: !!float 1}", "1:20", {"tags (!name)"}},
    {"tag on a section", "filter: !!map {window_s: 1}", "1:9", {"tags (!name)"}},
    {"tag directive", "%YAML 1.1\n%TAG !a! b\n---\nfilter: {}\n", "2:1", {"%TAG is not used"}},
    {"merge key", "filter: {<<: {window_s: 1}}", "1:10", {"no setting \"<<\""}},
    {"two documents", "filter: {}\n---\nfilter: {}\n", "2:1", {"second document"}},
    {"too deep", "a: [[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]", "1:19", {"nested too deep"}},
    {"invalid UTF-8", "filter:\n  window_s: \xff\n", "2:13", {"UTF-8"}},
    {"control character", "filter:\n  window_s: 1\x01\n", "2:14", {"UTF-8"}},
    {"NUL escape in a value", "filter: {window_s: \"1\\0\"}", "1:20", {"NUL"}},
    {"NUL escape in a key", "filter: {\"window_s\\0\": 1}", "1:10", {"NUL"}},
};

static settings *before, *after;
static config_problems *problems;

static void setup(void)
{
    before = malloc(sizeof *before);
    after = malloc(sizeof *after);
    problems = calloc(1, sizeof *problems);
    settings_default(before);
    settings_default(after);
}

static void teardown(void)
{
    free(before);
    free(after);
    free(problems);
}

static void expect_unchanged(const char *legend)
{
    ck_assert_msg(memcmp(before, after, sizeof *before) == 0, "%s: the settings changed", legend);
}

START_TEST (refused) {
    const row *r = &rows[_i];
    char place[64];
    snprintf(place, sizeof place, "a.yaml:%s: ", r->place);
    ck_assert_msg(!config_load_text(after, "a.yaml", r->yaml, strlen(r->yaml), problems), "%s: taken",
                  r->legend);
    const char *text = problems->text[0];
    ck_assert_msg(problems->count == 1, "%s: %zu problems, the second: %s", r->legend, problems->count,
                  problems->text[1]);
    ck_assert_msg(strncmp(text, place, strlen(place)) == 0, "%s: expected at %s: %s", r->legend, r->place,
                  text);
    for (size_t i = 0; i < 2 && r->words[i]; i++)
        ck_assert_msg(strstr(text, r->words[i]), "%s: expected \"%s\" in: %s", r->legend, r->words[i], text);
    expect_unchanged(r->legend);
}
END_TEST

/* One good key after another bad one must not leak into the settings, and all problems are named. */
START_TEST (all_problems_at_once) {
    static const char yaml[] = "filter:\n  window_s: 1\n  tilt_sigma_deg: x\noutput:\n  pose_rate_hz: 0\n"
                               "sources:\n  imu/a: {enabled: maybe}\n  gps/a: {}\nlandmarks: [3]\n";
    static const char *const places[] = {"3:19", "5:17", "7:20", "8:3", "9:13"};
    ck_assert(!config_load_text(after, "a.yaml", yaml, strlen(yaml), problems));
    ck_assert_uint_eq(problems->count, 5);
    for (size_t i = 0; i < 5; i++)
        ck_assert_msg(strstr(problems->text[i], places[i]), "%s: %s", places[i], problems->text[i]);
    expect_unchanged("many problems");
}
END_TEST

START_TEST (more_problems_than_room) {
    char yaml[4096] = "filter:\n", *shown = NULL;
    size_t size;
    for (int i = 0; i < 60; i++)
        sprintf(yaml + strlen(yaml), "  zebra_%d: 1\n", i);
    ck_assert(!config_load_text(after, "a.yaml", yaml, strlen(yaml), problems));
    ck_assert_uint_eq(problems->count, 60);
    FILE *out = open_memstream(&shown, &size);
    config_problems_print(out, problems);
    fclose(out);
    ck_assert(strstr(shown, "a.yaml:51:3: no setting \"zebra_49\""));
    ck_assert(!strstr(shown, "zebra_50"));
    ck_assert(strstr(shown, "\nand 10 more problems\n"));
    free(shown);
}
END_TEST

/* Problems of an earlier layer must not make a later, good one fail. */
START_TEST (problems_of_another_layer) {
    ck_assert(!config_load_text(after, "a.yaml", "x: 1", 4, problems));
    ck_assert(config_load_text(after, "b.yaml", "filter: {window_s: 1}", 21, problems));
    ck_assert_uint_eq(problems->count, 1);
    ck_assert(after->filter.window_s == 1);
}
END_TEST

START_TEST (long_texts_are_cut) {
    enum { SIZE = 100000 };
    char *yaml = malloc(SIZE);
    memset(yaml, 'k', SIZE);
    memcpy(yaml + SIZE - 3, ": 1", 3);
    ck_assert(!config_load_text(after, "a.yaml", yaml, SIZE, problems));
    memset(yaml, '\'', SIZE);
    ck_assert(!config_load_text(after, "a.yaml", yaml, SIZE, problems));
    memcpy(yaml, "filter: {window_s: ", 19);
    memset(yaml + 19, 'v', SIZE - 19);
    yaml[SIZE - 1] = '}';
    ck_assert(!config_load_text(after, "a.yaml", yaml, SIZE, problems));
    ck_assert_msg(strstr(problems->text[problems->count - 1], "vvv...\""), "%s", problems->text[2]);
    memset(yaml, 'n', SIZE);
    yaml[SIZE - 1] = '\0';
    ck_assert(!config_load_text(after, yaml, "x: 1", 4, problems));
    free(yaml);
    expect_unchanged("long texts");
}
END_TEST

START_TEST (too_many_nodes) {
    enum { COUNT = 70000 };
    char *yaml = malloc(2 * COUNT + 1);
    yaml[0] = '[';
    for (size_t i = 0; i < COUNT; i++)
        memcpy(yaml + 1 + 2 * i, "1,", 2);
    ck_assert(!config_load_text(after, "a.yaml", yaml, 2 * COUNT + 1, problems));
    ck_assert_msg(strstr(problems->text[0], "too many entries"), "%s", problems->text[0]);
    free(yaml);
}
END_TEST

START_TEST (too_many_sources_and_landmarks) {
    char *yaml = NULL;
    size_t size;
    FILE *out = open_memstream(&yaml, &size);
    fputs("sources:\n", out);
    for (int i = 0; i <= SETTINGS_MAX_SOURCES; i++)
        fprintf(out, "  imu/%d: {}\n", i);
    fputs("landmarks:\n", out);
    for (int i = 0; i <= SETTINGS_MAX_LANDMARKS; i++)
        fprintf(out, "  - {id: %d, latitude_deg: 1, longitude_deg: 2, height_m: 3}\n", i + 1);
    fclose(out);
    ck_assert(!config_load_text(after, "a.yaml", yaml, size, problems));
    ck_assert_uint_eq(problems->count, 2);
    ck_assert_msg(strstr(problems->text[0], "a.yaml:34:3: source imu/32: more than 32"), "%s",
                  problems->text[0]);
    ck_assert_msg(strstr(problems->text[1], "landmark 1025: more than 1024"), "%s", problems->text[1]);
    free(yaml);
    expect_unchanged("too many");
}
END_TEST

/* What must not take long: the test's time limit is the check. */
static const struct {
    const char *legend, *unit;
} floods[] = {
    {"braces", "{"},
    {"brackets", "["},
    {"dashes", "- "},
    {"question marks", "? "},
    {"tag directives", "%TAG !a! b\n"},
    {"unknown keys", "abcdefghijklmnopqrstuvwxyz_abcdefghijklmnopqrstuvwxyz: 1\n"},
    {"lines", "a\n"},
    {"quotes", "\"\n"},
    {"documents", "---\n"},
    {"comments", "#\n"},
};

START_TEST (flood) {
    enum { SIZE = 4 << 20 };
    char *yaml = malloc(SIZE);
    size_t length = strlen(floods[_i].unit), size = 0;
    for (; size + length <= SIZE; size += length)
        memcpy(yaml + size, floods[_i].unit, length);
    bool good = config_load_text(after, "a.yaml", yaml, size, problems);
    ck_assert_msg(good == (strcmp(floods[_i].legend, "comments") == 0), "%s", floods[_i].legend);
    free(yaml);
    expect_unchanged(floods[_i].legend);
}
END_TEST

/* Every beginning of a valid file is either taken or refused with a place; never a crash, never half. */
START_TEST (every_truncation) {
    static const char yaml[] =
        "filter: {window_s: 0.5}\nlandmarks:\n  - {id: 7, latitude_deg: 1, longitude_deg: 2, "
        "height_m: 3}\nsources:\n  gnss/roof:\n    mount: {x_m: 1}\n    latency_s: 0.1\n";
    for (size_t size = 0; size < sizeof yaml; size++) {
        config_problems *p = calloc(1, sizeof *p);
        /* A copy of exactly this size, so that a sanitizer sees any read behind it. */
        char *copy = malloc(size + 1);
        memcpy(copy, yaml, size);
        char *tight = realloc(copy, size > 0 ? size : 1);
        settings_default(after);
        bool good = config_load_text(after, "a.yaml", tight, size, p);
        ck_assert_msg(good == (p->count == 0), "at %zu", size);
        if (!good)
            expect_unchanged("truncated");
        free(tight);
        free(p);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("refused");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_loop_test(cases, refused, 0, sizeof rows / sizeof *rows);
    tcase_add_test(cases, all_problems_at_once);
    tcase_add_test(cases, more_problems_than_room);
    tcase_add_test(cases, problems_of_another_layer);
    tcase_add_test(cases, long_texts_are_cut);
    tcase_add_test(cases, too_many_nodes);
    tcase_add_test(cases, too_many_sources_and_landmarks);
    tcase_add_loop_test(cases, flood, 0, sizeof floods / sizeof *floods);
    tcase_add_test(cases, every_truncation);
    return run_cases("config refuse", cases);
}
