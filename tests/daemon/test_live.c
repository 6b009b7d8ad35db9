/* The live engine: what comes out is a function of the frames and their times of reception alone. */
#include "daemon/live.h"
#include "fusion/window.h"
#include "tests/fusion/sim_drive.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t tick_ns = 10000000, second_ns = 1000000000;
static const double hold_s = 0.02, seconds = 5.0;

typedef struct {
    fusion_pose *poses;
    size_t count, capacity;
} pose_list;

typedef struct {
    pose_list live, track;
    size_t frames;
    int64_t newest_received_ns;
} record;

static void keep(pose_list *list, const fusion_pose *p)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 2048;
        list->poses = realloc(list->poses, list->capacity * sizeof *list->poses);
    }
    list->poses[list->count++] = *p;
}

static void keep_live(void *context, const fusion_pose *p, const fusion_status *status)
{
    ck_assert_int_eq(status->stamp_ns, p->stamp_ns);
    keep(&((record *)context)->live, p);
}

static void keep_track(void *context, const fusion_pose *p)
{
    keep(&((record *)context)->track, p);
}

static void keep_frame(void *context, const frame *f)
{
    record *r = context;
    ck_assert_int_ge(f->received_ns, r->newest_received_ns);
    r->newest_received_ns = f->received_ns;
    r->frames++;
}

static void finish(record *r)
{
    free(r->live.poses);
    free(r->track.poses);
}

static settings *usual(void)
{
    settings *s = sim_settings_new();
    return s;
}

static live *create_into(record *r)
{
    settings *s = usual();
    const live_sinks sinks = {.context = r, .frame = keep_frame, .pose = keep_live, .track = keep_track};
    live *l = live_create(s, NULL, hold_s, &sinks);
    free(s);
    return l;
}

static live *create(record *r)
{
    memset(r, 0, sizeof *r);
    r->newest_received_ns = INT64_MIN;
    return create_into(r);
}

static sim_drive *drive(void)
{
    sim_options o = sim_usual();
    o.seconds = seconds;
    return sim_drive_make(&o);
}

/* Gives the frames received in from..to, moved by `delta_ns`; the last first where `backwards`. */
static void give(live *l, const sim_drive *d, int64_t from_ns, int64_t to_ns, int64_t delta_ns,
                 bool backwards)
{
    const size_t count = sim_frame_count(d);
    for (size_t i = 0; i < count; i++) {
        frame f = *sim_frame(d, backwards ? count - 1 - i : i);
        f.stamp_ns += delta_ns;
        f.received_ns += delta_ns;
        if (f.received_ns > from_ns + delta_ns && f.received_ns <= to_ns + delta_ns)
            ck_assert(live_take(l, &f));
    }
}

typedef struct {
    int64_t step_ns;   /* between two turns of the loop */
    bool backwards;    /* the last frame of a turn first */
    int64_t shift_ns;  /* at half time */
    const settings *s; /* that are taken at half time; NULL: none */
    int stall;         /* turns without running, at half time */
} way;

static record play(const way *w)
{
    record r;
    live *l = create(&r);
    sim_drive *d = drive();
    const int turns = (int)(seconds * 1e9 / (double)w->step_ns), half = turns / 2;
    int64_t delta_ns = 0, before_ns = INT64_MIN / 4;
    for (int k = 0; k <= turns + (int)(second_ns / w->step_ns); k++) {
        const int64_t now_ns = sim_start_ns(d) + k * w->step_ns;
        if (k == half && w->shift_ns != 0)
            live_shift_time(l, delta_ns = w->shift_ns);
        if (k == half && w->s)
            ck_assert(live_reconfigure(l, w->s, hold_s));
        give(l, d, before_ns, now_ns, delta_ns, w->backwards);
        before_ns = now_ns;
        r.newest_received_ns = k == half ? INT64_MIN : r.newest_received_ns;
        if (k < half || k >= half + w->stall)
            live_run_until(l, now_ns + delta_ns);
    }
    ck_assert_uint_eq(live_taken(l), sim_frame_count(d));
    ck_assert_uint_eq(r.frames, sim_frame_count(d));
    live_destroy(l);
    sim_drive_free(d);
    return r;
}

