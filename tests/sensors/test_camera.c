/* The camera's numbers on rendered pictures: tags at known poses within what is claimed for them, and health
 * that follows what spoils a picture. */
#include "sensors/camera/health.h"
#include "sensors/camera/tags.h"
#include "tests/sensors/camera_picture.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WIDTH = 1280, HEIGHT = 720, POSES = 24 };
static const uint64_t seed = 20;
static const camera_model straight = {.fx = 900, .fy = 900, .cx = 639.5, .cy = 359.5};
static const camera_model bent = {
    .fx = 900, .fy = 905, .cx = 642, .cy = 355, .k1 = -0.25, .k2 = 0.08, .p1 = 1e-3, .p2 = -5e-4};

typedef struct {
    double squares[3]; /* of bearing azimuth, elevation and range, in sigmas; summed */
    double worst;
    int found, wrong;
} tag_score;

static void judge(tag_score *s, const camera_landmark *l, const picture_tag_pose *at)
{
    const camera_bearing truth = model_bearing(at->centre_m, NULL);
    const double off[3] = {((double)l->azimuth_rad - truth.azimuth_rad) / (double)l->sigma_rad,
                           ((double)l->elevation_rad - truth.elevation_rad) / (double)l->sigma_rad,
                           ((double)l->range_m - truth.range) / (double)l->sigma_range_m};
    for (int i = 0; i < 3; i++) {
        s->squares[i] += off[i] * off[i];
        s->worst = fmax(s->worst, fabs(off[i]));
    }
    s->found++;
}

static tag_score look(const camera_model *m, double blur_px, double noise)
{
    error e = {""};
    const tags_options o = {.families = "tag36h11", .decimate = 1, .size_m = 0.3, .corner_px = 0.25};
    tag_finder *finder = tags_create(&o, &e);
    ck_assert_msg(finder != NULL, "%s", e.text);
    tag_score s = {.found = 0};
    picture p = picture_create(WIDTH, HEIGHT, seed);
    frame_landmarks out;
    for (int i = 0; i < POSES; i++) {
        picture_tag_pose at = picture_random_pose(&p, m, 0.3, 1.5, 7.0, 0.9);
        at.family = "tag36h11";
        at.number = 1 + i;
        picture_wall(&p, 0.5);
        picture_tag(&p, m, &at, 0.08, 0.85);
        picture_blur(&p, blur_px);
        picture_expose(&p, noise);
        const luma_view view = picture_view(&p);
        tags_find(finder, &view, m, &out);
        for (int k = 0; k < out.count; k++) {
            if (out.landmarks[k].id % TAGS_FAMILY_STEP == (uint64_t)at.number)
                judge(&s, &out.landmarks[k], &at);
            else if (out.landmarks[k].score > 0.3F) /* camera's min_score: less is not used */
                s.wrong++;
        }
    }
    picture_destroy(&p);
    tags_destroy(finder);
    return s;
}

static const struct {
    const char *legend;
    const camera_model *model;
    double blur_px, noise;
    int least; /* found of POSES */
} looks[] = {
    {"sharp", &straight, 0.5, 2, 22},
    {"a lens that bends lines", &bent, 0.5, 2, 22},
    {"blurred and noisy", &bent, 1.0, 6, 18},
};
enum { LOOKS = sizeof looks / sizeof *looks };

/* Bearings and ranges lie within what is claimed for them; the claim is for corners of real pictures, which
 * are some times worse than these. */
START_TEST (tags_are_where_they_say) {
    const tag_score s = look(looks[_i].model, looks[_i].blur_px, looks[_i].noise);
    printf("%s: %d of %d found, mean squares in sigmas %.2f %.2f %.2f, worst %.1f\n", looks[_i].legend,
           s.found, POSES, s.squares[0] / s.found, s.squares[1] / s.found, s.squares[2] / s.found, s.worst);
    ck_assert_int_eq(s.wrong, 0);
    ck_assert_int_ge(s.found, looks[_i].least);
    for (int i = 0; i < 3; i++) {
        ck_assert_double_lt(s.squares[i] / s.found, 1.5);
        ck_assert_double_gt(s.squares[i] / s.found, 0.002);
    }
    ck_assert_double_lt(s.worst, 5.0);
}
END_TEST

/* ---- health */

