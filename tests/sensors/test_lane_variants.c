/* The lane detector on variants of real pictures: where light, pavement and missing paint make it hard, it
 * finds the lane, or says by a low score that it did not. lane_variants.c has the whole table. */
#include "tests/sensors/lane_photo.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

enum { SKIPPED = 77 };

/* By variant, of the 22 lines of all pictures: how many must be found with 0.5 or more, and how many may be
 * wrong with 0.8 or more: what was measured, but for one found. A line whose other one is gone or pale is
 * right at the vehicle, and may be more than 0.2 m off 15 m ahead, for nothing tells pitch from heading
 * there. */
static const struct {
    photo_variant variant;
    int least_found, most_wrong;
} cases[] = {
    {PHOTO_CLEAN, 22, 0},
    {PHOTO_DAPPLE, 19, 0},
    {PHOTO_BRIDGE, 21, 0},
    {PHOTO_BARRIER, 21, 0},
    {PHOTO_GAP, 17, 0},
    {PHOTO_RAIL, 20, 0},
    {PHOTO_TARS, 21, 0},
    {PHOTO_OLD, 21, 0},
    {PHOTO_SEAM, 21, 0},
    {PHOTO_STEP, 20, 1},
    {PHOTO_STRIP, 20, 1},
    {PHOTO_CONCRETE, 21, 0},
    {PHOTO_FAINT, 18, 0},
    {PHOTO_CONCRETE_DAPPLE, 10, 0},
    {PHOTO_CONCRETE_BARRIER, 18, 0},
    {PHOTO_CONCRETE_SEAM, 18, 2},
    {PHOTO_GLARE, 21, 0},
    {PHOTO_DARK, 21, 0},
    {PHOTO_BRIGHT, 18, 0},
    {PHOTO_PITCHED, 21, 0},
    {PHOTO_ONE, 8, 2},
    {PHOTO_ONE_DECOY, 10, 0},
    {PHOTO_NONE, 0, 0},
    {PHOTO_NONE_DECOY, 0, 1},
    {PHOTO_NONE_CONCRETE, 0, 0},
    {PHOTO_BEND, 21, 0},
    {PHOTO_TIGHT, 21, 0},
    {PHOTO_HAIRPIN, 21, 0},
    {PHOTO_SWING, 21, 0},
    {PHOTO_CREST, 21, 0},
    {PHOTO_SAG, 20, 1},
    {PHOTO_CHANGE, 21, 0},
    {PHOTO_TIGHT_DAPPLE, 18, 0},
    {PHOTO_TIGHT_CONCRETE, 21, 0},
    {PHOTO_WOODS, 13, 0},
    {PHOTO_TIGHT_ONE, 8, 1},
    {PHOTO_TIGHT_NONE, 0, 0},
    {PHOTO_STREAKS, 20, 0},
    {PHOTO_SUNLIT, 11, 0},
    {PHOTO_GUTTER, 15, 0},
    {PHOTO_VERGE, 7, 0},
    {PHOTO_CONCRETE_TRACKS, 19, 0},
    {PHOTO_DOUBLED, 21, 0},
    {PHOTO_WORN, 18, 2},
    {PHOTO_FORK, 17, 2},
    {PHOTO_WET, 17, 0},
    {PHOTO_TRUCK, 18, 0},
    {PHOTO_JPEG, 21, 0},
    {PHOTO_ROADWORKS, 9, 6},
    {PHOTO_SOFT, 21, 0},
    {PHOTO_CONCRETE_SOFT, 15, 0},
    {PHOTO_ONE_SOFT, 8, 0},
    {PHOTO_NONE_SOFT, 0, 0},
};
enum { CASES = sizeof cases / sizeof *cases };

static void look(const road_photo *photo, photo_variant kind, uint64_t seed, int *found, int *wrong)
{
    road_photo p = road_photo_vary(photo, kind, seed);
    const lanes_options o = {.width_m = LANES_WIDTH_M};
    const colour_view view = road_photo_view(&p);
    error e = {""};
    lanes_view v;
    lane_finder *f = lanes_create(&o, &p.ground, &e);
    ck_assert_msg(f != NULL, "%s", e.text);
    ck_assert(lanes_look(f, &view, 0.04, &v));
    for (int side = 0; side < LANE_SIDES; side++) {
        double score = v.found ? v.score[side] : 0.0;
        bool right = road_photo_right(&p, &v, side);
        *found += right && score >= 0.5;
        *wrong += !right && score >= 0.8;
        if (!right && score >= 0.8)
            printf("%s, %s, side %d: score %.2f, %+.2f m off\n", p.name, photo_names[kind], side, score,
                   road_photo_off(&p, &v, side, false));
    }
    lanes_destroy(f);
    road_photo_destroy(&p);
}

static const char *folder(void)
{
    const char *data = getenv("POSED_REAL_DATA");
    return data ? data : "../shared/data";
}

/* Loaded once; each case has a copy of them by fork. */
static road_photo photos[PHOTOS];

START_TEST (found_or_unsure) {
    int found = 0, wrong = 0;
    for (int i = 0; i < PHOTOS; i++)
        look(&photos[i], cases[_i].variant, (uint64_t)(7000 + 40 * i + (int)cases[_i].variant), &found,
             &wrong);
    printf("%s: %d found, %d wrong\n", photo_names[cases[_i].variant], found, wrong);
    ck_assert_int_ge(found, cases[_i].least_found);
    ck_assert_int_le(wrong, cases[_i].most_wrong);
}
END_TEST

int main(void)
{
    for (int i = 0; i < PHOTOS; i++) {
        if (!road_photo_load(i, folder(), &photos[i])) {
            printf("skipped: no pictures under %s (see POSED_REAL_DATA)\n", folder());
            return SKIPPED;
        }
    }
    TCase *tcase = tcase_create("lane variants");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, found_or_unsure, 0, CASES);
    int code = run_cases("lane variants", tcase);
    for (int i = 0; i < PHOTOS; i++)
        road_photo_destroy(&photos[i]);
    return code;
}
