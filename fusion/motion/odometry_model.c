/* An increment of odometry as a function of the state: prediction, innovation, columns. */
#include "fusion/motion/odometry_model.h"

#include "fusion/core/source_run.h"
#include "fusion/filter/covariance.h"
#include "fusion/filter/filter.h"
#include "fusion/motion/vehicle.h"

#include <math.h>

enum {
    SCALE = ODOMETRY_SCALE,
    PITCH = ODOMETRY_PITCH,
    YAW = ODOMETRY_YAW,
    BEND = ODOMETRY_BEND,
    CLONE = ODOMETRY_CLONE
};

/* ---- the two poses */

static void turn_of_mount(const fusion *c, const source_run *s, double sensor[3][3])
{
    const double *own = &c->f.source[s->first_state - STATE_SOURCES];
    double q[4], correction[3][3], configured[3][3];
    for (int i = 0; i < 9; i++)
        configured[i % 3][i / 3] = (double)s->r_body_sensor[i / 3][i % 3];
    quat_from_euler(0.0, own[PITCH], own[YAW], q);
    quat_to_rows(q, correction);
    rows_mul(correction, configured, sensor);
}

static void transpose(double a[3][3], double out[3][3])
{
    for (int i = 0; i < 9; i++)
        out[i / 3][i % 3] = a[i % 3][i / 3];
}

void odometry_look(const fusion *c, const source_run *s, odometry_span *out)
{
    const filter_clone *k = &c->f.clone[s->odometry.clone];
    const double lever[3] = {(double)s->lever_m[0], (double)s->lever_m[1], (double)s->lever_m[2]};
    double mount[3][3], back[3][3], lever_now[3];
    quat_to_rows(k->q_b_ecef, out->vehicle_begin);
    mount_rows(&c->f, mount);
    rows_mul(out->vehicle_begin, mount, out->vehicle_begin);
    vehicle_rotation(&c->f, out->vehicle_end);
    turn_of_mount(c, s, out->sensor);
    rows_mul(out->vehicle_begin, out->sensor, out->begin);
    rows_mul(out->vehicle_end, out->sensor, out->end);
    transpose(out->begin, back);
    rows_mul(back, out->end, out->turned);
    rows_mulv(out->vehicle_begin, lever, out->lever);
    rows_mulv(out->vehicle_end, lever, lever_now);
    for (int i = 0; i < 3; i++) {
        out->way[i] = c->f.position_ecef_m[i] - k->position_ecef_m[i];
        out->moved[i] = out->way[i] + lever_now[i] - out->lever[i];
    }
    out->scale = expf((float)c->f.source[s->first_state - STATE_SOURCES + SCALE]);
}

double odometry_way(const odometry_span *at)
{
    return sqrt(at->moved[0] * at->moved[0] + at->moved[1] * at->moved[1] + at->moved[2] * at->moved[2]);
}

/* ---- what turns of the two mounts, the IMU's and the sensor's own, do */

/* Turns in the vehicle's axes: of the IMU's mount in pitch and yaw, then of the sensor's, by its two angles
 * (yaw after pitch: the axis of yaw turned back by pitch). */
static void turn_axes(const fusion *c, const source_run *s, vec3 axes[4])
{
    float pitch = (float)c->f.source[s->first_state - STATE_SOURCES + PITCH];
    mount_axes(&c->f, axes);
    glm_vec3_copy((vec3){0.0f, 1.0f, 0.0f}, axes[2]);
    glm_vec3_copy((vec3){-sinf(pitch), 0.0f, cosf(pitch)}, axes[3]);
}

static void turn_back(double r[3][3], const double v[3], vec3 out)
{
    double turned[3];
    rows_mulv_transposed(r, v, turned);
    for (int i = 0; i < 3; i++)
        out[i] = (float)turned[i];
}

/* The sensor's angles turn before its configured mount: back from the vehicle's axes by that alone. */
static void to_sensor(const source_run *s, vec3 v, vec3 out)
{
    mat3 turn;
    glm_mat3_transpose_to((vec3 *)(uintptr_t)s->r_body_sensor, turn);
    glm_mat3_mulv(turn, v, out);
}

/* A turn x of the mount, as the sensor's axes have it: of the IMU's through the sensor's own. */
static void turn_in_sensor(const source_run *s, const odometry_span *at, int k, vec3 axis, vec3 out)
{
    const double v[3] = {(double)axis[0], (double)axis[1], (double)axis[2]};
    if (k < 2)
        turn_back((double(*)[3])(uintptr_t)at->sensor, v, out);
    else
        to_sensor(s, axis, out);
}

static void append_turns(const fusion *c, const source_run *s, vec3 d[4], measurement *m)
{
    mount_columns(&c->f, m, d);
    for (int k = 0; k < 2; k++)
        measurement_column(m, s->first_state + PITCH + k, d[k + 2][0], d[k + 2][1], d[k + 2][2]);
}

/* ---- rotation: A_begin' A_end, off by the turn since, in the axes at the begin, and by what the source
 * bends the way by */

