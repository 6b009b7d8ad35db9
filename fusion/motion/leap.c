/*
 * What moves smoothly and is sampled often enough does not go from one value to another within a sample. So
 * what says one thing for ten samples and another for the next ten, with all of the step between two or three
 * of them, is off by that step. What a line through each side leaves at the middle is the step (a regression
 * discontinuity); their residuals say what is chance.
 */
#include "fusion/motion/leap.h"

#include <math.h>

/* What is less than so many sigmas is no leap. Chance alone has six once in 1e9 samples; a body that shakes
 * has residuals that are not independent. */
static const double least_sigmas = 8.0;

/* A sample may be the first of a leap from so many sigmas of one on: each that is costs some that are not
 * used. */
static const double begin_sigmas = 5.0;

/* No other two neighbours differ by more than this share of the leap. Too small: noise hides leaps; too
 * large: who throws the wheel round has leapt. */
static const double most_beside = 0.35;

/* All of the leap has happened between the last sample before and the first one after, but for this share. */
static const double least_between = 0.7;

/* So many equal samples are a value that is held, and not chance. */
enum { HELD_SAMPLES = 3 };

/* Of a line through n samples, one apart, its value one sample beyond its end has the variance
 * s^2 (1 / n + ((n + 1) / 2)^2 12 / (n (n^2 - 1))). */
static double end_variance(void)
{
    const double n = LEAP_SIDE, reach = 0.5 * (n + 1.0);
    return 1.0 / n + reach * reach * 12.0 / (n * (n * n - 1.0));
}

void leap_reset(leap_watch *w)
{
    w->count = w->newest = 0;
}

void leap_shift(leap_watch *w, int64_t delta_ns)
{
    for (int i = 0; i < w->count; i++)
        w->stamp_ns[(w->newest + LEAP_SAMPLES - i) % LEAP_SAMPLES] += delta_ns;
}

/* k = 0 is the oldest of all. */
static double sample(const leap_watch *w, int k)
{
    return w->value[(w->newest + 1 + k) % LEAP_SAMPLES];
}

/* The line through the samples from `first` on, taken to sample `at`; what it leaves is added to *left. */
static double line_at(const leap_watch *w, int first, double at, double *left)
{
    const double n = LEAP_SIDE, centre = first + 0.5 * (n - 1.0);
    double mean = 0.0, slope = 0.0, square = 0.0;
    for (int k = first; k < first + LEAP_SIDE; k++)
        mean += sample(w, k) / n;
    for (int k = first; k < first + LEAP_SIDE; k++) {
        slope += (k - centre) * (sample(w, k) - mean);
        square += (k - centre) * (k - centre);
    }
    slope /= square;
    for (int k = first; k < first + LEAP_SIDE; k++) {
        const double off = sample(w, k) - mean - slope * (k - centre);
        *left += off * off;
    }
    return mean + slope * (at - centre);
}

/* All that has happened about the middle. */
static double across_middle(const leap_watch *w)
{
    return fabs(sample(w, LEAP_SIDE + 1) - sample(w, LEAP_SIDE - 1));
}

/* Cheap, for it is asked at each sample: does the middle differ by enough, and all else by less? */
static bool may_have_leapt(const leap_watch *w, const leap_limits *of)
{
    const double leap = across_middle(w);
    if (leap < least_between * of->least)
        return false;
    for (int k = 1; k < LEAP_SIDE; k++) {
        if (fabs(sample(w, k) - sample(w, k - 1)) > most_beside * leap ||
            fabs(sample(w, LEAP_SIDE + k + 1) - sample(w, LEAP_SIDE + k)) > most_beside * leap)
            return false;
    }
    return true;
}

/* For how long the last value before the middle had been held, s: what has not been sampled may go on. */
static double held_s(const leap_watch *w)
{
    const int oldest = w->newest + 1, last = LEAP_SIDE - 1;
    int first = last;
    while (first > 0 && sample(w, first - 1) == sample(w, last))
        first--;
    if (last - first + 1 < HELD_SAMPLES)
        return 0.0;
    return (double)(w->stamp_ns[(oldest + last) % LEAP_SAMPLES] -
                    w->stamp_ns[(oldest + first) % LEAP_SAMPLES]) *
           1e-9;
}

static bool find(const leap_watch *w, const leap_limits *of, leap_found *out)
{
    double left = 0.0;
    if (!may_have_leapt(w, of))
        return false;
    out->before = line_at(w, 0, LEAP_SIDE, &left);
    out->by = line_at(w, LEAP_SIDE + 1, LEAP_SIDE, &left) - out->before;
    out->sigma = fmax(sqrt(2.0 * end_variance() * left / (2.0 * (LEAP_SIDE - 2))), of->least_sigma);
    const double size = fabs(out->by);
    return size > of->least && size > least_sigmas * out->sigma && across_middle(w) > least_between * size &&
           size > of->most_slope * held_s(w);
}

bool leap_may_begin(const leap_watch *w, const leap_limits *of)
{
    double left = 0.0;
    if (w->count <= LEAP_SIDE)
        return false;
    const int newest = LEAP_SAMPLES - 1;
    const double off = fabs(sample(w, newest) - line_at(w, newest - LEAP_SIDE, newest, &left));
    if (off < of->least ||
        off * off * (LEAP_SIDE - 2) < begin_sigmas * begin_sigmas * (1.0 + end_variance()) * left)
        return false;
    for (int k = newest - LEAP_SIDE + 1; k < newest; k++) {
        if (fabs(sample(w, k) - sample(w, k - 1)) > most_beside * off)
            return false;
    }
    return true;
}

bool leap_take(leap_watch *w, const leap_limits *of, int64_t stamp_ns, double value, leap_found *out)
{
    if (w->count > 0) {
        const double dt_s = (double)(stamp_ns - w->stamp_ns[w->newest]) * 1e-9;
        if (!(dt_s > 0.0 && dt_s <= of->near_s))
            w->count = 0;
    }
    w->newest = (w->newest + 1) % LEAP_SAMPLES;
    w->count += w->count < LEAP_SAMPLES;
    w->stamp_ns[w->newest] = stamp_ns;
    w->value[w->newest] = value;
    if (w->count < LEAP_SAMPLES || !find(w, of, out))
        return false;
    const int middle = (w->newest + 1 + LEAP_SIDE) % LEAP_SAMPLES;
    out->since_s = (double)(stamp_ns - w->stamp_ns[middle]) * 1e-9;
    w->count = LEAP_SIDE; /* one leap is found once: those after it are the next one's other side */
    return true;
}
