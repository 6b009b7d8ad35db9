/* The mount from pictures of a straight road: as it was drawn, and refused where it cannot be told. */
#include "sensors/camera/road_pose.h"
#include "tests/sensors/lane_road.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { WIDTH = 960, HEIGHT = 540, SEEDS = 6 };

/* A straight road with a solid and a dashed line, 3.7 m wide; the car is along it. */
static road_scene straight_road(uint64_t seed)
{
    road_scene s = road_draw(ROAD_DAY, seed, WIDTH, HEIGHT);
    s.shape = (lane_shape){{s.shape.at[LANE_CENTRE], 3.7, 0, 0, 0, 0}};
    s.pitch_rad = s.roll_rad = s.crest_1pm = s.taper = s.wobble_m = 0.0; /* level, as pose asks for */
    s.painted[LANE_LEFT] = s.painted[LANE_RIGHT] = true;
    s.dashed[LANE_LEFT] = true;
    s.dashed[LANE_RIGHT] = false;
    s.dash_m = 3.05;
    s.period_m = 12.2;
    s.worn = 0.0;
    for (int i = 0; i < ROAD_MOST_DECOYS; i++)
        s.decoys[i].kind = DECOY_NONE;
    return s;
}

START_TEST (the_mount_is_found) {
    int found = 0;
    road_picture p = road_picture_create(WIDTH, HEIGHT);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        const road_scene s = straight_road(seed);
        const colour_view view = road_picture_view(&p);
        const lane_mount *truth = &s.ground.mount;
        road_pose out;
        error e = {""};
        road_render(&s, &p);
        if (!road_pose_find(&view, &s.ground.model, 3.7, NULL, &out, &e)) {
            printf("seed %d: %s\n", (int)seed, e.text); /* refused, not wrong */
            continue;
        }
        found++;
        printf("height off by %.3f m, pitch %.2f mrad, yaw %.2f mrad\n", out.mount.height_m - truth->height_m,
               1e3 * (out.mount.pitch_rad - truth->pitch_rad), 1e3 * (out.mount.yaw_rad - truth->yaw_rad));
        ck_assert_double_lt(fabs(out.mount.height_m - truth->height_m), 0.03);
        ck_assert_double_lt(fabs(out.mount.pitch_rad - truth->pitch_rad), 0.003);
        ck_assert_double_lt(fabs(out.mount.yaw_rad - truth->yaw_rad), 0.005);
    }
    ck_assert_int_ge(found, SEEDS - 1);
    road_picture_destroy(&p);
}
END_TEST

/* With a focal length that is wrong, distances are, and the dashes say by how much. */
START_TEST (dashes_tell_the_focal_length) {
    static const double wrong[] = {0.8, 1.0, 1.25};
    road_picture p = road_picture_create(WIDTH, HEIGHT);
    for (int k = 0; k < 3; k++) {
        static road_pose poses[SEEDS];
        size_t count = 0;
        for (uint64_t seed = 1; seed <= SEEDS; seed++) {
            const road_scene s = straight_road(seed);
            const colour_view view = road_picture_view(&p);
            camera_model m = s.ground.model;
            m.fx *= wrong[k];
            m.fy *= wrong[k];
            road_render(&s, &p);
            count += road_pose_find(&view, &m, 3.7, NULL, &poses[count], NULL);
        }
        double stretch = road_pose_stretch(poses, count, 12.2);
        printf("%zu pictures, focal length x %.2f: distances x %.3f\n", count, wrong[k], stretch);
        ck_assert_uint_ge(count, SEEDS / 2);
        ck_assert_double_eq_tol(stretch * wrong[k], 1.0, 0.06);
    }
    road_picture_destroy(&p);
}
END_TEST

START_TEST (what_does_not_tell_is_refused) {
    road_picture p = road_picture_create(WIDTH, HEIGHT);
    const colour_view view = road_picture_view(&p);
    road_scene s = straight_road(2);
    road_pose out;
    error bare = {""}, bent = {""}, grey = {""};
    s.shape.at[LANE_CURVATURE] = 0.003;
    road_render(&s, &p);
    ck_assert(!road_pose_find(&view, &s.ground.model, 3.7, NULL, &out, &bent));
    ck_assert_str_ne(bent.text, "");
    s.shape.at[LANE_CURVATURE] = 0.0;
    s.painted[LANE_LEFT] = false;
    s.condition = ROAD_BARE;
    s.painted[LANE_RIGHT] = false;
    road_render(&s, &p);
    ck_assert(!road_pose_find(&view, &s.ground.model, 3.7, NULL, &out, &bare));
    ck_assert_str_ne(bare.text, "");
    road_render_nothing(NOTHING_GREY, 1, &p);
    ck_assert(!road_pose_find(&view, &s.ground.model, 3.7, NULL, &out, &grey));
    ck_assert_ptr_nonnull(strstr(grey.text, "no two lines"));
    ck_assert(isnan(road_pose_stretch(&out, 0, 12.2)));
    road_picture_destroy(&p);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("road_pose");
    tcase_set_timeout(cases, 300);
    tcase_add_test(cases, the_mount_is_found);
    tcase_add_test(cases, dashes_tell_the_focal_length);
    tcase_add_test(cases, what_does_not_tell_is_refused);
    return run_cases("road_pose", cases);
}
