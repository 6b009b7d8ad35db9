/*
 * A device's clock on the host's, with simulated drift and delays: against the true times, and against what
 * the arrivals alone would give.
 */
#include "sensors/device_clock.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PERIOD_NS INT64_C(5000000) /* 200 Hz */
#define FLOOR_NS INT64_C(300000)   /* the shortest delay, which nobody can see */
#define SECOND_NS INT64_C(1000000000)

/* xorshift64*, 0..1. */
static double uniform(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (double)((*state * UINT64_C(2685821657736338717)) >> 11) * 0x1p-53;
}

/* Delays beyond the floor, nanoseconds. */
typedef int64_t (*delay)(int64_t true_ns, uint64_t *state);

static int64_t exponential(int64_t true_ns, uint64_t *state)
{
    (void)true_ns;
    return (int64_t)(-1e6 * log(1.0 - uniform(state)));
}

/* A USB serial converter's latency timer: everything waits for the next multiple of 16 ms. */
static int64_t latency_timer(int64_t true_ns, uint64_t *state)
{
    int64_t timer = INT64_C(16000000);
    return timer - true_ns % timer + (int64_t)(50e3 * uniform(state));
}

/* A machine that hangs for three seconds out of twenty, and is busy in between. */
static int64_t hanging(int64_t true_ns, uint64_t *state)
{
    int64_t phase_ns = true_ns % (20 * SECOND_NS);
    return (phase_ns < 3 * SECOND_NS ? 3 * SECOND_NS - phase_ns : 0) / 2 + exponential(true_ns, state);
}

/* Per row: what the delays are, by how much the device is fast (parts per million), and the largest error of
 * a stamp less the floor, median and worst, microseconds, after the first ten seconds. */
static const struct {
    const char *name;
    delay delay;
    double ppm;
    double median_us, worst_us;
} rows[] = {
    {"exponential, 1 ms", exponential, 40, 20, 100},
    {"exponential, slow resonator", exponential, -5000, 20, 300},
    {"exponential, fast resonator", exponential, 5000, 20, 300},
    {"latency timer of 16 ms", latency_timer, 25, 100, 1500},
    {"machine that hangs", hanging, 100, 20, 100},
};

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

START_TEST (jitter_does_not_enter_the_stamps) {
    enum { SECONDS = 180, COUNT = SECONDS * 200, SKIP = 2000 };
    double *errors = calloc(COUNT, sizeof *errors), *raw = calloc(COUNT, sizeof *raw);
    uint64_t state = 88172645463325252;
    device_clock clock = {0};
    int64_t arrival_ns = 0, last_ns = 0;
    for (int64_t i = 0; i < COUNT; i++) {
        int64_t device_ns = 77 * SECOND_NS + i * PERIOD_NS;
        int64_t true_ns = 1000 * SECOND_NS + (int64_t)((double)(i * PERIOD_NS) / (1.0 + 1e-6 * rows[_i].ppm));
        int64_t delayed_ns = true_ns + FLOOR_NS + rows[_i].delay(true_ns, &state);
        arrival_ns = delayed_ns > arrival_ns ? delayed_ns : arrival_ns; /* a line keeps the order */
        int64_t stamp_ns = device_clock_stamp(&clock, device_ns, arrival_ns);
        ck_assert(stamp_ns <= arrival_ns && stamp_ns >= last_ns);
        last_ns = stamp_ns;
        errors[i] = fabs(1e-3 * (double)(stamp_ns - true_ns - FLOOR_NS));
        raw[i] = fabs(1e-3 * (double)(arrival_ns - true_ns - FLOOR_NS));
    }
    ck_assert_uint_eq(clock.resets, 0);
    size_t count = COUNT - SKIP;
    qsort(errors + SKIP, count, sizeof *errors, compare);
    qsort(raw + SKIP, count, sizeof *raw, compare);
    double median = errors[SKIP + count / 2], worst = errors[COUNT - 1];
    printf("%-28s stamps off by %6.1f us (median), %6.1f us (worst); arrivals by %.0f, %.0f\n", rows[_i].name,
           median, worst, raw[SKIP + count / 2], raw[COUNT - 1]);
    ck_assert_msg(median < rows[_i].median_us && worst < rows[_i].worst_us, "%s: %.1f us, %.1f us",
                  rows[_i].name, median, worst);
    ck_assert(fabs(clock.skew + 1e-6 * rows[_i].ppm / (1.0 + 1e-6 * rows[_i].ppm)) < 60e-6);
    free(errors);
    free(raw);
}
END_TEST

