/* Changes from outside to a core that runs: a stepped clock moves times and nothing else, other settings keep
 * the state, a saved state is placed by its age. */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const int64_t second_ns = 1000000000;
static const double seconds = 40.0, turn_s = 25.0; /* of the drive; when something changes */

enum { MOST_FAULTS = 64 };

typedef struct {
    fusion_pose *poses;
    size_t count, capacity;
    fault_event faults[MOST_FAULTS];
    size_t fault_count;
} record;

static void keep_pose(void *context, const fusion_pose *p)
{
    record *r = context;
    if (r->count == r->capacity) {
        r->capacity = r->capacity ? 2 * r->capacity : 4096;
        r->poses = realloc(r->poses, r->capacity * sizeof *r->poses);
    }
    r->poses[r->count++] = *p;
}

static void keep_fault(void *context, const fault_event *e)
{
    record *r = context;
    ck_assert_uint_lt(r->fault_count, MOST_FAULTS);
    r->faults[r->fault_count++] = *e;
}

/* GNSS is silent for a while, and jumps later. Where the core stands at the turn, half a second behind the
 * arrivals, jamming is reported, and about to count. */
static bool trouble(void *context, double t, frame *f)
{
    (void)context;
    if (f->source == SIM_GNSS && t > 32.0 && t < 36.0)
        f->u.gnss.latitude_rad += 40.0 / 6.4e6;
    if (f->source == SIM_GNSS && t > 24.25 && t < 27.0)
        f->u.gnss.jamming = 1.0f;
    return f->source != SIM_GNSS || t < 18.0 || t > 23.0;
}

static sim_drive *drive(void)
{
    sim_options o = sim_usual();
    o.sources |= SIM_BIT(SIM_CAMERA);
    o.seconds = seconds;
    o.change = trouble;
    return sim_drive_make(&o);
}

/* What happens to the core at turn_s. */
typedef void change(fusion *f, const void *with);

static void feed_shifted(const sim_drive *d, fusion *f, double from, double to, int64_t delta_ns)
{
    for (size_t i = 0; i < sim_frame_count(d); i++) {
        frame moved = *sim_frame(d, i);
        const double t = 1e-9 * (double)(moved.received_ns - sim_start_ns(d));
        moved.stamp_ns += delta_ns;
        moved.received_ns += delta_ns;
        if (t >= from && t < to)
            fusion_push(f, &moved);
    }
}

/* The drive, with `what` at turn_s (NULL: nothing); from there on all frames come `delta_ns` later. */
static record play(const settings *s, change *what, const void *with, int64_t delta_ns)
{
    record r;
    memset(&r, 0, sizeof r);
    sim_drive *d = drive();
    const fusion_sinks sinks = {&r, keep_pose, NULL, keep_fault};
    fusion *f = fusion_create(s, &sinks);
    sim_feed(d, f, -1e9, turn_s);
    if (what)
        what(f, with);
    feed_shifted(d, f, turn_s, 1e9, delta_ns);
    fusion_flush(f);
    fusion_destroy(f);
    sim_drive_free(d);
    return r;
}

static void shift(fusion *f, const void *delta_ns)
{
    fusion_shift_time(f, *(const int64_t *)delta_ns);
}

static void reconfigure(fusion *f, const void *s)
{
    ck_assert(fusion_reconfigure(f, s));
}

static void check_same_estimate(const fusion_pose *a, const fusion_pose *b)
{
    ck_assert_uint_eq(a->sequence, b->sequence);
    ck_assert_uint_eq(a->mode, b->mode);
    ck_assert_uint_eq(a->usable, b->usable);
    ck_assert_uint_eq(a->resets, b->resets);
    ck_assert_uint_eq(a->fault_count, b->fault_count);
    ck_assert_mem_eq(a->position_ecef_m, b->position_ecef_m, sizeof a->position_ecef_m);
    ck_assert_mem_eq(a->q_body_enu, b->q_body_enu, sizeof a->q_body_enu);
    ck_assert_mem_eq(a->velocity_enu_mps, b->velocity_enu_mps, sizeof a->velocity_enu_mps);
    ck_assert_mem_eq(a->covariance, b->covariance, sizeof a->covariance);
}

/* The same estimates and faults; from the turn on `delta_ns` later. What waited in the window then is later
 * too, so the turn is the first pose that is not at its old time. */
