/*
 * The covariance in single precision against plain matrices in double: prediction, update, considered states,
 * decay, widening, forgetting, the limit of the gain; and that it is symmetric, bit for bit.
 */
#include "fusion/core/core.h"
#include "fusion/gnss/gnss_fix.h"
#include "tests/draws.h"
#include "tests/suite.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 96 }; /* every size twice */
static const unsigned seed = 27182;

typedef struct {
    int n;
    double at[STATE_MAX][STATE_MAX];
} dense;

static float storage[STATE_MAX * STATE_MAX] __attribute__((aligned(64)));
static covariance c;
static dense d; /* what it should be */

/* Every size, with and without padding. */
static int size_of_round(int round)
{
    return STATE_SOURCES + round % (STATE_MAX - STATE_SOURCES + 1);
}

/* A A' + I, scaled so that sigmas differ as those of metres and radians do. */
static void random_covariance(int n)
{
    static double a[STATE_MAX][STATE_MAX], scale[STATE_MAX];
    covariance_init(&c, n, storage);
    d.n = n;
    for (int i = 0; i < n; i++) {
        scale[i] = pow(10.0, draw_uniform(-2.0, 1.0));
        for (int j = 0; j < n; j++)
            a[i][j] = draw_uniform(-1.0, 1.0);
    }
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = i == j ? 1.0 : 0.0;
            for (int k = 0; k < n; k++)
                sum += a[i][k] * a[j][k];
            float value = (float)(sum * scale[i] * scale[j]);
            covariance_row(&c, i)[j] = covariance_row(&c, j)[i] = value;
            d.at[i][j] = d.at[j][i] = (double)value;
        }
    }
}

/* Symmetric to the bit, padding zero, and each entry within `tolerance` of sigma_i sigma_j. Check writes down
 * every assertion that it passes, which costs more than all the arithmetic here: it is told of what fails. */
static void check_equal(double tolerance)
{
    for (int i = 0; i < c.n; i++) {
        for (int j = 0; j < c.n; j++) {
            float a = covariance_at(&c, i, j), b = covariance_at(&c, j, i);
            double scale = sqrt(fabs(d.at[i][i] * d.at[j][j]));
            if (memcmp(&a, &b, sizeof a) != 0)
                ck_abort_msg("n %d: [%d][%d] %.9g, mirrored %.9g", c.n, i, j, (double)a, (double)b);
            if (!(fabs((double)a - d.at[i][j]) <= tolerance * scale))
                ck_abort_msg("n %d: [%d][%d] %.9g, dense %.9g", c.n, i, j, (double)a, d.at[i][j]);
        }
    }
    for (int i = 0; i < c.stride; i++) {
        for (int j = i < c.n ? c.n : 0; j < c.stride; j++) {
            if (covariance_row(&c, i)[j] != 0.0f)
                ck_abort_msg("n %d: [%d][%d] is padding, and not nought", c.n, i, j);
        }
    }
}

/* D becomes F D F'. */
static void dense_map(double f[STATE_MAX][STATE_MAX])
{
    static double t[STATE_MAX][STATE_MAX];
    for (int i = 0; i < d.n; i++) {
        for (int j = 0; j < d.n; j++) {
            t[i][j] = 0.0;
            for (int k = 0; k < d.n; k++)
                t[i][j] += f[i][k] * d.at[k][j];
        }
    }
    for (int i = 0; i < d.n; i++) {
        for (int j = 0; j < d.n; j++) {
            d.at[i][j] = 0.0;
            for (int k = 0; k < d.n; k++)
                d.at[i][j] += t[i][k] * f[j][k];
        }
    }
}

/* ---- prediction */

static void dense_predict(float dt, mat3 a, mat3 b, float q_velocity, float q_attitude)
{
    static double f[STATE_MAX][STATE_MAX];
    for (int i = 0; i < d.n; i++) {
        for (int j = 0; j < d.n; j++)
            f[i][j] = i == j;
    }
    for (int i = 0; i < 3; i++) {
        f[STATE_POSITION + i][STATE_VELOCITY + i] = (double)dt;
        for (int j = 0; j < 3; j++) { /* cglm: [column][row] */
            f[STATE_VELOCITY + i][STATE_ATTITUDE + j] = (double)a[j][i];
            f[STATE_VELOCITY + i][STATE_ACCEL_BIAS + j] = (double)b[j][i];
            f[STATE_ATTITUDE + i][STATE_GYRO_BIAS + j] = (double)b[j][i];
        }
    }
    dense_map(f);
    for (int i = 0; i < 3; i++) {
        d.at[STATE_VELOCITY + i][STATE_VELOCITY + i] += (double)q_velocity;
        d.at[STATE_ATTITUDE + i][STATE_ATTITUDE + i] += (double)q_attitude;
    }
}

