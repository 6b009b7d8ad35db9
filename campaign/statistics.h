/*
 * How sure a figure of a campaign is. What is independent here is the drive: errors within one drive hang
 * together over tens of seconds, so no interval counts samples. All are at 95 %, two-sided, where nothing
 * else is said. docs/STATISTICS.md says how to read them.
 */
#ifndef POSED_CAMPAIGN_STATISTICS_H
#define POSED_CAMPAIGN_STATISTICS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A figure and its interval; NAN: not known. */
typedef struct {
    double value, low, high;
} estimate;

/* Nothing is known. */
estimate estimate_none(void);

/* Share of `count` runs in which something happened. Wilson's score interval. Source: Wilson 1927, JASA 22,
 * 209-212; compared by Brown, Cai and DasGupta 2001, Statistical Science 16, 101-133. None when `count` is 0.
 */
estimate share_wilson(size_t happened, size_t count);

/* Largest chance that fits with nothing at all having happened in `count` runs, at 95 %, one-sided:
 * 1 - 0.05^(1/count), about 3/count. Source: Hanley and Lippman-Hand 1983, JAMA 249, 1743-1745. */
double share_bound_of_none(size_t count);

/* Share of runs with what must not happen: Wilson's, but of none the bound above. */
estimate share_rare(size_t happened, size_t count);

/* Events per unit of `exposure`, if they come one by one (Poisson). Exact interval. Source: Garwood 1936,
 * Biometrika 28, 437-442: chi2(0.025, 2k)/2 and chi2(0.975, 2k+2)/2. Of none, the one-sided 95 % bound:
 * -ln(0.05) / exposure, "rule of three". None when there is no exposure. */
estimate rate_poisson(size_t events, double exposure);

/* Variance over mean of events per drive, each less what its exposure lets expect: 1 if they come one by one;
 * far more: in bursts, and the Poisson interval is too narrow. Source: index of dispersion, Fisher 1925. */
double rate_dispersion(const double *events, const double *exposure, size_t count);

/* Mean of one value per drive, weighted (weights > 0; NULL: all alike), between `least` and `most` (may be
 * infinite). The interval is from the spread between drives: ratio estimator over clusters with
 * t(count - 1). Source: Cochran 1977, Sampling Techniques, 3rd ed., sections 6.3 and 9A. Of drives that all
 * stand at `least` or `most`: there the spread says nothing; the other end is that of share_bound_of_none at
 * 97.5 %. Values that are NAN are left out. One drive: no interval. */
estimate mean_of_drives(const double *values, const double *weights, size_t count, double least, double most);

/* How many independent samples a drive is worth, by the spread of its mean NEES between drives: for a sum of
 * m chi-square variables the square of mean over deviation is m times `dimensions` / 2. It does not change
 * when all NEES grow alike, so a filter that is too sure gets no wider band. Differences between the drives
 * (roads, sensors) count as spread too and make it smaller, the band wider. NAN with fewer than two drives.
 */
double nees_worth(const double *nees, size_t count, int dimensions);

/* Where the mean NEES of `drives` drives would lie 95 times in 100 if the covariance were honest:
 * chi2(0.025 and 0.975, d m n) / (m n). Source: Bar-Shalom, Li and Kirubarajan 2001, section 5.4.2, with m
 * samples for one. `value` is `dimensions`. */
estimate nees_band(size_t drives, double worth, int dimensions);

/* Quantile of values in rising order: the smallest with at least that share at or below. The interval is that
 * of order statistics, free of any distribution. Source: Hahn and Meeker 1991, Statistical Intervals, 5.2. An
 * end that the number of values cannot bound is NAN. */
estimate quantile_sorted(const double *values, size_t count, double share);

#ifdef __cplusplus
}
#endif
#endif
