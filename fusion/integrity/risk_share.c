/*
 * How the integrity risk is shared among what may be at fault, so that the level is as small as it can be:
 * Blanch et al. 2015, III-D (the level that solves the sum, instead of the largest of fixed shares), and
 * Blanch, Walter & Enge, "RAIM with optimal integrity and continuity allocations under multiple failures",
 * IEEE TAES 46(3), 2010.
 */
#include "fusion/integrity/risk_share.h"

#include "fusion/core/core.h"

#include <math.h>

/* Equal shares give a level that is too large by no more than this: a prior of 1e-4 has 3.3 sigmas of a tenth
 * of the risk and 2.6 of all of it. */
static const float least_of_equal = 0.7f;

/* The level is found to this share of it in so many halvings, and rounded up. */
enum { HALVINGS = 7 };

/* What contributes less than this share of the risk at the least level is counted with that, and left alone.
 */
static const float negligible = 1e-3f;

/* erfc of this is 1e-27: beside no risk is that as much as its last bit. */
static const float never = 7.8f;

/* P(|x| > level) of a normal, times the prior. */
static float tail(const risk_term *t, float level)
{
    float scale = 0.70710678f / fmaxf(t->sigma, 1e-9f), near = (level - t->mean) * scale;
    if (near > never)
        return 0.0f;
    return t->prior * 0.5f * (erfcf(near) + erfcf((level + t->mean) * scale));
}

static float sum_of(const risk_term *t, const int *which, int count, float level)
{
    float sum = 0.0f;
    for (int i = 0; i < count; i++)
        sum += tail(&t[which[i]], level);
    return sum;
}

float risk_level(const risk_term *t, int count, float risk)
{
    int which[RISK_TERMS], kept = 0;
    float high = 0.0f;
    for (int i = 0; i < count; i++)
        high = fmaxf(high, t[i].mean + t[i].sigmas * t[i].sigma);
    float low = least_of_equal * high, left = risk;
    for (int i = 0; i < count; i++) {
        float least = tail(&t[i], low);
        if (least < negligible * risk)
            left -= least;
        else
            which[kept++] = i;
    }
    if (kept == 0)
        return low;
    if (!(sum_of(t, which, kept, high) <= left)) /* more of them than equal shares are for */
        return high;
    for (int i = 0; i < HALVINGS; i++) {
        float middle = 0.5f * (low + high);
        if (sum_of(t, which, kept, middle) <= left)
            high = middle;
        else
            low = middle;
    }
    return high;
}
