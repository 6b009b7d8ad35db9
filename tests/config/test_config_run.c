/* The sections of the live program: what is taken, what it sets, and the way there and back. */
#include "tests/config/run_compare.h"
#include "tests/config/run_fixture.h"
#include "tests/config/settings_compare.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <assert.h>
#include <check.h>
#include <stdlib.h>
#include <string.h>

static run_fixture f;

static void setup(void)
{
    run_fixture_setup(&f);
}

static void teardown(void)
{
    run_fixture_teardown(&f);
}

/* ---- taken */

START_TEST (all_sections) {
    run_fixture_load(&f, "etc/posed.yaml", run_everything);
    ck_assert(f.s->filter.window_s == 1);
    ck_assert_uint_eq(f.r->bus.frames.count, 3);
    ck_assert_str_eq(f.r->bus.frames.at[1], "tcp://*:5600");
    ck_assert_uint_eq(f.r->bus.poses.count, 1);
    ck_assert_str_eq(f.r->bus.poses.at[0], "tcp://eth0:1");
    ck_assert_str_eq(f.r->bus.secret_key, "etc/posed.key");
    ck_assert_str_eq(f.r->bus.server_key, KEY_A);
    ck_assert(f.r->bus.queue_frames == 500);
    ck_assert_str_eq(f.r->service.state_file, "etc/../state");
    ck_assert(f.r->service.state_interval_s == 20);
    ck_assert_str_eq(f.r->map.file, "etc/maps/town.pmap");
    ck_assert_str_eq(f.r->map.stands_in, "etc/posed.yaml");
    ck_assert(f.r->map.line == 19 && f.r->map.column == 13);
    ck_assert_uint_eq(f.r->peer_count, 2);
    ck_assert_str_eq(f.r->peers[0].name, "radar-box");
    ck_assert_str_eq(f.r->peers[0].public_key, KEY_A);
    ck_assert_uint_eq(f.r->peers[0].source_count, 2);
    ck_assert_str_eq(f.r->peers[0].sources[1], "radar/rear");
    ck_assert(!f.r->peers[0].subscribe && f.r->peers[1].subscribe);
}
END_TEST

START_TEST (adapters_keep_text_and_place) {
    static const struct {
        const char *key, *value;
        size_t column;
    } options[] = {{"device", "can0", 47}, {"rate", "1e3", 61}, {"empty", "", 72}, {"no", "off", 83}};
    run_fixture_load(&f, "etc/posed.yaml", run_everything);
    const adapter_settings *a = run_settings_adapter(f.r, "radar/front");
    ck_assert_uint_eq(f.r->adapter_count, 2);
    ck_assert(a && a->in_daemon);
    ck_assert_str_eq(a->kind, "radar");
    ck_assert_str_eq(a->file, "etc/posed.yaml");
    ck_assert_uint_eq(a->line, 12);
    ck_assert_uint_eq(a->column, 3);
    ck_assert_uint_eq(a->option_count, 4);
    for (size_t i = 0; i < 4; i++) {
        ck_assert_str_eq(a->options[i].key, options[i].key);
        ck_assert_str_eq(a->options[i].value, options[i].value);
        ck_assert_uint_eq(a->options[i].line, 12);
        ck_assert_uint_eq(a->options[i].column, options[i].column);
    }
    const adapter_settings *replay = run_settings_adapter(f.r, "replay/town");
    ck_assert(replay && !replay->in_daemon && replay->option_count == 1);
    ck_assert_str_eq(replay->options[0].value, "a \"drive\".mcap");
    ck_assert_uint_eq(replay->options[0].line, 14);
    ck_assert_uint_eq(replay->options[0].column, 5);
}
END_TEST

