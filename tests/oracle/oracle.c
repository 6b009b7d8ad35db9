#include "tests/oracle/oracle.h"

#include "fusion/geodesy.h"

#include <math.h>
#include <string.h>

/* As in fusion/filter/filter.c: what mounts creep, rad^2/s. */
static const double mount_walk = 1e-9;

void oracle_init(oracle *o, int n, bool earth_rotation)
{
    memset(o, 0, sizeof *o);
    o->n = n;
    o->earth_rotation = earth_rotation;
    for (int i = 0; i < 3; i++)
        o->x.r[i][i] = 1.0;
}

static void renew_axes(oracle *o)
{
    double latitude, longitude, height;
    ecef_to_geodetic(o->x.position, &latitude, &longitude, &height);
    enu_axes(latitude, longitude, o->up);
    memcpy(o->up_at, o->x.position, sizeof o->up_at);
}

void oracle_place(oracle *o)
{
    o->kept = 0;
    memset(&o->now, 0, sizeof o->now);
    memset(o->accel, 0, sizeof o->accel);
    memset(o->bend, 0, sizeof o->bend);
    renew_axes(o);
}

void oracle_reset(oracle *o, int state, double variance)
{
    for (int j = 0; j < o->n; j++)
        o->p.at[state][j] = o->p.at[j][state] = 0.0;
    o->p.at[state][state] = variance;
}

/* Gravity at the position, along the normal of the ellipsoid, and its gradient: Groves 2013, (2.139) and
 * (14.18). */
static void gravity(const oracle *o, double g[3], double gradient[3][3])
{
    double latitude, longitude, height, up[3][3], radius2 = 0.0;
    ecef_to_geodetic(o->x.position, &latitude, &longitude, &height);
    enu_axes(latitude, longitude, up);
    double size = normal_gravity(latitude, height);
    for (int i = 0; i < 3; i++) {
        g[i] = -size * up[2][i];
        radius2 += o->x.position[i] * o->x.position[i];
    }
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            gradient[i][j] = -2.0 / radius2 * g[i] * o->x.position[j];
    }
}

static void remember(oracle *o, const double a[3], double dt)
{
    oracle_moved *last = &o->now;
    if (o->kept == 0 || last->time_s - o->moved[(o->kept - 1) % ORACLE_HISTORY].time_s >= o->history_step_s)
        o->moved[o->kept++ % ORACLE_HISTORY] = *last;
    for (int i = 0; i < 3; i++) {
        last->way[i] += (last->velocity[i] + 0.5 * a[i] * dt) * dt;
        last->velocity[i] += a[i] * dt;
    }
    last->time_s += dt;
}

/* Groves 2013, section 5.3. `c` gets the mean rotation, `force` what turns with the attitude's error. */
static void mechanize(oracle *o, const inertial_model *model, const inertial_input *input, double dt,
                      double c[3][3], double force[3], double gradient[3][3])
{
    oracle_state *x = &o->x;
    const double w = o->earth_rotation ? EARTH_RATE_RADPS : 0.0, back[3] = {0.0, 0.0, -w * dt};
    double turn[3], b[3], g[3], step[3][3], mean[3][3], earth[3][3];
    gravity(o, g, gradient);
    for (int i = 0; i < 3; i++) {
        o->gyro[i] = model->gyro_missing[i] ? 0.0 : input->gyro_radps[i];
        turn[i] = (o->gyro[i] - x->gyro_bias[i]) * dt;
        b[i] = (model->accel_missing ? 0.0 : input->accel_mps2[i]) - x->accel_bias[i];
    }
    m3_exp(turn, step);
    m3_exp(back, earth);
    m3_mean_exp(turn, mean);
    m3_mul(x->r, mean, c);
    m3_apply(c, b, force);
    m3_mul(earth, x->r, x->r);
    m3_mul(x->r, step, x->r);
    m3_orthonormalize(x->r);
    const double *v = x->velocity;
    const double coriolis[3] = {2.0 * w * v[1], -2.0 * w * v[0], 0.0};
    for (int i = 0; i < 3; i++)
        o->accel[i] = force[i] + (model->accel_missing ? 0.0 : g[i]) + coriolis[i];
    for (int i = 0; i < 3; i++) {
        x->position[i] += (x->velocity[i] + 0.5 * o->accel[i] * dt) * dt;
        x->velocity[i] += o->accel[i] * dt;
    }
    remember(o, o->accel, dt);
}

static void put_block(dense *m, int row, int column, double b[3][3], double scale)
{
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            m->at[row + i][column + j] = scale * b[i][j];
    }
}