static void check_shifted(const record *plain, const record *moved, int64_t delta_ns)
{
    size_t turn = 0;
    ck_assert_uint_gt(plain->count, 3800);
    ck_assert_uint_eq(plain->count, moved->count);
    while (turn < plain->count && plain->poses[turn].stamp_ns == moved->poses[turn].stamp_ns)
        turn++;
    ck_assert_uint_gt(turn, 2300);
    ck_assert_uint_lt(turn, 2550);
    for (size_t i = 0; i < plain->count; i++) {
        const int64_t expected_ns = i < turn ? 0 : delta_ns;
        ck_assert_int_eq(moved->poses[i].stamp_ns - plain->poses[i].stamp_ns, expected_ns);
        ck_assert_int_eq(moved->poses[i].based_on_ns - plain->poses[i].based_on_ns, expected_ns);
        check_same_estimate(&plain->poses[i], &moved->poses[i]);
    }
    ck_assert_uint_gt(plain->fault_count, 2);
    ck_assert_uint_eq(plain->fault_count, moved->fault_count);
    for (size_t i = 0; i < plain->fault_count; i++) {
        const fault_event *a = &plain->faults[i], *b = &moved->faults[i];
        ck_assert(a->code == b->code && a->source == b->source && a->raised == b->raised);
        const int64_t by_ns = b->stamp_ns - a->stamp_ns;
        ck_assert(by_ns == 0 || by_ns == delta_ns);
    }
    ck_assert_int_eq(moved->faults[plain->fault_count - 1].stamp_ns -
                         plain->faults[plain->fault_count - 1].stamp_ns,
                     delta_ns);
}

static const int64_t deltas_s[] = {3600, -3600, 1, -1, 86400 * 365};

START_TEST (shift_moves_times_only) {
    const int64_t delta_ns = deltas_s[_i] * second_ns;
    settings *s = sim_settings_new();
    record plain = play(s, NULL, NULL, 0), moved = play(s, shift, &delta_ns, delta_ns);
    check_shifted(&plain, &moved, delta_ns);
    free(plain.poses);
    free(moved.poses);
    free(s);
}
END_TEST

/* A step that is no multiple of a tick: poses stay on the grid, in order, none is missing or doubled. */
START_TEST (shift_keeps_the_grid) {
    const int64_t delta_ns = 3700000, tick_ns = 10000000;
    settings *s = sim_settings_new();
    record moved = play(s, shift, &delta_ns, delta_ns);
    ck_assert_uint_gt(moved.count, 3800);
    for (size_t i = 0; i < moved.count; i++) {
        ck_assert_int_eq(moved.poses[i].stamp_ns % tick_ns, 0);
        ck_assert_uint_eq(moved.poses[i].sequence, moved.poses[0].sequence + i);
        if (i > 0) {
            const int64_t step_ns = moved.poses[i].stamp_ns - moved.poses[i - 1].stamp_ns;
            ck_assert(step_ns == tick_ns || step_ns == 2 * tick_ns);
        }
    }
    free(moved.poses);
    free(s);
}
END_TEST

START_TEST (shift_of_a_new_core) {
    const fusion_sinks silent = {NULL, NULL, NULL, NULL};
    settings *s = sim_settings_new();
    sim_drive *d = drive();
    record plain = play(s, NULL, NULL, 0), r;
    memset(&r, 0, sizeof r);
    const fusion_sinks sinks = {&r, keep_pose, NULL, NULL};
    fusion *f = fusion_create(s, &sinks), *idle = fusion_create(s, &silent);
    fusion_shift_time(f, 3600 * second_ns);
    fusion_shift_time(idle, -3600 * second_ns);
    sim_feed(d, f, -1e9, 1e9);
    fusion_flush(f);
    ck_assert_uint_eq(r.count, plain.count);
    for (size_t i = 0; i < r.count; i++)
        check_same_estimate(&plain.poses[i], &r.poses[i]);
    fusion_destroy(idle);
    fusion_destroy(f);
    sim_drive_free(d);
    free(plain.poses);
    free(r.poses);
    free(s);
}
END_TEST

/* ---- other settings */