START_TEST (prediction_is_F_P_F_plus_Q) {
    srand(seed);
    for (int round = 0; round < ROUNDS; round++) {
        random_covariance(size_of_round(round));
        vec3 swing = {(float)draw_uniform(-0.3, 0.3), (float)draw_uniform(-0.3, 0.3),
                      (float)draw_uniform(-0.3, 0.3)};
        mat3 a, b;
        mat3_skew(swing, a);
        for (int i = 0; i < 9; i++)
            b[i / 3][i % 3] = (float)draw_uniform(-0.02, 0.02);
        float dt = (float)draw_uniform(0.001, 0.1), qv = (float)draw_uniform(0.0, 0.1),
              qa = (float)draw_uniform(0.0, 0.1);
        covariance_predict(&c, dt, a, b, qv, qa);
        dense_predict(dt, a, b, qv, qa);
        check_equal(2e-6);
    }
}
END_TEST

/* ---- update */

static void random_measurement(measurement *m, int dim)
{
    measurement_start(m, dim);
    int columns = 1 + rand() % 15, state = rand() % 3;
    for (int i = 0; i < columns && state < c.n; i++, state += 1 + rand() % 3)
        measurement_column(m, state, (float)draw_uniform(-1, 1), (float)draw_uniform(-1, 1),
                           (float)draw_uniform(-1, 1));
    for (int k = 0; k < dim; k++) {
        m->innovation[k] = (float)draw_uniform(-3, 3);
        for (int l = 0; l < k; l++)
            m->noise[k][l] = m->noise[l][k] = (float)draw_uniform(-0.1, 0.1);
        m->noise[k][k] = (float)draw_uniform(0.5, 3.0);
    }
}

/* The inverse of a symmetric matrix of up to three rows, by cofactors. */
static void invert(int dim, double a[3][3], double out[3][3])
{
    double w[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    for (int i = 0; i < dim; i++) {
        for (int j = 0; j < dim; j++)
            w[i][j] = a[i][j];
    }
    double cofactor[3][3], det = 0.0;
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            int r = (i + 1) % 3, s = (i + 2) % 3, t = (j + 1) % 3, u = (j + 2) % 3;
            cofactor[i][j] = w[r][t] * w[s][u] - w[r][u] * w[s][t];
        }
    }
    for (int j = 0; j < 3; j++)
        det += w[0][j] * cofactor[0][j];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            out[i][j] = cofactor[j][i] / det;
    }
}

/* Joseph's form with the gain's rows of the considered states zero; `s` is the innovation covariance. */
static void dense_update(const measurement *m, double s[3][3], uint64_t considered, double dx[STATE_MAX])
{
    static double h[3][STATE_MAX], y[3][STATE_MAX], gain[STATE_MAX][3], a[STATE_MAX][STATE_MAX];
    double hph[3][3] = {{0}}, inverse[3][3];
    memset(h, 0, sizeof h);
    memset(y, 0, sizeof y);
    for (int i = 0; i < m->columns; i++) {
        for (int k = 0; k < m->dim; k++)
            h[k][m->index[i]] = (double)m->h[i][k];
    }
    for (int k = 0; k < m->dim; k++) {
        for (int i = 0; i < d.n; i++) {
            for (int j = 0; j < d.n; j++)
                y[k][i] += h[k][j] * d.at[j][i];
        }
        for (int l = 0; l < m->dim; l++) {
            for (int j = 0; j < d.n; j++)
                hph[k][l] += y[k][j] * h[l][j];
        }
    }
    invert(m->dim, s, inverse);
    for (int i = 0; i < d.n; i++) {
        dx[i] = 0.0;
        for (int k = 0; k < m->dim; k++) {
            gain[i][k] = 0.0;
            for (int l = 0; l < m->dim && !(considered >> i & 1); l++)
                gain[i][k] += y[l][i] * inverse[l][k];
            dx[i] += gain[i][k] * (double)m->innovation[k];
        }
    }
    for (int i = 0; i < d.n; i++) {
        for (int j = 0; j < d.n; j++) {
            a[i][j] = i == j;
            for (int k = 0; k < m->dim; k++)
                a[i][j] -= gain[i][k] * h[k][j];
        }
    }
    dense_map(a);
    for (int i = 0; i < d.n; i++) {
        for (int j = 0; j < d.n; j++) {
            for (int k = 0; k < m->dim; k++) {
                for (int l = 0; l < m->dim; l++)
                    d.at[i][j] += gain[i][k] * (s[k][l] - hph[k][l]) * gain[j][l];
            }
        }
    }
}

