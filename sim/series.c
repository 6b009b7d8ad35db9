#include "sim/series.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

enum { LEAST = 8, LAGS = 24, TAUS = 60 };

static const double to_sigma = 1.4826; /* of a median absolute deviation: normal distribution */

double series_mean(const series *x)
{
    double sum = 0;
    for (size_t i = 0; i < x->count; i++)
        sum += x->value[i];
    return x->count > 0 ? sum / (double)x->count : NAN;
}

static double moment(const series *x, int power)
{
    double mean = series_mean(x), sum = 0;
    for (size_t i = 0; i < x->count; i++)
        sum += pow(x->value[i] - mean, power);
    return x->count > 0 ? sum / (double)x->count : NAN;
}

double series_deviation(const series *x)
{
    return sqrt(moment(x, 2));
}

double series_kurtosis(const series *x)
{
    double square = moment(x, 2);
    return x->count >= LEAST && square > 0 ? moment(x, 4) / (square * square) : NAN;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double series_median(double *values, size_t n)
{
    if (n == 0)
        return NAN;
    qsort(values, n, sizeof *values, by_value);
    return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double series_beyond(const series *x, double times)
{
    double *copy = calloc(x->count + 1, sizeof *copy);
    if (!copy || x->count < LEAST) {
        free(copy);
        return NAN;
    }
    for (size_t i = 0; i < x->count; i++)
        copy[i] = x->value[i];
    double median = series_median(copy, x->count);
    for (size_t i = 0; i < x->count; i++)
        copy[i] = fabs(x->value[i] - median);
    double limit = times * to_sigma * series_median(copy, x->count);
    size_t beyond = 0;
    for (size_t i = 0; i < x->count; i++)
        beyond += fabs(x->value[i] - median) > limit;
    free(copy);
    return (double)beyond / (double)x->count;
}

double series_step(const series *x)
{
    double *steps = calloc(x->count + 1, sizeof *steps), step = NAN;
    if (steps && x->count > 1) {
        for (size_t i = 1; i < x->count; i++)
            steps[i - 1] = x->t_s[i] - x->t_s[i - 1];
        step = series_median(steps, x->count - 1);
    }
    free(steps);
    return step;
}

/* Sums over all pairs that are `lag` apart, to half a step. */
typedef struct {
    double products, changes;
    size_t count;
} pairs;

static pairs pairs_at(const series *x, double lag_s, double step_s, double mean)
{
    pairs p = {0};
    for (size_t i = 0, j = 0; i < x->count; i++) {
        double at = x->t_s[i] + lag_s;
        while (j + 1 < x->count && fabs(x->t_s[j + 1] - at) <= fabs(x->t_s[j] - at))
            j++;
        if (!(fabs(x->t_s[j] - at) <= 0.51 * step_s))
            continue;
        double change = x->value[j] - x->value[i];
        p.products += (x->value[i] - mean) * (x->value[j] - mean);
        p.changes += change * change;
        p.count++;
    }
    return p;
}

static double structure_at(const series *x, double lag_s, double step_s)
{
    pairs p = pairs_at(x, lag_s, step_s, 0);
    return p.count >= LEAST ? p.changes / (2 * (double)p.count) : NAN;
}

double series_structure(const series *x, double lag_s)
{
    return structure_at(x, lag_s, series_step(x));
}

static double correlation_at(const series *x, double lag_s, double step_s, double mean, double variance)
{
    pairs p = pairs_at(x, lag_s, step_s, mean);
    return p.count >= LEAST && variance > 0 ? p.products / (double)p.count / variance : NAN;
}

double series_correlation(const series *x, double lag_s)
{
    return correlation_at(x, lag_s, series_step(x), series_mean(x), moment(x, 2));
}

static double span_of(const series *x)
{
    return x->count > 1 ? x->t_s[x->count - 1] - x->t_s[0] : 0;
}

double series_memory(const series *x)
{
    double step = series_step(x), mean = series_mean(x), variance = moment(x, 2), end = span_of(x) / 3;
    double before = 1, at = 0, grow = 1.15;
    if (x->count < 4 * LEAST)
        return NAN;
    for (double lag = step; lag <= end; lag = fmax(lag + step, lag * grow)) {
        double now = correlation_at(x, lag, step, mean, variance);
        if (!isfinite(now))
            continue;
        if (now < exp(-1))
            return at + (lag - at) * (before - exp(-1)) / (before - now);
        before = now;
        at = lag;
    }
    return NAN;
}

double series_white(const series *x)
{
    double step = series_step(x);
    double square = 2 * structure_at(x, step, step) - structure_at(x, 2 * step, step);
    return isfinite(square) ? sqrt(fmax(square, 0)) : NAN;
}

/* Squared sigma and what is left for one tau, by least squares: D - white^2 = sigma^2 (1 - exp(-lag/tau)). */
static double fit_sigma(const double *lag, const double *d, size_t n, double tau_s, double *square)
{
    double above = 0, below = 0, left = 0;
    for (size_t i = 0; i < n; i++) {
        double g = 1 - exp(-lag[i] / tau_s);
        above += d[i] * g;
        below += g * g;
    }
    *square = fmax(above / below, 0);
    for (size_t i = 0; i < n; i++) {
        double off = d[i] - *square * (1 - exp(-lag[i] / tau_s));
        left += off * off;
    }
    return left;
}

void series_lasting(const series *x, double white, double *sigma, double *tau_s)
{
    double step = series_step(x), span = span_of(x), lag[LAGS], d[LAGS], best = INFINITY;
    size_t n = 0;
    *sigma = *tau_s = NAN;
    if (x->count < 4 * LEAST)
        return;
    for (int i = 0; i < LAGS; i++) {
        lag[n] = step * pow(span / 3 / step, (double)i / (LAGS - 1));
        d[n] = structure_at(x, lag[n], step) - white * white;
        n += isfinite(d[n]);
    }
    for (int i = 0; n > 0 && i < TAUS; i++) {
        double square, tau = step * pow(span / step, (double)i / (TAUS - 1));
        double left = fit_sigma(lag, d, n, tau, &square);
        if (square > 0 && left < best) {
            best = left;
            *sigma = sqrt(square);
            *tau_s = tau;
        }
    }
}

double series_rough(const series *x)
{
    double *third = calloc(x->count + 1, sizeof *third), step = series_step(x), sum = 0;
    size_t n = 0;
    for (size_t i = 3; third && i < x->count; i++) {
        const double *v = &x->value[i];
        if (x->t_s[i] - x->t_s[i - 3] < 4.5 * step)
            third[n++] = fabs(v[0] - 3 * v[-1] + 3 * v[-2] - v[-3]);
    }
    size_t kept = n - n / 50; /* the largest 2 % are leaps */
    if (n >= LEAST)
        qsort(third, n, sizeof *third, by_value);
    for (size_t i = 0; n >= LEAST && i < kept; i++)
        sum += third[i] * third[i];
    free(third);
    /* 1 + 9 + 9 + 1 of the differences; 0.8734: mean square of a normal distribution without its outer 2 %.
     */
    double left = n / 50 > 0 ? 0.8734 : 1;
    return n >= LEAST ? sqrt(sum / (double)kept / 20 / left) : NAN;
}

double series_quantum(const series *x)
{
    double *sorted = calloc(x->count + 1, sizeof *sorted), least = INFINITY;
    if (!sorted || x->count < 4 * LEAST) {
        free(sorted);
        return NAN;
    }
    for (size_t i = 0; i < x->count; i++)
        sorted[i] = x->value[i];
    qsort(sorted, x->count, sizeof *sorted, by_value);
    double most = fmax(fabs(sorted[0]), fabs(sorted[x->count - 1])), same = 1e-6 * most;
    for (size_t i = 1; i < x->count; i++) {
        double apart = sorted[i] - sorted[i - 1];
        if (apart > same && apart < least)
            least = apart;
    }
    size_t whole = 0;
    for (size_t i = 0; i < x->count; i++) {
        double n = (x->value[i] - sorted[0]) / least;
        whole += fabs(n - round(n)) < 0.05 + 1e-4 * fabs(n);
    }
    free(sorted);
    bool few = isfinite(least) && most / least < 1e4;
    return few && (double)whole > 0.98 * (double)x->count ? least : NAN;
}

double series_shift(double (*spread)(void *context, double shift_s), void *context, double least_s,
                    double most_s)
{
    const double step = 0.005;
    double best = least_s, least = INFINITY;
    for (double s = least_s; s <= most_s; s += step) {
        double now = spread(context, s);
        if (now < least) {
            least = now;
            best = s;
        }
    }
    double before = spread(context, best - step), after = spread(context, best + step);
    double bend = before - 2 * least + after;
    double sharp = fmin(spread(context, best - 0.1), spread(context, best + 0.1));
    if (!(sharp > 1.1 * least) || !(bend > 0))
        return NAN;
    return best + step / 2 * (before - after) / bend;
}
