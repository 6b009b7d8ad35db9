#include "campaign/hypothesis.h"

#include "campaign/distributions.h"
#include "sim/rng.h"

#include <math.h>
#include <stdlib.h>

enum { EXACT_RANKS = 60, EXACT_SIGNS = 16, SMALL_SUM = 20, SMALL_SIDE = 8, DRAWS = 20000 };

double test_signs(size_t one_way, size_t other_way)
{
    size_t fewer = one_way < other_way ? one_way : other_way;
    return fmin(1, 2 * binomial_cdf((long)fewer, (long)(one_way + other_way), 0.5));
}

static double log_choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

double test_shares(size_t a, size_t count_a, size_t b, size_t count_b)
{
    size_t hits = a + b, least = hits > count_b ? hits - count_b : 0, most = hits < count_a ? hits : count_a;
    double n = (double)count_a, m = (double)count_b, whole = log_choose(n + m, (double)hits), p = 0;
    double seen = log_choose(n, (double)a) + log_choose(m, (double)b) - whole;
    for (size_t k = least; k <= most; k++) {
        double likely = log_choose(n, (double)k) + log_choose(m, (double)(hits - k)) - whole;
        if (likely <= seen + 1e-7) /* equal ones differ in their last digits */
            p += exp(likely);
    }
    return fmin(1, p);
}

/* ---- ranks ---- */

typedef struct {
    double value; /* ranked by it */
    double rank;
    int side; /* of which set, or sign, it is */
} ranked;

static int by_value(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

/* Ranks from 1, equal values share their mean. Returns the sum of t^3 - t over groups of t equal values. */
static double rank_all(ranked *list, size_t count)
{
    double ties = 0;
    qsort(list, count, sizeof *list, by_value);
    for (size_t from = 0, to; from < count; from = to) {
        for (to = from + 1; to < count && list[to].value <= list[from].value;)
            to++;
        double t = (double)(to - from);
        ties += t * t * t - t;
        for (size_t i = from; i < to; i++)
            list[i].rank = 0.5 * (double)(from + 1 + to);
    }
    return ties;
}

/* Of the normal distribution, with Yates's half a step where it is not beyond the mean. */
static double normal_p(double distance, double variance, double half_step)
{
    if (!(variance > 0))
        return 1;
    return 2 * normal_cdf(-fmax(0, fabs(distance) - half_step) / sqrt(variance));
}

/* P(the sum of ranks with a positive sign is at least as far from its middle), every sign being as likely as
 * the other: counted over twice the ranks, which are whole. */
static bool exact_signs(const ranked *list, size_t count, double positive, double *p)
{
    size_t whole = count * (count + 1), size = whole + 1;
    double *chance = calloc(size, sizeof *chance), middle = 0.5 * (double)whole,
           far = fabs(2 * positive - middle);
    if (!chance)
        return false;
    chance[0] = 1;
    for (size_t i = 0; i < count; i++) {
        size_t step = (size_t)(2 * list[i].rank + 0.5);
        for (size_t k = size; k-- > 0;)
            chance[k] = 0.5 * chance[k] + (k >= step ? 0.5 * chance[k - step] : 0);
    }
    *p = 0;
    for (size_t k = 0; k < size; k++)
        *p += fabs((double)k - middle) >= far - 1e-9 ? chance[k] : 0;
    *p = fmin(1, *p);
    free(chance);
    return true;
}

bool test_signed_ranks(const double *differences, size_t count, double *p, double *effect)
{
    ranked *list = calloc(count + 1, sizeof *list);
    size_t n = 0;
    if (!list)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (differences[i] < 0 || differences[i] > 0)
            list[n++] = (ranked){fabs(differences[i]), 0, differences[i] > 0};
    }
    double ties = rank_all(list, n), positive = 0, whole = 0.5 * (double)n * (double)(n + 1),
           size = (double)n;
    for (size_t i = 0; i < n; i++)
        positive += list[i].side ? list[i].rank : 0;
    bool good = true;
    *effect = n > 0 ? (2 * positive - whole) / whole : 0;
    if (n <= EXACT_RANKS)
        good = exact_signs(list, n, positive, p);
    else
        *p = normal_p(positive - whole / 2, size * (size + 1) * (2 * size + 1) / 24 - ties / 48, 0.5);
    free(list);
    return good;
}