START_TEST (a_device_that_restarts_begins_anew) {
    device_clock clock = {0};
    int64_t host_ns = 5 * SECOND_NS;
    for (int64_t i = 0; i < 1000; i++)
        device_clock_stamp(&clock, i * PERIOD_NS, host_ns += PERIOD_NS);
    ck_assert_uint_eq(clock.resets, 0);
    ck_assert_int_eq(device_clock_stamp(&clock, 0, host_ns += 3 * SECOND_NS), host_ns);
    ck_assert_uint_eq(clock.resets, 1);
    /* and one whose counter jumps ahead */
    ck_assert_int_eq(device_clock_stamp(&clock, 3600 * SECOND_NS, host_ns += PERIOD_NS), host_ns);
    ck_assert_uint_eq(clock.resets, 2);
}
END_TEST

START_TEST (a_pause_of_the_line_is_no_restart) {
    device_clock clock = {0};
    int64_t device_ns = 0, host_ns = 0;
    for (int64_t i = 0; i < 4000; i++)
        device_clock_stamp(&clock, device_ns += PERIOD_NS, host_ns += PERIOD_NS);
    for (int pause = 0; pause < 3; pause++) {
        device_ns += 100 * SECOND_NS;
        host_ns += 100 * SECOND_NS;
        int64_t stamp_ns = device_clock_stamp(&clock, device_ns, host_ns + 5000000);
        ck_assert_int_le(llabs(stamp_ns - host_ns), 1000);
        for (int64_t i = 0; i < 400; i++)
            device_clock_stamp(&clock, device_ns += PERIOD_NS, host_ns += PERIOD_NS);
    }
    ck_assert_uint_eq(clock.resets, 0);
}
END_TEST

START_TEST (any_device_time_is_survived) {
    static const int64_t device[] = {INT64_MIN, INT64_MIN / 2, -1, 0, 1, INT64_MAX / 2, INT64_MAX};
    static const int64_t host[] = {0, 1, SECOND_NS, INT64_MAX / 2};
    enum { DEVICE = sizeof device / sizeof *device, HOST = sizeof host / sizeof *host };
    device_clock clock = {0};
    for (int i = 0; i < DEVICE * DEVICE * HOST; i++)
        device_clock_stamp(&clock, device[i / HOST % DEVICE], host[i % HOST]);
    ck_assert(isfinite(clock.offset_s) && isfinite(clock.skew));
}
END_TEST

START_TEST (counters_go_on_across_their_wrap) {
    ck_assert_int_eq(device_time_unwrap(0, 5), 5);
    ck_assert_int_eq(device_time_unwrap(0xfffffff0, 3), INT64_C(0x100000003));
    ck_assert_int_eq(device_time_unwrap(INT64_C(0x100000003), 0xfffffff0), 0xfffffff0);
    ck_assert_int_eq(device_time_unwrap(INT64_C(0x500000000), 0x7fffffff), INT64_C(0x57fffffff));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("clock");
    tcase_set_timeout(tc, 60); /* valgrind */
    tcase_add_loop_test(tc, jitter_does_not_enter_the_stamps, 0, sizeof rows / sizeof *rows);
    tcase_add_test(tc, a_device_that_restarts_begins_anew);
    tcase_add_test(tc, a_pause_of_the_line_is_no_restart);
    tcase_add_test(tc, any_device_time_is_survived);
    tcase_add_test(tc, counters_go_on_across_their_wrap);
    return run_cases("device clock", tc);
}
