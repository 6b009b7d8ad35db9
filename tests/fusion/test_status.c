/* What the core tells of its reasons: each look at a condition, and what the bounds of a pose are made of. */
#include "tests/fusion/sim_watch.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    fusion *core;
    fusion_pose pose;
    fusion_status status;                           /* as the pose was made */
    fault_event last[SIM_SOURCES + 1][FAULT_COUNT]; /* the newest look */
    size_t looks, holding, rises;
    uint64_t poses; /* hash */
} story;

static size_t slot_of(uint16_t source)
{
    return source < SIM_SOURCES ? source : SIM_SOURCES;
}

static void take_look(void *context, const fault_event *look)
{
    story *s = context;
    s->looks++;
    s->holding += look->raised;
    s->last[slot_of(look->source)][look->code] = *look;
}

static bool same(float a, float b)
{
    return a == b || (isnan(a) && isnan(b));
}

/* A flag moves because of the look just before it. */
static void take_fault(void *context, const fault_event *event)
{
    story *s = context;
    const fault_event *look = &s->last[slot_of(event->source)][event->code];
    const char *name = fault_describe((fault_code)event->code)->name;
    if (s->looks == 0)
        return;
    ck_assert_msg(look->stamp_ns == event->stamp_ns && look->raised == event->raised, "%s", name);
    ck_assert_msg(same(look->evidence, event->evidence) && same(look->limit, event->limit), "%s", name);
    if (event->raised && *fault_describe((fault_code)event->code)->evidence)
        ck_assert_msg(isfinite(event->evidence) && isfinite(event->limit), "%s has no evidence", name);
    s->rises += event->raised;
}

static void take_pose(void *context, const fusion_pose *pose)
{
    story *s = context;
    s->pose = *pose;
    fusion_get_status(s->core, &s->status);
    for (int i = 0; i < 3; i++) {
        uint64_t bits;
        memcpy(&bits, &pose->position_ecef_m[i], sizeof bits);
        s->poses = (s->poses ^ bits) * UINT64_C(0x100000001b3);
    }
}

static bool leap(void *context, double t, frame *f)
{
    (void)context;
    if (f->source == SIM_GNSS && t >= 20.0 && t < 25.0)
        f->u.gnss.latitude_rad += 60.0 / 6.37e6;
    if (f->source == SIM_WHEEL && t >= 30.0 && t < 32.0)
        f->u.wheel.speed_mps *= 2.0f;
    return true;
}

static sim_drive *make_drive(void)
{
    sim_options o = sim_usual();
    o.seconds = 40.0;
    o.change = leap;
    return sim_drive_make(&o);
}

static void begin(story *s, bool watched)
{
    settings set;
    const fusion_sinks sinks = {.context = s, .pose = take_pose, .fault = take_fault};
    memset(s, 0, sizeof *s);
    sim_settings(&set);
    set.alert[set.road] = (alert_limits){1.0, 1.0, 1.0, 1.0};
    s->core = fusion_create(&set, &sinks);
    ck_assert_ptr_nonnull(s->core);
    if (watched)
        fusion_watch_conditions(s->core, take_look, s);
}

START_TEST (looks_come_before_flags_and_change_nothing) {
    sim_drive *d = make_drive();
    story *with = calloc(1, sizeof *with), *without = calloc(1, sizeof *without);
    ck_assert(with && without);
    begin(with, true);
    begin(without, false);
    sim_feed(d, with->core, -1e9, 1e9);
    sim_feed(d, without->core, -1e9, 1e9);
    fusion_flush(with->core);
    fusion_flush(without->core);
    ck_assert_uint_eq(without->looks, 0);
    ck_assert_uint_gt(with->rises, 1);
    ck_assert_uint_gt(with->looks, 10 * with->holding);
    ck_assert_uint_eq(with->poses, without->poses);
    fusion_destroy(with->core);
    fusion_destroy(without->core);
    sim_drive_free(d);
    free(with);
    free(without);
}
END_TEST

static const float *levels_of(const fusion_pose *p, float out[4])
{
    out[0] = p->protection_along_m;
    out[1] = p->protection_cross_m;
    out[2] = p->protection_vertical_m;
    out[3] = p->protection_heading_rad;
    return out;
}

