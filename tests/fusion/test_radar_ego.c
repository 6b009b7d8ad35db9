/* Ego velocity from a scan: known velocities, clutter, queues of cars, narrow views, nothing at all. */
#include "fusion/radar/radar_ego.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned seed = 4711;
static const radar_noise noise = {.doppler_sigma_mps = 0.1f, .azimuth_sigma_rad = 0.005f, .min_static = 3};

static float uniform(float low, float high)
{
    return low + (high - low) * (float)rand() / (float)RAND_MAX;
}

static float normal(float sigma)
{
    float u = uniform(1e-6f, 1.0f), v = uniform(0.0f, 6.2831853f);
    return sigma * sqrtf(-2.0f * logf(u)) * cosf(v);
}

/* Adds `count` returns of things that move with `own` (vx, vy), seen from a sensor that moves with `v`. */
static void add(frame_radar *scan, int count, const float v[2], const float own[2], float view_rad,
                float sigma)
{
    for (int i = 0; i < count; i++) {
        float azimuth = uniform(-view_rad, view_rad), c = cosf(azimuth), s = sinf(azimuth);
        scan->detections[scan->count++] =
            (radar_detection){.range_m = uniform(5.0f, 150.0f),
                              .azimuth_rad = azimuth + normal(sigma > 0.0f ? noise.azimuth_sigma_rad : 0.0f),
                              .elevation_rad = NAN,
                              .doppler_mps = (own[0] - v[0]) * c + (own[1] - v[1]) * s + normal(sigma),
                              .rcs_dbsm = NAN,
                              .track_id = -1};
    }
}

static const float rest[2] = {0.0f, 0.0f};

static radar_expectation around(float vx, float vy, float sigma)
{
    return (radar_expectation){.velocity_mps = {vx, vy}, .variance = {sigma * sigma, sigma * sigma}};
}

static const float velocities[][2] = {{3, 0}, {15, 0.4f}, {30, -1}, {-4, 0}, {55, 0.2f}, {8, -3}};
enum { VELOCITIES = sizeof velocities / sizeof *velocities };

START_TEST (exact_returns) {
    const float *v = velocities[_i];
    frame_radar scan = {.count = 0};
    radar_expectation e = around(v[0] + 0.5f, v[1], 1.0f);
    radar_ego ego;
    srand(seed);
    add(&scan, 30, v, rest, 0.7f, 0.0f);
    ck_assert(radar_ego_estimate(&scan, &e, &noise, 1, &ego));
    ck_assert_int_eq(ego.inliers, 30);
    ck_assert_int_eq(ego.considered, 30);
    ck_assert_float_eq_tol(ego.velocity_mps[0], v[0], 0.01f);
    ck_assert_float_eq_tol(ego.velocity_mps[1], v[1], 0.02f);
}
END_TEST

typedef struct {
    int found, outside, wild;
    double nees;
} tally;

/* Scans with noise and a share that moves, each thing by its own velocity: counts how the estimates fare. */
static tally many(const float v[2], int still, int moving, int rounds)
{
    tally t = {0, 0, 0, 0.0};
    for (int n = 0; n < rounds; n++) {
        frame_radar scan = {.count = 0};
        radar_expectation e = around(v[0] + normal(0.3f), v[1] + normal(0.1f), 0.3f);
        radar_ego ego;
        add(&scan, still, v, rest, 0.8f, noise.doppler_sigma_mps);
        for (int i = 0; i < moving; i++) {
            const float own[2] = {uniform(-25.0f, 25.0f), uniform(-3.0f, 3.0f)};
            add(&scan, 1, v, own, 0.8f, noise.doppler_sigma_mps);
        }
        if (!radar_ego_estimate(&scan, &e, &noise, (uint64_t)n, &ego))
            continue;
        double x = (double)(ego.velocity_mps[0] - v[0]), y = (double)(ego.velocity_mps[1] - v[1]);
        double a = (double)ego.covariance[0][0], b = (double)ego.covariance[0][1],
               d = (double)ego.covariance[1][1];
        double nees = (d * x * x - 2.0 * b * x * y + a * y * y) / (a * d - b * b);
        t.found++;
        t.nees += fmin(nees, 50.0);
        t.outside += nees > 13.8; /* 0.1 % */
        t.wild += !(fabs(x) < 1.0 && fabs(y) < 2.0);
    }
    t.nees /= t.found ? t.found : 1;
    return t;
}

START_TEST (noise_and_no_clutter) {
    srand(seed + (unsigned)_i);
    tally t = many(velocities[_i], 25, 0, 300);
    ck_assert_int_eq(t.found, 300);
    ck_assert_int_eq(t.wild, 0);
    ck_assert_msg(t.nees < 2.6 && t.nees > 0.3, "NEES %g, expected 2 or, for the floor, less", t.nees);
    ck_assert_int_le(t.outside, 3);
}
END_TEST

