/* Looking ahead changes nothing, and says what the final pose will say when nothing else comes. */
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t tick_ns = 10000000;

static sim_options all_sources(void)
{
    sim_options o = sim_usual();
    o.sources |= SIM_BIT(SIM_CAMERA) | SIM_BIT(SIM_SECOND_GNSS);
    o.seconds = 30.0;
    return o;
}

typedef struct {
    fusion_pose *poses;
    size_t count, capacity;
} pose_list;

static void keep(void *context, const fusion_pose *p)
{
    pose_list *list = context;
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 4096;
        list->poses = realloc(list->poses, list->capacity * sizeof *list->poses);
    }
    list->poses[list->count++] = *p;
}

typedef struct {
    pose_list final, ahead;
} run_result;

static void finish(run_result *r)
{
    free(r->final.poses);
    free(r->ahead.poses);
}

/* Plays the drive tick by tick, looking ahead at each where wanted. */
static run_result run(const sim_options *o, bool look)
{
    run_result r;
    memset(&r, 0, sizeof r);
    sim_drive *d = sim_drive_make(o);
    settings *s = sim_settings_new();
    const fusion_sinks sinks = {&r.final, keep, NULL, NULL};
    fusion *f = fusion_create(s, &sinks);
    for (int k = 0; k <= (int)(o->seconds * 100.0) + 100; k++) {
        const int64_t now_ns = sim_start_ns(d) + k * tick_ns;
        fusion_pose p;
        sim_feed(d, f, (k - 1) * 0.01 + 1e-7, k * 0.01 + 1e-7);
        fusion_advance(f, now_ns);
        if (look && fusion_look_ahead(f, now_ns, &p, NULL))
            keep(&r.ahead, &p);
    }
    fusion_flush(f);
    fusion_destroy(f);
    free(s);
    sim_drive_free(d);
    return r;
}

static bool at_once(void *context, double t, frame *f)
{
    (void)context;
    (void)t;
    f->received_ns = f->stamp_ns;
    return true;
}

static void check_same(const fusion_pose *a, const fusion_pose *b)
{
    ck_assert_int_eq(a->stamp_ns, b->stamp_ns);
    ck_assert_int_eq(a->based_on_ns, b->based_on_ns);
    ck_assert_uint_eq(a->mode, b->mode);
    ck_assert_uint_eq(a->fault_count, b->fault_count);
    ck_assert_mem_eq(a->position_ecef_m, b->position_ecef_m, sizeof a->position_ecef_m);
    ck_assert_mem_eq(a->q_body_enu, b->q_body_enu, sizeof a->q_body_enu);
    ck_assert_mem_eq(a->velocity_enu_mps, b->velocity_enu_mps, sizeof a->velocity_enu_mps);
    ck_assert_mem_eq(a->covariance, b->covariance, sizeof a->covariance);
}

START_TEST (changes_nothing) {
    sim_options o = all_sources();
    run_result plain = run(&o, false), looked = run(&o, true);
    ck_assert_uint_gt(plain.final.count, 2900);
    ck_assert_uint_eq(plain.final.count, looked.final.count);
    for (size_t i = 0; i < plain.final.count; i++)
        check_same(&plain.final.poses[i], &looked.final.poses[i]);
    finish(&plain);
    finish(&looked);
}
END_TEST

/* Where every frame is there at once, what lies ahead is final. */
START_TEST (is_final) {
    sim_options o = all_sources();
    o.change = at_once;
    o.gnss_delay_s = 0.0;
    run_result r = run(&o, true);
    size_t skipped = 0;
    while (r.final.poses[0].stamp_ns > r.ahead.poses[skipped].stamp_ns)
        skipped++;
    ck_assert_uint_gt(r.final.count, 2900);
    for (size_t i = 0; i < r.final.count && skipped + i < r.ahead.count; i++)
        check_same(&r.final.poses[i], &r.ahead.poses[skipped + i]);
    for (size_t i = 0; i < r.ahead.count; i++)
        ck_assert_uint_eq(r.ahead.poses[i].sequence, i);
    finish(&r);
}
END_TEST

static double distance_m(const fusion_pose *a, const fusion_pose *b)
{
    double square = 0.0;
    for (int k = 0; k < 3; k++)
        square +=
            (a->position_ecef_m[k] - b->position_ecef_m[k]) * (a->position_ecef_m[k] - b->position_ecef_m[k]);
    return sqrt(square);
}

/* Where GNSS comes 0.15 s late, what the late fixes still change lies within what the live pose claims. */
START_TEST (is_near) {
    sim_options o = all_sources();
    o.gnss_delay_s = 0.15;
    run_result r = run(&o, true);
    size_t compared = 0, k = 0;
    for (size_t i = 500; i < r.final.count && k < r.ahead.count; i++, compared++) {
        while (r.ahead.poses[k].stamp_ns < r.final.poses[i].stamp_ns)
            k++;
        const fusion_pose *p = &r.ahead.poses[k];
        const double sigma_m =
            sqrt((double)p->covariance[0][0] + (double)p->covariance[1][1] + (double)p->covariance[2][2]);
        ck_assert_int_eq(p->stamp_ns, r.final.poses[i].stamp_ns);
        ck_assert_double_lt(distance_m(p, &r.final.poses[i]), 0.5 * sigma_m);
    }
    ck_assert_uint_gt(compared, 2400);
    finish(&r);
}
END_TEST

/* Before the first frame there is nothing; a status comes with the pose. */
START_TEST (nothing_yet) {
    sim_options o = all_sources();
    sim_drive *d = sim_drive_make(&o);
    settings *s = sim_settings_new();
    const fusion_sinks sinks = {NULL, NULL, NULL, NULL};
    fusion *f = fusion_create(s, &sinks);
    fusion_pose p;
    fusion_status status;
    ck_assert(!fusion_look_ahead(f, sim_start_ns(d), &p, &status));
    sim_feed(d, f, -1.0, 3.0);
    const int64_t now_ns = sim_start_ns(d) + 300 * tick_ns;
    ck_assert(fusion_look_ahead(f, now_ns, &p, &status));
    ck_assert_int_eq(p.stamp_ns, now_ns);
    ck_assert_int_eq(status.stamp_ns, now_ns);
    ck_assert_int_eq((int)status.mode, p.mode);
    ck_assert_uint_gt(status.sources[SIM_IMU].used, 290);
    fusion_destroy(f);
    free(s);
    sim_drive_free(d);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("look ahead");
    tcase_set_timeout(cases, 100);
    tcase_add_test(cases, changes_nothing);
    tcase_add_test(cases, is_final);
    tcase_add_test(cases, is_near);
    tcase_add_test(cases, nothing_yet);
    return run_cases("fusion: look ahead", cases);
}
