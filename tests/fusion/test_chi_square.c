/* Chi-square limits against printed tables. */
#include "fusion/filter/chi_square.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>

/* Abramowitz & Stegun, table 26.8, all printed digits; the smallest of 3 degrees of freedom, misprinted
 * there, as in later tables. */
static const struct {
    int dof;
    double probability, quantile;
} table[] = {
    {1, 0.005, 0.0000392704}, {1, 0.05, 0.00393214}, {1, 0.5, 0.454937},  {1, 0.95, 3.84146},
    {1, 0.99, 6.63490},       {1, 0.999, 10.828},    {1, 0.9999, 15.137}, {2, 0.005, 0.0100251},
    {2, 0.5, 1.38629},        {2, 0.95, 5.99147},    {2, 0.99, 9.21034},  {2, 0.999, 13.816},
    {2, 0.9999, 18.421},      {3, 0.005, 0.0717218}, {3, 0.5, 2.36597},   {3, 0.95, 7.81473},
    {3, 0.99, 11.3449},       {3, 0.999, 16.266},    {3, 0.9999, 21.108},
};

START_TEST (quantiles) {
    double q = chi_square_quantile(table[_i].dof, table[_i].probability);
    ck_assert_msg(fabs(q - table[_i].quantile) <
                      5.1e-6 * fmax(table[_i].quantile, 1e-4) + 0.00052 * (q > 10.0),
                  "%d %g: %.9g", table[_i].dof, table[_i].probability, q);
}
END_TEST

START_TEST (distribution_inverts) {
    double q = chi_square_quantile(table[_i].dof, table[_i].probability);
    ck_assert_double_eq_tol(chi_square_cdf(table[_i].dof, q), table[_i].probability, 2e-6);
}
END_TEST

START_TEST (grows_from_nought_to_one) {
    for (int dof = 1; dof <= 3; dof++) {
        double before = 0.0;
        ck_assert_double_eq(chi_square_cdf(dof, 0.0), 0.0);
        for (double x = 0.01; x < 100.0; x *= 1.1) {
            double p = chi_square_cdf(dof, x);
            ck_assert(p >= before && p <= 1.0);
            before = p;
        }
        ck_assert_double_eq_tol(before, 1.0, 1e-12);
    }
}
END_TEST

/* The largest probability that the settings take has a limit, too. */
START_TEST (far_tail) {
    for (int dof = 1; dof <= 3; dof++) {
        double q = chi_square_quantile(dof, 0.9999999);
        ck_assert(q > 28.0 && q < 36.0);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("chi square");
    tcase_add_loop_test(cases, quantiles, 0, (int)(sizeof table / sizeof *table));
    tcase_add_loop_test(cases, distribution_inverts, 0, (int)(sizeof table / sizeof *table));
    tcase_add_test(cases, grows_from_nought_to_one);
    tcase_add_test(cases, far_tail);
    return run_cases("chi square", cases);
}