START_TEST (seventy_percent_move) {
    srand(seed + (unsigned)_i);
    tally t = many(velocities[_i], 15, 35, 300);
    ck_assert_int_ge(t.found, 295);
    ck_assert_msg(t.wild == 0, "%d of %d wild", t.wild, t.found);
    ck_assert_msg(t.nees < 4.0, "NEES %g", t.nees); /* movers that nearly fit add some */
}
END_TEST

/* Twelve cars of one queue agree better than four posts; the expectation tells which is the world. */
START_TEST (queue_of_cars) {
    const float v[2] = {20.0f, 0.0f}, queue[2] = {14.0f, 0.0f};
    srand(seed);
    for (int n = 0; n < 200; n++) {
        frame_radar scan = {.count = 0};
        radar_expectation e = around(20.2f, 0.0f, 0.3f);
        radar_ego ego;
        add(&scan, 4, v, rest, 0.5f, noise.doppler_sigma_mps);
        add(&scan, 12, v, queue, 0.3f, noise.doppler_sigma_mps);
        if (radar_ego_estimate(&scan, &e, &noise, (uint64_t)n, &ego))
            ck_assert_msg(fabsf(ego.velocity_mps[0] - v[0]) < 1.2f, "scan %d: %g", n,
                          (double)ego.velocity_mps[0]);
    }
}
END_TEST

/* Nothing but the queue: no velocity is made of it. */
START_TEST (only_a_queue) {
    const float v[2] = {20.0f, 0.0f}, queue[2] = {14.0f, 0.0f};
    frame_radar scan = {.count = 0};
    radar_expectation e = around(20.0f, 0.0f, 0.3f);
    radar_ego ego;
    srand(seed);
    add(&scan, 12, v, queue, 0.3f, noise.doppler_sigma_mps);
    ck_assert(!radar_ego_estimate(&scan, &e, &noise, 1, &ego));
    ck_assert_int_eq(ego.considered, 12);
    ck_assert_int_lt(ego.inliers, 3);
}
END_TEST

/* After some seconds without any: cars that drive along are within reach, and more than what stands. */
START_TEST (a_queue_after_a_gap) {
    const float v[2] = {19.0f, 0.0f}, along[2] = {18.0f, 0.0f};
    radar_expectation vague = around(19.0f, 0.0f, 5.0f);
    radar_ego ego;
    srand(seed);
    frame_radar cars = {.count = 0};
    add(&cars, 5, v, along, 0.3f, 0.1f);
    add(&cars, 1, v, rest, 0.3f, 0.1f);
    ck_assert(!radar_ego_estimate(&cars, &vague, &noise, 1, &ego));
    vague.any = true; /* asked for what most agree upon, as among noise, it is what they say */
    ck_assert(radar_ego_estimate(&cars, &vague, &noise, 1, &ego));
    vague.any = false;
    frame_radar most_stands = {.count = 0};
    add(&most_stands, 5, v, along, 0.3f, 0.1f);
    add(&most_stands, 7, v, rest, 0.3f, 0.1f);
    ck_assert(radar_ego_estimate(&most_stands, &vague, &noise, 1, &ego));
    ck_assert_float_eq_tol(ego.velocity_mps[0], 19.0f, 0.3f);
}
END_TEST

/* All returns within two degrees ahead: forward is known, left is not, and the covariance says so. */
START_TEST (narrow_view) {
    const float v[2] = {25.0f, 0.3f};
    srand(seed);
    for (int n = 0; n < 100; n++) {
        frame_radar scan = {.count = 0};
        radar_expectation e = around(25.0f, 0.0f, 0.5f);
        radar_ego ego;
        add(&scan, 20, v, rest, 0.035f, noise.doppler_sigma_mps);
        ck_assert(radar_ego_estimate(&scan, &e, &noise, (uint64_t)n, &ego));
        ck_assert_float_eq_tol(ego.velocity_mps[0], v[0], 0.3f);
        ck_assert_float_gt(ego.covariance[1][1], 0.2f);
        float off = ego.velocity_mps[1] - v[1];
        ck_assert_float_lt(off * off, 16.0f * ego.covariance[1][1]);
    }
}
END_TEST

