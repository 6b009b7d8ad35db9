#include "fusion/sight/sight.h"

#include "fusion/core/source_run.h"
#include "fusion/filter/covariance.h"
#include "fusion/motion/vehicle.h"

#include <string.h>

/* In a bend a latency turns all directions by rate times latency. So does a body that rolls on its springs,
 * an axle that slips, a perception that follows a bend: by a milliradian or so, which is 10 ms at this rate,
 * rad/s. Too small: on a motorway at one speed, where nothing else tells, a latency is made of that, and the
 * pose is as far off along the way; too large: in town, where bends tell it to a millisecond, it takes
 * braking. */
static const float turn_tells_radps = 0.1f;

float sight_turn_tells(vec3 rate_radps)
{
    float square = glm_vec3_norm2(rate_radps);
    return square / (square + turn_tells_radps * turn_tells_radps);
}

void sight_make(const fusion *c, const source_run *s, mat3 to_sensor, sight *out)
{
    mat3 forward, turn;
    out->f = &c->f;
    out->first_state = s->first_state;
    out->late_state = 0;
    for (int i = 0; i < 3; i++) {
        out->at_ecef_m[i] = c->f.position_ecef_m[i];
        out->v_ecef_mps[i] = c->f.velocity_ecef_mps[i];
    }
    vehicle_rotation(&c->f, out->r);
    rows_to_mat3(out->r, forward);
    glm_mat3_transpose_to(forward, turn);
    glm_mat3_copy(to_sensor, out->to_sensor);
    glm_mat3_mul(to_sensor, turn, out->from_ecef);
    mount_axes(&c->f, out->mount);
    glm_vec3_copy((float *)(uintptr_t)s->lever_m, out->lever_m);
}

void sight_go_back(sight *v, double latency_s, int state)
{
    const filter *f = v->f;
    double back[3], q[4], turned[3][3], now[3][3], then[3][3];
    motion_delta since;
    mat3 forward, turn;
    vec3 rate;
    motion_log_delta(&f->log, latency_s, &since);
    vehicle_rate(f, rate);
    for (int i = 0; i < 3; i++) {
        v->at_ecef_m[i] += since.way_change[i] - latency_s * f->velocity_ecef_mps[i];
        v->v_ecef_mps[i] -= since.velocity_change[i];
        back[i] = -latency_s * (double)rate[i];
    }
    memcpy(now, v->r, sizeof now);
    quat_exp(back, q);
    quat_to_rows(q, turned);
    rows_mul(now, turned, then);
    memcpy(v->r, then, sizeof then);
    rows_to_mat3(then, forward);
    glm_mat3_transpose_to(forward, turn);
    glm_mat3_mul(v->to_sensor, turn, v->from_ecef);
    v->late_state = f->considered >> state & 1 ? 0 : state; /* else gnss_latency_doubt */
}

void sight_away(const sight *v, const double ecef_m[3], double away_m[3])
{
    for (int i = 0; i < 3; i++)
        away_m[i] = ecef_m[i] - v->at_ecef_m[i];
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

/* What passes by while the vehicle goes back by a moment: d(d) / d(latency) = S (R' v + w x vehicle), of
 * which the turn tells as much as it may. */
static void late_column(sight *v, vec3 vehicle, measurement *m)
{
    double own[3];
    vec3 rate, passes;
    rows_mulv_transposed(v->r, v->v_ecef_mps, own);
    vehicle_rate(v->f, rate);
    glm_vec3_cross(rate, vehicle, passes);
    glm_vec3_scale(passes, sight_turn_tells(rate), passes);
    for (int i = 0; i < 3; i++)
        passes[i] += (float)own[i];
    glm_mat3_mulv(v->to_sensor, passes, passes);
    measurement_column(m, v->late_state, passes[0], passes[1], passes[2]);
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
    if (v->late_state)
        late_column(v, vehicle, m);
    at_sensor(v, vehicle, d);
}