/* Share of random splits whose rank sum is at least as far from its middle. The split seen is one of them. */
static double drawn_splits(ranked *list, size_t count, size_t count_b, double far, double middle)
{
    rng r = rng_seed(1947, 0);
    size_t as_far = 1;
    for (int draw = 0; draw < DRAWS; draw++) {
        double sum = 0;
        for (size_t i = 0; i < count_b; i++) { /* Fisher and Yates: the first count_b are the draw */
            size_t other = i + (size_t)(rng_uniform(&r) * (double)(count - i));
            double swap = list[i].rank;
            list[i].rank = list[other].rank;
            list[other].rank = swap;
            sum += list[i].rank;
        }
        as_far += fabs(sum - middle) >= far - 1e-9;
    }
    return (double)as_far / (DRAWS + 1);
}

bool test_ranks(const double *a, size_t count_a, const double *b, size_t count_b, double *p, double *effect)
{
    size_t count = count_a + count_b;
    ranked *list = calloc(count + 1, sizeof *list);
    *p = NAN;
    *effect = NAN;
    if (!list)
        return false;
    for (size_t i = 0; i < count; i++)
        list[i] = (ranked){i < count_a ? a[i] : b[i - count_a], 0, i >= count_a};
    double n = (double)count_a, m = (double)count_b, ties = rank_all(list, count), sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += list[i].side ? list[i].rank : 0;
    if (count_a > 0 && count_b > 0) {
        double middle = m * (n + m + 1) / 2, far = sum - middle;
        *effect = 2 * far / (n * m);
        if (count < SMALL_SUM || count_a < SMALL_SIDE || count_b < SMALL_SIDE)
            *p = drawn_splits(list, count, count_b, fabs(far), middle);
        else
            *p = normal_p(far, n * m / 12 * (n + m + 1 - ties / ((n + m) * (n + m - 1))), 0.5);
    }
    free(list);
    return true;
}

/* ---- means ---- */

/* Every way to give the differences signs. */
static double all_signs(const double *differences, size_t count, double far)
{
    size_t as_far = 0, ways = (size_t)1 << count;
    for (size_t way = 0; way < ways; way++) {
        double sum = 0;
        for (size_t i = 0; i < count; i++)
            sum += way >> i & 1 ? differences[i] : -differences[i];
        as_far += fabs(sum) >= far * (1 - 1e-12);
    }
    return (double)as_far / (double)ways;
}

double test_mean_difference(const double *differences, size_t count)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        sum += differences[i];
        squares += differences[i] * differences[i];
    }
    return count <= EXACT_SIGNS ? all_signs(differences, count, fabs(sum)) : normal_p(sum, squares, 0);
}

/* Mean, and the variance of that mean. */
static void measure(const double *values, size_t count, double *mean, double *variance)
{
    double n = (double)count, sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    *mean = sum / n;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - *mean) * (values[i] - *mean);
    *variance = squares / (n - 1) / n;
}

double test_means(const double *a, size_t count_a, const double *b, size_t count_b)
{
    double mean_a, mean_b, of_a, of_b;
    if (count_a < 2 || count_b < 2)
        return NAN;
    measure(a, count_a, &mean_a, &of_a);
    measure(b, count_b, &mean_b, &of_b);
    double sum = of_a + of_b;
    if (!(sum > 0)) /* no spread on either side: then any difference is one of the two, not of their drives */
        return mean_a < mean_b || mean_a > mean_b ? 0 : 1;
    double degrees = sum * sum / (of_a * of_a / ((double)count_a - 1) + of_b * of_b / ((double)count_b - 1));
    return 2 * t_cdf(-fabs(mean_a - mean_b) / sqrt(sum), degrees);
}

/* ---- many tests ---- */

static int by_p(const void *a, const void *b)
{
    const double *const *x = a, *const *y = b;
    int order = (**x > **y) - (**x < **y);
    return order != 0 ? order : (*x > *y) - (*x < *y);
}

bool holm_adjust(double *p, size_t count)
{
    double **order = calloc(count + 1, sizeof *order), least = 0;
    size_t n = 0;
    if (!order)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(p[i]))
            order[n++] = &p[i];
    }
    qsort(order, n, sizeof(double *), by_p);
    for (size_t i = 0; i < n; i++) {
        least = fmax(least, fmin(1, (double)(n - i) * *order[i]));
        *order[i] = least;
    }
    free(order);
    return true;
}
