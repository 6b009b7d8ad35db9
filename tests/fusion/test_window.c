/* The out-of-sequence window: order, ties, both kinds of slot, full, and any order against qsort. */
#include "fusion/window.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned seed = 77;

static frame make(int64_t stamp_ns, uint16_t source, frame_kind kind, uint32_t sequence)
{
    frame f;
    memset(&f, 0, sizeof f);
    f.stamp_ns = stamp_ns;
    f.source = source;
    f.kind = (uint8_t)kind;
    f.sequence = sequence;
    return f;
}

static void put(window *w, const frame *f)
{
    ck_assert_int_eq(window_put(w, f->stamp_ns, f), WINDOW_TAKEN);
}

START_TEST (empty) {
    window *w = window_create();
    ck_assert_ptr_null(window_oldest(w));
    frame f = make(5, 0, FRAME_GNSS, 1);
    put(w, &f);
    window_drop(w);
    ck_assert_ptr_null(window_oldest(w));
    window_destroy(w);
    window_destroy(NULL);
}
END_TEST

/* Older first; at the same stamp by source, kind, sequence. */
START_TEST (ties) {
    const frame sorted[] = {make(-7, 9, FRAME_IMU, 9),   make(10, 0, FRAME_GNSS, 4),
                            make(10, 1, FRAME_IMU, 3),   make(10, 2, FRAME_LANDMARKS, 8),
                            make(10, 2, FRAME_LANES, 1), make(10, 2, FRAME_LANES, 2),
                            make(11, 0, FRAME_GNSS, 0)};
    enum { COUNT = sizeof sorted / sizeof *sorted };
    window *w = window_create();
    for (int first = 0; first < COUNT; first++) {
        for (int i = 0; i < COUNT; i++)
            put(w, &sorted[(first + i * 3) % COUNT]);
        for (int i = 0; i < COUNT; i++) {
            const frame *f = window_oldest(w);
            ck_assert_int_eq(f->stamp_ns, sorted[i].stamp_ns);
            ck_assert_uint_eq(f->source, sorted[i].source);
            ck_assert_uint_eq(f->kind, sorted[i].kind);
            ck_assert_uint_eq(f->sequence, sorted[i].sequence);
            window_drop(w);
        }
    }
    window_destroy(w);
}
END_TEST

/* All of a long list comes out again; the caller's frame is not needed after the call. */
START_TEST (payloads_are_copied) {
    window *w = window_create();
    frame f = make(3, 1, FRAME_RADAR, 1);
    f.u.radar.count = FRAME_MAX_DETECTIONS;
    for (int i = 0; i < FRAME_MAX_DETECTIONS; i++)
        f.u.radar.detections[i] = (radar_detection){.range_m = (float)i, .track_id = i};
    put(w, &f);
    memset(&f, 0xa5, sizeof f);
    f = make(2, 0, FRAME_RADAR, 1); /* few returns: a small slot */
    f.u.radar.count = 2;
    f.u.radar.detections[1].doppler_mps = -3.5f;
    put(w, &f);
    const frame *out = window_oldest(w);
    ck_assert_uint_eq(out->u.radar.count, 2);
    ck_assert_float_eq(out->u.radar.detections[1].doppler_mps, -3.5f);
    window_drop(w);
    out = window_oldest(w);
    ck_assert_uint_eq(out->u.radar.count, FRAME_MAX_DETECTIONS);
    for (int i = 0; i < FRAME_MAX_DETECTIONS; i++)
        ck_assert_int_eq(out->u.radar.detections[i].track_id, i);
    window_destroy(w);
}
END_TEST

static frame large(int64_t stamp_ns)
{
    frame f = make(stamp_ns, 0, FRAME_RADAR, 0);
    f.u.radar.count = 100;
    return f;
}

/* One kind of slot running out leaves the other; a refused frame leaves no trace; a dropped one makes room.
 */
START_TEST (full) {
    window *w = window_create();
    for (int i = 0; i < WINDOW_LARGE_SLOTS; i++) {
        frame f = large(1000 + i);
        put(w, &f);
    }
    frame f = large(1);
    ck_assert_int_eq(window_put(w, f.stamp_ns, &f), WINDOW_FULL);
    ck_assert_int_eq(window_oldest(w)->stamp_ns, 1000);
    for (int i = 0; i < WINDOW_SMALL_SLOTS; i++) {
        frame g = make(2000 + i, 0, FRAME_IMU, 0);
        put(w, &g);
    }
    f = make(1, 0, FRAME_IMU, 0);
    ck_assert_int_eq(window_put(w, f.stamp_ns, &f), WINDOW_FULL);
    ck_assert_int_eq(window_oldest(w)->stamp_ns, 1000);
    window_drop(w);
    ck_assert_int_eq(window_put(w, f.stamp_ns, &f), WINDOW_FULL); /* what became free is a large one */
    f = large(5000);
    put(w, &f);
    int count = 0;
    for (int64_t last = 0; window_oldest(w); count++) {
        ck_assert_int_ge(window_oldest(w)->stamp_ns, last);
        last = window_oldest(w)->stamp_ns;
        window_drop(w);
    }
    ck_assert_int_eq(count, WINDOW_LARGE_SLOTS + WINDOW_SMALL_SLOTS);
    window_destroy(w);
}
END_TEST

typedef struct {
    int64_t stamp_ns;
    uint32_t order, sequence;
} key;

static key key_of(const frame *f)
{
    return (key){f->stamp_ns, (uint32_t)f->source * FRAME_KIND_COUNT + f->kind, f->sequence};
}

static int compare(const void *a, const void *b)
{
    const key *x = a, *y = b;
    if (x->stamp_ns != y->stamp_ns)
        return x->stamp_ns < y->stamp_ns ? -1 : 1;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

enum { MOST = 600 };

/* Puts and drops by chance; what waits is kept in a sorted list as well. */
START_TEST (random_order) {
    static key waiting[MOST];
    int count = 0;
    window *w = window_create();
    srand(seed + (unsigned)_i);
    for (int n = 0; n < 4000; n++) {
        bool fill = n / 500 % 2 == 0;
        if (count < MOST && rand() % 10 < (fill ? 8 : 2)) {
            frame f = make(rand() % 50, (uint16_t)(rand() % 4), (frame_kind)(rand() % FRAME_KIND_COUNT),
                           (uint32_t)rand());
            f.u.radar.count = 0; /* lists: empty ones, small slots */
            if (f.kind == FRAME_RADAR && rand() % 4 == 0)
                f.u.radar.count = 40;
            if (window_put(w, f.stamp_ns, &f) == WINDOW_TAKEN)
                waiting[count++] = key_of(&f);
            qsort(waiting, (size_t)count, sizeof *waiting, compare);
        } else if (count > 0) {
            key out = key_of(window_oldest(w));
            ck_assert_msg(compare(&out, &waiting[0]) == 0, "seed %u, step %d", seed + (unsigned)_i, n);
            window_drop(w);
            memmove(waiting, waiting + 1, (size_t)--count * sizeof *waiting);
        }
    }
    window_destroy(w);
}
END_TEST

int main(void)
{
    printf("seed %u\n", seed);
    TCase *cases = tcase_create("window");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, empty);
    tcase_add_test(cases, ties);
    tcase_add_test(cases, payloads_are_copied);
    tcase_add_test(cases, full);
    tcase_add_loop_test(cases, random_order, 0, 5);
    return run_cases("window", cases);
}