START_TEST (too_few) {
    const float v[2] = {10.0f, 0.0f};
    radar_expectation vague = around(10.0f, 0.0f, 2.0f), sharp = around(10.0f, 0.0f, 0.2f);
    radar_ego ego;
    frame_radar scan = {.count = 0};
    ck_assert(!radar_ego_estimate(&scan, &vague, &noise, 1, &ego));
    ck_assert_int_eq(ego.considered, 0);
    ck_assert_int_eq(ego.inliers, 0);
    srand(seed);
    add(&scan, 2, v, rest, 0.5f, 0.0f);
    ck_assert(!radar_ego_estimate(&scan, &vague, &noise, 1, &ego));
    ck_assert(radar_ego_estimate(&scan, &sharp, &noise, 1, &ego)); /* the expectation counts as the third */
}
END_TEST

/* What is not a number is not considered, in whichever field; the rest serves. */
START_TEST (fields_that_are_nan) {
    const float v[2] = {18.0f, 0.0f};
    frame_radar scan = {.count = 0};
    radar_expectation e = around(18.0f, 0.0f, 0.5f);
    radar_ego ego;
    srand(seed);
    add(&scan, 20, v, rest, 0.6f, 0.0f);
    scan.detections[3].azimuth_rad = NAN;
    scan.detections[7].doppler_mps = NAN;
    scan.detections[9].doppler_mps = INFINITY;
    scan.detections[11].range_m = NAN;
    ck_assert(radar_ego_estimate(&scan, &e, &noise, 1, &ego));
    ck_assert_int_eq(ego.considered, 17);
    ck_assert_float_eq_tol(ego.velocity_mps[0], v[0], 0.02f);
    for (int i = 0; i < scan.count; i++)
        scan.detections[i].doppler_mps = NAN;
    ck_assert(!radar_ego_estimate(&scan, &e, &noise, 1, &ego));
    ck_assert_int_eq(ego.considered, 0);
}
END_TEST

START_TEST (same_seed_same_bits) {
    const float v[2] = {12.0f, 0.5f};
    frame_radar scan = {.count = 0};
    radar_expectation e = around(12.0f, 0.0f, 0.5f);
    radar_ego a, b;
    srand(seed);
    add(&scan, 40, v, rest, 0.8f, noise.doppler_sigma_mps);
    for (int i = 0; i < 40; i++) {
        const float own[2] = {uniform(-20.0f, 20.0f), 0.0f};
        add(&scan, 1, v, own, 0.8f, noise.doppler_sigma_mps);
    }
    for (uint64_t n = 0; n < 50; n++) {
        memset(&a, 0, sizeof a);
        memset(&b, 0, sizeof b);
        bool found = radar_ego_estimate(&scan, &e, &noise, n, &a);
        ck_assert(found == radar_ego_estimate(&scan, &e, &noise, n, &b));
        ck_assert_mem_eq(&a, &b, sizeof a);
    }
}
END_TEST

/* A full list of rubbish: no estimate, or a finite one. */
START_TEST (rubbish) {
    srand(seed);
    for (int n = 0; n < 300; n++) {
        frame_radar scan = {.count = FRAME_MAX_DETECTIONS};
        radar_expectation e = around(uniform(-5.0f, 40.0f), 0.0f, uniform(0.01f, 30.0f));
        radar_ego ego;
        for (int i = 0; i < scan.count; i++)
            scan.detections[i] = (radar_detection){uniform(0.0f, 200.0f),
                                                   uniform(-3.2f, 3.2f),
                                                   uniform(-1.0f, 1.0f),
                                                   uniform(-150.0f, 150.0f),
                                                   0.0f,
                                                   i};
        if (!radar_ego_estimate(&scan, &e, &noise, (uint64_t)n, &ego))
            continue;
        ck_assert(isfinite(ego.velocity_mps[0]) && isfinite(ego.velocity_mps[1]));
        float det = ego.covariance[0][0] * ego.covariance[1][1] - ego.covariance[0][1] * ego.covariance[1][0];
        ck_assert(ego.covariance[0][0] > 0.0f && det > 0.0f);
    }
}
END_TEST

int main(void)
{
    printf("seed %u\n", seed);
    TCase *cases = tcase_create("radar");
    tcase_set_timeout(cases, 60);
    tcase_add_loop_test(cases, exact_returns, 0, VELOCITIES);
    tcase_add_loop_test(cases, noise_and_no_clutter, 0, VELOCITIES);
    tcase_add_loop_test(cases, seventy_percent_move, 0, VELOCITIES);
    tcase_add_test(cases, queue_of_cars);
    tcase_add_test(cases, only_a_queue);
    tcase_add_test(cases, a_queue_after_a_gap);
    tcase_add_test(cases, narrow_view);
    tcase_add_test(cases, too_few);
    tcase_add_test(cases, fields_that_are_nan);
    tcase_add_test(cases, same_seed_same_bits);
    tcase_add_test(cases, rubbish);
    return run_cases("radar ego velocity", cases);
}