typedef void spoil(picture *p, double amount);

static void add_blur(picture *p, double amount)
{
    picture_blur(p, 8.0 * amount);
}

static void add_dirt(picture *p, double amount)
{
    picture_dirt(p, amount, 0.3);
}

static frame_camera_health measure(spoil *by, double amount, uint64_t with_seed)
{
    frame_camera_health out;
    health_meter *h = health_create();
    picture p = picture_create(WIDTH, HEIGHT, with_seed);
    picture_road(&p);
    if (by)
        by(&p, amount);
    picture_expose(&p, 2.0);
    const luma_view view = picture_view(&p);
    ck_assert(health_measure(h, &view, &out));
    picture_destroy(&p);
    health_destroy(h);
    return out;
}

static void print(const char *what, const frame_camera_health *h)
{
    printf("%-10s mean %.3f saturated %.3f dark %.3f contrast %.3f sharpness %.2f blocked %.3f\n", what,
           (double)h->mean_luminance, (double)h->saturated_fraction, (double)h->dark_fraction,
           (double)h->contrast, (double)h->sharpness, (double)h->blocked_fraction);
}

START_TEST (health_follows_the_picture) {
    const frame_camera_health day = measure(NULL, 0, seed), dark = measure(picture_darken, 0.97, seed),
                              glare = measure(picture_glare, 1, seed), soft = measure(add_blur, 1, seed),
                              dirty = measure(add_dirt, 0.9, seed);
    print("day", &day);
    print("dark", &dark);
    print("glare", &glare);
    print("blurred", &soft);
    print("dirty", &dirty);
    ck_assert_float_gt(dark.dark_fraction, 0.6F);
    ck_assert_float_lt(day.dark_fraction, 0.3F);
    ck_assert_float_lt(dark.mean_luminance, 0.5F * day.mean_luminance);
    ck_assert_float_gt(glare.saturated_fraction, day.saturated_fraction + 0.02F);
    ck_assert_float_lt(soft.sharpness, 0.3F * day.sharpness);
    ck_assert_float_gt(dirty.blocked_fraction, 0.7F);
    ck_assert_float_lt(day.blocked_fraction, 0.4F);
}
END_TEST

/* More of what spoils it never looks better. */
START_TEST (health_is_monotone) {
    float blocked = 0.0F, dark = 0.0F, sharpness = INFINITY;
    for (int i = 0; i <= 4; i++) {
        const double amount = 0.25 * i;
        const frame_camera_health dirt = measure(add_dirt, 0.9 * amount, seed),
                                  night = measure(picture_darken, 0.97 * amount, seed),
                                  soft = measure(add_blur, amount, seed);
        ck_assert_float_ge(dirt.blocked_fraction, blocked - 0.02F);
        ck_assert_float_ge(night.dark_fraction, dark - 0.01F);
        ck_assert_float_le(soft.sharpness, sharpness * 1.02F);
        blocked = dirt.blocked_fraction;
        dark = night.dark_fraction;
        sharpness = soft.sharpness;
    }
}
END_TEST

/* A frozen camera shows by the same bits; a live one has noise. */
START_TEST (frozen_is_the_same_bits) {
    const frame_camera_health a = measure(NULL, 0, seed), b = measure(NULL, 0, seed);
    ck_assert_mem_eq(&a, &b, sizeof a);
    health_meter *h = health_create();
    picture p = picture_create(WIDTH, HEIGHT, seed);
    frame_camera_health first, next;
    picture_road(&p);
    picture_expose(&p, 2.0);
    luma_view view = picture_view(&p);
    ck_assert(health_measure(h, &view, &first));
    picture_expose(&p, 2.0);
    view = picture_view(&p);
    ck_assert(health_measure(h, &view, &next));
    ck_assert(memcmp(&first, &next, sizeof first) != 0);
    picture_destroy(&p);
    health_destroy(h);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("camera");
    TCase *cases = tcase_create("camera");
    tcase_set_timeout(cases, 300);
    tcase_add_loop_test(cases, tags_are_where_they_say, 0, LOOKS);
    tcase_add_test(cases, health_follows_the_picture);
    tcase_add_test(cases, health_is_monotone);
    tcase_add_test(cases, frozen_is_the_same_bits);
    suite_add_tcase(suite, cases);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
