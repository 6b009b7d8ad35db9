/* Each allocation of the loader fails once: the text says so, the settings stay, nothing leaks. The linker
 * sends the library's allocations here (--wrap). */
#include "config/config.h"

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

START_TEST (each_writer) {
    FILE *out = fopen("/dev/null", "w");
    ck_assert(out);
    until_failure = 1;
    ck_assert(!config_write_template(out));
    until_failure = 1;
    ck_assert(!config_write_reference(out));
    fclose(out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("config memory");
    TCase *cases = tcase_create("memory");
    tcase_add_test(cases, each_allocation);
    tcase_add_test(cases, each_writer);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
