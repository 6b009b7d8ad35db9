/* How the risk is shared among what may be at fault: the sum of all is the risk, and no more. */
#include "fusion/core/core.h"
#include "fusion/integrity/risk_share.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

static double over(const risk_term *t, int count, double level)
{
    double sum = 0.0;
    for (int i = 0; i < count; i++) {
        double scale = 1.0 / ((double)t[i].sigma * sqrt(2.0));
        sum += 0.5 * (double)t[i].prior *
               (erfc((level - (double)t[i].mean) * scale) + erfc((level + (double)t[i].mean) * scale));
    }
    return sum;
}

START_TEST (all_together_have_the_risk) {
    static const risk_term terms[][3] = {
        {{1.0f, 0.0f, 1.0f, 5.33f}, {1e-2f, 0.0f, 1.0f, 4.42f}, {1e-3f, 0.0f, 1.0f, 3.89f}},
        {{1.0f, 0.0f, 1.0f, 5.33f}, {1e-2f, 0.5f, 3.0f, 4.42f}, {1e-3f, 0.0f, 3.0f, 3.89f}},
        {{1.0f, 0.0f, 1.0f, 5.33f}, {1e-2f, 7.0f, 0.1f, 4.42f}, {1e-3f, 4.0f, 1.0f, 3.89f}},
        {{1.0f, 0.0f, 0.1f, 5.33f}, {1e-4f, 0.0f, 3.0f, 3.29f}, {1e-4f, 0.0f, 3.0f, 3.29f}},
    };
    for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
        float equal = 0.0f, level = risk_level(terms[i], 3, 1e-6f);
        for (int k = 0; k < 3; k++)
            equal = fmaxf(equal, terms[i][k].mean + terms[i][k].sigmas * terms[i][k].sigma);
        ck_assert_float_le(level, equal);
        ck_assert_double_le(over(terms[i], 3, (double)level), 1.001e-6);
        ck_assert_double_gt(over(terms[i], 3, 0.9965 * (double)level),
                            1e-6); /* and no less than it must be */
    }
}
END_TEST

/* Those that hardly count are many: each is sure to be off with nearly a thousandth of the risk. */
START_TEST (what_hardly_counts_counts_together) {
    risk_term terms[RISK_TERMS] = {{1e-2f, 0.0f, 0.0f, 4.42f}};
    for (int i = 1; i < RISK_TERMS; i++)
        terms[i] = (risk_term){0.95e-9f, 0.0f, 1e4f, 0.0f};
    for (int i = 0; i < 200; i++) {
        terms[0].sigma = 1.0f;
        terms[0].mean = 0.01f * (float)i;
        float level = risk_level(terms, RISK_TERMS, 1e-6f);
        ck_assert_double_le(over(terms, RISK_TERMS, (double)level), 1.0005e-6);
        ck_assert_double_gt(over(terms, RISK_TERMS, 0.9965 * (double)level), 1e-6);
    }
}
END_TEST

/* 1e-6 of an error of 1 m: 4.8916 m. As many shares as there are terms: 12 of a prior of 1e-2, with K of a
 * tenth each, ask for more than the sum has, and get what they ask for. One that is known is where it is. */
START_TEST (one_many_and_none) {
    risk_term terms[12] = {{1.0f, 0.0f, 1.0f, 5.3267f}};
    ck_assert_float_eq_tol(risk_level(terms, 1, 1e-6f), 4.898f, 0.0075f); /* rounded up, by a 400th */
    for (int i = 0; i < 12; i++)
        terms[i] = (risk_term){1e-2f, 0.0f, 1.0f, 4.4172f};
    ck_assert_float_eq(risk_level(terms, 12, 1e-6f), 4.4172f);
    terms[0] = (risk_term){1e-2f, 3.0f, 0.0f, 4.4172f};
    const float level = risk_level(terms, 1, 1e-6f);
    ck_assert(level >= 3.0f && level < 3.01f);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("risk");
    tcase_add_test(cases, all_together_have_the_risk);
    tcase_add_test(cases, what_hardly_counts_counts_together);
    tcase_add_test(cases, one_many_and_none);
    return run_cases("risk_share", cases);
}
