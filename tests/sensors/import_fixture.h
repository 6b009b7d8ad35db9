/* What each suite of an importer begins with: a directory to import from, and what is published. */
#ifndef POSED_TESTS_IMPORT_FIXTURE_H
#define POSED_TESTS_IMPORT_FIXTURE_H

#include "tests/scratch.h"
#include "tests/sensors/recorder.h"

static char directory[SCRATCH_SIZE];
static recorder r;
static error e;

static void setup(void)
{
    make_directory(directory);
    recorder_init(&r);
    e.text[0] = '\0';
}

static void teardown(void)
{
    recorder_finish(&r);
    remove_directory(directory);
}

#endif
