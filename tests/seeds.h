/*
 * How many seeds a drive is gone through with: all that a test wants, but one where every step of the program
 * is watched. Another seed is another noise, and takes the same way through the code: under valgrind and the
 * sanitizers it would show nothing more. ./check sets POSED_ONE_SEED there, and does not with --long.
 */
#ifndef POSED_TESTS_SEEDS_H
#define POSED_TESTS_SEEDS_H

#include <stdlib.h>

static inline int seeds(int wanted)
{
    return getenv("POSED_ONE_SEED") ? 1 : wanted;
}

/* The same of a long list of numbers: how far it is from one to the next, all of them or every n-th. */
static inline int every(int nth)
{
    return getenv("POSED_ONE_SEED") ? nth : 1;
}

#endif
