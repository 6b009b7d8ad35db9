/* Numbers of frames: what is missing, repeated, and only overtaken. */
#include "fusion/core/sequence.h"
#include "tests/suite.h"

#include <check.h>

#define N SEQUENCE_NEXT
#define O SEQUENCE_OVERTAKEN
#define R SEQUENCE_REPEATED
#define M SEQUENCE_MISSING
#define B SEQUENCE_BACK

static const struct {
    const char *what;
    int count;
    uint32_t numbers[8];
    sequence_news news[8];
} cases[] = {
    {"in order", 4, {5, 6, 7, 8}, {N, N, N, N}},
    {"it does not count", 3, {0, 0, 0}, {N, N, N}},
    {"one overtaken", 5, {5, 7, 6, 8, 9}, {N, N, O, N, N}},
    {"two overtaken", 6, {5, 8, 6, 7, 9, 10}, {N, N, O, O, N, N}},
    {"one of two", 5, {5, 8, 7, 9, 10}, {N, N, O, M, N}},
    {"one lost", 5, {5, 7, 8, 9, 10}, {N, N, M, N, N}},
    {"every other", 5, {5, 7, 9, 11, 13}, {N, N, M, M, M}},
    {"many lost", 4, {5, 9, 10, 11}, {N, M, N, N}},
    {"repeated", 4, {5, 6, 6, 7}, {N, N, R, N}},
    {"overtaken, then once more", 5, {5, 7, 6, 6, 7}, {N, N, O, B, N}},
    {"after it was missed", 5, {5, 7, 8, 6, 7}, {N, N, M, B, N}},
    {"a wrong stamp", 5, {5, 12, 6, 7, 8}, {N, M, B, N, N}},
    {"anew", 4, {700, 701, 0, 1}, {N, N, M, N}},
    {"around the end", 4, {UINT32_MAX - 1, UINT32_MAX, 0, 1}, {N, N, N, N}},
    {"overtaken around the end", 4, {UINT32_MAX - 1, 0, UINT32_MAX, 1}, {N, N, O, N}},
};

START_TEST (numbers) {
    sequence_watch w = {0};
    for (int i = 0; i < cases[_i].count; i++) {
        int32_t steps;
        sequence_news news = sequence_take(&w, cases[_i].numbers[i], true, &steps);
        ck_assert_msg(news == cases[_i].news[i], "%s: frame %d is %d", cases[_i].what, i, (int)news);
    }
}
END_TEST

START_TEST (a_gap_says_how_far) {
    sequence_watch w = {0};
    int32_t steps;
    sequence_take(&w, 5, true, &steps);
    sequence_take(&w, 7, true, &steps);
    ck_assert_int_eq(sequence_take(&w, 8, true, &steps), M);
    ck_assert_int_eq(steps, 2);
    ck_assert_int_eq(sequence_take(&w, 80, true, &steps), M);
    ck_assert_int_eq(steps, 72);
}
END_TEST

/* Received in order, but not stamped so. */
START_TEST (a_wrong_stamp_has_overtaken_nobody) {
    sequence_watch w = {0};
    int32_t steps;
    sequence_take(&w, 5, true, &steps);
    ck_assert_int_eq(sequence_take(&w, 7, true, &steps), N);
    ck_assert_int_eq(sequence_take(&w, 6, false, &steps), B);
}
END_TEST

int main(void)
{
    TCase *tests = tcase_create("sequence");
    tcase_add_loop_test(tests, numbers, 0, (int)(sizeof cases / sizeof *cases));
    tcase_add_test(tests, a_gap_says_how_far);
    tcase_add_test(tests, a_wrong_stamp_has_overtaken_nobody);
    return run_cases("sequence", tests);
}