static void check_same(const pose_list *a, const pose_list *b, int64_t half_ns, int64_t delta_ns)
{
    ck_assert_uint_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const fusion_pose *p = &a->poses[i], *q = &b->poses[i];
        ck_assert_int_eq(q->stamp_ns - p->stamp_ns, p->stamp_ns >= half_ns ? delta_ns : 0);
        ck_assert_int_eq(q->based_on_ns - p->based_on_ns, q->stamp_ns - p->stamp_ns);
        ck_assert_uint_eq(p->sequence, q->sequence);
        ck_assert_uint_eq(p->mode, q->mode);
        ck_assert_mem_eq(p->position_ecef_m, q->position_ecef_m, sizeof p->position_ecef_m);
        ck_assert_mem_eq(p->q_body_enu, q->q_body_enu, sizeof p->q_body_enu);
        ck_assert_mem_eq(p->covariance, q->covariance, sizeof p->covariance);
    }
}

START_TEST (ticks_on_the_grid) {
    const way usual_way = {.step_ns = tick_ns};
    record r = play(&usual_way);
    ck_assert_uint_gt(r.live.count, 450);
    ck_assert_uint_gt(r.track.count, 400);
    for (size_t i = 0; i < r.live.count; i++) {
        ck_assert_int_eq(r.live.poses[i].stamp_ns, r.live.poses[0].stamp_ns + (int64_t)i * tick_ns);
        ck_assert_int_eq(r.live.poses[i].stamp_ns % tick_ns, 0);
        ck_assert_uint_eq(r.live.poses[i].sequence, r.live.poses[0].sequence + i);
    }
    finish(&r);
}
END_TEST

/* Neither how often the loop comes round nor the order in which frames are given changes a bit. */
START_TEST (order_of_giving) {
    static const way ways[] = {
        {.step_ns = 10000000, .backwards = true},
        {.step_ns = 1000000},
        {.step_ns = 170000000, .backwards = true},
        {.step_ns = 3000000, .backwards = true},
    };
    const way usual_way = {.step_ns = tick_ns};
    record a = play(&usual_way), b = play(&ways[_i]);
    for (pose_list *longer; a.live.count != b.live.count; longer->count--)
        longer = a.live.count > b.live.count ? &a.live : &b.live; /* the last turn is at another time */
    for (pose_list *longer; a.track.count != b.track.count; longer->count--)
        longer = a.track.count > b.track.count ? &a.track : &b.track;
    ck_assert_uint_gt(a.live.count, 450);
    check_same(&a.live, &b.live, 0, 0);
    check_same(&a.track, &b.track, 0, 0);
    finish(&a);
    finish(&b);
}
END_TEST

START_TEST (no_room) {
    record r;
    live *l = create(&r);
    sim_drive *d = drive();
    frame f = *sim_frame(d, 0);
    int taken = 0;
    for (; taken < 100000 && live_take(l, &f); taken++)
        f.received_ns += 1000;
    ck_assert_int_ge(taken, WINDOW_SMALL_SLOTS);
    ck_assert_int_lt(taken, 2 * (WINDOW_SMALL_SLOTS + WINDOW_LARGE_SLOTS));
    live_run_until(l, f.received_ns + second_ns);
    ck_assert_uint_eq(live_taken(l), (uint64_t)taken);
    f.received_ns += 2 * second_ns;
    ck_assert(live_take(l, &f));
    live_destroy(l);
    sim_drive_free(d);
    finish(&r);
}
END_TEST

static const int64_t shifts_s[] = {7, -3600};

