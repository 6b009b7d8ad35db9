/* The clocks: in which unit, and which of them. */
#include "common/clock.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

/* Read one between two of the other, they agree. */
START_TEST (seconds_are_nanoseconds) {
    int64_t before_ns = monotonic_ns();
    double s = monotonic_s();
    int64_t after_ns = monotonic_ns();
    ck_assert_double_ge(s, 1e-9 * (double)before_ns - 1e-6);
    ck_assert_double_le(s, 1e-9 * (double)after_ns + 1e-6);
}
END_TEST

START_TEST (utc_is_the_time_of_the_system) {
    time_t before = time(NULL);
    int64_t s = utc_ns() / 1000000000;
    ck_assert_int_ge(s, before);
    ck_assert_int_le(s, time(NULL) + 1);
}
END_TEST

START_TEST (a_process_uses_its_processor) {
    double start_s = processor_s();
    volatile double sum = 0;
    while (processor_s() - start_s < 0.001)
        sum += sqrt(sum + 1);
    ck_assert_double_lt(start_s, processor_s());
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("clock");
    tcase_add_test(cases, seconds_are_nanoseconds);
    tcase_add_test(cases, utc_is_the_time_of_the_system);
    tcase_add_test(cases, a_process_uses_its_processor);
    return run_cases("clock", cases);
}
