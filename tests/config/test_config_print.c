/* What is printed loads back to the same; the shipped files are what the code says. */
#include "config/config.h"
#include "config/scalar.h"
#include "tests/config/settings_compare.h"
#include "tests/draws.h"
#include "tests/page.h"
#include "tests/scratch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* POSED_TEST_SEED in the environment repeats a run or starts another. */
static uint64_t random_state;

static double random_unit(void)
{
    return (double)(draw_bits(&random_state) >> 11) * 0x1p-53;
}

static settings *a, *b;
static config_problems *problems;

static void setup(void)
{
    const char *seed = getenv("POSED_TEST_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : 20240607;
    a = malloc(sizeof *a);
    b = malloc(sizeof *b);
    problems = calloc(1, sizeof *problems);
    settings_default(a);
    settings_default(b);
}

static void teardown(void)
{
    free(a);
    free(b);
    free(problems);
}

static char *printed(bool (*print)(FILE *, const settings *), const settings *s)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    ck_assert(print(out, s));
    fclose(out);
    return text;
}

static void expect_round_trip(bool (*print)(FILE *, const settings *), unsigned long long seed)
{
    char *text = printed(print, a);
    settings_default(b);
    ck_assert_msg(config_load_text(b, "printed", text, strlen(text), problems), "seed %llu: %s", seed,
                  problems->text[0]);
    const char *key = settings_differ(a, b);
    ck_assert_msg(!key, "seed %llu: %s differs", seed, key);
    free(text);
}

/* Any value of the range, its ends and its simple values included. */
static double random_value(const config_key *k)
{
    switch (draw_bits(&random_state) % 4) {
    case 0:
        return k->min;
    case 1:
        return k->max;
    case 2:
        return fmin(k->max, fmax(k->min, round((k->min + (k->max - k->min) * random_unit()) * 100) / 100));
    default:
        return fmin(k->max, k->min + (k->max - k->min) * random_unit());
    }
}

static void random_group(const config_group *g, void *target)
{
    for (size_t i = 0; i < g->count; i++) {
        const config_key *k = &g->keys[i];
        if (k->type == CONFIG_FLAG)
            *(bool *)((char *)target + k->offset) = draw_bits(&random_state) % 2;
        else if (k->type == CONFIG_NUMBER)
            *config_number(k, target) = random_value(k);
    }
}

static void random_settings(settings *s)
{
    settings_default(s);
    random_group(&config_filter, &s->filter);
    for (size_t i = 0; i < config_order_count; i++) {
        /* The loader refuses what breaks an order. */
        const config_key *smaller = config_key_find(config_orders[i].group, config_orders[i].smaller);
        *config_number(smaller, (char *)s + config_orders[i].offset) = smaller->min;
        const config_key *larger = config_key_find(config_orders[i].group, config_orders[i].larger);
        *config_number(larger, (char *)s + config_orders[i].offset) = larger->max;
    }
    random_group(&config_output, &s->output);
    random_group(&config_integrity, &s->integrity);
    s->road = (road_class)(draw_bits(&random_state) % ROAD_CLASS_COUNT);
    for (int i = 0; i < ROAD_CLASS_COUNT; i++)
        random_group(&config_alert, &s->alert[i]);
    random_group(&config_mount, &s->truth);
    for (size_t n = draw_bits(&random_state) % (SETTINGS_MAX_SOURCES + 1); n > 0; n--) {
        char name[FRAME_SOURCE_NAME_SIZE];
        snprintf(name, sizeof name, "%s/s.%zu",
                 source_kind_word((source_kind)(draw_bits(&random_state) % SOURCE_KIND_COUNT)), n);
        source_settings *source = settings_add_source(s, name);
        random_group(&config_mount, &source->mount);
        random_group(&config_source, source);
        random_group(&config_of_kind[source->kind], source);
    }
    s->landmark_count =
        draw_bits(&random_state) % 10 == 0 ? SETTINGS_MAX_LANDMARKS : draw_bits(&random_state) % 5;
    for (size_t i = 0; i < s->landmark_count; i++) {
        s->landmarks[i].id = UINT64_MAX - i * 3;
        random_group(&config_landmark, &s->landmarks[i]);
    }
}

START_TEST (random_round_trip) {
    for (int i = 0; i < 200; i++) {
        unsigned long long seed = random_state;
        random_settings(a);
        expect_round_trip(i % 2 ? config_print : config_print_commented, seed);
    }
}
END_TEST

START_TEST (defaults_round_trip) {
    expect_round_trip(config_print, 0);
    expect_round_trip(config_print_commented, 0);
}
END_TEST

static const struct {
    double value;
    const char *text;
} numbers[] = {
    {0, "0"},
    {-0.0, "-0"},
    {0.1, "0.1"},
    {1e-5, "1.0e-05"},
    {1e300, "1.0e+300"},
    {0.3, "0.3"},
    {0.1 + 0.2, "0.30000000000000004"},
    {5e-324, "4.94065645841247e-324"},
    {-1.5, "-1.5"},
    {100000, "100000"},
};

