/*
 * A directory with key files, settings to load over, and others to compare with.
 */
#ifndef POSED_TESTS_RUN_FIXTURE_H
#define POSED_TESTS_RUN_FIXTURE_H

#include "config/config.h"
#include "tests/scratch.h"

/* Of the form of a key; nobody has the secret ones. */
#define KEY_A "0Q-p4w]%PFgVSm.Xcoo+7ytaCHPx?#Y&rtNN<:ZK"
#define KEY_B "8Trs{5<J^Dn%(Zp8DKhqgfi)Q-gQpMGSTULdF=5*"

/* Every section, in etc/posed.yaml. */
extern const char run_everything[];

typedef struct {
    settings *s, *s_defaults;
    run_settings *r, *r_defaults;
    config_problems *problems;
    char directory[SCRATCH_SIZE];
} run_fixture;

/* Goes into a fresh directory, with etc/a.pub (KEY_A), etc/short.pub (no key) and etc/fifo.pub. */
void run_fixture_setup(run_fixture *f);
void run_fixture_teardown(run_fixture *f);

/* Loads the text over `s` and `r`; the test fails when it is refused. */
void run_fixture_load(run_fixture *f, const char *name, const char *yaml);

#endif
