/* Allocation: each one of fusion_create fails once, and none happens after it. The linker sends the core's
 * allocations here
 * (--wrap). */
#include "tests/fusion/sim_drive.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __wrap_free(void *p);

/* Volatile, for the compiler knows that a real malloc does not change them. until_failure 0: never. */
static volatile int calls, held, until_failure;

static bool fails(void)
{
    calls++;
    return until_failure > 0 && --until_failure == 0;
}

static void *hold(void *p)
{
    held += p != NULL;
    return p;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : hold(__real_malloc(size));
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : hold(__real_calloc(count, size));
}

void *__wrap_realloc(void *old, size_t size)
{
    held -= old != NULL;
    return fails() ? NULL : hold(__real_realloc(old, size));
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    return fails() ? NULL : hold(__real_aligned_alloc(alignment, size));
}

void __wrap_free(void *p)
{
    held -= p != NULL;
    __real_free(p);
}

static const fusion_sinks silent = {NULL, NULL, NULL, NULL};

START_TEST (each_allocation_fails) {
    settings *s = sim_settings_new();
    int failures = 0;
    for (bool good = false; !good; failures++) {
        int before = held;
        until_failure = failures + 1;
        fusion *f = fusion_create(s, &silent);
        bool reached = until_failure == 0;
        until_failure = 0;
        fusion_destroy(f);
        int left = held - before; /* before the checks, which allocate themselves */
        good = f != NULL;
        ck_assert_msg(good == !reached, "allocation %d", failures);
        ck_assert_msg(left == 0, "allocation %d leaves %d", failures, left);
    }
    ck_assert_int_ge(failures,
                     4); /* the core, its window, its covariance: fewer means that none were caught */
    free(s);
}
END_TEST

/* All sources for a minute, saved and restored and asked: not one allocation. */
START_TEST (none_per_frame) {
    sim_options o = sim_usual();
    o.sources |= SIM_BIT(SIM_CAMERA) | SIM_BIT(SIM_SECOND_GNSS);
    sim_drive *d = sim_drive_make(&o);
    settings *s = sim_settings_new();
    void *bytes = malloc(fusion_state_size());
    fusion *f = fusion_create(s, &silent), *g = fusion_create(s, &silent);
    fusion_status status;
    calls = 0;
    sim_feed(d, f, -1e9, 1e9);
    fusion_advance(f, sim_start_ns(d) + INT64_C(70000000000));
    fusion_flush(f);
    fusion_get_status(f, &status);
    size_t size = fusion_save(f, bytes, fusion_state_size());
    bool restored = fusion_restore(g, bytes, size, (double)NAN);
    int counted = calls;
    ck_assert_int_eq(counted, 0);
    ck_assert(restored);
    ck_assert_uint_gt(status.sources[SIM_IMU].used, 5000);
    fusion_destroy(f);
    fusion_destroy(g);
    free(bytes);
    free(s);
    sim_drive_free(d);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("memory");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, each_allocation_fails);
    tcase_add_test(cases, none_per_frame);
    return run_cases("fusion: memory", cases);
}
