/*
 * The joint association against the sum over every hypothesis, in double.
 */
#include "fusion/map/map_match.h"
#include "tests/draws.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned seed = 27182;
static match_problem problem;

enum { ROWS = MATCH_DIM * MATCH_DETECTIONS, ELEMENTS = 11, POSE = 3 };

/* Weight of a set of pairs: exp(-NIS / 2) / sqrt(det(2 pi S)) and the priors, by Gauss elimination. */
static double weight_of(const match_problem *m, const int *pairs, int count, double log_nothing)
{
    double a[ROWS][ROWS + 1], log_weight = log_nothing, nis = 0;
    int rows = MATCH_DIM * count;
    for (int i = 0; i < rows; i++) {
        const match_pair *p = &m->pairs[pairs[i / 2]];
        for (int k = 0; k < rows; k++)
            a[i][k] = (double)m->covariance[MATCH_DIM * p->element + i % 2]
                                           [MATCH_DIM * m->pairs[pairs[k / 2]].element + k % 2];
        a[i][i] += (double)p->noise[i % 2];
        a[i][rows] = (double)m->pairs[pairs[i / 2]].innovation[i % 2];
    }
    for (int i = 0; i < rows; i++) {
        log_weight -= 0.5 * log(2 * 3.14159265358979323846 * a[i][i]);
        nis += a[i][rows] * a[i][rows] / a[i][i]; /* L D L': the pivots are D */
        for (int k = i + 1; k < rows; k++) {
            double f = a[k][i] / a[i][i];
            for (int c = i; c <= rows; c++)
                a[k][c] -= f * a[i][c];
        }
    }
    for (int i = 0; i < count; i++)
        log_weight += (double)m->pairs[pairs[i]].log_prior;
    return exp(log_weight - 0.5 * nis);
}

/* All hypotheses from this detection on. */
static void sum_up(const match_problem *m, int detection, int *pairs, int count, double log_nothing,
                   double *total, double *of_pair)
{
    if (detection == m->detections) {
        double w = weight_of(m, pairs, count, log_nothing);
        *total += w;
        for (int i = 0; i < count; i++)
            of_pair[pairs[i]] += w;
        return;
    }
    sum_up(m, detection + 1, pairs, count, log_nothing + (double)m->log_nothing[detection], total, of_pair);
    for (int p = 0; p < m->pair_count; p++) {
        bool free = m->pairs[p].detection == detection;
        for (int i = 0; i < count; i++)
            free = free && m->pairs[pairs[i]].element != m->pairs[p].element;
        if (!free)
            continue;
        pairs[count] = p;
        sum_up(m, detection + 1, pairs, count + 1, log_nothing, total, of_pair);
    }
}

/* How an element's bearing goes with the pose, one sigma of that each. */
static void random_columns(double h[MATCH_DIM * ELEMENTS][POSE])
{
    for (int i = 0; i < MATCH_DIM * ELEMENTS; i++) {
        for (int k = 0; k < POSE; k++)
            h[i][k] = draw_uniform(-0.004, 0.004) + (k == i % 2 ? i % 2 ? 0.005 : 0.02 : 0.0);
    }
}

/* Detections and elements that the pose moves together, as it does bearings. */
static void random_problem(void)
{
    memset(&problem, 0, sizeof problem);
    problem.detections = 1 + rand() % 4;
    double h[MATCH_DIM * ELEMENTS][POSE], pose[POSE];
    random_columns(h);
    for (int k = 0; k < POSE; k++)
        pose[k] = draw_uniform(-1, 1);
    for (int d = 0; d < problem.detections; d++) {
        problem.log_nothing[d] = (float)draw_uniform(-3, 1);
        for (int n = rand() % 4; n > 0; n--) {
            match_pair *p = &problem.pairs[problem.pair_count++];
            bool is_it = n == 1;
            *p = (match_pair){.detection = d,
                              .element = is_it ? d : rand() % ELEMENTS,
                              .log_prior = (float)draw_uniform(-6, 0)};
            for (int k = 0; k < 2; k++) {
                double noise = draw_uniform(0.002, 0.006),
                       off = (is_it ? 2 : 8) * draw_uniform(-noise, noise);
                for (int j = 0; j < POSE; j++)
                    off += h[MATCH_DIM * p->element + k][j] * pose[j];
                p->innovation[k] = (float)off;
                p->noise[k] = (float)(noise * noise);
            }
        }
    }
    for (int i = 0; i < MATCH_DIM * ELEMENTS; i++) {
        for (int k = 0; k < MATCH_DIM * ELEMENTS; k++) {
            double sum = i == k ? 1e-7 : 0; /* the survey */
            for (int j = 0; j < POSE; j++)
                sum += h[i][j] * h[k][j];
            problem.covariance[i][k] = (float)sum;
        }
    }
}

START_TEST (agrees_with_the_sum_over_all) {
    srand(seed);
    for (int round = 0; round < 2000; round++) {
        double total = 0, of_pair[MATCH_PAIRS] = {0};
        int pairs[MATCH_DETECTIONS];
        random_problem();
        match_solve(&problem);
        sum_up(&problem, 0, pairs, 0, 0, &total, of_pair);
        for (int p = 0; p < problem.pair_count; p++) {
            double is = (double)problem.pairs[p].probability, should = of_pair[p] / total;
            /* what the beam has dropped is below a thousandth each */
            ck_assert_msg(fabs(is - should) < 0.02, "round %d, pair %d: %g, all %g", round, p, is, should);
            if (is >= 0.995)
                ck_assert_msg(should > 0.99, "round %d, pair %d: used at %g", round, p, should);
        }
    }
}
END_TEST

static void two_that_are_alike(float apart, float priors)
{
    memset(&problem, 0, sizeof problem);
    problem.detections = 1;
    problem.log_nothing[0] = -1;
    problem.pair_count = 2;
    for (int p = 0; p < 2; p++) {
        problem.pairs[p] =
            (match_pair){.element = p, .log_prior = p ? priors : 0.0f, .noise = {1e-4f, 1e-4f}};
        problem.pairs[p].innovation[0] = p ? apart : 0.0f;
    }
    match_solve(&problem);
}

START_TEST (a_close_second_takes_the_certainty) {
    two_that_are_alike(0.02f, 0);
    ck_assert_float_lt(problem.pairs[0].probability, 0.9f);
    two_that_are_alike(0.06f, 0);
    ck_assert_float_gt(problem.pairs[0].probability, 0.995f);
}
END_TEST

START_TEST (one_element_is_seen_once) {
    memset(&problem, 0, sizeof problem);
    problem.detections = problem.pair_count = 2;
    for (int p = 0; p < 2; p++) {
        problem.pairs[p] = (match_pair){.detection = p, .element = 5, .noise = {1e-4f, 1e-4f}};
        problem.log_nothing[p] = -1;
    }
    match_solve(&problem);
    ck_assert_float_eq_tol(problem.pairs[0].probability, 0.5f, 0.01f);
    ck_assert_float_eq_tol(problem.pairs[1].probability, 0.5f, 0.01f);
}
END_TEST

START_TEST (nothing_seen_is_no_problem) {
    memset(&problem, 0, sizeof problem);
    match_solve(&problem);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("map_match");
    printf("seed %u\n", seed);
    tcase_add_test(cases, agrees_with_the_sum_over_all);
    tcase_add_test(cases, a_close_second_takes_the_certainty);
    tcase_add_test(cases, one_element_is_seen_once);
    tcase_add_test(cases, nothing_seen_is_no_problem);
    return run_cases("map_match", cases);
}
