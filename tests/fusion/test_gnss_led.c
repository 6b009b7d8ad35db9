/* A receiver that is led away, velocity and all: nothing contradicts it after a second. */
#include "fusion/gnss/gnss_led.h"

#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <limits.h>
#include <math.h>

static const double earth_m = 6371000.0;

/* By this much north, m/s, from from_s until to_s; what it is off by then stays. */
typedef struct {
    double from_s, to_s, rate_mps;
} lead_plan;

static bool lead(void *context, double t, frame *f)
{
    const lead_plan *k = context;
    if (f->kind != FRAME_GNSS || f->source != SIM_GNSS)
        return true;
    const double led_s = fmax(fmin(t, k->to_s) - k->from_s, 0.0);
    f->u.gnss.latitude_rad += k->rate_mps * led_s / earth_m;
    if (t >= k->from_s && t < k->to_s)
        f->u.gnss.velocity_enu_mps[1] += (float)k->rate_mps;
    return true;
}

static void drive(sim_watch *w, lead_plan *k, unsigned sources, int seed)
{
    sim_options o = sim_usual();
    o.sources = SIM_BIT(SIM_GNSS) | sources;
    o.change = lead;
    o.context = k;
    o.seconds = 80.0;
    o.seed += (uint64_t)seed;
    sim_run(w, &o, NULL);
}

/* The pose goes along, and says so: by the way that it is led. */
START_TEST (who_is_led_away_says_so) {
    static const unsigned with[] = {SIM_BIT(SIM_IMU) | SIM_BIT(SIM_WHEEL), SIM_BIT(SIM_IMU)};
    for (size_t i = 0; i < sizeof with / sizeof *with; i++) {
        sim_watch w;
        drive(&w, &(lead_plan){.from_s = 40.0, .to_s = INFINITY, .rate_mps = 0.6}, with[i], _i);
        ck_assert_float_lt(sim_at(&w, 39.0)->sigma_m, 3.0f);
        ck_assert_float_gt(sim_at(&w, 70.0)->sigma_m, 0.4f * 0.6f * 30.0f);
        ck_assert_double_gt(sim_judge(&w, 41.0, 79.0).coverage, 0.95);
        sim_done(&w);
    }
}
END_TEST

/* A velocity that steps back leads no further: the doubt grows by less than half of what it would. */
START_TEST (a_step_back_ends_it) {
    sim_watch w;
    drive(&w, &(lead_plan){.from_s = 30.0, .to_s = 50.0, .rate_mps = 0.8},
          SIM_BIT(SIM_IMU) | SIM_BIT(SIM_WHEEL), _i);
    const float then = sim_at(&w, 54.0)->sigma_m;
    ck_assert_float_gt(then, 0.4f * 0.8f * 20.0f);
    ck_assert_float_lt(sim_at(&w, 78.0)->sigma_m, then + 0.5f * sqrtf(0.5f) * 0.8f * 24.0f);
    sim_done(&w);
}
END_TEST

/* One more velocity, so much off to the north, a tenth of a second after the last. */
static void hear(fusion *c, float off_mps)
{
    measurement m = {.innovation = {0.0f, off_mps}, .variance = {0.01f, 0.01f, 0.01f}};
    c->applied_ns += 100000000;
    gnss_led_watch(c, &c->source[SIM_GNSS], &m, 0.1f);
}

/* A core whose receiver has been heard for long. */
static fusion *heard(settings *set)
{
    const fusion_sinks none = {0};
    sim_settings(set);
    fusion *c = fusion_create(set, &none);
    ck_assert_ptr_nonnull(c);
    c->source[SIM_GNSS].gnss.proven = INT_MAX;
    c->source[SIM_GNSS].interval_s = 0.1f;
    return c;
}

static void hear_for(fusion *c, double time_s, float off_mps)
{
    for (int i = 0; i < (int)lround(time_s * 10.0); i++)
        hear(c, off_mps);
}

/* Who stands, by the wheels and by the receiver, is led no further; what it was led by stays. */
START_TEST (at_rest_nobody_is_led_on) {
    settings set;
    fusion *c = heard(&set);
    source_run *s = &c->source[SIM_GNSS];
    hear_for(c, 0.8, 0.8f);
    hear_for(c, 3.0, 0.0f);
    const float led = gnss_led_variance(s);
    hear(c, 0.0f);
    ck_assert_float_gt(gnss_led_variance(s), led); /* it goes on */
    ck_assert_float_gt(gnss_led_turn(c), 0.0f);
    c->source[SIM_WHEEL].speed.still_since_ns = c->applied_ns;
    for (int i = 0; i < 20; i++)
        hear(c, 0.0f);
    const float then = gnss_led_variance(s);
    hear(c, 0.0f);
    ck_assert_float_le(gnss_led_variance(s), then);
    ck_assert_float_gt(gnss_led_variance(s), led);
    ck_assert_float_eq(gnss_led_turn(c), 0.0f);
    fusion_destroy(c);
}
END_TEST

