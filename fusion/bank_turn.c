/*
 * Sub-solutions whose attitude is far from the filter's.
 *
 * A sub-solution is an error against the filter's state, and small as a rule. Where the filter has been led
 * to stand still while the vehicle drives on and turns, the error becomes a turn by half a right angle and a
 * velocity by all of it, of which products count. Held against linear models, the sub-solution that is right
 * then contradicts what it fuses, and the wrong one is believed. So beyond some degrees its attitude is
 * taken for what it is, exp(d) times the filter's, wherever directions matter: how it moves, how biases act,
 * and what the velocity is in the vehicle's axes.
 */
#include "fusion/core.h"

#include <math.h>

/* An attitude error from which on products count, rad: below, they are less than a hundredth of the error. */
static const float turned_rad = 0.02f;

/* From where on bearings tell nothing, rad. */
static const float astray_rad = 0.3f;

static float angle2(const float *d)
{
    return glm_vec3_norm2((float *)(uintptr_t)(d + STATE_ATTITUDE));
}

bool bank_is_turned(const float *d)
{
    return angle2(d) > turned_rad * turned_rad;
}

bool bank_is_astray(const float *d)
{
    return angle2(d) > astray_rad * astray_rad;
}

static void turn_of(const float *d, mat3 out)
{
    const double psi[3] = {(double)d[STATE_ATTITUDE], (double)d[STATE_ATTITUDE + 1],
                           (double)d[STATE_ATTITUDE + 2]};
    double q[4], r[3][3];
    quat_exp(psi, q);
    quat_to_rows(q, r);
    rows_to_mat3(r, out);
}

void bank_turn_span(const float *d, const filter_span *in, filter_span *out)
{
    mat3 turn, b;
    vec3 swing = {in->a[1][2], in->a[2][0], in->a[0][1]};
    turn_of(d, turn);
    *out = *in;
    glm_mat3_copy((vec3 *)(uintptr_t)in->b, b);
    glm_mat3_mul(turn, b, out->b);
    glm_mat3_mulv(turn, swing, swing);
    mat3_skew(swing, out->a);
}

/* Half a turn to the left is half a turn to the right. */
static void unwind(float *psi)
{
    float angle = glm_vec3_norm(psi);
    if (angle > 3.1415927f)
        glm_vec3_scale(psi, 1.0f - 6.2831853f / angle, psi);
}

/* With the filter's attitude R, its force F = R f dt and what a bias does, B = -R dt: that of the error e is
 * exp(e) R, so the velocity moves by (exp(e) - 1) F + exp(e) B bias; the turn is the bias' own, about axes
 * that have turned half the way. */
void bank_turn_carry(float *d, const filter_span *in)
{
    filter_span s;
    vec3 moved, force, turned, half, swing = {in->a[1][2], in->a[2][0], in->a[0][1]};
    float *psi = d + STATE_ATTITUDE;
    bank_turn_span(d, in, &s);
    glm_mat3_mulv(s.b, d + STATE_ACCEL_BIAS, moved);
    glm_vec3_sub(swing, (vec3){s.a[1][2], s.a[2][0], s.a[0][1]}, force);
    glm_mat3_mulv((vec3 *)(uintptr_t)in->b, d + STATE_GYRO_BIAS, turned);
    glm_vec3_cross(psi, turned, half);
    for (int i = 0; i < 3; i++) {
        d[STATE_POSITION + i] += in->dt * d[STATE_VELOCITY + i];
        d[STATE_VELOCITY + i] += moved[i] + force[i];
        psi[i] += turned[i] + 0.5f * half[i];
    }
    unwind(psi);
}

/* Where the columns of these three states begin; -1: nowhere. */
static int columns_of(const measurement *m, int state)
{
    for (int i = 0; i + 2 < m->columns; i++) {
        if (m->index[i] == state && m->index[i + 2] == state + 2)
            return i;
    }
    return -1;
}

/* Row k measures r v, r being an axis of the vehicle; of the error e with velocity v + w it is r' (v + w)
 * with r' = exp(e) r, and a further turn changes it by r' x (v + w). */
void bank_turn_measurement(const filter *f, const float *d, measurement *m)
{
    int velocity = columns_of(m, STATE_VELOCITY), attitude = columns_of(m, STATE_ATTITUDE);
    mat3 turn;
    vec3 v = {(float)f->velocity_ecef_mps[0], (float)f->velocity_ecef_mps[1], (float)f->velocity_ecef_mps[2]};
    vec3 sum;
    if (velocity < 0 || attitude < 0)
        return;
    turn_of(d, turn);
    glm_vec3_add(v, (float *)(uintptr_t)(d + STATE_VELOCITY), sum);
    for (int k = 0; k < m->dim; k++) {
        vec3 r = {m->h[velocity][k], m->h[velocity + 1][k], m->h[velocity + 2][k]}, turned, was, is;
        glm_mat3_mulv(turn, r, turned);
        glm_vec3_cross(r, v, was);
        glm_vec3_cross(turned, sum, is);
        m->innovation[k] -= glm_vec3_dot(turned, v) - glm_vec3_dot(r, v);
        for (int i = 0; i < 3; i++) {
            m->h[velocity + i][k] = turned[i];
            m->h[attitude + i][k] += is[i] - was[i];
            m->innovation[k] += m->h[attitude + i][k] * d[STATE_ATTITUDE + i];
        }
    }
}