/* A layer changes what it names; lists and adapters are replaced as a whole. */
START_TEST (layers) {
    run_fixture_load(&f, "etc/posed.yaml", run_everything);
    run_fixture_load(&f, "b.yaml",
                     "bus: {frames: [], secret_key: \"credential:k\", server_key: \"\"}\n"
                     "peers: {radar-box: {sources: [radar/left]}, dashboard: {subscribe: false}}\n"
                     "adapters: {radar/front: {kind: radar, log: x}, gnss/a: {kind: gnss}}\n"
                     "service: {state_file: \"\"}\n"
                     "map: {file: \"\"}\n");
    ck_assert_uint_eq(f.r->bus.frames.count, 0);
    ck_assert_uint_eq(f.r->bus.poses.count, 1);
    ck_assert(f.r->bus.queue_frames == 500);
    ck_assert_str_eq(f.r->bus.secret_key, "credential:k");
    ck_assert_str_eq(f.r->bus.server_key, "");
    ck_assert_str_eq(f.r->service.state_file, "");
    ck_assert_str_eq(f.r->map.file, "");
    ck_assert_uint_eq(f.r->peer_count, 2);
    ck_assert_str_eq(f.r->peers[0].public_key, KEY_A);
    ck_assert_uint_eq(f.r->peers[0].source_count, 1);
    ck_assert(!f.r->peers[1].subscribe);
    ck_assert_uint_eq(f.r->adapter_count, 3);
    ck_assert_uint_eq(f.r->adapters[0].option_count, 1);
    ck_assert(!f.r->adapters[0].in_daemon);
    ck_assert_str_eq(f.r->adapters[0].file, "b.yaml");
}
END_TEST

/* Two peers may swap their keys in one layer. */
START_TEST (keys_are_swapped) {
    run_fixture_load(&f, "etc/posed.yaml", run_everything);
    run_fixture_load(&f, "b.yaml",
                     "peers: {radar-box: {public_key: \"" KEY_B "\"}, dashboard: {public_key: \"" KEY_A
                     "\"}}");
    ck_assert_str_eq(f.r->peers[0].public_key, KEY_B);
    ck_assert_str_eq(f.r->peers[1].public_key, KEY_A);
}
END_TEST

START_TEST (files_and_credentials) {
    write_text(f.directory, "etc/posed.yaml", "bus: {secret_key: /k, server_key: \"credential:a.pub\"}\n");
    ck_assert_int_eq(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    ck_assert(!config_load_all_file(f.s, f.r, "etc/posed.yaml", f.problems));
    ck_assert_msg(strstr(f.problems->text[0], "etc/posed.yaml:1:35: ") &&
                      strstr(f.problems->text[0], "LoadCredential="),
                  "%s", f.problems->text[0]);
    ck_assert_int_eq(setenv("CREDENTIALS_DIRECTORY", "etc", 1), 0);
    ck_assert(config_load_all_file(f.s, f.r, "etc/posed.yaml", f.problems));
    ck_assert_str_eq(f.r->bus.secret_key, "/k");
    ck_assert_str_eq(f.r->bus.server_key, KEY_A);
}
END_TEST

/* A reader of the filter's settings checks the other sections, and leaves them out. */
START_TEST (filter_only) {
    ck_assert(config_load_text(f.s, "etc/posed.yaml", run_everything, strlen(run_everything), f.problems));
    ck_assert(f.s->filter.window_s == 1);
    ck_assert(!config_load_text(f.s, "a.yaml", "filter: {window_s: 2}\nbus: {frames: 7}", 39, f.problems));
    ck_assert(f.s->filter.window_s == 1);
    ck_assert_msg(strstr(f.problems->text[0], "a.yaml:2:"), "%s", f.problems->text[0]);
}
END_TEST

/* ---- there and back */

static void expect_round_trip(bool (*print)(FILE *, const settings *, const run_settings *))
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ck_assert(print(out, f.s, f.r));
    fclose(out);
    settings_default(f.s_defaults);
    run_settings_default(f.r_defaults);
    ck_assert_msg(config_load_all_text(f.s_defaults, f.r_defaults, "printed", text, size, f.problems),
                  "%s\n%s", f.problems->text[0], text);
    const char *what = settings_differ(f.s, f.s_defaults);
    ck_assert_msg(!what, "%s", what);
    what = run_settings_differ(f.r, f.r_defaults);
    ck_assert_msg(!what, "%s\n%s", what, text);
    free(text);
}