/* F = I + A dt + (A dt)^2 / 2, A as in Groves 2013, (14.48), in terms of the present error convention. */
static void transition(oracle *o, bool accel_missing, double c[3][3], const double force[3],
                       double gradient[3][3], double dt)
{
    const double w = o->earth_rotation ? EARTH_RATE_RADPS : 0.0, rate[3] = {0.0, 0.0, w};
    double one[3][3] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, swing[3][3], earth[3][3];
    memset(&o->t, 0, sizeof o->t);
    m3_skew(force, swing);
    m3_skew(rate, earth);
    put_block(&o->t, STATE_POSITION, STATE_VELOCITY, one, dt);
    if (!accel_missing)
        put_block(&o->t, STATE_VELOCITY, STATE_POSITION, gradient, dt);
    put_block(&o->t, STATE_VELOCITY, STATE_VELOCITY, earth, -2.0 * dt);
    put_block(&o->t, STATE_VELOCITY, STATE_ATTITUDE, swing, -dt);
    put_block(&o->t, STATE_VELOCITY, STATE_ACCEL_BIAS, c, -dt);
    put_block(&o->t, STATE_ATTITUDE, STATE_ATTITUDE, earth, -dt);
    put_block(&o->t, STATE_ATTITUDE, STATE_GYRO_BIAS, c, -dt);
    dense_mul(o->n, &o->t, &o->t, &o->f);
    for (int i = 0; i < o->n; i++) {
        for (int j = 0; j < o->n; j++)
            o->f.at[i][j] = (i == j ? 1.0 : 0.0) + o->t.at[i][j] + 0.5 * o->f.at[i][j];
    }
}

/* A state that decays shrinks its row of F and its nominal value; returns what is added to its variance. */
static double slow_noise(oracle *o, int state, double *value, double rate, double walk, double stationary,
                         double dt)
{
    double phi = exp(-rate * dt);
    for (int j = 0; j < o->n; j++)
        o->f.at[state][j] *= phi;
    *value *= phi;
    return stationary > 0.0 ? stationary * (1.0 - phi * phi) : walk * dt;
}

/* Without a gyro: what the steering allows at this speed, as a share of the yaw rate's variance. */
static double yaw_share(const oracle *o, const inertial_model *m)
{
    double v2 = 0.0, most = (double)m->gyro_sigma[2];
    for (int i = 0; i < 3; i++)
        v2 += o->x.velocity[i] * o->x.velocity[i] + o->p.at[STATE_VELOCITY + i][STATE_VELOCITY + i];
    if (!m->gyro_missing[2] || !(m->turn_per_m > 0.0f))
        return 1.0;
    return fmin(1.0, (double)m->turn_per_m * (double)m->turn_per_m * v2 / (most * most));
}

static void bias_noise(oracle *o, const inertial_model *m, double dt, double *q)
{
    for (int i = 0; i < 3; i++) {
        double share = i == 2 ? yaw_share(o, m) : 1.0;
        q[STATE_GYRO_BIAS + i] =
            slow_noise(o, STATE_GYRO_BIAS + i, &o->x.gyro_bias[i], (double)m->gyro_rate[i],
                       (double)m->gyro_walk[i] * share, 0.0, dt);
        q[STATE_ACCEL_BIAS + i] = slow_noise(o, STATE_ACCEL_BIAS + i, &o->x.accel_bias[i],
                                             (double)m->accel_rate[i], (double)m->accel_walk[i], 0.0, dt);
    }
}

static void source_noise(oracle *o, const slow_state *slow, double dt, double *q)
{
    for (int i = STATE_SOURCES; i < o->n; i++) {
        const slow_state *s = &slow[i - STATE_SOURCES];
        double rate = (double)s->rate;
        if (rate > 0.0 || o->p.at[i][i] < (double)s->bound)
            q[i] = slow_noise(o, i, &o->x.source[i - STATE_SOURCES], rate, (double)s->walk,
                              rate > 0.0 ? (double)s->stationary : 0.0, dt);
    }
}

static void noise(oracle *o, const inertial_model *m, const slow_state *slow, double dt, double *q)
{
    double rate2 = 0.0, along = 0.0, share2 = (double)m->turn_share * (double)m->turn_share;
    for (int i = 0; i < 3; i++) {
        double rate = o->gyro[i] - o->x.gyro_bias[i];
        o->bend[i] += (rate - o->bend[i] / (double)FILTER_BEND_S) * dt;
        rate2 += rate * rate;
        along += rate * o->bend[i];
    }
    double turn_psd = share2 * fmax((double)FILTER_TURN_S * rate2, 2.0 * along);
    for (int i = 0; i < 3; i++) {
        q[STATE_VELOCITY + i] = (double)m->accel_psd * dt;
        q[STATE_ATTITUDE + i] = ((double)m->gyro_psd + turn_psd) * dt;
    }
    o->slow_age_s += dt;
    if (o->slow_age_s < o->slow_step_s)
        return;
    bias_noise(o, m, o->slow_age_s, q);
    for (int i = STATE_MOUNT; i < STATE_SOURCES; i++)
        q[i] = o->p.at[i][i] > 0.0 ? mount_walk * o->slow_age_s : 0.0;
    source_noise(o, slow, o->slow_age_s, q);
    o->slow_age_s = 0.0;
}

