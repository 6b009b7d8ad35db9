/*
 * The distributions that intervals and tests need, to about ten digits. Where an argument is outside its
 * range, the result is NAN.
 */
#ifndef POSED_CAMPAIGN_DISTRIBUTIONS_H
#define POSED_CAMPAIGN_DISTRIBUTIONS_H

#ifdef __cplusplus
extern "C" {
#endif

/* Regularised incomplete gamma function P(a, x), a > 0, x >= 0. Source: Abramowitz and Stegun 1964, 6.5.29
 * (series, x < a + 1) and 6.5.31 (continued fraction). */
double gamma_p(double a, double x);
/* Regularised incomplete beta function I_x(a, b). Source: Abramowitz and Stegun 1964, 26.5.8. */
double beta_i(double x, double a, double b);

/* Share below x of a standard normal; the x below which that share lies, 0 < share < 1. */
double normal_cdf(double x);
double normal_quantile(double share);
/* The same of chi-square with `degrees` > 0 of freedom, which need not be whole. */
double chi2_cdf(double x, double degrees);
double chi2_quantile(double share, double degrees);
/* The same of Student's t. Source: Abramowitz and Stegun 1964, 26.7.1. */
double t_cdf(double x, double degrees);
double t_quantile(double share, double degrees);
/* Probability of at most k successes in n trials. Source: Abramowitz and Stegun 1964, 26.5.24. */
double binomial_cdf(long k, long n, double chance);

#ifdef __cplusplus
}
#endif
#endif
