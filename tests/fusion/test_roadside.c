/* Two roadside units that see the vehicle, and disagree: who begins to lie is named and left out; where
 * nothing tells which of them lies, both are doubted, nobody else is, and the levels hold. */
#include "fusion/core/core.h"
#include "tests/fusion/sim_watch.h"
#include "tests/seeds.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

enum { CITY = SIM_SOURCES, TOLL };
static const float sigma_m = 0.3f;

/* The second unit is off by so much to the left of the vehicle, and spinning wheels, from..to. */
typedef struct {
    double left_m, from, to;
    double spin_from, spin_to;
} story;

static double spread(double sigma)
{
    double sum = -6.0;
    for (int i = 0; i < 12; i++)
        sum += rand() / (double)RAND_MAX;
    return sigma * sum;
}

static frame observe(const sim_drive *d, double t, uint16_t unit, double left_m)
{
    double at[3], r[3][3], speed, off[3] = {spread((double)sigma_m), left_m + spread((double)sigma_m), 0.0};
    frame f = {.kind = FRAME_ROADSIDE, .source = unit, .sequence = (uint32_t)lround(10.0 * t)};
    double height;
    f.stamp_ns = sim_start_ns(d) + llround(t * 1e9);
    f.received_ns = f.stamp_ns + 50000000;
    sim_truth(d, t, at, r, &speed);
    rows_mulv(r, off, off);
    for (int i = 0; i < 3; i++)
        at[i] += off[i];
    ecef_to_geodetic(at, &f.u.roadside.latitude_rad, &f.u.roadside.longitude_rad, &height);
    f.u.roadside.heading_rad = f.u.roadside.sigma_heading_rad = NAN;
    f.u.roadside.sigma_m = sigma_m;
    return f;
}

static bool spin(void *context, double t, frame *f)
{
    const story *s = context;
    if (f->source == SIM_WHEEL && t >= s->spin_from && t < s->spin_to) {
        f->u.wheel.speed_mps *= 1.1f;
        for (int i = 0; i < 4; i++)
            f->u.wheel.wheel_mps[i] *= 1.1f;
    }
    return true;
}

static void play(sim_watch *w, story *s, uint64_t seed, double seconds)
{
    settings set;
    sim_options o = sim_usual();
    sim_settings(&set);
    ck_assert_ptr_nonnull(settings_add_source(&set, "roadside/city"));
    ck_assert_ptr_nonnull(settings_add_source(&set, "roadside/toll"));
    o.seconds = seconds;
    o.seed = seed;
    o.change = spin;
    o.context = s;
    srand((unsigned)seed);
    sim_drive *d = sim_drive_make(&o);
    fusion *c = sim_watch_core(w, d, &set);
    for (int i = 0; i * 0.1 < seconds; i++) {
        double t = i * 0.1;
        sim_feed(d, c, t, t + 0.1);
        frame city = observe(d, t, CITY, 0.0),
              toll = observe(d, t, TOLL, t >= s->from && t < s->to ? s->left_m : 0.0);
        fusion_push(c, &city);
        fusion_push(c, &toll);
    }
    fusion_flush(c);
    fusion_destroy(c);
}

static const sim_fault *find(const sim_watch *w, int source, fault_code code)
{
    for (int i = 0; i < w->fault_count; i++) {
        if (w->faults[i].source == source && w->faults[i].code == code)
            return &w->faults[i];
    }
    return NULL;
}

static double worst_over(const sim_watch *w)
{
    double most = 0.0;
    for (size_t i = 0; i < w->count; i++) {
        if (w->poses[i].mode >= MODE_NOMINAL && w->poses[i].mode <= MODE_DEAD_RECKONING)
            most = fmax(most, (double)w->poses[i].over);
    }
    return most;
}

static void expect_nobody_else(const sim_watch *w)
{
    for (int i = 0; i < SIM_SOURCES; i++) {
        ck_assert_msg(!find(w, i, FAULT_EXCLUDED), "source %d is left out", i);
        ck_assert_msg(!find(w, i, FAULT_BIASED), "source %d is doubted", i);
    }
}

START_TEST (two_that_agree) {
    story s = {.left_m = 0.0};
    sim_watch w;
    play(&w, &s, (uint64_t)_i + 1, 60.0);
    expect_nobody_else(&w);
    for (int unit = CITY; unit <= TOLL; unit++)
        ck_assert(!find(&w, unit, FAULT_EXCLUDED) && !find(&w, unit, FAULT_BIASED));
    ck_assert_double_lt(worst_over(&w), 1.0);
    sim_done(&w);
}
END_TEST

START_TEST (one_turns_liar) {
    story s = {.left_m = 3.0, .from = 30.0, .to = 60.0};
    sim_watch w;
    play(&w, &s, (uint64_t)_i + 1, 60.0);
    const sim_fault *out = find(&w, TOLL, FAULT_EXCLUDED);
    ck_assert_ptr_nonnull(out);
    ck_assert_msg(out->from > 30.0 && out->from < 40.0, "at %.2f s", out->from);
    ck_assert(!find(&w, CITY, FAULT_EXCLUDED));
    expect_nobody_else(&w);
    ck_assert_double_lt(worst_over(&w), 1.0);
    ck_assert_double_lt((double)sim_at(&w, 55.0)->horizontal_m, 0.6);
    sim_done(&w);
}
END_TEST

/* The receiver knows its place to a metre, and cannot tell. Wheels that spin for a moment contradict too, and
 * it is not they who explain it. */
START_TEST (nothing_tells_which) {
    story s = {.left_m = 3.0, .to = 1e9, .spin_from = 20.0, .spin_to = 21.0};
    sim_watch w;
    play(&w, &s, (uint64_t)_i + 1, 60.0);
    for (int unit = CITY; unit <= TOLL; unit++) {
        const sim_fault *doubt = find(&w, unit, FAULT_BIASED), *out = find(&w, unit, FAULT_EXCLUDED);
        double at = doubt ? doubt->from : out ? out->from : INFINITY;
        ck_assert_msg(at < 15.0, "unit %d: %.2f s", unit, at);
    }
    ck_assert(!find(&w, CITY, FAULT_EXCLUDED));
    for (int i = 0; i < SIM_SOURCES; i++)
        ck_assert_msg(!find(&w, i, FAULT_EXCLUDED), "source %d is left out", i);
    ck_assert_msg(worst_over(&w) < 1.0, "%.2f", worst_over(&w));
    sim_done(&w);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("roadside");
    tcase_set_timeout(cases, 120);
    tcase_add_loop_test(cases, two_that_agree, 0, seeds(3));
    tcase_add_loop_test(cases, one_turns_liar, 0, seeds(5));
    tcase_add_loop_test(cases, nothing_tells_which, 0, seeds(8));
    return run_cases("roadside", cases);
}
