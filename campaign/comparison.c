#include "campaign/comparison.h"

#include "campaign/hypothesis.h"
#include "common/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A drive in both, or in one: then the other is NULL. */
typedef struct {
    const result_row *a, *b;
} pair;

static const result_row *either(const pair *p)
{
    return p->a ? p->a : p->b;
}

/* ---- which runs are the same ---- */

static int compare_identity(const result_row *a, const result_row *b)
{
    int order = strcmp(a->scenario, b->scenario);
    order = order != 0 ? order : strcmp(a->sensors, b->sensors);
    order = order != 0 ? order : strcmp(a->fault, b->fault);
    return order != 0 ? order : (a->seed > b->seed) - (a->seed < b->seed);
}

static int by_identity(const void *a, const void *b)
{
    const result_row *const *x = a, *const *y = b;
    int order = compare_identity(*x, *y);
    return order != 0 ? order : ((*x)->run > (*y)->run) - ((*x)->run < (*y)->run);
}

static const result_row **sorted(const results *r)
{
    const result_row **rows = calloc(r->count + 1, sizeof *rows);
    for (size_t i = 0; rows && i < r->count; i++)
        rows[i] = &r->rows[i];
    if (rows)
        qsort(rows, r->count, sizeof *rows, by_identity);
    return rows;
}

/* Returns how many. `pairs` has room for all rows of both. */
static size_t match(const result_row *const *a, size_t count_a, const result_row *const *b, size_t count_b,
                    pair *pairs)
{
    size_t i = 0, k = 0, n = 0;
    while (i < count_a || k < count_b) {
        int order = i == count_a ? 1 : k == count_b ? -1 : compare_identity(a[i], b[k]);
        pairs[n++] = (pair){order <= 0 ? a[i] : NULL, order >= 0 ? b[k] : NULL};
        i += order <= 0;
        k += order >= 0;
    }
    return n;
}

/* ---- one metric in one group ---- */

/* The values of one metric. Those of pairs stand at the same place in a and b. */
typedef struct {
    double *a, *b, *differences;
    size_t count_a, count_b, pairs;
} sample;

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Sorts the values. */
static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return count == 0 ? NAN : 0.5 * (values[(count - 1) / 2] + values[count / 2]);
}