START_TEST (number_text) {
    char out[CONFIG_NUMBER_SIZE];
    double back;
    ck_assert_str_eq(config_scalar_print(out, numbers[_i].value), numbers[_i].text);
    ck_assert(config_scalar_number(out, &back));
    ck_assert(memcmp(&back, &numbers[_i].value, sizeof back) == 0);
}
END_TEST

/* Any finite double at all. */
START_TEST (number_round_trip) {
    for (int i = 0; i < 100000; i++) {
        char out[CONFIG_NUMBER_SIZE];
        double value, back = NAN;
        uint64_t bits = draw_bits(&random_state);
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        ck_assert(config_scalar_number(config_scalar_print(out, value), &back));
        ck_assert_msg(memcmp(&back, &value, sizeof value) == 0, "%.17g: %s", value, out);
    }
}
END_TEST

static bool (*const printers[])(FILE *, const settings *) = {config_print, config_print_commented};

START_TEST (full_disk) {
    FILE *full = fopen("/dev/full", "w");
    ck_assert(full && !printers[_i](full, a));
    fclose(full);
}
END_TEST

START_TEST (shipped_files_are_current) {
    check_page(POSED_SOURCE_ROOT "/docs/CONFIG.md", config_write_reference, "posed check-config --reference");
    check_page(POSED_SOURCE_ROOT "/config/posed.yaml", config_write_template,
               "posed check-config --template");
    check_full_disk(config_write_reference);
    check_full_disk(config_write_template);
}
END_TEST

/* posed.yaml says the defaults, and its examples work when their '# ' is taken away. */
START_TEST (template_is_the_defaults) {
    char *text = read_text(POSED_SOURCE_ROOT "/config/posed.yaml");
    ck_assert_msg(config_load_text(b, "posed.yaml", text, strlen(text), problems), "%s", problems->text[0]);
    const char *key = settings_differ(a, b);
    ck_assert_msg(!key, "%s", key);
    char *examples = strstr(text, "#   gnss/roof:");
    char *yaml = malloc(strlen(text) + 16), *to = yaml + sprintf(yaml, "sources:\n");
    ck_assert(examples);
    for (const char *line = examples; *line == '#'; line = strchr(line, '\n') + 1)
        to += sprintf(to, "%.*s\n", (int)(strchr(line, '\n') - line - 2), line + 2);
    ck_assert_msg(config_load_text(b, "examples", yaml, strlen(yaml), problems), "%s", problems->text[0]);
    ck_assert_uint_eq(b->source_count, SOURCE_KIND_COUNT);
    for (size_t i = 0; i < b->source_count; i++) {
        source_settings *fresh = settings_add_source(a, b->sources[i].name);
        ck_assert(!group_differ(&config_source, fresh, &b->sources[i]));
        ck_assert(!group_differ(&config_of_kind[fresh->kind], fresh, &b->sources[i]));
    }
    free(yaml);
    free(text);
}
END_TEST

/* Every key of the table is on the page. */
START_TEST (reference_is_complete) {
    char *page = page_text(config_write_reference), row[128];
    const config_group *groups[] = {
        &config_filter,     &config_output,        &config_alert,     &config_mount,
        &config_landmark,   &config_source,        &config_bus,       &config_service,
        &config_peer,       &config_adapter,       &config_bus_words, &config_service_words,
        &config_peer_words, &config_adapter_words, &config_integrity, &config_map_words};
    for (size_t g = 0; g < sizeof groups / sizeof *groups + SOURCE_KIND_COUNT; g++) {
        size_t plain = sizeof groups / sizeof *groups;
        const config_group *group = g < plain ? groups[g] : &config_of_kind[g - plain];
        for (size_t i = 0; i < group->count; i++) {
            snprintf(row, sizeof row, "| `%s` | ", group->keys[i].name);
            ck_assert_msg(strstr(page, row), "%s", group->keys[i].name);
        }
    }
    /* A default that differs by kind says so. */
    char *line = strstr(page, "| `frozen_after` | ");
    ck_assert(line);
    *strchr(line, '\n') = '\0';
    snprintf(row, sizeof row, "; imu %g", settings_add_source(a, "imu/a")->frozen_after);
    ck_assert_msg(strstr(line, row), "expected %s: %s", row, line);
    free(page);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("print");
    tcase_add_checked_fixture(cases, setup, teardown);
    tcase_set_timeout(cases, 120); /* under valgrind */
    tcase_add_test(cases, random_round_trip);
    tcase_add_test(cases, defaults_round_trip);
    tcase_add_loop_test(cases, number_text, 0, sizeof numbers / sizeof *numbers);
    tcase_add_test(cases, number_round_trip);
    tcase_add_loop_test(cases, full_disk, 0, sizeof printers / sizeof *printers);
    tcase_add_test(cases, shipped_files_are_current);
    tcase_add_test(cases, template_is_the_defaults);
    tcase_add_test(cases, reference_is_complete);
    return run_cases("config print", cases);
}
