/*
 * The yaw rate of a vehicle is what tyres have accelerated it to: by 3 rad/s^2 at most, which no driver
 * begins within a sample. So a gyro that says one thing for ten samples and another for the next ten, with
 * all of the step between two or three of them, is off by that step. What a line through each side leaves at
 * the middle is the step (a regression discontinuity); their residuals say what is chance. Of the yaw rate
 * alone: where a road's slope changes a body pitches and rolls within less.
 */
#include "fusion/inertial/inertial_leap.h"

#include <math.h>

/* Samples further apart than this, s, hide what a vehicle does in between. */
static const double near_s = 0.026;

/* Less is no leap, rad/s (0.6 deg/s): what it does to a heading is learned in time, and cheap gyros speak in
 * steps of up to 0.2 deg/s. Too small: two steps in a row are a leap. */
static const double least_radps = 0.01;

/* Nor is what is less than so many sigmas. Chance alone has six once in 1e9 samples; a body that shakes has
 * residuals that are not independent. */
static const double least_sigmas = 8.0;

/* No leap is known better, rad/s: samples come in steps. */
static const double least_sigma_radps = 2e-4;

/* No other two neighbours differ by more than this share of the leap. Too small: noise hides leaps; too
 * large: who throws the wheel round has leapt. */
static const double most_beside = 0.35;

/* All of the leap has happened between the last sample before and the first one after, but for this share. */
static const double least_between = 0.7;

/* Of a line through n samples, one apart, its value one sample beyond its end has the variance
 * s^2 (1 / n + ((n + 1) / 2)^2 12 / (n (n^2 - 1))). */
static double end_variance(void)
{
    const double n = LEAP_SIDE, reach = 0.5 * (n + 1.0);
    return 1.0 / n + reach * reach * 12.0 / (n * (n * n - 1.0));
}

void inertial_leap_reset(leap_watch *w)
{
    w->count = w->newest = 0;
}

/* k = 0 is the oldest of all. */
static double sample(const leap_watch *w, int k)
{
    return w->rate_radps[(w->newest + 1 + k) % LEAP_SAMPLES];
}

/* The line through the samples from `first` on, taken to the middle; what it leaves is added to *left. */
static double line_at_middle(const leap_watch *w, int first, double *left)
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
    return mean + slope * (LEAP_SIDE - centre);
}

/* All that has happened about the middle. */
static double across_middle(const leap_watch *w)
{
    return fabs(sample(w, LEAP_SIDE + 1) - sample(w, LEAP_SIDE - 1));
}

/* Cheap, for it is asked at each sample: does the middle differ by enough, and all else by less? */
static bool may_have_leapt(const leap_watch *w)
{
    const double leap = across_middle(w);
    if (leap < least_between * least_radps)
        return false;
    for (int k = 1; k < LEAP_SIDE; k++) {
        if (fabs(sample(w, k) - sample(w, k - 1)) > most_beside * leap ||
            fabs(sample(w, LEAP_SIDE + k + 1) - sample(w, LEAP_SIDE + k)) > most_beside * leap)
            return false;
    }
    return true;
}

static bool find(const leap_watch *w, inertial_leap *out)
{
    double left = 0.0;
    if (!may_have_leapt(w))
        return false;
    out->by_radps = line_at_middle(w, LEAP_SIDE + 1, &left) - line_at_middle(w, 0, &left);
    out->sigma_radps = fmax(sqrt(2.0 * end_variance() * left / (2.0 * (LEAP_SIDE - 2))), least_sigma_radps);
    const double size = fabs(out->by_radps);
    return size > least_radps && size > least_sigmas * out->sigma_radps &&
           across_middle(w) > least_between * size;
}

bool inertial_leap_take(leap_watch *w, int64_t stamp_ns, double rate_radps, inertial_leap *out)
{
    if (w->count > 0) {
        const double dt_s = (double)(stamp_ns - w->stamp_ns[w->newest]) * 1e-9;
        if (!(dt_s > 0.0 && dt_s <= near_s))
            w->count = 0;
    }
    w->newest = (w->newest + 1) % LEAP_SAMPLES;
    w->count += w->count < LEAP_SAMPLES;
    w->stamp_ns[w->newest] = stamp_ns;
    w->rate_radps[w->newest] = rate_radps;
    if (w->count < LEAP_SAMPLES || !find(w, out))
        return false;
    const int middle = (w->newest + 1 + LEAP_SIDE) % LEAP_SAMPLES;
    out->since_s = (double)(stamp_ns - w->stamp_ns[middle]) * 1e-9;
    w->count = 1; /* one leap is found once */
    return true;
}