/* One update of both; `weight` widens S as the robust weight does. */
static void update_both(measurement *m, float weight, uint64_t considered)
{
    projection j;
    float s[3][3], dx[STATE_MAX] __attribute__((aligned(64)));
    double wide[3][3], expected[STATE_MAX];
    covariance_project(&c, m, &j);
    for (int k = 0; k < m->dim; k++) {
        for (int l = 0; l < m->dim; l++) {
            s[k][l] = (j.s[k][l] + m->noise[k][l]) / weight;
            wide[k][l] = (double)s[k][l];
        }
    }
    ck_assert(covariance_update(&c, m, &j, s, dx, considered));
    dense_update(m, wide, considered, expected);
    for (int i = 0; i < c.n; i++) {
        double sigma = sqrt(fabs(d.at[i][i])) + 1e-3;
        ck_assert_msg(fabs((double)dx[i] - expected[i]) <= 5e-4 * sigma, "dx[%d] %g, dense %g", i,
                      (double)dx[i], expected[i]);
    }
}

START_TEST (update_is_josephs) {
    srand(seed);
    for (int round = 0; round < ROUNDS; round++) {
        measurement m;
        random_covariance(size_of_round(round));
        random_measurement(&m, 1 + round % 3);
        update_both(&m, round % 2 ? 1.0f : 0.3f, 0);
        check_equal(2e-4);
    }
}
END_TEST

START_TEST (considered_states_keep_their_variance) {
    srand(seed);
    for (int round = 0; round < ROUNDS; round++) {
        measurement m;
        random_covariance(size_of_round(round));
        random_measurement(&m, 1 + round % 3);
        uint64_t considered = UINT64_C(1) << (rand() % c.n) | UINT64_C(1) << (rand() % c.n);
        float before[STATE_MAX];
        for (int i = 0; i < c.n; i++)
            before[i] = covariance_at(&c, i, i);
        update_both(&m, 1.0f, considered);
        check_equal(2e-4);
        for (int i = 0; i < c.n; i++) {
            if (considered >> i & 1)
                ck_assert_double_eq_tol((double)covariance_at(&c, i, i), (double)before[i],
                                        2e-6 * (double)before[i]);
            else
                ck_assert(covariance_at(&c, i, i) <= before[i]);
        }
    }
}
END_TEST

START_TEST (nis_is_that_of_the_inverse) {
    srand(seed);
    for (int round = 0; round < ROUNDS; round++) {
        measurement m;
        projection j;
        float s[3][3];
        double wide[3][3], inverse[3][3], nis = 0.0;
        random_covariance(size_of_round(round));
        random_measurement(&m, 1 + round % 3);
        covariance_project(&c, &m, &j);
        for (int k = 0; k < m.dim; k++) {
            for (int l = 0; l < m.dim; l++)
                wide[k][l] = (double)(s[k][l] = j.s[k][l] + m.noise[k][l]);
        }
        invert(m.dim, wide, inverse);
        for (int k = 0; k < m.dim; k++) {
            for (int l = 0; l < m.dim; l++)
                nis += (double)m.innovation[k] * inverse[k][l] * (double)m.innovation[l];
        }
        ck_assert_double_eq_tol((double)measurement_nis(&m, s), nis, 2e-4 * nis + 1e-7);
    }
}
END_TEST

START_TEST (what_is_not_positive_definite_is_refused) {
    measurement m;
    projection j;
    float s[3][3] = {{1.0f, 2.0f, 0.0f}, {2.0f, 1.0f, 0.0f}, {0.0f, 0.0f, 1.0f}},
          dx[STATE_MAX] __attribute__((aligned(64)));
    srand(seed);
    random_covariance(24);
    random_measurement(&m, 3);
    covariance_project(&c, &m, &j);
    ck_assert(!covariance_update(&c, &m, &j, s, dx, 0));
    ck_assert(isnan(measurement_nis(&m, s)));
    check_equal(0.0); /* nothing has changed */
    s[0][1] = s[1][0] = NAN;
    covariance_project(&c, &m, &j);
    ck_assert(!covariance_update(&c, &m, &j, s, dx, 0));
    check_equal(0.0);
}
END_TEST

