/* What may be paired: all that comes into question for a detection, or none of it. */
#include "fusion/map_pairs.h"

#include <check.h>
#include <stdlib.h>

static const map_view nothing;
static settings set;
static fusion *core;

static void setup(void)
{
    const fusion_sinks sinks = {0};
    settings_default(&set);
    settings_add_source(&set, "camera/front");
    core = fusion_create_on_map(&set, &sinks, &nothing);
    map_pairs_begin(core->work);
}

/* One more element where the detection is. */
static bool add(int detection, uint32_t element)
{
    map_work *w = core->work;
    measurement *m = &w->terms[w->match.pair_count].m;
    measurement_start(m, MATCH_DIM);
    m->innovation[0] = m->innovation[1] = 0.0f;
    m->noise[0][0] = m->noise[1][1] = 1e-4f;
    return map_pairs_add(core, w, detection, element, -1.0f);
}

START_TEST (a_few_are_all_there) {
    setup();
    for (uint32_t i = 0; i < MATCH_CANDIDATES; i++)
        ck_assert(add(0, i));
    ck_assert_int_eq(core->work->match.pair_count, MATCH_CANDIDATES);
    fusion_destroy(core);
}
END_TEST

START_TEST (too_many_are_none) {
    setup();
    ck_assert(add(0, 100));
    for (uint32_t i = 0; i < MATCH_CANDIDATES; i++)
        ck_assert(add(1, i));
    ck_assert(!add(1, MATCH_CANDIDATES));
    ck_assert_int_eq(core->work->match.pair_count, 1); /* the other one's is still there */
    ck_assert_uint_eq(core->work->match.pairs[0].element, 100);
    fusion_destroy(core);
}
END_TEST

START_TEST (the_frame_has_its_end_too) {
    int detection = 0;
    setup();
    while (core->work->match.pair_count + MATCH_CANDIDATES <= MATCH_PAIRS) {
        for (uint32_t i = 0; i < MATCH_CANDIDATES; i++)
            ck_assert(add(detection, i));
        detection++;
    }
    int full = core->work->match.pair_count;
    for (uint32_t i = 0; full + (int)i < MATCH_PAIRS; i++)
        ck_assert(add(detection, i));
    ck_assert(!add(detection, 1000));
    ck_assert_int_eq(core->work->match.pair_count, full);
    fusion_destroy(core);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("map_pairs");
    TCase *cases = tcase_create("map_pairs");
    tcase_add_test(cases, a_few_are_all_there);
    tcase_add_test(cases, too_many_are_none);
    tcase_add_test(cases, the_frame_has_its_end_too);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