START_TEST (clock_is_stepped) {
    const way usual_way = {.step_ns = tick_ns};
    const way stepped = {.step_ns = tick_ns, .shift_ns = shifts_s[_i] * second_ns};
    record a = play(&usual_way), b = play(&stepped);
    sim_drive *d = drive();
    const int64_t half_ns = sim_start_ns(d) + 5 * second_ns / 2;
    size_t turn = 0;
    while (turn < a.track.count && a.track.poses[turn].stamp_ns == b.track.poses[turn].stamp_ns)
        turn++;
    ck_assert_uint_gt(turn, 100);
    check_same(&a.live, &b.live, half_ns, stepped.shift_ns);
    check_same(&a.track, &b.track, a.track.poses[turn].stamp_ns, stepped.shift_ns);
    sim_drive_free(d);
    finish(&a);
    finish(&b);
}
END_TEST

START_TEST (before_the_first_frame) {
    record r;
    live *l = create(&r);
    ck_assert_int_eq(live_next_tick_ns(l), INT64_MAX);
    ck_assert_int_eq(live_released_ns(l), INT64_MIN);
    live_shift_time(l, second_ns);
    live_run_until(l, second_ns);
    ck_assert_int_eq(live_next_tick_ns(l), INT64_MAX);
    ck_assert_uint_eq(r.live.count, 0);
    live_destroy(l);
    finish(&r);
}
END_TEST

START_TEST (reconfigured) {
    settings *s = usual();
    const way usual_way = {.step_ns = tick_ns}, again = {.step_ns = tick_ns, .s = s};
    record a = play(&usual_way), b = play(&again);
    check_same(&a.live, &b.live, 0, 0);
    check_same(&a.track, &b.track, 0, 0);
    finish(&b);
    s->output.pose_rate_hz = 50.0;
    b = play(&again);
    const size_t last = b.live.count - 1;
    ck_assert_int_eq(b.live.poses[last].stamp_ns - b.live.poses[last - 1].stamp_ns, 2 * tick_ns);
    ck_assert_int_eq(b.live.poses[last].stamp_ns % (2 * tick_ns), 0);
    for (size_t i = 1; i <= last; i++) {
        ck_assert_int_gt(b.live.poses[i].stamp_ns, b.live.poses[i - 1].stamp_ns);
        ck_assert_uint_eq(b.live.poses[i].sequence, b.live.poses[i - 1].sequence + 1);
    }
    finish(&a);
    finish(&b);
    free(s);
}
END_TEST

START_TEST (reconfiguration_refused) {
    record r;
    live *l = create(&r);
    settings *s = usual();
    sim_drive *d = drive();
    give(l, d, INT64_MIN / 4, sim_start_ns(d) + second_ns, 0, false);
    live_run_until(l, sim_start_ns(d) + second_ns);
    const int64_t next_ns = live_next_tick_ns(l);
    s->filter.window_s *= 2.0;
    s->output.pose_rate_hz = 50.0;
    ck_assert(!live_reconfigure(l, s, 0.5));
    ck_assert_int_eq(live_next_tick_ns(l), next_ns);
    live_run_until(l, next_ns);
    ck_assert_int_eq(live_next_tick_ns(l), next_ns + tick_ns);
    ck_assert_int_eq(live_released_ns(l), next_ns - (int64_t)(hold_s * 1e9));
    free(s);
    sim_drive_free(d);
    live_destroy(l);
    finish(&r);
}
END_TEST

static double distance_m(const fusion_pose *a, const fusion_pose *b)
{
    double square = 0.0;
    for (int i = 0; i < 3; i++)
        square +=
            (a->position_ecef_m[i] - b->position_ecef_m[i]) * (a->position_ecef_m[i] - b->position_ecef_m[i]);
    return sqrt(square);
}

/* From a second before the change, when there has been a pose for long: numbers and times go on, and the
 * change is one reset, at the latest pose that was not final yet. */
static void check_goes_on(const pose_list *list, int64_t from_ns)
{
    uint32_t resets = 0;
    for (size_t i = 1; i < list->count; i++) {
        const fusion_pose *before = &list->poses[i - 1], *p = &list->poses[i];
        if (before->stamp_ns < from_ns)
            continue;
        ck_assert_int_eq(p->stamp_ns - before->stamp_ns, tick_ns);
        ck_assert_uint_eq(p->sequence - before->sequence, 1);
        ck_assert_uint_le(p->resets - before->resets, 1);
        ck_assert_msg(distance_m(p, before) < (p->resets > before->resets ? 1.0 : 0.3), "%zu: %f m", i,
                      distance_m(p, before));
        resets += p->resets - before->resets;
    }
    ck_assert_uint_eq(resets, 1);
}

