/*
 * The order of arrival.
 */
#include "daemon/replay/shuffle.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static frame frame_of(uint16_t source, frame_kind kind, int64_t stamp_ns, int64_t received_ns)
{
    frame f;
    memset(&f, 0, sizeof f);
    f.source = source;
    f.kind = (uint8_t)kind;
    f.stamp_ns = stamp_ns;
    f.received_ns = received_ns;
    return f;
}

enum { FRAMES = 5000 };

static const int64_t window_ns = 500000000;

/* 100 Hz, latencies of 0 to 0.7 s: some behind the window already. */
static void fill_store(arrival_store *store)
{
    for (int i = 0; i < FRAMES; i++) {
        int64_t received_ns = i * INT64_C(10000000);
        frame f = frame_of(0, FRAME_IMU, received_ns - i % 8 * INT64_C(100000000), received_ns);
        f.sequence = (uint32_t)i;
        ck_assert(arrival_store_add(store, &f));
    }
}

START_TEST (store_gives_back_what_it_took) {
    arrival_store store = {0};
    frame in = frame_of(3, FRAME_RADAR, 1, 2), out;
    memset(&out, 0xee, sizeof out);
    in.u.radar.count = 2;
    in.u.radar.detections[1].range_m = 17;
    ck_assert(arrival_store_add(&store, &in));
    in.u.radar.count = 0;
    ck_assert(arrival_store_add(&store, &in));
    arrival_store_get(&store, 0, &out);
    ck_assert_uint_eq(out.u.radar.count, 2);
    ck_assert_float_eq(out.u.radar.detections[1].range_m, 17);
    ck_assert_uint_eq(out.source, 3);
    arrival_store_get(&store, 1, &out);
    ck_assert_uint_eq(out.u.radar.count, 0);
    ck_assert_uint_eq(store.count, 2);
    arrival_store_finish(&store);
}
END_TEST

START_TEST (shuffle_is_a_permutation_inside_the_window) {
    arrival_store store = {0};
    bool seen[FRAMES] = {false};
    size_t order[FRAMES], moved = 0;
    int64_t newest = INT64_MIN;
    frame f;
    fill_store(&store);
    ck_assert(shuffle_order(&store, 0.5, (uint64_t)_i, order));
    for (size_t i = 0; i < FRAMES; i++) {
        ck_assert_uint_lt(order[i], FRAMES);
        ck_assert(!seen[order[i]]);
        seen[order[i]] = true;
        moved += order[i] != i;
        arrival_store_get(&store, order[i], &f);
        /* Late now only if it was late when it was received. */
        bool late_before = f.received_ns - f.stamp_ns > window_ns;
        ck_assert(late_before || newest == INT64_MIN || newest - f.stamp_ns <= window_ns);
        newest = f.received_ns > newest ? f.received_ns : newest;
    }
    ck_assert_uint_gt(moved, FRAMES / 2);
    arrival_store_finish(&store);
}
END_TEST

START_TEST (same_seed_same_order) {
    static const size_t size = FRAMES * sizeof(size_t);
    arrival_store store = {0};
    size_t *first = malloc(size), *again = malloc(size), *other = malloc(size);
    fill_store(&store);
    ck_assert(shuffle_order(&store, 0.5, 7, first));
    ck_assert(shuffle_order(&store, 0.5, 7, again));
    ck_assert(shuffle_order(&store, 0.5, 8, other));
    ck_assert_mem_eq(first, again, size);
    ck_assert_mem_ne(first, other, size);
    free(first);
    free(again);
    free(other);
    arrival_store_finish(&store);
}
END_TEST

/* Times at the ends of int64 must not overflow; stamps in the far future get no more than the window. */
START_TEST (shuffle_survives_any_time) {
    const int64_t times[] = {INT64_MIN, INT64_MIN + 1, -1, 0, INT64_MAX - 1, INT64_MAX};
    arrival_store store = {0};
    size_t order[36];
    for (size_t i = 0; i < 36; i++) {
        frame f = frame_of(0, FRAME_IMU, times[i / 6], times[i % 6]);
        ck_assert(arrival_store_add(&store, &f));
    }
    ck_assert(shuffle_order(&store, 2, 1, order));
    arrival_store_finish(&store);
}
END_TEST

int main(void)
{
    TCase *all = tcase_create("shuffle");
    tcase_add_test(all, store_gives_back_what_it_took);
    tcase_add_loop_test(all, shuffle_is_a_permutation_inside_the_window, 0, seeds(10));
    tcase_add_test(all, same_seed_same_order);
    tcase_add_test(all, shuffle_survives_any_time);
    return run_cases("shuffle", all);
}