/* What steps at once is a receiver; for so long it tells who is at fault. */
START_TEST (a_step_is_at_once_what_it_is) {
    settings set;
    fusion *c = heard(&set);
    source_run *s = &c->source[SIM_GNSS];
    ck_assert(!gnss_led_stepped(s));
    hear_for(c, 0.8, 0.6f);
    ck_assert(!gnss_led_stepped(s)); /* it may become more */
    hear_for(c, 0.6, 0.6f);
    ck_assert(gnss_led_stepped(s));
    gnss_led_dispute(s);
    ck_assert(!gnss_led_stepped(s));
    hear_for(c, 10.0, 0.0f);
    hear_for(c, 1.4, -0.6f); /* the next one has not been disputed */
    ck_assert(gnss_led_stepped(s));
    hear_for(c, 28.0, 0.0f);
    ck_assert(gnss_led_stepped(s));
    hear_for(c, 2.0, 0.0f);
    ck_assert(!gnss_led_stepped(s));
    fusion_destroy(c);
}
END_TEST

/* An input that is off, and wheels that hang, make it drift away. */
START_TEST (what_becomes_more_and_more_is_no_step) {
    settings set;
    fusion *c = heard(&set);
    for (int i = 1; i <= 20; i++)
        hear(c, 0.05f * (float)i); /* by 0.5 m/s^2 */
    ck_assert_float_gt(c->source[SIM_GNSS].gnss.led.size_mps, 0.5f);
    ck_assert(!gnss_led_stepped(&c->source[SIM_GNSS]));
    fusion_destroy(c);
}
END_TEST

/* Nobody leads it. */
START_TEST (who_is_not_is_sure) {
    sim_watch w;
    drive(&w, &(lead_plan){.from_s = INFINITY, .to_s = INFINITY}, SIM_BIT(SIM_IMU) | SIM_BIT(SIM_WHEEL), _i);
    ck_assert_float_lt(sim_at(&w, 78.0)->sigma_m, 3.0f);
    sim_done(&w);
}
END_TEST

/* Another receiver that is not led says where the vehicle is; one that is led as well does not. */
START_TEST (another_receiver_decides) {
    sim_watch w;
    drive(&w, &(lead_plan){.from_s = 40.0, .to_s = INFINITY, .rate_mps = 0.6},
          SIM_BIT(SIM_IMU) | SIM_BIT(SIM_WHEEL) | SIM_BIT(SIM_SECOND_GNSS), _i);
    ck_assert_float_lt(sim_at(&w, 70.0)->sigma_m, 6.0f);
    sim_done(&w);
}
END_TEST

/* A heading that follows such a velocity is off by the angle between the two: its sigma and its level hold
 * it.
 */
START_TEST (the_heading_holds_the_turn) {
    sim_watch w, honest;
    const unsigned with = SIM_BIT(SIM_IMU) | SIM_BIT(SIM_WHEEL);
    drive(&w, &(lead_plan){.from_s = 40.0, .to_s = INFINITY, .rate_mps = 0.6}, with, _i);
    drive(&honest, &(lead_plan){.from_s = INFINITY, .to_s = INFINITY}, with, _i);
    for (double t = 48.0; t < 53.0; t += 1.0) {
        const sim_pose *p = sim_at(&w, t), *q = sim_at(&honest, t);
        ck_assert_float_gt(p->heading_sigma, 0.015f);
        ck_assert_float_gt(p->heading_bound_rad, q->heading_bound_rad + 0.025f);
    }
    sim_done(&w);
    sim_done(&honest);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("led away");
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, who_is_led_away_says_so, 0, seeds(3));
    tcase_add_loop_test(t, a_step_back_ends_it, 0, seeds(3));
    tcase_add_test(t, at_rest_nobody_is_led_on);
    tcase_add_test(t, a_step_is_at_once_what_it_is);
    tcase_add_test(t, what_becomes_more_and_more_is_no_step);
    tcase_add_loop_test(t, who_is_not_is_sure, 0, seeds(3));
    tcase_add_test(t, another_receiver_decides);
    tcase_add_loop_test(t, the_heading_holds_the_turn, 0, seeds(3));
    return run_cases("gnss_led", t);
}
