/*
 * Whether elements are missed: each by itself, and all of them as those of a map that is out of date.
 */
#include "fusion/map/map_gone.h"
#include "tests/suite.h"

#include <check.h>
#include <stdint.h>

static map_run run;

static void setup(void)
{
    run = (map_run){.gone = 0.0f};
    for (int i = 0; i < MAP_WATCHED_MOST; i++)
        run.watched[i].seen_ns = INT64_MIN;
}

/* An element comes into view and is passed: `missed` and `beside` as they are in the end. */
static void pass(int i, float missed, float beside, bool sighted)
{
    run.watched[i] = (map_watched){
        .mark = (uint32_t)i, .missed = missed, .beside = beside, .sighted = sighted, .seen_ns = i};
    map_gone_count(&run);
    map_gone_count(&run); /* and stays where it is: it counts once */
}

START_TEST (one_by_itself) {
    setup();
    pass(0, 8.0f, 0.0f, false); /* hidden for five seconds */
    ck_assert(!map_gone_is(&run, &run.watched[0]));
    pass(1, 9.5f, 0.0f, false);
    ck_assert(map_gone_is(&run, &run.watched[1]));
    setup();
    pass(0, 6.5f, 4.1f, false); /* less, and another of its kind beside it */
    ck_assert(map_gone_is(&run, &run.watched[0]));
    setup();
    pass(0, 9.5f, 0.0f, true); /* it was seen there */
    ck_assert(!map_gone_is(&run, &run.watched[0]));
    ck_assert(!map_gone_is(&run, &run.watched[5])); /* no entry */
}
END_TEST

START_TEST (many_say_that_the_map_is_out_of_date) {
    setup();
    for (int i = 0; i < 4; i++)
        pass(i, 5.0f, 0.0f, false);
    ck_assert(run.gone > 7.0f && map_gone_is(&run, &run.watched[0]));
    pass(4, 2.0f, 0.0f, false); /* that one may be hidden all the same */
    ck_assert(!map_gone_is(&run, &run.watched[4]));
}
END_TEST

/* As many, but among those that are there: one in twenty-five is hidden all the way past it. */
START_TEST (few_among_many_are_hidden) {
    for (int k = 0; k < 4; k++) {
        setup();
        for (int i = 0; i < 100; i++)
            pass(i % MAP_WATCHED_MOST, i % 25 == k ? 5.0f : 0.0f, 0.0f, i % 25 != k);
        ck_assert(run.gone < 4.0f);
    }
}
END_TEST

/* A map that is right again is found to be so. */
START_TEST (it_ends) {
    setup();
    for (int i = 0; i < 30; i++)
        pass(i, 6.0f, 0.0f, false);
    ck_assert(map_gone_is(&run, &run.watched[0]));
    for (int i = 0; i < 80; i++)
        pass(i % MAP_WATCHED_MOST, 0.0f, 0.0f, true);
    ck_assert(run.gone < 7.0f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map_gone");
    tcase_add_test(cases, one_by_itself);
    tcase_add_test(cases, many_say_that_the_map_is_out_of_date);
    tcase_add_test(cases, few_among_many_are_hidden);
    tcase_add_test(cases, it_ends);
    return run_cases("map_gone", cases);
}