/* What watches for long goes on as if nothing had happened; what has not begun does not begin. */
START_TEST (shift_moves_what_watches) {
    const fusion_sinks silent = {NULL, NULL, NULL, NULL};
    settings *s = sim_settings_new();
    fusion *f = fusion_create(s, &silent), *idle = fusion_create(s, &silent);
    int64_t *const of[] = {&f->slide.since_ns,
                           &f->turn.since_ns,
                           &f->turn.stamp_ns,
                           &f->source[0].imu.samples.stamp_ns,
                           &f->start.alone.stamp_ns,
                           &f->source[0].gnss.away.since_ns,
                           &f->source[0].gnss.away.newest_ns,
                           &f->source[0].gnss.away.leapt_ns,
                           &f->source[0].imu.still.stamp_ns,
                           &f->source[0].imu.still.counted_ns,
                           &f->rest.stamp_ns,
                           &f->rest.still_ns,
                           &f->rest.leap_ns,
                           &f->start.wheels_ns,
                           &f->start.wheels_stand_ns,
                           &f->start.receiver_moves_ns,
                           &f->start.receiver_stands_ns};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        *of[i] = second_ns;
    f->start.alone.count = 1;
    fusion_shift_time(f, 10 * second_ns);
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        ck_assert_msg(*of[i] == 11 * second_ns, "%d is left where it was", (int)i);
    fusion_shift_time(idle, 10 * second_ns);
    ck_assert(idle->slide.since_ns == INT64_MIN && idle->turn.since_ns == INT64_MIN);
    fusion_destroy(idle);
    fusion_destroy(f);
    free(s);
}
END_TEST

START_TEST (same_settings_change_nothing) {
    settings *s = sim_settings_new();
    record plain = play(s, NULL, NULL, 0), again = play(s, reconfigure, s, 0);
    ck_assert_uint_eq(plain.count, again.count);
    for (size_t i = 0; i < plain.count; i++)
        check_same_estimate(&plain.poses[i], &again.poses[i]);
    free(plain.poses);
    free(again.poses);
    free(s);
}
END_TEST

/* Another rate of poses: the next pose is that of the new grid, the estimate goes on. */
START_TEST (other_rate) {
    settings *s = sim_settings_new(), *slow = sim_settings_new();
    slow->output.pose_rate_hz = 20.0;
    record plain = play(s, NULL, NULL, 0), other = play(s, reconfigure, slow, 0);
    size_t k = 0, compared = 0;
    for (size_t i = 0; i < other.count; i++) {
        while (k < plain.count && plain.poses[k].stamp_ns < other.poses[i].stamp_ns)
            k++;
        ck_assert(k < plain.count && plain.poses[k].stamp_ns == other.poses[i].stamp_ns);
        ck_assert_mem_eq(plain.poses[k].position_ecef_m, other.poses[i].position_ecef_m,
                         sizeof plain.poses[k].position_ecef_m);
        compared += other.poses[i].stamp_ns % 50000000 == 0;
    }
    ck_assert_uint_gt(compared, 750);
    ck_assert_int_eq(other.poses[other.count - 1].stamp_ns - other.poses[other.count - 2].stamp_ns, 50000000);
    free(plain.poses);
    free(other.poses);
    free(slow);
    free(s);
}
END_TEST

/* What a frame is judged by is another from then on, and counts. */
START_TEST (other_limits_count) {
    settings *s = sim_settings_new(), *strict = sim_settings_new();
    strict->sources[SIM_GNSS].of.gnss.claim_scale *= 4.0;
    record plain = play(s, NULL, NULL, 0), other = play(s, reconfigure, strict, 0);
    const fusion_pose *a = &plain.poses[plain.count - 1], *b = &other.poses[other.count - 1];
    ck_assert_float_gt(b->covariance[0][0], a->covariance[0][0]);
    check_same_estimate(&plain.poses[2000], &other.poses[2000]);
    free(plain.poses);
    free(other.poses);
    free(strict);
    free(s);
}
END_TEST

typedef void edit(settings *s);

static void fewer(settings *s)
{
    s->source_count--;
}

static void renamed(settings *s)
{
    s->sources[SIM_GNSS].name[strlen(s->sources[SIM_GNSS].name) - 1] ^= 1;
}

static void swapped(settings *s)
{
    const source_settings kept = s->sources[SIM_GNSS];
    s->sources[SIM_GNSS] = s->sources[SIM_SECOND_GNSS];
    s->sources[SIM_SECOND_GNSS] = kept;
}

static void disabled(settings *s)
{
    s->sources[SIM_RADAR].enabled = false;
}

