/*
 * Statistics of errors over time: what is new with every value, what lasts and how long, tails, steps.
 *
 * All are pure functions over arrays; times are seconds, rising. NAN: the data do not show it.
 */
#ifndef POSED_SIM_SERIES_H
#define POSED_SIM_SERIES_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Values at times; the arrays are the caller's. */
typedef struct {
    const double *t_s, *value;
    size_t count;
} series;

double series_mean(const series *x);
/* Standard deviation about the mean. */
double series_deviation(const series *x);
/* Fourth central moment over the squared variance: 3 of a normal distribution. */
double series_kurtosis(const series *x);
/* Share of the values that are further than `times` robust deviations (1.4826 median absolute deviation) from
 * the median. 0.0027 beyond 3 of a normal distribution. */
double series_beyond(const series *x, double times);
/* Median of n values, which it sorts. */
double series_median(double *values, size_t n);
/* Median of the steps of time. */
double series_step(const series *x);

/* Autocorrelation at a lag, about the mean, over pairs of values that are within half a step of that lag
 * apart. */
double series_correlation(const series *x, double lag_s);
/* The lag at which the autocorrelation has fallen to 1/e, looked for up to a third of the span. */
double series_memory(const series *x);

/* Half of the mean squared change over a lag: D(lag) = white^2 + lasting^2 (1 - exp(-lag / tau)). It needs no
 * mean, so a constant error does not disturb it. */
double series_structure(const series *x, double lag_s);
/* Deviation of the part that is new with every value: D continued from its first two lags to lag 0. */
double series_white(const series *x);
/* A first-order Gauss-Markov process beside the white part: sigma and tau_s by least squares on D at lags up
 * to a third of the span. Both NAN when nothing lasts. tau_s is not found beyond the span: it is the span
 * then. */
void series_lasting(const series *x, double white, double *sigma, double *tau_s);

/* Deviation of white noise on top of something smooth: from third differences between neighbours, robust
 * against single leaps. Gaps in time are passed over. */
double series_rough(const series *x);

/* The step of values that are rounded: the largest of which (nearly) all are whole multiples, that is, the
 * least difference between two that differ. NAN: no such step shows. */
double series_quantum(const series *x);

/* A latency: the shift within least_s..most_s at which `spread` (a mean square of what is left, for a shift)
 * is least. NAN when a shift of 0.1 s does not raise it by a tenth: the data do not show it. */
double series_shift(double (*spread)(void *context, double shift_s), void *context, double least_s,
                    double most_s);

#ifdef __cplusplus
}
#endif
#endif