static double mean(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

/* What differs in its last digits alone, as a sum in another order does, is no change: a thousand such would
 * be significant. */
static double difference_of(double a, double b)
{
    return fabs(b - a) <= 1e-9 * fmax(fabs(a), fabs(b)) ? 0 : b - a;
}

/* Values of complete pairs alone, where they are most of the smaller side; else of each side all. */
static bool gather(sample *s, const metric *m, const pair *pairs, size_t count)
{
    size_t complete = 0, have_a = 0, have_b = 0;
    s->count_a = s->count_b = s->pairs = 0;
    for (size_t i = 0; i < count; i++) {
        double a = pairs[i].a ? m->get(pairs[i].a) : NAN, b = pairs[i].b ? m->get(pairs[i].b) : NAN;
        have_a += !isnan(a);
        have_b += !isnan(b);
        complete += !isnan(a) && !isnan(b);
    }
    bool paired = complete > 0 && 2 * complete >= (have_a < have_b ? have_a : have_b);
    for (size_t i = 0; i < count; i++) {
        double a = pairs[i].a ? m->get(pairs[i].a) : NAN, b = pairs[i].b ? m->get(pairs[i].b) : NAN;
        if (paired && (isnan(a) || isnan(b)))
            continue;
        if (paired)
            s->differences[s->pairs++] = difference_of(a, b);
        if (!isnan(a))
            s->a[s->count_a++] = a;
        if (!isnan(b))
            s->b[s->count_b++] = b;
    }
    return paired;
}

static size_t sum_of(const double *yes, size_t count)
{
    return (size_t)(mean(yes, count) * (double)count + 0.5);
}

static bool test_change_of_ranks(sample *s, change *c)
{
    bool good = c->paired ? test_signed_ranks(s->differences, s->pairs, &c->p, &c->effect)
                          : test_ranks(s->a, s->count_a, s->b, s->count_b, &c->p, &c->effect);
    c->a = median(s->a, s->count_a);
    c->b = median(s->b, s->count_b);
    c->difference = c->paired ? median(s->differences, s->pairs) : c->b - c->a;
    return good;
}

static void test_change_of_share(const sample *s, change *c)
{
    size_t more = 0, less = 0;
    for (size_t i = 0; i < s->pairs; i++) {
        more += s->differences[i] > 0;
        less += s->differences[i] < 0;
    }
    c->p = c->paired
               ? test_signs(more, less)
               : test_shares(sum_of(s->a, s->count_a), s->count_a, sum_of(s->b, s->count_b), s->count_b);
}

/* Where b lies on the other side of what is honest, b is mirrored there: then the question is again whether
 * one mean is the larger. */
static void test_change_of_mean(sample *s, change *c)
{
    double honest = c->metric->honest;
    if ((c->a - honest) * (c->b - honest) < 0) {
        for (size_t i = 0; i < s->count_b; i++)
            s->b[i] = 2 * honest - s->b[i];
        for (size_t i = 0; i < s->pairs; i++)
            s->differences[i] = difference_of(s->a[i], s->b[i]);
    }
    c->p = c->paired ? test_mean_difference(s->differences, s->pairs)
                     : test_means(s->a, s->count_a, s->b, s->count_b);
}

/* Larger than 0: b is better. */
static double gain(const change *c)
{
    if (!isnan(c->metric->honest))
        return fabs(c->a - c->metric->honest) - fabs(c->b - c->metric->honest);
    double more = c->metric->test == METRIC_RANKS ? c->effect : c->difference;
    return c->metric->more_is_better ? more : -more;
}

static bool test_change(sample *s, change *c)
{
    c->effect = NAN;
    if (c->metric->test == METRIC_RANKS)
        return test_change_of_ranks(s, c);
    c->a = mean(s->a, s->count_a);
    c->b = mean(s->b, s->count_b);
    c->difference = c->b - c->a;
    if (c->metric->test == METRIC_SHARE)
        test_change_of_share(s, c);
    else
        test_change_of_mean(s, c);
    return true;
}

/* ---- groups ---- */

static const char *key_of(summary_by by, const result_row *row)
{
    return by == BY_SCENARIO  ? row->scenario
           : by == BY_SENSORS ? row->sensors
           : by == BY_FAULT   ? row->fault
                              : "";
}

static int by_group(const void *a, const void *b, void *context)
{
    const pair *x = a, *y = b;
    summary_by by = *(const summary_by *)context;
    bool fault_x = result_is_faulted(either(x)), fault_y = result_is_faulted(either(y));
    int order = fault_x != fault_y ? fault_x - fault_y : strcmp(key_of(by, either(x)), key_of(by, either(y)));
    return order != 0 ? order
                      : by_identity(&(const result_row *){either(x)}, &(const result_row *){either(y)});
}

static change *new_change(comparison *c)
{
    change *changes = vector_reserve(c->changes, &c->capacity, c->count + 1, sizeof *changes);
    if (!changes)
        return NULL;
    c->changes = changes;
    return &changes[c->count++];
}

static bool compare_group(comparison *c, summary_by by, const pair *pairs, size_t count, sample *s)
{
    bool faulted = result_is_faulted(either(pairs)), good = true;
    for (size_t i = 0; good && i < metric_count; i++) {
        if (metrics[i].runs == (faulted ? METRIC_FAULT_FREE : METRIC_FAULTED))
            continue;
        bool paired = gather(s, &metrics[i], pairs, count);
        if (s->count_a == 0 || s->count_b == 0)
            continue;
        change *new = new_change(c);
        if (!new)
            return false;
        *new = (change){.metric = &metrics[i],
                        .by = by,
                        .faulted = faulted,
                        .name = key_of(by, either(pairs)),
                        .runs_a = s->count_a,
                        .runs_b = s->count_b,
                        .paired = paired,
                        .pairs = s->pairs};
        good = test_change(s, new);
    }
    return good;
}

static bool compare_groups(comparison *c, summary_by by, pair *pairs, size_t count, sample *s)
{
    bool good = true;
    qsort_r(pairs, count, sizeof *pairs, by_group, &by);
    for (size_t from = 0, to; good && from < count; from = to) {
        const result_row *first = either(&pairs[from]);
        for (to = from + 1; to < count; to++) {
            const result_row *row = either(&pairs[to]);
            if (result_is_faulted(row) != result_is_faulted(first) ||
                strcmp(key_of(by, row), key_of(by, first)) != 0)
                break;
        }
        if (by != BY_FAULT || result_is_faulted(first))
            good = compare_group(c, by, &pairs[from], to - from, s);
    }
    return good;
}

static bool correct(comparison *c)
{
    double *p = calloc(c->count + 1, sizeof *p);
    for (size_t i = 0; p && i < c->count; i++) {
        p[i] = c->changes[i].p;
        c->tests += !isnan(p[i]);
    }
    bool good = p && holm_adjust(p, c->count);
    for (size_t i = 0; good && i < c->count; i++) {
        change *x = &c->changes[i];
        x->p_holm = p[i];
        double better = gain(x);
        if (x->p_holm < comparison_level && (better > 0 || better < 0))
            x->kind = better > 0 ? CHANGE_BETTER : CHANGE_WORSE;
        c->better += x->kind == CHANGE_BETTER;
        c->worse += x->kind == CHANGE_WORSE;
    }
    free(p);
    return good;
}

static bool compare_all(comparison *c, pair *pairs, size_t count, summary_by only)
{
    static const summary_by kinds[] = {BY_TOTAL, BY_SCENARIO, BY_SENSORS, BY_FAULT};
    sample s = {calloc(count + 1, sizeof(double)),
                calloc(count + 1, sizeof(double)),
                calloc(count + 1, sizeof(double)),
                0,
                0,
                0};
    bool good = s.a && s.b && s.differences;
    for (size_t i = 0; i < count; i++) {
        c->matched += pairs[i].a && pairs[i].b;
        c->only_a += !pairs[i].b;
        c->only_b += !pairs[i].a;
    }
    for (size_t i = 0; good && i < sizeof kinds / sizeof *kinds; i++) {
        if (only == SUMMARY_BY_COUNT || only == kinds[i])
            good = compare_groups(c, kinds[i], pairs, count, &s);
    }
    free(s.a);
    free(s.b);
    free(s.differences);
    return good && correct(c);
}

bool comparison_make(comparison *c, const results *a, const results *b, summary_by only, error *e)
{
    memset(c, 0, sizeof *c);
    const result_row **rows_a = sorted(a), **rows_b = sorted(b);
    pair *pairs = calloc(a->count + b->count + 1, sizeof *pairs);
    bool good = rows_a && rows_b && pairs;
    if (good)
        good = compare_all(c, pairs, match(rows_a, a->count, rows_b, b->count, pairs), only);
    free(rows_a);
    free(rows_b);
    free(pairs);
    return good || error_set(e, "out of memory");
}

void comparison_finish(comparison *c)
{
    free(c->changes);
    memset(c, 0, sizeof *c);
}
