#include "tests/bench/count_allocations.h"
#include "tests/sanitized.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>

/* The allocator has no other place to keep them. */
static long allocated, freed;

long allocations_counted(void)
{
    return allocated;
}

long frees_counted(void)
{
    return freed;
}

bool allocations_are_counted(void)
{
    long before = allocated;
    void *volatile memory = malloc(1);
    free(memory);
    return allocated > before;
}

#ifndef SANITIZED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

void *malloc(size_t size)
{
    allocated++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocated++;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    allocated++;
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    allocated++;
    return __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size)
{
    allocated++;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    allocated++;
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

void free(void *memory)
{
    freed += memory != NULL;
    __libc_free(memory);
}
#endif
