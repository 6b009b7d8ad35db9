#include "campaign/statistics.h"

#include "campaign/distributions.h"

#include <math.h>

static const double z_95 = 1.959963984540054; /* normal_quantile(0.975) */

estimate estimate_none(void)
{
    return (estimate){NAN, NAN, NAN};
}

estimate share_wilson(size_t happened, size_t count)
{
    if (count == 0)
        return estimate_none();
    double n = (double)count, p = (double)happened / n, z2 = z_95 * z_95;
    double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = z_95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
    return (estimate){p, fmax(0, middle - half), fmin(1, middle + half)};
}

/* (1 - p)^count = left, so p = 1 - left^(1/count). */
static double bound_of_none(size_t count, double left)
{
    return count > 0 ? -expm1(log(left) / (double)count) : NAN;
}

double share_bound_of_none(size_t count)
{
    return bound_of_none(count, 0.05);
}

estimate share_rare(size_t happened, size_t count)
{
    if (happened == 0 && count > 0)
        return (estimate){0, 0, share_bound_of_none(count)};
    return share_wilson(happened, count);
}

estimate rate_poisson(size_t events, double exposure)
{
    if (!(exposure > 0))
        return estimate_none();
    double k = (double)events;
    if (events == 0)
        return (estimate){0, 0, -log(0.05) / exposure};
    return (estimate){k / exposure, chi2_quantile(0.025, 2 * k) / 2 / exposure,
                      chi2_quantile(0.975, 2 * k + 2) / 2 / exposure};
}

double rate_dispersion(const double *events, const double *exposure, size_t count)
{
    double all = 0, whole = 0, sum = 0;
    size_t drives = 0;
    for (size_t i = 0; i < count; i++) {
        all += events[i];
        whole += exposure[i];
    }
    if (!(all > 0) || !(whole > 0))
        return NAN;
    for (size_t i = 0; i < count; i++) {
        double expected = all / whole * exposure[i], off = events[i] - expected;
        if (!(expected > 0))
            continue;
        sum += off * off / expected;
        drives++;
    }
    return drives > 1 ? sum / ((double)drives - 1) : NAN;
}

typedef struct {
    size_t count;
    double weight, mean, squares; /* of weighted distances from the mean */
    double smallest, largest;
} spread;

static spread measure(const double *values, const double *weights, size_t count)
{
    spread s = {.smallest = INFINITY, .largest = -INFINITY};
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i]))
            continue;
        double w = weights ? weights[i] : 1;
        s.count++;
        s.weight += w;
        s.mean += w * values[i];
        s.smallest = fmin(s.smallest, values[i]);
        s.largest = fmax(s.largest, values[i]);
    }
    s.mean /= s.weight;
    for (size_t i = 0; i < count; i++) {
        double off = isnan(values[i]) ? 0 : (weights ? weights[i] : 1) * (values[i] - s.mean);
        s.squares += off * off;
    }
    return s;
}

estimate mean_of_drives(const double *values, const double *weights, size_t count, double least, double most)
{
    spread s = measure(values, weights, count);
    if (s.count == 0 || !(s.weight > 0))
        return estimate_none();
    if (s.smallest == s.largest && (s.largest == least || s.smallest == most)) {
        double away = bound_of_none(s.count, 0.025), reach = most - least;
        double other = isfinite(reach) ? away * reach : NAN;
        return s.largest == least ? (estimate){least, least, least + other}
                                  : (estimate){most, most - other, most};
    }
    if (s.count < 2)
        return (estimate){s.mean, NAN, NAN};
    double n = (double)s.count;
    double deviation = sqrt(n / (n - 1) * s.squares) / s.weight, half = t_quantile(0.975, n - 1) * deviation;
    return (estimate){s.mean, fmax(least, s.mean - half), fmin(most, s.mean + half)};
}

double nees_worth(const double *nees, size_t count, int dimensions)
{
    spread s = measure(nees, NULL, count);
    if (s.count < 2)
        return NAN;
    double variance = s.squares / ((double)s.count - 1);
    /* A mean over m of chi-square with d degrees: mean d, variance 2 d / m. */
    return 2 * s.mean * s.mean / (dimensions * variance);
}

estimate nees_band(size_t drives, double worth, int dimensions)
{
    double samples = worth * (double)drives;
    if (!(samples > 0) || isinf(samples))
        return (estimate){dimensions, NAN, NAN};
    return (estimate){dimensions, chi2_quantile(0.025, dimensions * samples) / samples,
                      chi2_quantile(0.975, dimensions * samples) / samples};
}

estimate quantile_sorted(const double *values, size_t count, double share)
{
    if (count == 0)
        return estimate_none();
    long n = (long)count, at = (long)ceil(share * (double)n - 1e-9), low = 0, high = n + 1;
    at = at < 1 ? 1 : at;
    /* The number of values below the true quantile is binomial: the l-th value lies above it with
     * P(fewer than l below), the u-th below it with P(u or more below). Bisection, for both only grow. */
    for (long step = n; step > 0; step /= 2) {
        while (low + step <= n && binomial_cdf(low + step - 1, n, share) <= 0.025)
            low += step;
        while (high - step >= 1 && 1 - binomial_cdf(high - step - 1, n, share) <= 0.025)
            high -= step;
    }
    return (estimate){values[at - 1], low >= 1 ? values[low - 1] : NAN, high <= n ? values[high - 1] : NAN};
}
