/*
 * Tests of whether two campaigns differ. Every p is two-sided. Draws have a fixed seed: the same tables give
 * the same p.
 */
#ifndef POSED_CAMPAIGN_HYPOTHESIS_H
#define POSED_CAMPAIGN_HYPOTHESIS_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Of pairs that changed, so many one way and so many the other. Exact. Source: sign test, Conover 1999,
 * section 3.4; of yes and no this is McNemar's test, 1947, in its exact form. */
double test_signs(size_t one_way, size_t other_way);

/* Shares of two sets of runs, `a` of `count_a` and `b` of `count_b`. Exact. Source: Fisher 1934; two-sided by
 * summing what is no likelier than what was seen. */
double test_shares(size_t a, size_t count_a, size_t b, size_t count_b);

/* Whether differences lie about zero. Source: signed ranks, Wilcoxon 1945, zeros left out, equal ones with
 * their mean rank; exact up to 60 differences, beyond by the normal distribution with the correction for
 * equal ranks. `*effect`, -1 to 1: share of the rank sum that is positive less that which is negative (Kerby
 * 2014). False when memory is short. */
bool test_signed_ranks(const double *differences, size_t count, double *p, double *effect);

/* Whether values of one set are larger than those of another. Source: Mann and Whitney 1947, with the
 * correction for equal ranks; fewer than 20 values in all, or fewer than 8 in one: 20,000 drawn permutations.
 * `*effect`, -1 to 1: chance that a value of `b` is the larger, less that of `a` (Cliff 1993). False when
 * memory is short. */
bool test_ranks(const double *a, size_t count_a, const double *b, size_t count_b, double *p, double *effect);

/* Whether the mean of differences is zero. Permutation of signs, Fisher 1935: all of them up to 16
 * differences; beyond by the limit that they approach, the normal distribution with the variance of their
 * squares. */
double test_mean_difference(const double *differences, size_t count);

/* Whether two means differ. Source: Welch 1947. NAN with fewer than two values on a side. */
double test_means(const double *a, size_t count_a, const double *b, size_t count_b);

/* Makes each p one that holds for all of them together. Source: Holm 1979. NAN stays and is not counted.
 * False when memory is short. */
bool holm_adjust(double *p, size_t count);

#ifdef __cplusplus
}
#endif
#endif