/* As the pose has it: a heading that is off turns along into across, up to the length of the whole. */
static void turn_into_each_other(float made[4], const fusion_pose *p)
{
    float along = made[0], cross = made[1], turn = sinf(fminf(p->protection_heading_rad, 1.5707963f));
    made[0] = fminf(along + turn * cross, p->protection_horizontal_m);
    made[1] = fminf(cross + turn * along, p->protection_horizontal_m);
}

/* The pose's bound is the largest of what the status says it is made of, but for what was corrected since. */
START_TEST (levels_are_made_of_what_the_status_says) {
    sim_drive *d = make_drive();
    story *s = calloc(1, sizeof *s);
    float levels[4];
    ck_assert_ptr_nonnull(s);
    begin(s, false);
    for (double t = 0.0; t < 40.0; t += 1.0) {
        sim_feed(d, s->core, t == 0.0 ? -1e9 : t, t + 1.0);
        const fusion_status *status = &s->status;
        if (s->pose.mode < MODE_NOMINAL || s->pose.mode > MODE_DEAD_RECKONING || t < 5.0)
            continue;
        ck_assert_float_gt(status->fault_free_sigmas, 4.0f);
        levels_of(&s->pose, levels);
        float heading = status->fault_free_sigmas * sqrtf(s->pose.covariance[5][5]);
        float vertical = status->fault_free_sigmas * sqrtf(s->pose.covariance[2][2]);
        float s2 = sinf(s->pose.heading_rad), k = cosf(s->pose.heading_rad);
        float ee = s->pose.covariance[0][0], en = s->pose.covariance[0][1], nn = s->pose.covariance[1][1];
        float along = status->fault_free_sigmas * sqrtf(s2 * s2 * ee + 2.0f * s2 * k * en + k * k * nn);
        float cross = status->fault_free_sigmas * sqrtf(k * k * ee - 2.0f * s2 * k * en + s2 * s2 * nn);
        float made[4] = {along, cross, vertical, heading};
        for (size_t h = 0; h < status->hypothesis_count; h++) {
            const fusion_hypothesis *of = &status->hypotheses[h];
            for (int i = 0; of->live && i < 4; i++) {
                float least = fabsf(of->separation[i]) + of->sigmas * of->sigma[i];
                ck_assert_msg(of->level[i] >= 0.999f * least, "at %.0f s: %g below %g", t, of->level[i],
                              least);
                made[i] = fmaxf(made[i], of->level[i]);
            }
        }
        for (int i = 0; i < 4; i++)
            made[i] = fmaxf(made[i], status->held[i]);
        ck_assert_float_lt(s->pose.protection_horizontal_m, 1.3f * hypotf(made[0], made[1]));
        ck_assert_float_ge(s->pose.protection_horizontal_m, 0.999f * fmaxf(made[0], made[1]));
        turn_into_each_other(made, &s->pose);
        for (int i = 0; i < 4; i++)
            ck_assert_msg(levels[i] < 1.3f * made[i] && levels[i] > 0.999f * made[i],
                          "at %.0f s, direction %d: %g is made of %g", t, i, levels[i], made[i]);
    }
    fusion_destroy(s->core);
    sim_drive_free(d);
    free(s);
}
END_TEST

/* ALERT says by how much. */
START_TEST (an_alert_has_evidence) {
    sim_drive *d = make_drive();
    story *s = calloc(1, sizeof *s);
    ck_assert_ptr_nonnull(s);
    begin(s, true);
    sim_feed(d, s->core, -1e9, 15.0);
    const fault_event *look = &s->last[SIM_SOURCES][FAULT_ALERT];
    float worst = fmaxf(fmaxf(s->pose.protection_along_m / s->pose.alert_along_m,
                              s->pose.protection_cross_m / s->pose.alert_cross_m),
                        fmaxf(s->pose.protection_vertical_m / s->pose.alert_vertical_m,
                              s->pose.protection_heading_rad / s->pose.alert_heading_rad));
    ck_assert(look->raised && look->limit == 1.0f);
    ck_assert_float_eq_tol(look->evidence / worst, 1.0f, 0.2f);
    fusion_destroy(s->core);
    sim_drive_free(d);
    free(s);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("status");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, looks_come_before_flags_and_change_nothing);
    tcase_add_test(t, levels_are_made_of_what_the_status_says);
    tcase_add_test(t, an_alert_has_evidence);
    return run_cases("status", t);
}
