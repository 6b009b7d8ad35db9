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
#include "fusion/integrity/bank_turn.h"

#include "fusion/core/core.h"
#include "fusion/motion/vehicle.h"

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
    vec3 own, swing = {in->a[1][2], in->a[2][0], in->a[0][1]};
    turn_of(d, turn);
    *out = *in;
    glm_mat3_copy((vec3 *)(uintptr_t)in->b, b);
    glm_mat3_mul(turn, b, out->b);
    glm_mat3_mulv(turn, swing, swing);
    glm_mat3_mulv(out->b, (float *)(uintptr_t)(d + STATE_ACCEL_BIAS), own);
    glm_vec3_sub(swing, own, swing);
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
 * exp(e) R, so its force is exp(e) (F + B bias), and the velocity moves by that less F; the turn is the bias'
 * own, about axes that have turned half the way. */
void bank_turn_carry(float *d, const filter_span *in)
{
    filter_span s;
    vec3 force, turned, half, swing = {in->a[1][2], in->a[2][0], in->a[0][1]};
    float *psi = d + STATE_ATTITUDE;
    bank_turn_span(d, in, &s);
    glm_vec3_sub(swing, (vec3){s.a[1][2], s.a[2][0], s.a[0][1]}, force);
    glm_mat3_mulv((vec3 *)(uintptr_t)in->b, d + STATE_GYRO_BIAS, turned);
    glm_vec3_cross(psi, turned, half);
    for (int i = 0; i < 3; i++) {
        d[STATE_POSITION + i] += in->dt * d[STATE_VELOCITY + i];
        d[STATE_VELOCITY + i] += force[i];
        psi[i] += turned[i] + 0.5f * half[i];
    }
    unwind(psi);
}

/* Counterclockwise from above, as far as that is more than the vertical part of d: by how much the way that
 * the vehicle faces turns. Tilts of half a radian turn it by a tenth. */
float bank_turn_heading(const filter *f, const float *d)
{
    const double *east = f->r_enu_ecef[0], *north = f->r_enu_ecef[1], *up = f->r_enu_ecef[2];
    double r[3][3], vertical = 0.0, was[2] = {0.0, 0.0}, is[2] = {0.0, 0.0};
    vec3 ahead, turned;
    mat3 turn;
    vehicle_rotation(f, r);
    for (int i = 0; i < 3; i++)
        ahead[i] = (float)r[i][0];
    turn_of(d, turn);
    glm_mat3_mulv(turn, ahead, turned);
    for (int i = 0; i < 3; i++) {
        vertical += up[i] * (double)d[STATE_ATTITUDE + i];
        was[0] += east[i] * (double)ahead[i];
        was[1] += north[i] * (double)ahead[i];
        is[0] += east[i] * (double)turned[i];
        is[1] += north[i] * (double)turned[i];
    }
    return (float)(atan2(was[0] * is[1] - was[1] * is[0], was[0] * is[0] + was[1] * is[1]) - vertical);
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
void bank_turn_measurement(const float v[3], const float *d, measurement *m)
{
    int velocity = columns_of(m, STATE_VELOCITY), attitude = columns_of(m, STATE_ATTITUDE);
    mat3 turn;
    vec3 sum;
    if (velocity < 0 || attitude < 0)
        return;
    turn_of(d, turn);
    glm_vec3_add((float *)(uintptr_t)v, (float *)(uintptr_t)(d + STATE_VELOCITY), sum);
    for (int k = 0; k < m->dim; k++) {
        vec3 r = {m->h[velocity][k], m->h[velocity + 1][k], m->h[velocity + 2][k]}, turned, was, is;
        glm_mat3_mulv(turn, r, turned);
        glm_vec3_cross(r, (float *)(uintptr_t)v, was);
        glm_vec3_cross(turned, sum, is);
        m->innovation[k] -=
            glm_vec3_dot(turned, (float *)(uintptr_t)v) - glm_vec3_dot(r, (float *)(uintptr_t)v);
        for (int i = 0; i < 3; i++) {
            m->h[velocity + i][k] = turned[i];
            m->h[attitude + i][k] += is[i] - was[i];
            m->innovation[k] += m->h[attitude + i][k] * d[STATE_ATTITUDE + i];
        }
    }
}
