/* Each allocation of the loader fails once: the text says so, the settings stay, nothing leaks. The linker
 * sends the library's allocations here (--wrap). */
#include "config/config.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static int until_failure; /* 0: never */

static bool fails(void)
{
    return until_failure > 0 && --until_failure == 0;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return fails() ? NULL : __real_realloc(old, size);
}

START_TEST (each_allocation) {
    char path[] = POSED_SOURCE_ROOT "/config/posed.yaml";
    settings *s = malloc(sizeof *s), *before = malloc(sizeof *before);
    config_problems *problems = calloc(1, sizeof *problems);
    int failures = 0;
    for (bool good = false; !good; failures++) {
        memset(problems, 0, sizeof *problems);
        settings_default(s);
        settings_default(before);
        until_failure = failures + 1;
        good = config_load_file(s, path, problems);
        bool reached = until_failure == 0;
        until_failure = 0;
        ck_assert_msg(good == !reached, "allocation %d", failures);
        ck_assert_msg(good || strstr(problems->text[0], "out of memory"), "allocation %d: %s", failures,
                      problems->text[0]);
        ck_assert_msg(good || memcmp(s, before, sizeof *s) == 0, "allocation %d", failures);
    }
    /* The file's text, the tree, its first block, the scratch settings: fewer means that none were caught. */
    ck_assert_int_ge(failures, 5);
    free(s);
    free(before);
    free(problems);
}
END_TEST

/* The same with the sections of the live program: an adapter, a peer and paths beside the shipped file. */
START_TEST (each_allocation_of_all) {
    static const char yaml[] =
        "filter: {window_s: 1}\nbus: {secret_key: a.key}\nservice: {state_file: b}\n"
        "peers: {a: {public_key: \"0Q-p4w]%PFgVSm.Xcoo+7ytaCHPx?#Y&rtNN<:ZK\", sources: [imu/a]}}\n"
        "adapters: {imu/a: {kind: imu, device: d}}\n";
    settings *s = malloc(sizeof *s);
    run_settings *r = calloc(1, sizeof *r), *before = calloc(1, sizeof *before);
    config_problems *problems = calloc(1, sizeof *problems);
    int failures = 0;
    for (bool good = false; !good; failures++) {
        memset(problems, 0, sizeof *problems);
        settings_default(s);
        run_settings_default(r);
        run_settings_default(before);
        until_failure = failures + 1;
        good = config_load_all_text(s, r, "a.yaml", yaml, strlen(yaml), problems);
        bool reached = until_failure == 0;
        until_failure = 0;
        ck_assert_msg(good == !reached, "allocation %d", failures);
        ck_assert_msg(good || strstr(problems->text[0], "out of memory"), "allocation %d: %s", failures,
                      problems->text[0]);
        ck_assert_msg(good || (memcmp(r, before, sizeof *r) == 0 && s->filter.window_s != 1), "allocation %d",
                      failures);
    }
    ck_assert_uint_eq(r->adapter_count, 1);
    /* The tree, its first block, both scratch copies. */
    ck_assert_int_ge(failures, 5);
    free(s);
    free(r);
    free(before);
    free(problems);
}
END_TEST

START_TEST (each_writer) {
    FILE *out = fopen("/dev/null", "w");
    ck_assert(out);
    for (int nth = 1; nth <= 2; nth++) {
        until_failure = nth;
        ck_assert(!config_write_template(out));
        until_failure = nth;
        ck_assert(!config_write_reference(out));
    }
    fclose(out);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("memory");
    tcase_add_test(cases, each_allocation);
    tcase_add_test(cases, each_allocation_of_all);
    tcase_add_test(cases, each_writer);
    return run_cases("config memory", cases);
}
