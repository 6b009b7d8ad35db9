/* The latency that the shape of a way shows, on ways whose latency is known. */
#include "fusion/gnss/lateness.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>

static const double step_s = 0.01;

typedef struct {
    double late_s, fix_s;     /* of the fixes; between them */
    double scale, bias_radps; /* dead reckoning: its way over the true one; its rate's error */
    double heading_rad;       /* of the first moment, of which dead reckoning knows nothing */
    double noise_m, seconds;
    bool straight, resting;
    double antenna_m; /* forward of the origin */
} drive;

static double speed_at(const drive *d, double t)
{
    return d->resting ? 0.0 : d->straight ? 20.0 : 12.0 + 4.0 * sin(0.31 * t) + 2.0 * sin(0.083 * t + 1.0);
}

static double rate_at(const drive *d, double t)
{
    return d->straight || d->resting ? 0.0 : 0.1 * sin(0.23 * t) + 0.05 * sin(0.71 * t + 2.0);
}

/* The same numbers each time. */
static double noise(uint32_t *state)
{
    double sum = 0.0;
    for (int i = 0; i < 12; i++) {
        *state = *state * 1664525u + 1013904223u;
        sum += (double)(*state >> 8) / 16777216.0;
    }
    return sum - 6.0;
}

/* Where the antenna was, east and north: by steps far finer than those of dead reckoning. */
enum { MOMENTS = 40000 };
typedef struct {
    double x[MOMENTS], y[MOMENTS];
} truth;

static void make_truth(const drive *d, truth *of, double fine_s, int count)
{
    double x = 0.0, y = 0.0, heading = d->heading_rad;
    for (int i = 0; i < count; i++) {
        double t = i * fine_s - 30.0;
        of->x[i] = x + d->antenna_m * cos(heading);
        of->y[i] = y + d->antenna_m * sin(heading);
        x += fine_s * speed_at(d, t) * cos(heading);
        y += fine_s * speed_at(d, t) * sin(heading);
        heading += fine_s * rate_at(d, t);
    }
}

/* What is compared over the drive. */
static void compare(const drive *d, const lateness_range *range, lateness *l)
{
    const double fine_s = 0.005;
    truth *of = malloc(sizeof *of);
    way_log *way = malloc(sizeof *way);
    fix_log *fixes = calloc(1, sizeof *fixes);
    const float antenna[2] = {(float)d->antenna_m, 0.0f};
    uint32_t random = 7;
    make_truth(d, of, fine_s, MOMENTS);
    way_log_clear(way);
    lateness_clear(l);
    int each = (int)lround(d->fix_s / step_s);
    for (int i = 0; i * step_s < d->seconds; i++) {
        double t = (i + 0.5) * step_s;
        way_log_step(way, step_s, d->scale * speed_at(d, t), rate_at(d, t) + d->bias_radps, 0.0);
        if ((i + 1) % each)
            continue;
        int at = (int)lround(((i + 1) * step_s - d->late_s + 30.0) / fine_s);
        const double fix[2] = {of->x[at] + d->noise_m * noise(&random),
                               of->y[at] + d->noise_m * noise(&random)};
        if (fix_log_take(fixes, way, fix))
            lateness_compare(l, range, way, fixes, antenna);
    }
    free(of);
    free(way);
    free(fixes);
}

static bool look(const drive *d, const lateness_range *range, lateness_fit *fit)
{
    lateness *l = malloc(sizeof *l);
    compare(d, range, l);
    bool found = lateness_find(l, range, 0.0, fit);
    free(l);
    return found;
}

static const drive usual = {.fix_s = 0.2, .scale = 1.0, .heading_rad = 0.7, .noise_m = 0.1, .seconds = 60.0};

START_TEST (finds_what_it_is) {
    static const double late_s[] = {-0.3, 0.0, 0.08, 0.5, 1.0, 1.7};
    for (size_t i = 0; i < sizeof late_s / sizeof *late_s; i++) {
        drive d = usual;
        lateness_fit fit;
        d.late_s = late_s[i];
        ck_assert(look(&d, &lateness_near, &fit));
        ck_assert_double_eq_tol(fit.latency_s, late_s[i], 0.02);
        ck_assert_double_lt(fit.sigma_s, 0.05);
        ck_assert_double_lt(fabs(fit.latency_s - late_s[i]), 3.0 * fit.sigma_s);
    }
}
END_TEST