static void moved(settings *s)
{
    s->sources[SIM_CAMERA].mount.x_m += 0.1;
}

static void noisier(settings *s)
{
    double *first = (double *)(void *)&s->sources[SIM_IMU].of.imu;
    *first *= 2.0;
}

static void wider(settings *s)
{
    s->filter.window_s *= 2.0;
}

static void livelier(settings *s)
{
    s->filter.pseudo_accel_mps2 *= 2.0;
}

static edit *const refused[] = {fewer, renamed, swapped, disabled, moved, noisier, wider, livelier};

static void try_edit(fusion *f, const void *other)
{
    ck_assert(!fusion_reconfigure(f, other));
}

START_TEST (refused_changes_nothing) {
    settings *s = sim_settings_new(), *other = sim_settings_new();
    refused[_i](other);
    record plain = play(s, NULL, NULL, 0), tried = play(s, try_edit, other, 0);
    ck_assert_uint_eq(plain.count, tried.count);
    for (size_t i = 0; i < plain.count; i++)
        check_same_estimate(&plain.poses[i], &tried.poses[i]);
    free(plain.poses);
    free(tried.poses);
    free(other);
    free(s);
}
END_TEST

/* ---- another core */

/* At turn_s a core of other settings goes on: no tick is left out or told twice, numbers go on, the change is
 * one reset, and the pose stays where it was. */
START_TEST (taken_over) {
    settings *s = sim_settings_new(), *other = sim_settings_new();
    sim_drive *d = drive();
    record r;
    memset(&r, 0, sizeof r);
    const fusion_sinks sinks = {&r, keep_pose, NULL, keep_fault};
    refused[_i](other);
    fusion *f = fusion_create(s, &sinks), *next = fusion_create(other, &sinks);
    const bool same = refused[_i] != fewer && refused[_i] != renamed && refused[_i] != swapped;
    ck_assert_int_eq(fusion_same_sources(f, next), same);
    sim_feed(d, f, -1e9, 17.0); /* GNSS falls silent at 18 s only */
    const size_t told = r.count;
    ck_assert(fusion_take_over(next, f));
    fusion_destroy(f);
    sim_feed(d, next, 17.0, 17.9);
    fusion_flush(next);
    ck_assert_uint_gt(r.count, told + 100);
    for (size_t i = told; i < r.count; i++) {
        const fusion_pose *p = &r.poses[i], *before = &r.poses[i - 1];
        double square = 0.0;
        for (int k = 0; k < 3; k++)
            square += (p->position_ecef_m[k] - before->position_ecef_m[k]) *
                      (p->position_ecef_m[k] - before->position_ecef_m[k]);
        ck_assert_int_eq(p->stamp_ns - before->stamp_ns, 10000000);
        ck_assert_uint_eq(p->sequence, before->sequence + 1);
        ck_assert_uint_eq(p->resets, r.poses[told - 1].resets + 1);
        ck_assert(p->mode == MODE_NOMINAL || p->mode == MODE_DEGRADED);
        ck_assert_msg(sqrt(square) < 1.0, "%zu: %f m", i - told, sqrt(square));
    }
    fusion_destroy(next);
    sim_drive_free(d);
    free(r.poses);
    free(other);
    free(s);
}
END_TEST

/* Before there is a pose: it starts from nothing, at the same time. */
START_TEST (taken_over_without_a_state) {
    settings *s = sim_settings_new();
    record plain = play(s, NULL, NULL, 0), r;
    memset(&r, 0, sizeof r);
    sim_drive *d = drive();
    const fusion_sinks sinks = {&r, keep_pose, NULL, NULL};
    fusion *f = fusion_create(s, &sinks), *next = fusion_create(s, &sinks);
    sim_feed(d, f, -1e9, 0.3); /* all of it still waits */
    ck_assert(!fusion_take_over(next, f));
    fusion_destroy(f);
    sim_feed(d, next, 0.3, 1e9);
    fusion_flush(next);
    ck_assert_uint_eq(r.count, plain.count);
    for (size_t i = 0; i < r.count; i++)
        ck_assert_mem_eq(r.poses[i].covariance, plain.poses[i].covariance, sizeof r.poses[i].covariance);
    fusion_destroy(next);
    sim_drive_free(d);
    free(plain.poses);
    free(r.poses);
    free(s);
}
END_TEST

