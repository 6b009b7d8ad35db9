/* The camera's numbers on rendered pictures: tags at known poses within what is claimed for them, and health
 * that follows what spoils a picture. */
#include "sensors/camera/health.h"
#include "sensors/camera/tag_pose.h"
#include "sensors/camera/tags.h"
#include "tests/sensors/camera_picture.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
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
    double facing_squares, facing_worst; /* of those whose facing is told; of all */
    int facing;
} tag_score;

/* Good enough for a heading: fusion/core/initialize_marks.c. */
static const double facing_told_rad = 0.15;

/* The angle between what it says that its face looks at and the truth, in sigmas. */
static void judge_facing(tag_score *s, const camera_landmark *l, const picture_tag_pose *at)
{
    double az = (double)l->facing_az_rad, el = (double)l->facing_el_rad;
    const double optical[3] = {-cos(el) * sin(az), -sin(el), cos(el) * cos(az)};
    double along = 0.0;
    for (int k = 0; k < 3; k++)
        along -= optical[k] * at->r[k][2];
    double off = acos(fmin(fmax(along, -1.0), 1.0)) / (double)l->sigma_facing_rad;
    s->facing_worst = fmax(s->facing_worst, off);
    if ((double)l->sigma_facing_rad > facing_told_rad)
        return;
    s->facing_squares += off * off;
    s->facing++;
}

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
    judge_facing(s, l, at);
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
    picture_rays rays = picture_rays_create(m, WIDTH, HEIGHT);
    frame_landmarks out;
    for (int i = 0; i < POSES; i++) {
        picture_tag_pose at = picture_random_pose(&p, m, 0.3, 1.5, 7.0, 0.9);
        at.family = "tag36h11";
        at.number = 1 + i;
        picture_wall(&p, 0.5);
        picture_tag(&p, &rays, &at, 0.08, 0.85);
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
    picture_rays_destroy(&rays);
    picture_destroy(&p);
    tags_destroy(finder);
    return s;
}

static const struct {
    const char *legend;
    const camera_model *model;
    double blur_px, noise;
    int least; /* found of POSES */
    int told;  /* of these, those whose facing is */
} looks[] = {
    {"sharp", &straight, 0.5, 2, 22, 10},
    {"a lens that bends lines", &bent, 0.5, 2, 22, 10},
    {"blurred and noisy", &bent, 1.0, 6, 18, 5},
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
    printf("facing told %d times, mean square in sigmas %.2f, worst of all %.1f\n", s.facing,
           s.facing_squares / s.facing, s.facing_worst);
    ck_assert_int_ge(s.facing, looks[_i].told);
    ck_assert_double_lt(s.facing_squares / s.facing, 2.0); /* of an angle: two axes */
    ck_assert_double_lt(s.facing_worst, 5.0);
}
END_TEST

/* Corners with a noise of just what is claimed for them: of tags of 20 pixels and more, tilted either way,
 * which way they look is within what is said. Where noise decides, both answers are. */
START_TEST (a_facing_is_within_its_claim) {
    enum { TAGS = 2000 };
    const double noise_px = 0.3;
    picture p = picture_create(WIDTH, HEIGHT, seed + 1);
    double squares = 0.0, worst = 0.0;
    int told = 0, flipped = 0;
    for (int i = 0; i < TAGS; i++) {
        picture_tag_pose at = picture_random_pose(&p, &straight, 0.3, 2.0, 12.0, 0.9);
        static const double square[4][2] = {{-0.15, -0.15}, {0.15, -0.15}, {0.15, 0.15}, {-0.15, 0.15}};
        double corners[4][2];
        tag_pose pose;
        for (int c = 0; c < 4; c++) {
            double at_corner[3];
            for (int k = 0; k < 3; k++)
                at_corner[k] = at.centre_m[k] + at.r[k][0] * square[c][0] + at.r[k][1] * square[c][1];
            const double xy[2] = {at_corner[0] / at_corner[2], at_corner[1] / at_corner[2]};
            model_to_pixel(&straight, xy, corners[c], NULL);
            for (int k = 0; k < 2; k++) {
                for (int n = 0; n < 12; n++)
                    corners[c][k] += noise_px * picture_uniform(&p, -0.5, 0.5);
            }
        }
        if (!tag_pose_find(&straight, corners, 0.3, &pose))
            continue;
        double along = 0.0, sigma = tag_pose_facing_sigma(&pose, fmax(noise_px, pose.misfit_px));
        for (int k = 0; k < 3; k++)
            along -= pose.normal[k] * at.r[k][2];
        double off = acos(fmin(fmax(along, -1.0), 1.0));
        worst = fmax(worst, off / sigma);
        flipped += off > 0.5;
        if (sigma < facing_told_rad) {
            squares += off * off / (sigma * sigma);
            told++;
        }
    }
    picture_destroy(&p);
    printf(
        "facing of corners with noise: told %d of %d, mean square in sigmas %.2f, worst of all %.1f; %d the "
        "wrong way\n",
        told, TAGS, squares / told, worst, flipped);
    ck_assert_int_gt(told, TAGS / 10);
    ck_assert_int_gt(flipped, 20); /* that there is something to be told */
    ck_assert_double_lt(squares / told, 2.0);
    ck_assert_double_lt(worst, 5.0);
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

/* Drawn once; each test has it by fork. */
static picture road;

static frame_camera_health measure(spoil *by, double amount)
{
    frame_camera_health out;
    health_meter *h = health_create();
    picture p = picture_copy(&road);
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
    const frame_camera_health day = measure(NULL, 0), dark = measure(picture_darken, 0.97),
                              glare = measure(picture_glare, 1), soft = measure(add_blur, 1),
                              dirty = measure(add_dirt, 0.9);
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
        const frame_camera_health dirt = measure(add_dirt, 0.9 * amount),
                                  night = measure(picture_darken, 0.97 * amount),
                                  soft = measure(add_blur, amount);
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
    const frame_camera_health a = measure(NULL, 0), b = measure(NULL, 0);
    ck_assert_mem_eq(&a, &b, sizeof a);
    health_meter *h = health_create();
    picture p = picture_copy(&road);
    frame_camera_health first, next;
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
    road = picture_create(WIDTH, HEIGHT, seed);
    picture_road(&road);
    TCase *cases = tcase_create("camera");
    tcase_set_timeout(cases, 300);
    tcase_add_loop_test(cases, tags_are_where_they_say, 0, LOOKS);
    tcase_add_test(cases, a_facing_is_within_its_claim);
    tcase_add_test(cases, health_follows_the_picture);
    tcase_add_test(cases, health_is_monotone);
    tcase_add_test(cases, frozen_is_the_same_bits);
    int code = run_cases("camera", cases);
    picture_destroy(&road);
    return code;
}