/* ---- one state at a time */

/* P = T P T' with T = I + f e_to e_from', multiplied out. */
START_TEST (shear) {
    srand(seed);
    for (int round = 0; round < ROUNDS; round++) {
        random_covariance(size_of_round(round));
        int to = rand() % c.n, from = (to + 1 + rand() % (c.n - 1)) % c.n;
        float factor = (float)draw_uniform(-2.0, 2.0);
        covariance_shear(&c, to, from, factor);
        for (int k = 0; k < d.n; k++)
            d.at[to][k] += (double)factor * d.at[from][k];
        for (int k = 0; k < d.n; k++)
            d.at[k][to] += (double)factor * d.at[k][from];
        check_equal(1e-5);
    }
}
END_TEST

/* Six shears, to the same bits. */
START_TEST (turn) {
    static covariance same;
    static float kept[STATE_MAX * STATE_MAX] __attribute__((aligned(32)));
    srand(seed);
    for (int round = 0; round < ROUNDS; round++) {
        random_covariance(size_of_round(round));
        memcpy(kept, c.p, (size_t)c.n * (size_t)c.stride * sizeof *kept);
        same = c;
        same.p = kept;
        const float v[3] = {(float)draw_uniform(-30.0, 30.0), (float)draw_uniform(-30.0, 30.0),
                            (float)draw_uniform(-3.0, 3.0)};
        covariance_turn(&c, v);
        for (int i = 0; i < 3; i++) {
            covariance_shear(&same, STATE_VELOCITY + i, STATE_ATTITUDE + (i + 1) % 3, v[(i + 2) % 3]);
            covariance_shear(&same, STATE_VELOCITY + i, STATE_ATTITUDE + (i + 2) % 3, -v[(i + 1) % 3]);
        }
        for (int i = 0; i < c.n; i++)
            ck_assert_mem_eq(covariance_row(&c, i), covariance_row(&same, i), (size_t)c.n * sizeof *kept);
    }
}
END_TEST

START_TEST (decay_widen_and_reset) {
    srand(seed);
    for (int round = 0; round < ROUNDS; round++) {
        random_covariance(size_of_round(round));
        int i = rand() % c.n;
        float phi = (float)draw_uniform(0.5, 1.0), q = (float)draw_uniform(0.0, 1.0);
        covariance_decay(&c, i, phi, q);
        for (int k = 0; k < d.n; k++)
            d.at[i][k] = d.at[k][i] = d.at[i][k] * (double)phi * (k == i ? (double)phi : 1.0);
        d.at[i][i] += (double)q;
        check_equal(1e-6);
        covariance_widen(&c, i, q);
        d.at[i][i] += (double)q;
        check_equal(1e-6);
        i = rand() % c.n;
        covariance_reset(&c, i, q);
        for (int k = 0; k < d.n; k++)
            d.at[i][k] = d.at[k][i] = 0.0;
        d.at[i][i] = (double)q;
        check_equal(1e-6);
    }
}
END_TEST

/* One after the other, to the same bits. */
START_TEST (decay_of_all) {
    static covariance same;
    static float kept[STATE_MAX * STATE_MAX] __attribute__((aligned(32)));
    static float phi[STATE_MAX] __attribute__((aligned(32)));
    srand(seed);
    for (int round = 0; round < ROUNDS; round++) {
        random_covariance(size_of_round(round));
        memcpy(kept, c.p, (size_t)c.n * (size_t)c.stride * sizeof *kept);
        same = c;
        same.p = kept;
        const int first = rand() % c.n;
        for (int i = 0; i < STATE_MAX; i++)
            phi[i] = i < first || i >= c.n || rand() % 3 == 0 ? 1.0f : (float)draw_uniform(0.5, 1.0);
        covariance_decay_all(&c, first, phi);
        for (int i = 0; i < c.n; i++)
            covariance_decay(&same, i, phi[i], 0.0f);
        ck_assert_mem_eq(c.p, same.p, (size_t)c.n * (size_t)c.stride * sizeof *kept);
    }
}
END_TEST

/* ---- the limit of the gain */