/* Fixes are rare, wheels count too much, the gyro has a bias: none of them is a latency. */
START_TEST (nothing_else_counts) {
    drive d = usual;
    lateness_fit fit;
    d.late_s = 0.4;
    d.scale = 1.03;
    d.bias_radps = 0.004;
    d.antenna_m = 1.5;
    ck_assert(look(&d, &lateness_near, &fit));
    ck_assert_double_eq_tol(fit.latency_s, 0.4, 0.03);
    d.fix_s = 1.0;
    ck_assert(look(&d, &lateness_near, &fit));
    ck_assert_double_eq_tol(fit.latency_s, 0.4, 0.05);
}
END_TEST

/* In a bend the antenna ahead of the axle is where the vehicle will be: not allowed for, that is a latency.
 */
START_TEST (the_antenna_counts) {
    drive d = usual;
    lateness_fit fit;
    d.antenna_m = 3.0;
    d.noise_m = 0.01;
    ck_assert(look(&d, &lateness_near, &fit));
    ck_assert_double_eq_tol(fit.latency_s, 0.0, 0.005);
}
END_TEST

START_TEST (other_clocks) {
    static const double late_s[] = {-18.0, -5.0, 3.0, 5.5, 18.0};
    for (size_t i = 0; i < sizeof late_s / sizeof *late_s; i++) {
        drive d = usual;
        lateness_fit fit;
        d.late_s = late_s[i];
        d.seconds = 110.0;
        ck_assert(look(&d, late_s[i] > 0.0 ? &lateness_behind : &lateness_ahead, &fit));
        ck_assert_double_eq_tol(fit.latency_s, late_s[i], 0.1);
        ck_assert_double_gt(fit.sigmas, 10.0);
        ck_assert(!look(&d, &lateness_near, &fit) || fit.sigma_s > 0.1);
    }
}
END_TEST

/* How many latencies are open, of which this one is; 0: nothing is known, or it is not. */
static int count_open(const drive *d, double latency_s)
{
    const lateness_range *range = &lateness_near;
    bool open[LATENESS_TRIED];
    lateness *l = malloc(sizeof *l);
    int count = 0;
    compare(d, range, l);
    const bool known = lateness_open(l, range, 4.0, open);
    for (int i = 0; known && i < range->tried; i++)
        count += open[i];
    free(l);
    return known && open[(int)lround((latency_s - range->first_s) / range->step_s)] ? count : 0;
}

/* What fits nearly as well as the best is open: few where the way has a shape, all where it has none; and in
 * the first seconds nobody knows. */
START_TEST (what_is_open) {
    drive d = usual;
    d.late_s = 1.0;
    ck_assert_int_gt(count_open(&d, 1.0), 0);
    ck_assert_int_lt(count_open(&d, 1.0), 8);
    d.straight = true;
    ck_assert_int_eq(count_open(&d, 1.0), lateness_near.tried);
    d.straight = false;
    d.seconds = 8.0;
    ck_assert_int_eq(count_open(&d, 1.0), 0);
}
END_TEST

/* Straight on at one speed nothing tells, nor at rest. */
START_TEST (what_shows_nothing) {
    drive d = usual;
    lateness_fit fit;
    d.late_s = 0.5;
    d.straight = true;
    ck_assert(!look(&d, &lateness_near, &fit) || fit.sigma_s > 0.3);
    d.resting = true;
    ck_assert(!look(&d, &lateness_near, &fit));
    d = usual;
    d.seconds = 3.0;
    ck_assert(!look(&d, &lateness_near, &fit) || fit.sigma_s > 0.05);
}
END_TEST

/* Sixty receivers, each with noise of its own: sigmas are what they say. */
START_TEST (sigmas_hold) {
    double square = 0.0;
    for (int i = 0; i < 60; i++) {
        drive d = usual;
        lateness_fit fit;
        d.noise_m = 0.1 + 0.01 * i;
        d.late_s = 0.01 * i;
        d.seconds = 40.0;
        ck_assert(look(&d, &lateness_near, &fit));
        double sigmas = (fit.latency_s - d.late_s) / fit.sigma_s;
        square += sigmas * sigmas / 60.0;
    }
    ck_assert_double_lt(square, 1.2);
    ck_assert_double_gt(square, 0.02);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("shape of the way");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, finds_what_it_is);
    tcase_add_test(t, nothing_else_counts);
    tcase_add_test(t, the_antenna_counts);
    tcase_add_test(t, other_clocks);
    tcase_add_test(t, what_is_open);
    tcase_add_test(t, what_shows_nothing);
    tcase_add_test(t, sigmas_hold);
    return run_cases("lateness", t);
}