void oracle_predict(oracle *o, const inertial_model *model, const slow_state *slow,
                    const inertial_input *input, double dt_s)
{
    double c[3][3], force[3], gradient[3][3], q[STATE_MAX] = {0};
    mechanize(o, model, input, dt_s, c, force, gradient);
    transition(o, model->accel_missing, c, force, gradient, dt_s);
    noise(o, model, slow, dt_s, q);
    dense_mul(o->n, &o->f, &o->p, &o->t);
    dense_mul_transposed(o->n, &o->t, &o->f, &o->p);
    for (int i = 0; i < o->n; i++)
        o->p.at[i][i] += q[i];
    dense_symmetrize(o->n, &o->p);
    for (int i = 0; i < 3; i++) {
        if (fabs(o->x.position[i] - o->up_at[i]) > ORACLE_REACH_M)
            renew_axes(o);
    }
}

/* y = H P, s = y H' */
static void project(const oracle *o, const oracle_measurement *m, double y[3][STATE_MAX], double s[3][3])
{
    for (int k = 0; k < m->dim; k++) {
        for (int j = 0; j < o->n; j++) {
            y[k][j] = 0.0;
            for (int i = 0; i < o->n; i++)
                y[k][j] += m->h[k][i] * o->p.at[i][j];
        }
        for (int l = 0; l < m->dim; l++) {
            s[k][l] = 0.0;
            for (int j = 0; j < o->n; j++)
                s[k][l] += y[k][j] * m->h[l][j];
        }
    }
}

/* S without weight: R as given, raised where the fast filter must raise it (COVARIANCE_MAX_GAIN). */
static void innovation_covariance(const oracle_measurement *m, double hph[3][3], double s[3][3])
{
    for (int k = 0; k < m->dim; k++) {
        for (int l = 0; l < m->dim; l++)
            s[k][l] = hph[k][l] + m->r[k][l];
        s[k][k] = fmax(s[k][k], hph[k][k] * (1.0 + 1.0 / (double)COVARIANCE_MAX_GAIN));
    }
}

void oracle_weigh(const oracle *o, oracle_measurement *m, double limit)
{
    double y[3][STATE_MAX], hph[3][3], s[3][3], inverse[3][3];
    project(o, m, y, hph);
    innovation_covariance(m, hph, s);
    m->nis = NAN;
    m->weight = 0.0;
    if (!small_inverse(m->dim, s, inverse))
        return;
    m->nis = 0.0;
    for (int k = 0; k < m->dim; k++) {
        for (int l = 0; l < m->dim; l++)
            m->nis += m->innovation[k] * inverse[k][l] * m->innovation[l];
    }
    m->weight = m->nis > limit ? limit / m->nis : 1.0;
}

/* P = (I - K H) P (I - K H)' + K R K' with R = S / weight - H P H' */
static void joseph(oracle *o, const oracle_measurement *m, double gain[STATE_MAX][3], double r[3][3])
{
    dense *a = &o->f;
    for (int i = 0; i < o->n; i++) {
        for (int j = 0; j < o->n; j++) {
            a->at[i][j] = i == j ? 1.0 : 0.0;
            for (int k = 0; k < m->dim; k++)
                a->at[i][j] -= gain[i][k] * m->h[k][j];
        }
    }
    dense_mul(o->n, a, &o->p, &o->t);
    dense_mul_transposed(o->n, &o->t, a, &o->p);
    for (int i = 0; i < o->n; i++) {
        for (int j = 0; j < o->n; j++) {
            for (int k = 0; k < m->dim; k++) {
                for (int l = 0; l < m->dim; l++)
                    o->p.at[i][j] += gain[i][k] * r[k][l] * gain[j][l];
            }
        }
    }
    dense_symmetrize(o->n, &o->p);
}

/* P <- T P T': the error of the velocity is psi x v of the velocity after its correction, too
 * (filter_turn_course in fusion/filter/filter.c). */
static void turn_course(oracle *o, const double *dv)
{
    dense *a = &o->f;
    double cross[3][3] = {{0.0, dv[2], -dv[1]}, {-dv[2], 0.0, dv[0]}, {dv[1], -dv[0], 0.0}}; /* psi x dv */
    for (int i = 0; i < o->n; i++) {
        for (int j = 0; j < o->n; j++)
            a->at[i][j] = i == j ? 1.0 : 0.0;
    }
    put_block(a, STATE_VELOCITY, STATE_ATTITUDE, cross, 1.0);
    dense_mul(o->n, a, &o->p, &o->t);
    dense_mul_transposed(o->n, &o->t, a, &o->p);
    dense_symmetrize(o->n, &o->p);
}