/* Another engine takes the place of the one that runs: all that it knows goes over. */
START_TEST (taken_over) {
    record r;
    live *l = create(&r);
    sim_drive *d = drive();
    const int64_t half_ns = sim_start_ns(d) + 3 * second_ns, end_ns = sim_start_ns(d) + 6 * second_ns;
    for (int64_t now_ns = sim_start_ns(d); now_ns <= end_ns; now_ns += tick_ns) {
        give(l, d, now_ns == sim_start_ns(d) ? INT64_MIN / 4 : now_ns - tick_ns, now_ns, 0, false);
        live_run_until(l, now_ns);
        if (now_ns != half_ns)
            continue;
        live *fresh = create_into(&r);
        ck_assert(live_take_over(fresh, l));
        ck_assert_int_eq(live_next_tick_ns(fresh), live_next_tick_ns(l));
        ck_assert_int_eq(live_released_ns(fresh), live_released_ns(l));
        ck_assert_uint_eq(live_taken(fresh), live_taken(l));
        live_destroy(l);
        l = fresh;
    }
    ck_assert_uint_gt(r.live.count, 490);
    check_goes_on(&r.live, half_ns - second_ns);
    check_goes_on(&r.track, half_ns - second_ns);
    live_destroy(l);
    sim_drive_free(d);
    finish(&r);
}
END_TEST

/* The loop hangs for two seconds: poses that are too old for use are left out, what comes after has its
 * usual number, and the track does not know of it. */
START_TEST (stalled) {
    const way usual_way = {.step_ns = tick_ns}, stalling = {.step_ns = tick_ns, .stall = 200};
    record a = play(&usual_way), b = play(&stalling);
    ck_assert_uint_eq(b.live.count, a.live.count - 100); /* 200 ticks wait, the last 100 are in time */
    const fusion_pose *last_a = &a.live.poses[a.live.count - 1], *last_b = &b.live.poses[b.live.count - 1];
    ck_assert_uint_eq(last_a->sequence, last_b->sequence);
    ck_assert_int_eq(last_a->stamp_ns, last_b->stamp_ns);
    check_same(&a.track, &b.track, 0, 0);
    finish(&a);
    finish(&b);
}
END_TEST

/* A leap of a day is not ticked through. */
START_TEST (leap) {
    record r;
    live *l = create(&r);
    sim_drive *d = drive();
    give(l, d, INT64_MIN / 4, sim_start_ns(d) + second_ns, 0, false);
    live_run_until(l, sim_start_ns(d) + second_ns);
    const size_t before = r.live.count;
    live_run_until(l, sim_start_ns(d) + 86400 * second_ns);
    ck_assert_uint_le(r.live.count, before + 1);
    ck_assert_int_gt(live_next_tick_ns(l), sim_start_ns(d) + 86400 * second_ns);
    ck_assert_int_le(live_next_tick_ns(l), sim_start_ns(d) + 86400 * second_ns + tick_ns);
    sim_drive_free(d);
    live_destroy(l);
    finish(&r);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("live");
    tcase_set_timeout(cases, 100);
    tcase_add_test(cases, ticks_on_the_grid);
    tcase_add_loop_test(cases, order_of_giving, 0, 4);
    tcase_add_test(cases, no_room);
    tcase_add_loop_test(cases, clock_is_stepped, 0, (int)(sizeof shifts_s / sizeof *shifts_s));
    tcase_add_test(cases, before_the_first_frame);
    tcase_add_test(cases, reconfigured);
    tcase_add_test(cases, reconfiguration_refused);
    tcase_add_test(cases, taken_over);
    tcase_add_test(cases, stalled);
    tcase_add_test(cases, leap);
    return run_cases("live", cases);
}
