/*
 * A recorded drive through the core alone, with what it makes the filter do counted.
 */
#ifndef POSED_TESTS_BENCH_PLAY_H
#define POSED_TESTS_BENCH_PLAY_H

#include "wire/drive_source.h"

typedef struct {
    int states;
    long frames, poses, verdicts;
    long predictions;
    long updates[4];         /* measurements that were fused, by their values (1..3) */
    long rejected;           /* that came as far as the gate and no further */
    double duration_s;       /* of the drive, by times of reception */
    long allocations, frees; /* inside the core, as far as `allocated` and `freed` say */
} play_tally;

/* Plays the drive with the configuration that it brings. `allocated` and `freed` count, NULL: nothing is
 * counted. False, with `e` set, when it cannot be read. */
bool play_drive(const char *path, long (*allocated)(void), long (*freed)(void), play_tally *t, error *e);

#endif