START_TEST (round_trip) {
    expect_round_trip(config_print_all);
    expect_round_trip(config_print_all_commented);
    run_fixture_load(&f, "etc/posed.yaml", run_everything);
    expect_round_trip(config_print_all);
    expect_round_trip(config_print_all_commented);
}
END_TEST

/* Texts that YAML could take for something else. */
static const char *const texts[] = {
    "",
    "~",
    "null",
    "NULL",
    "true",
    "-",
    "--",
    "---",
    "-5",
    "+5",
    ".5",
    "1e3",
    "#",
    "a #b",
    "a: b",
    "a:",
    ":",
    "{",
    "}",
    "[a, b]",
    ",",
    "&a",
    "*a",
    "!a",
    "|",
    ">",
    "@",
    "`",
    "%",
    "?",
    "? a",
    "'",
    "\"",
    "\\",
    "a\\nb",
    " a",
    "a ",
    ("r\xc3\xbc"
     "ck.mcap"),
    "\xe2\x80\xa8",
    "\xc2\x85",
    "\xef\xbb\xbf",
    "\xf0\x9f\x9b\xb0",
    "\xef\xbf\xbe",
};

START_TEST (texts_round_trip) {
    adapter_settings *a = &f.r->adapters[f.r->adapter_count++];
    static_assert(sizeof texts / sizeof *texts <= 2 * RUN_MAX_OPTIONS, "two rounds");
    for (size_t round = 0; round < 2; round++) {
        *a = (adapter_settings){.source = "imu/a", .kind = "imu"};
        for (size_t i = round; i < sizeof texts / sizeof *texts; i += 2) {
            adapter_setting *o = &a->options[a->option_count++];
            snprintf(o->key, sizeof o->key, "o%zu", i);
            strcpy(o->value, texts[i]);
        }
        expect_round_trip(config_print_all);
    }
    strcpy(f.r->bus.secret_key, "/a b/\"k\".key");
    strcpy(f.r->service.state_file, "/run/#1: x");
    strcpy(f.r->map.file, "/maps/Übersicht 1: x.pmap");
    expect_round_trip(config_print_all);
}
END_TEST

/* What is printed may be shown to others. */
START_TEST (no_secrets) {
    char *text = NULL;
    size_t size;
    write_text(f.directory, "etc/posed.yaml", "bus: {secret_key: short.pub}\n");
    ck_assert(config_load_all_file(f.s, f.r, "etc/posed.yaml", f.problems));
    FILE *out = open_memstream(&text, &size);
    ck_assert(config_print_all(out, f.s, f.r));
    fclose(out);
    ck_assert(strstr(text, "secret_key: etc/short.pub\n"));
    ck_assert(!strstr(text, "0Q-p4w"));
    free(text);
}
END_TEST

START_TEST (full_disk) {
    FILE *full = fopen("/dev/full", "w");
    ck_assert(full);
    ck_assert(!config_print_all(full, f.s, f.r));
    fclose(full);
}
END_TEST

START_TEST (template) {
    char path[] = POSED_SOURCE_ROOT "/config/posed.yaml";
    ck_assert_msg(config_load_all_file(f.s, f.r, path, f.problems), "%s", f.problems->text[0]);
    ck_assert_str_eq(f.r->service.state_file, CONFIG_TEMPLATE_STATE_FILE);
    f.r->service.state_file[0] = '\0';
    const char *what = run_settings_differ(f.r, f.r_defaults);
    ck_assert_msg(!what, "%s", what);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("taken");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_add_test(cases, all_sections);
    tcase_add_test(cases, adapters_keep_text_and_place);
    tcase_add_test(cases, layers);
    tcase_add_test(cases, keys_are_swapped);
    tcase_add_test(cases, files_and_credentials);
    tcase_add_test(cases, filter_only);
    tcase_add_test(cases, round_trip);
    tcase_add_test(cases, texts_round_trip);
    tcase_add_test(cases, no_secrets);
    tcase_add_test(cases, full_disk);
    tcase_add_test(cases, template);
    return run_cases("config run", cases);
}
