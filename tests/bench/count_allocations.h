/*
 * The allocator of the program, replaced by one that counts. Under the address sanitizer and valgrind, which
 * bring their own, it is never called.
 */
#ifndef POSED_TESTS_BENCH_COUNT_ALLOCATIONS_H
#define POSED_TESTS_BENCH_COUNT_ALLOCATIONS_H

#include <stdbool.h>

/* Calls of malloc, calloc, realloc, aligned_alloc, memalign and posix_memalign, and of free, since the start.
 */
long allocations_counted(void);
long frees_counted(void);

/* False when the calls do not arrive here. */
bool allocations_are_counted(void);

#endif
