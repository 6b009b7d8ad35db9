/* What the main of every suite does: run the cases of a unit, say what failed. */
#ifndef POSED_TESTS_SUITE_H
#define POSED_TESTS_SUITE_H

#include <check.h>
#include <stdlib.h>

/* Runs the suite and frees it. Returns main's code: EXIT_SUCCESS where no test failed. */
static inline int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV); /* as loud as CK_VERBOSITY says */
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The same of a suite of one case. */
static inline int run_cases(const char *unit, TCase *cases)
{
    Suite *suite = suite_create(unit);
    suite_add_tcase(suite, cases);
    return run_suite(suite);
}

#endif
