/* Growing arrays: what is in them stays, and a size that cannot be is refused. */
#include "common/vector.h"
#include "tests/suite.h"

#include <check.h>
#include <stdint.h>

START_TEST (what_is_in_it_stays) {
    size_t capacity = 0;
    int *items = NULL;
    for (int i = 0; i < 1000; i++) {
        items = vector_reserve(items, &capacity, (size_t)i + 1, sizeof *items);
        ck_assert(items && capacity > (size_t)i);
        items[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(items[i], i);
    free(items);
}
END_TEST

START_TEST (there_is_one_for_nothing) {
    size_t capacity = 0;
    void *items = vector_reserve(NULL, &capacity, 0, 1);
    ck_assert_ptr_nonnull(items);
    ck_assert_ptr_eq(vector_reserve(items, &capacity, capacity, 1), items); /* as long as there is room */
    free(items);
}
END_TEST

START_TEST (what_no_memory_holds_is_refused) {
    size_t capacity = 0;
    ck_assert_ptr_null(vector_reserve(NULL, &capacity, SIZE_MAX / 4, 8));
    ck_assert_ptr_null(vector_reserve(NULL, &capacity, SIZE_MAX, 1));
    ck_assert_uint_eq(capacity, 0);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("vector");
    tcase_add_test(cases, what_is_in_it_stays);
    tcase_add_test(cases, there_is_one_for_nothing);
    tcase_add_test(cases, what_no_memory_holds_is_refused);
    return run_cases("vector", cases);
}
