/*
 * Errors that rotation and translation of one increment share count once: what is said one after the other is
 * what one measurement of six values says.
 */
#include "tests/fusion/any_measurement.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void invert(int n, double a[6][6], double out[6][6])
{
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++)
            out[i][j] = i == j;
    }
    for (int k = 0; k < n; k++) { /* Gauss and Jordan; the matrix is positive definite */
        double pivot = a[k][k];
        for (int j = 0; j < n; j++) {
            a[k][j] /= pivot;
            out[k][j] /= pivot;
        }
        for (int i = 0; i < n; i++) {
            double factor = i == k ? 0.0 : a[i][k];
            for (int j = 0; j < n; j++) {
                a[i][j] -= factor * a[k][j];
                out[i][j] -= factor * out[k][j];
            }
        }
    }
}

/* H' N^-1 H of a stack of rows, and H' N^-1 v. */
typedef struct {
    int rows;
    double h[6][STATE_MAX], v[6], noise[6][6];
} stack;

static void put(stack *to, const measurement *m)
{
    for (int row = 0; row < 3; row++) {
        for (int state = 0; state < core->f.p.n; state++)
            to->h[to->rows + row][state] = column(m, state, row);
        to->v[to->rows + row] = (double)m->innovation[row];
        for (int k = 0; k < 3; k++)
            to->noise[to->rows + row][to->rows + k] = (double)m->noise[row][k];
    }
    to->rows += 3;
}

static void add_information(stack *of, double information[STATE_MAX][STATE_MAX], double vector[STATE_MAX])
{
    double inverse[6][6];
    invert(of->rows, of->noise, inverse);
    for (int i = 0; i < core->f.p.n; i++) {
        for (int a = 0; a < of->rows; a++) {
            for (int b = 0; b < of->rows; b++) {
                double weighted = of->h[a][i] * inverse[a][b];
                vector[i] += weighted * of->v[b];
                for (int j = 0; j < core->f.p.n; j++)
                    information[i][j] += weighted * of->h[b][j];
            }
        }
    }
}

/* What the rotation and the rest of the translation say is what both say as one measurement of six values. */
START_TEST (shared_errors_count_once) {
    static double together[STATE_MAX][STATE_MAX], apart[STATE_MAX][STATE_MAX];
    float ignored[MOST_CAUGHT][3];
    srand(ANY_STATES_SEED);
    for (int round = 0; round < ANY_STATES; round++) {
        double both[STATE_MAX] = {0}, one_by_one[STATE_MAX] = {0};
        stack whole = {0}, rotation = {0}, rest = {0};
        any_state_create(true);
        any_state_take(round);
        memset(together, 0, sizeof together);
        memset(apart, 0, sizeof apart);
        crossed = true;
        innovations(measure_odometry, STATE_POSITION, 0.0, ignored); /* translation as it is */
        put(&whole, &caught[1]);
        put(&whole, &caught[0]);
        for (int i = 0, at = 0; i < 6; i++) {
            for (int k = i; k < 6; k++, at++) {
                if (i < 3 && k > 2)
                    whole.noise[i][k] = whole.noise[k][i] = (double)(1e-5f * sinf((float)at));
            }
        }
        as_fused = true;
        innovations(measure_odometry, STATE_POSITION, 0.0, ignored);
        put(&rotation, &caught[0]);
        put(&rest, &caught[1]);
        as_fused = crossed = false;
        add_information(&whole, together, both);
        add_information(&rotation, apart, one_by_one);
        add_information(&rest, apart, one_by_one);
        for (int i = 0; i < core->f.p.n; i++) {
            double scale = sqrt(together[i][i]) + 1e-3; /* some 70 sigmas of the translation are said */
            ck_assert_double_eq_tol(one_by_one[i] / scale, both[i] / scale, 0.1);
            for (int j = 0; j < core->f.p.n; j++)
                ck_assert_double_eq_tol(apart[i][j], together[i][j],
                                        1e-3 * scale * (sqrt(together[j][j]) + 1e-3));
        }
        fusion_destroy(core);
    }
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("shared errors");
    printf("seed %d\n", ANY_STATES_SEED);
    tcase_set_timeout(cases, 120.0);
    tcase_add_test(cases, shared_errors_count_once);
    return run_cases("shared errors", cases);
}
