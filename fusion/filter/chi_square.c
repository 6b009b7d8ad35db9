#include "fusion/filter/chi_square.h"

#include <math.h>

double chi_square_cdf(int dof, double x)
{
    switch (dof) {
    case 1:
        return erf(sqrt(0.5 * x));
    case 2:
        return -expm1(-0.5 * x);
    default:
        return erf(sqrt(0.5 * x)) - sqrt(2.0 * x / 3.14159265358979323846) * exp(-0.5 * x);
    }
}

double normal_tail_quantile(double probability)
{
    double low = 0.0, high = 40.0;
    while (high - low > 1e-9) {
        double middle = 0.5 * (low + high);
        if (0.5 * erfc(middle * 0.70710678118654752) > probability)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

double chi_square_quantile(int dof, double probability)
{
    double low = 0.0, high = 100.0;
    while (high - low > 1e-9) {
        double middle = 0.5 * (low + high);
        if (chi_square_cdf(dof, middle) < probability)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}