/* ---- a saved state of some age */

/* The first pose of a car that was saved at 20 s, at 15 m/s, and goes on without GNSS `later_s` after. */
static fusion_pose first_pose(const sim_drive *d, const settings *s, double later_s, double age_s)
{
    const fusion_sinks silent = {NULL, NULL, NULL, NULL};
    record r;
    memset(&r, 0, sizeof r);
    const fusion_sinks sinks = {&r, keep_pose, NULL, NULL};
    fusion *saved = fusion_create(s, &silent), *f = fusion_create(s, &sinks);
    void *bytes = malloc(fusion_state_size());
    sim_feed(d, saved, -1e9, 20.0);
    fusion_flush(saved);
    ck_assert_uint_eq(fusion_save(saved, bytes, fusion_state_size()), fusion_state_size());
    ck_assert(fusion_restore(f, bytes, fusion_state_size(), age_s));
    for (size_t i = 0; i < sim_frame_count(d); i++) {
        const frame *in = sim_frame(d, i);
        const double t = 1e-9 * (double)(in->received_ns - sim_start_ns(d));
        if (t >= 20.0 + later_s && t < 22.0 + later_s && in->source == SIM_IMU)
            fusion_push(f, in);
    }
    fusion_flush(f);
    ck_assert_uint_gt(r.count, 100);
    const fusion_pose first = r.poses[0];
    free(r.poses);
    free(bytes);
    fusion_destroy(saved);
    fusion_destroy(f);
    return first;
}

/* How far the pose is from where the car was at `t`, and how far it claims to be at most (3 sigma). */
static double off_m(const sim_drive *d, const fusion_pose *p, double t, double *claimed_m)
{
    double truth[3], r[3][3], speed, square = 0.0;
    sim_truth(d, t, truth, r, &speed);
    for (int i = 0; i < 3; i++)
        square += (p->position_ecef_m[i] - truth[i]) * (p->position_ecef_m[i] - truth[i]);
    *claimed_m = 3.0 * sqrt((double)p->covariance[0][0] + (double)p->covariance[1][1]);
    return sqrt(square);
}

/* seconds since it was saved; the age that is known; where the car is then taken to be, by the drive */
static const struct {
    double later_s, age_s, at_s;
} ages[] = {
    {0.5, 0.5, 20.5}, {2.0, 2.0, 22.0}, {4.5, 4.5, 24.5}, /* it went on */
    {6.0, 6.0, 20.0}, {2.0, NAN, 20.0},                   /* it stood */
};

START_TEST (placed_by_its_age) {
    sim_options o = sim_usual();
    o.motion = sim_straight;
    o.seconds = 40.0;
    sim_drive *d = sim_drive_make(&o);
    settings *s = sim_settings_new();
    double claimed_m;
    const fusion_pose p = first_pose(d, s, ages[_i].later_s, ages[_i].age_s);
    const double off = off_m(d, &p, ages[_i].at_s, &claimed_m);
    const double t = 1e-9 * (double)(p.stamp_ns - sim_start_ns(d));
    ck_assert_double_eq_tol(t, 20.0 + ages[_i].later_s, 0.05);
    ck_assert_msg(off < claimed_m && off < 4.0, "%.2f m off, %.2f claimed", off, claimed_m);
    free(s);
    sim_drive_free(d);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("adjust");
    tcase_set_timeout(cases, 100);
    tcase_add_loop_test(cases, shift_moves_times_only, 0, (int)(sizeof deltas_s / sizeof *deltas_s));
    tcase_add_test(cases, shift_keeps_the_grid);
    tcase_add_test(cases, shift_of_a_new_core);
    tcase_add_test(cases, shift_moves_what_watches);
    tcase_add_test(cases, same_settings_change_nothing);
    tcase_add_test(cases, other_rate);
    tcase_add_test(cases, other_limits_count);
    tcase_add_loop_test(cases, refused_changes_nothing, 0, (int)(sizeof refused / sizeof *refused));
    tcase_add_loop_test(cases, taken_over, 0, (int)(sizeof refused / sizeof *refused));
    tcase_add_test(cases, taken_over_without_a_state);
    tcase_add_loop_test(cases, placed_by_its_age, 0, (int)(sizeof ages / sizeof *ages));
    return run_cases("fusion: changes from outside", cases);
}