void oracle_fuse(oracle *o, const oracle_measurement *m, uint64_t considered)
{
    double y[3][STATE_MAX], hph[3][3], s[3][3], inverse[3][3], r[3][3], gain[STATE_MAX][3], error[STATE_MAX];
    project(o, m, y, hph);
    innovation_covariance(m, hph, s);
    for (int k = 0; k < m->dim; k++) {
        for (int l = 0; l < m->dim; l++) {
            s[k][l] /= m->weight;
            if (k == l && m->lasting[k] > 0.0)
                s[k][k] += m->repeats * m->lasting[k] * m->lasting[k] / (m->lasting[k] + hph[k][k]);
            r[k][l] = s[k][l] - hph[k][l];
        }
    }
    if (!small_inverse(m->dim, s, inverse))
        return;
    for (int i = 0; i < o->n; i++) {
        error[i] = 0.0;
        for (int k = 0; k < m->dim; k++) {
            gain[i][k] = 0.0;
            for (int l = 0; l < m->dim && !(considered >> i & 1); l++)
                gain[i][k] += y[l][i] * inverse[l][k];
            error[i] += gain[i][k] * m->innovation[k];
        }
    }
    joseph(o, m, gain, r);
    oracle_inject(&o->x, o->n, error);
    if (m->turns)
        turn_course(o, error + STATE_VELOCITY);
}

void oracle_inject(oracle_state *x, int n, const double *error)
{
    double turn[3][3];
    for (int i = 0; i < 3; i++) {
        x->position[i] += error[STATE_POSITION + i];
        x->velocity[i] += error[STATE_VELOCITY + i];
        x->gyro_bias[i] += error[STATE_GYRO_BIAS + i];
        x->accel_bias[i] += error[STATE_ACCEL_BIAS + i];
    }
    m3_exp(&error[STATE_ATTITUDE], turn);
    m3_mul(turn, x->r, x->r);
    x->mount[0] += error[STATE_MOUNT];
    x->mount[1] += error[STATE_MOUNT + 1];
    for (int i = STATE_SOURCES; i < n; i++)
        x->source[i - STATE_SOURCES] += error[i];
    if (x->clone == 0)
        return;
    for (int i = 0; i < 3; i++)
        x->clone_position[i] += error[x->clone + i];
    m3_exp(&error[x->clone + 3], turn);
    m3_mul(turn, x->clone_r, x->clone_r);
}

/* The motion at a time, the acceleration between two points being constant; before and after them it is held.
 */
static oracle_moved moved_at(const oracle *o, double time_s)
{
    if (o->kept == 0)
        return o->now;
    long i = o->kept - 1, oldest = o->kept > ORACLE_HISTORY ? o->kept - ORACLE_HISTORY : 0;
    const oracle_moved *b = &o->now, *a = &o->moved[i % ORACLE_HISTORY];
    while (i > oldest && a->time_s > time_s) {
        b = a;
        a = &o->moved[--i % ORACLE_HISTORY];
    }
    oracle_moved out = {.time_s = time_s};
    double t = time_s - a->time_s;
    for (int k = 0; k < 3; k++) {
        double accel = (b->velocity[k] - a->velocity[k]) / (b->time_s - a->time_s);
        out.velocity[k] = a->velocity[k] + accel * t;
        out.way[k] = a->way[k] + (a->velocity[k] + 0.5 * accel * t) * t;
    }
    return out;
}

void oracle_since(const oracle *o, double latency_s, const double velocity[3], double change[3],
                  double way[3])
{
    oracle_moved then = moved_at(o, o->now.time_s - latency_s);
    for (int i = 0; i < 3; i++) {
        change[i] = o->now.velocity[i] - then.velocity[i];
        /* v(s) = velocity - (V(now) - V(s)), integrated over the latency */
        way[i] = latency_s * (velocity[i] - o->now.velocity[i]) + o->now.way[i] - then.way[i];
    }
}

void oracle_clone(oracle *o, int first)
{
    dense_identity(o->n, &o->t);
    for (int i = 0; i < 6; i++) {
        int own = first + i, of = i < 3 ? STATE_POSITION + i : STATE_ATTITUDE + i - 3;
        o->t.at[own][own] = 0.0;
        o->t.at[own][of] = 1.0;
    }
    dense_mul(o->n, &o->t, &o->p, &o->u);
    dense_mul_transposed(o->n, &o->u, &o->t, &o->p);
    o->x.clone = first;
    memcpy(o->x.clone_position, o->x.position, sizeof o->x.clone_position);
    memcpy(o->x.clone_r, o->x.r, sizeof o->x.clone_r);
}
