/*
 * The chi-square distribution for gates.
 */
#ifndef POSED_FUSION_CHI_SQUARE_H
#define POSED_FUSION_CHI_SQUARE_H

#ifdef __cplusplus
extern "C" {
#endif

/* P(X <= x) for 1, 2 or 3 degrees of freedom, x >= 0. Abramowitz & Stegun 26.4.4-5. */
double chi_square_cdf(int dof, double x);

/* The x that a standard normal exceeds with this probability (0 < probability < 0.5), by bisection. */
double normal_tail_quantile(double probability);

/* The x with P(X <= x) = probability (0 < probability < 1), by bisection to 1e-9. */
double chi_square_quantile(int dof, double probability);

#ifdef __cplusplus
}
#endif
#endif
