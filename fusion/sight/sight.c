#include "fusion/sight/sight.h"

#include "fusion/core/source_run.h"
#include "fusion/filter/covariance.h"
#include "fusion/motion/vehicle.h"

void sight_make(const fusion *c, const source_run *s, mat3 to_sensor, sight *out)
{
    mat3 forward, turn;
    out->f = &c->f;
    out->first_state = s->first_state;
    vehicle_rotation(&c->f, out->r);
    rows_to_mat3(out->r, forward);
    glm_mat3_transpose_to(forward, turn);
    glm_mat3_copy(to_sensor, out->to_sensor);
    glm_mat3_mul(to_sensor, turn, out->from_ecef);
    mount_axes(&c->f, out->mount);
    glm_vec3_copy((float *)(uintptr_t)s->lever_m, out->lever_m);
}

void sight_away(const sight *v, const double ecef_m[3], double away_m[3])
{
    for (int i = 0; i < 3; i++)
        away_m[i] = ecef_m[i] - v->f->position_ecef_m[i];
}

static void at_vehicle(sight *v, const double away_m[3], vec3 out)
{
    double at[3];
    rows_mulv_transposed(v->r, away_m, at);
    for (int i = 0; i < 3; i++)
        out[i] = (float)at[i];
}

static void at_sensor(sight *v, vec3 vehicle, vec3 d)
{
    glm_vec3_sub(vehicle, v->lever_m, d);
    glm_mat3_mulv(v->to_sensor, d, d);
}

void sight_point(sight *v, const double away_m[3], vec3 d)
{
    vec3 vehicle;
    at_vehicle(v, away_m, vehicle);
    at_sensor(v, vehicle, d);
}

void sight_measure(sight *v, const double away_m[3], measurement *m, vec3 d)
{
    vec3 world = {(float)away_m[0], (float)away_m[1], (float)away_m[2]}, vehicle, turned[2];
    mat3 minus, skew, by_attitude;
    measurement_start(m, 3);
    glm_mat3_copy(v->from_ecef, minus);
    glm_mat3_scale(minus, -1.0f);
    measurement_columns(m, STATE_POSITION, minus);
    mat3_skew(world, skew);
    glm_mat3_mul(v->from_ecef, skew, by_attitude);
    measurement_columns(m, STATE_ATTITUDE, by_attitude);
    at_vehicle(v, away_m, vehicle);
    for (int k = 0; k < 2; k++) {
        glm_vec3_cross(vehicle, v->mount[k], turned[k]);
        glm_mat3_mulv(v->to_sensor, turned[k], turned[k]);
    }
    mount_columns(v->f, m, turned);
    at_sensor(v, vehicle, d);
}