static fusion *placed_core(float position_variance)
{
    static settings set;
    fusion_sinks none = {0};
    settings_default(&set);
    ck_assert_ptr_nonnull(settings_add_source(&set, "gnss/a"));
    fusion *core = fusion_create(&set, &none);
    ck_assert_ptr_nonnull(core);
    const double at[3] = {6378137.0, 0.0, 0.0}, v[3] = {0}, q[4] = {0, 0, 0, 1};
    filter_place(&core->f, 0, at, v, q);
    for (int i = 0; i < 9; i++)
        covariance_reset(&core->f.p, i, i < 3 ? position_variance : 1.0f);
    return core;
}

static verdict_decision fuse_place(fusion *core, int dim, float h[3][3], float variance)
{
    frame in;
    measurement m;
    memset(&in, 0, sizeof in);
    measurement_start(&m, dim);
    for (int i = 0; i < 3; i++)
        measurement_column(&m, STATE_POSITION + i, h[i][0], h[i][1], h[i][2]);
    for (int k = 0; k < 3; k++) {
        m.innovation[k] = 0.0f;
        m.noise[k][k] = variance;
    }
    return core_fuse(core, &core->source[0], &in, &m, (fuse_how){.quantity = QUANTITY_POSITION});
}

/* A prior of 1e10 times R is brought down in steps of COVARIANCE_MAX_GAIN, and to R in the end. */
START_TEST (gain_is_limited) {
    float h[3][3] = {{0.6f, -0.8f, 0.0f}, {0.8f, 0.6f, 0.0f}, {0.0f, 0.0f, 1.0f}};
    fusion *core = placed_core(1e4f);
    ck_assert_int_eq(fuse_place(core, 3, h, 1e-6f), DECISION_FUSED);
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol((double)covariance_at(&core->f.p, i, i), 0.1, 0.01);
    for (int round = 0; round < 100; round++) {
        ck_assert_int_eq(fuse_place(core, 3, h, 1e-6f), DECISION_FUSED);
        ck_assert(filter_is_sound(&core->f));
    }
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq_tol((double)covariance_at(&core->f.p, i, i), 1e-8, 1e-8);
    fusion_destroy(core);
}
END_TEST

/* One direction is known to a millimetre, across it to 100 m, in axes that mix both: more than single
 * precision can tell. Then nothing is fused rather than something wrong, and the filter stays sound. */
START_TEST (what_single_precision_cannot_hold_is_refused) {
    float h[3][3] = {{0.6f, 0.0f, 0.0f}, {0.8f, 0.0f, 0.0f}, {0.0f, 0.0f, 0.0f}};
    fusion *core = placed_core(1e4f);
    ck_assert_int_eq(fuse_place(core, 1, h, 1e-6f), DECISION_FUSED);
    for (int round = 0; round < 100; round++) {
        fuse_place(core, 1, h, 1e-6f);
        ck_assert(filter_is_sound(&core->f));
        for (int i = 0; i < 3; i++)
            ck_assert((double)covariance_at(&core->f.p, i, i) > 3000.0);
    }
    fusion_destroy(core);
}
END_TEST

/* A variance that rounding has pushed below zero: the pose is given up, and what it was unsure of it still
 * is. It began anew at a receiver that had just led it away, sure of it. */
START_TEST (who_begins_anew_is_no_surer) {
    fusion *core = placed_core(1e4f);
    covariance_row(&core->f.p, STATE_VELOCITY)[STATE_VELOCITY] = -2e-4f;
    core->running = true;
    ck_assert(!filter_is_sound(&core->f));
    core_pass_time(core, core->check_ns + 200000000);
    ck_assert(!core->running);
    ck_assert_float_eq_tol(gnss_doubt(core), 1e4f, 1.0f);
    fusion_destroy(core);
}
END_TEST

int main(void)
{
    TCase *cases = tcase_create("covariance");
    printf("seed %u\n", seed);
    tcase_set_timeout(cases, 120.0);
    tcase_add_test(cases, prediction_is_F_P_F_plus_Q);
    tcase_add_test(cases, update_is_josephs);
    tcase_add_test(cases, considered_states_keep_their_variance);
    tcase_add_test(cases, nis_is_that_of_the_inverse);
    tcase_add_test(cases, what_is_not_positive_definite_is_refused);
    tcase_add_test(cases, shear);
    tcase_add_test(cases, turn);
    tcase_add_test(cases, decay_widen_and_reset);
    tcase_add_test(cases, decay_of_all);
    tcase_add_test(cases, gain_is_limited);
    tcase_add_test(cases, what_single_precision_cannot_hold_is_refused);
    tcase_add_test(cases, who_begins_anew_is_no_surer);
    return run_cases("covariance", cases);
}
