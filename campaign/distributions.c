#include "campaign/distributions.h"

#include <float.h>
#include <math.h>

/* Both expansions take some ten square roots of `a` at worst. */
static long most_terms(double a)
{
    return 500 + (long)(20 * sqrt(a));
}

static double gamma_series(double a, double x)
{
    double term = 1 / a, sum = term;
    for (long n = 1; n < most_terms(a) && term > DBL_EPSILON * sum; n++) {
        term *= x / (a + (double)n);
        sum += term;
    }
    return sum * exp(a * log(x) - x - lgamma(a));
}

/* Keeps a divisor of Lentz's method away from zero. */
static double away(double x)
{
    return fabs(x) < 1e-300 ? 1e-300 : x;
}

/* Q(a, x), evaluated by Lentz's method (Thompson and Barnett 1986). */
static double gamma_fraction(double a, double x)
{
    double b = x + 1 - a, c = 1e300, d = 1 / away(b), h = d;
    for (long n = 1; n < most_terms(a); n++) {
        double an = -(double)n * ((double)n - a);
        b += 2;
        d = 1 / away(an * d + b);
        c = away(b + an / c);
        h *= d * c;
        if (fabs(d * c - 1) < DBL_EPSILON)
            break;
    }
    return h * exp(a * log(x) - x - lgamma(a));
}

double gamma_p(double a, double x)
{
    if (!(a > 0) || !(x >= 0))
        return NAN;
    if (x == 0)
        return 0;
    if (isinf(x))
        return 1;
    return x < a + 1 ? gamma_series(a, x) : 1 - gamma_fraction(a, x);
}

/* The continued fraction of 26.5.8, without its factor. */
static double beta_fraction(double x, double a, double b)
{
    double c = 1, d = 1 / away(1 - (a + b) * x / (a + 1)), h = d;
    for (long i = 1; i < most_terms(a + b); i++) {
        double n = (double)i;
        double even = n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n));
        d = 1 / away(1 + even * d);
        c = away(1 + even / c);
        h *= d * c;
        double odd = -(a + n) * (a + b + n) * x / ((a + 2 * n) * (a + 2 * n + 1));
        d = 1 / away(1 + odd * d);
        c = away(1 + odd / c);
        h *= d * c;
        if (fabs(d * c - 1) < DBL_EPSILON)
            break;
    }
    return h;
}

double beta_i(double x, double a, double b)
{
    if (!(x >= 0 && x <= 1) || !(a > 0) || !(b > 0))
        return NAN;
    if (x == 0 || x == 1)
        return x;
    double front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x));
    /* The fraction converges fast on this side of the mean; I_x(a, b) = 1 - I_(1-x)(b, a). */
    if (x < (a + 1) / (a + b + 2))
        return front * beta_fraction(x, a, b) / a;
    return 1 - front * beta_fraction(1 - x, b, a) / b;
}

double normal_cdf(double x)
{
    return 0.5 * erfc(-x * M_SQRT1_2);
}

double chi2_cdf(double x, double degrees)
{
    return gamma_p(degrees / 2, x / 2);
}

double t_cdf(double x, double degrees)
{
    if (!(degrees > 0) || isnan(x))
        return NAN;
    double tail = 0.5 * beta_i(degrees / (degrees + x * x), degrees / 2, 0.5);
    return x > 0 ? 1 - tail : tail;
}

double binomial_cdf(long k, long n, double chance)
{
    if (n < 0 || !(chance >= 0 && chance <= 1))
        return NAN;
    if (k < 0)
        return 0;
    if (k >= n)
        return 1;
    return beta_i(1 - chance, (double)(n - k), (double)k + 1);
}

static double normal_share(double x, double unused)
{
    (void)unused;
    return normal_cdf(x);
}

/* Bisection: `cdf` grows, and the quantile lies between the two. As many halvings as a double has bits. */
static double invert(double (*cdf)(double, double), double share, double degrees, double low, double high)
{
    for (int i = 0; i < 200; i++) {
        double middle = 0.5 * (low + high);
        if (middle <= low || middle >= high)
            break;
        if (cdf(middle, degrees) < share)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

double normal_quantile(double share)
{
    if (!(share > 0 && share < 1))
        return NAN;
    return share > 0.5 ? -normal_quantile(1 - share) : invert(normal_share, share, 0, -40, 0);
}

double chi2_quantile(double share, double degrees)
{
    if (!(share > 0 && share < 1) || !(degrees > 0))
        return NAN;
    double high = degrees + 10;
    while (chi2_cdf(high, degrees) < share)
        high *= 2;
    return invert(chi2_cdf, share, degrees, 0, high);
}

double t_quantile(double share, double degrees)
{
    if (!(share > 0 && share < 1) || !(degrees > 0))
        return NAN;
    if (share > 0.5)
        return -t_quantile(1 - share, degrees);
    double low = -10;
    while (t_cdf(low, degrees) > share)
        low *= 2;
    return invert(t_cdf, share, degrees, low, 0);
}