/* Rotation vector of a rotation. */
static void log_of(double r[3][3], float out[3])
{
    double q[4];
    quat_from_rows(r, q);
    double sign = q[3] < 0.0 ? -1.0 : 1.0, sine = sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2]);
    double angle = 2.0 * atan2(sine, sign * q[3]);
    double factor = sine > 1e-12 ? sign * angle / sine : 2.0 * sign;
    for (int i = 0; i < 3; i++)
        out[i] = (float)(factor * q[i]);
}

void odometry_measure_rotation(const fusion *c, const source_run *s, const odometry_span *at,
                               const odometry_increment *said, measurement *m)
{
    const double said_rad[3] = {(double)said->rotation[0], (double)said->rotation[1],
                                (double)said->rotation[2]};
    double q[4], r[3][3], back[3][3];
    mat3 to_begin, turned;
    vec3 axes[4], d[4];
    measurement_start(m, 3);
    transpose((double(*)[3])(uintptr_t)at->begin, back);
    rows_to_mat3(back, to_begin);
    measurement_columns(m, s->first_state + CLONE + 3, to_begin);
    turn_axes(c, s, axes);
    rows_to_mat3((double(*)[3])(uintptr_t)at->turned, turned);
    for (int k = 0; k < 4; k++) { /* exp(-e) T exp(e) = exp(T e - e) T */
        vec3 e;
        turn_in_sensor(s, at, k, axes[k], e);
        glm_mat3_mulv(turned, e, d[k]);
        glm_vec3_sub(d[k], e, d[k]);
    }
    append_turns(c, s, d, m);
    quat_exp(said_rad, q);
    quat_to_rows(q, r);
    transpose((double(*)[3])(uintptr_t)at->turned, back);
    rows_mul(r, back, r);
    log_of(r, m->innovation);
    float way = (float)odometry_way(at);
    m->innovation[2] -= way * (float)c->f.source[s->first_state - STATE_SOURCES + BEND];
    measurement_column(m, s->first_state + BEND, 0.0f, 0.0f, way);
}

/* ---- translation: exp(scale) A_begin' (p_end - p_begin + the levers' difference). The attitude at the begin
 * is that now less the turn since: what is left of the attitude's column is the way of the navigation point.
 */

static void append_translation_turns(const fusion *c, const source_run *s, const odometry_span *at,
                                     measurement *m)
{
    vec3 axes[4], d[4], lever, in_sensor;
    mat3 difference, to_begin;
    double back[3][3];
    glm_vec3_copy((float *)(uintptr_t)s->lever_m, lever);
    turn_axes(c, s, axes);
    turn_back((double(*)[3])(uintptr_t)at->begin, at->moved, in_sensor);
    transpose((double(*)[3])(uintptr_t)at->begin, back);
    rows_to_mat3(back, to_begin);
    for (int i = 0; i < 9; i++)
        difference[i / 3][i % 3] = (float)(at->vehicle_end[i % 3][i / 3] - at->vehicle_begin[i % 3][i / 3]);
    for (int k = 0; k < 4; k++) {
        vec3 e, swing;
        turn_in_sensor(s, at, k, axes[k], e);
        glm_vec3_cross(in_sensor, e, d[k]);
        if (k < 2) { /* the lever is one of the vehicle, which the IMU's mount turns */
            glm_vec3_cross(axes[k], lever, swing);
            glm_mat3_mulv(difference, swing, swing);
            glm_mat3_mulv(to_begin, swing, swing);
            glm_vec3_add(d[k], swing, d[k]);
        }
        glm_vec3_scale(d[k], at->scale, d[k]);
    }
    append_turns(c, s, d, m);
}

/* `turn` times [v x], times `factor`, as three columns. */
static void append_crossed(measurement *m, int state, mat3 turn, const double v[3], float factor)
{
    vec3 arm = {factor * (float)v[0], factor * (float)v[1], factor * (float)v[2]};
    mat3 skew, jacobian;
    mat3_skew(arm, skew);
    glm_mat3_mul(turn, skew, jacobian);
    measurement_columns(m, state, jacobian);
}

void odometry_measure_translation(const fusion *c, const source_run *s, const odometry_span *at,
                                  const odometry_increment *said, measurement *m)
{
    double back[3][3], arm[3];
    mat3 turn;
    vec3 predicted;
    measurement_start(m, 3);
    transpose((double(*)[3])(uintptr_t)at->begin, back);
    rows_to_mat3(back, turn);
    glm_mat3_scale(turn, at->scale);
    for (int i = 0; i < 3; i++)
        arm[i] = at->lever[i] + at->moved[i];
    measurement_columns(m, s->first_state + CLONE, turn);
    append_crossed(m, STATE_ATTITUDE, turn, at->way, 1.0f);
    append_crossed(m, s->first_state + CLONE + 3, turn, arm, -1.0f);
    turn_back((double(*)[3])(uintptr_t)at->begin, at->moved, predicted);
    glm_vec3_scale(predicted, at->scale, predicted);
    measurement_column(m, s->first_state + SCALE, predicted[0], predicted[1], predicted[2]);
    append_translation_turns(c, s, at, m);
    for (int i = 0; i < 3; i++)
        m->innovation[i] = said->translation[i] - predicted[i];
}
