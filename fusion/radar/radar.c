#include "fusion/radar/radar.h"

#include "fusion/core/core.h"
#include "fusion/map/map_returns.h"
#include "fusion/motion/vehicle.h"
#include "fusion/radar/radar_ego.h"
#include "fusion/radar/radar_noise.h"

#include <math.h>

/* Own states of a radar: error of the mount's yaw (rad), relative error of its speeds, latency (s). */
enum { YAW = RADAR_YAW, SCALE = RADAR_SCALE, LATENCY = RADAR_LATENCY };

/* How these creep, variance per second: a twentieth of a degree, 0.1 %, 10 ms in a quarter of an hour. */
static const float yaw_walk = 1e-9f, scale_walk = 1e-9f, latency_walk = 1e-7f;

/* Scans see the same things for a while, and what they say of the way to the side is off alike: this share of
 * one scan's sigma, for this long, s. Too small: the yaw rate that a radar gives is too sure, and dead
 * reckoning bends; too large: bends are followed late. */
static const float lasting_share = 0.4f, lasting_s = 12.0f;

/* INTERFERENCE: more than this share of the returns is noise. */
static const float most_noise = 0.5f;

/* Below this the world does not move enough to be told from traffic at rest, m/s. */
static const float least_speed_mps = 1.0f;

/* At rest the whole world stands still before a radar. So slow on the mean of some scans, m/s, and for so
 * long, s, a road vehicle is at rest: it does not creep by less. One scan is off by some 0.05 m/s, the mean
 * by some 0.02. Too small: at rest the heading wanders; too large: a vehicle that creeps is held. */
static const float creep_gain = 0.3f, creep_mps = 0.06f;
static const double rest_after_s = 0.6;
/* A scan that is off by so many of its sigmas is of a vehicle that moves. */
static const float moves_sigmas = 4.0f;
/* It moves off by no more than this between two scans, m/s. */
static const float wakes_mps = 1.0f;
/* What is known worse than this from one scan, m/s, tells nothing of a vehicle at rest. */
static const float vague_mps = 0.12f;

void radar_setup(fusion *c, source_run *s)
{
    radar_noise_init(&s->radar);
    const radar_settings *set = &s->set->of.radar;
    core_own_state(c, s->first_state + YAW, 0.0, set->yaw_sigma_deg * RADIANS_PER_DEGREE, yaw_walk);
    core_own_state(c, s->first_state + SCALE, 0.0, set->scale_sigma, scale_walk);
    core_own_state(c, s->first_state + LATENCY, set->latency_s, set->latency_sigma_s, latency_walk);
    if (c->map.view)
        map_returns_setup(c, s);
}

void radar_turn(const source_run *s, float yaw, mat3 out)
{
    mat3 body_sensor,
        correction = {{cosf(yaw), -sinf(yaw), 0.0f}, {sinf(yaw), cosf(yaw), 0.0f}, {0.0f, 0.0f, 1.0f}};
    mat3 to_sensor;
    glm_mat3_copy((vec3 *)(uintptr_t)s->r_body_sensor, body_sensor);
    glm_mat3_transpose_to(body_sensor, to_sensor);
    glm_mat3_mul(correction, to_sensor, out);
}

void radar_velocity(const fusion *c, source_run *s, measurement *m, vec3 velocity)
{
    const double *own = &c->f.source[s->first_state - STATE_SOURCES];
    float scale = 1.0f + (float)own[SCALE];
    mat3 turn;
    vec3 late;
    measurement_start(m, 3);
    vehicle_velocity_then(&c->f, s->lever_m, own[LATENCY], m, velocity, late);
    measurement_column(m, s->first_state + LATENCY, late[0], late[1], late[2]);
    radar_turn(s, (float)own[YAW], turn);
    for (int i = 0; i < m->columns; i++) {
        vec3 h = {m->h[i][0], m->h[i][1], m->h[i][2]};
        glm_mat3_mulv(turn, h, h);
        for (int k = 0; k < 3; k++)
            m->h[i][k] = scale * h[k];
    }
    glm_mat3_mulv(turn, velocity, velocity);
    measurement_column(m, s->first_state + YAW, scale * velocity[1], -scale * velocity[0], 0.0f);
    measurement_column(m, s->first_state + SCALE, velocity[0], velocity[1], 0.0f);
    glm_vec3_scale(velocity, scale, velocity);
    m->dim = 2;
}

/* A velocity that most returns agree upon though it is out of reach of what is expected: by up to this share
 * of the speed. Traffic that moves with the vehicle is further off, and a scan of nothing else is rare. */
static const float far_share = 0.1f;

static bool estimate(const frame *in, radar_expectation expected, radar_noise noise, radar_ego *ego,
                     bool *far)
{
    uint64_t seed = (uint64_t)in->stamp_ns;
    *far = false;
    if (radar_ego_estimate(&in->u.radar, &expected, &noise, seed, ego))
        return true;
    float more = far_share * expected.velocity_mps[0] / 4.0f;
    int most = ego->considered / 2 + 1;
    expected.variance[0] += more * more;
    noise.min_static = most > noise.min_static ? most : noise.min_static;
    *far = true;
    return radar_ego_estimate(&in->u.radar, &expected, &noise, seed, ego);
}

/* Returns that are dominated by noise. What stands still is what most agree upon: where nothing within reach
 * of the expectation was found, the expectation itself may be what is wrong. */
static void watch_noise(fusion *c, source_run *s, const frame *in, const radar_ego *found)
{
    const radar_settings *set = &s->set->of.radar;
    const radar_noise noise = {(float)set->doppler_sigma_mps, (float)set->azimuth_sigma_rad, 1};
    const radar_expectation anything = {.variance = {1e4f, 1e4f}, .any = true};
    radar_ego world;
    if (!found && radar_ego_estimate(&in->u.radar, &anything, &noise, (uint64_t)in->stamp_ns, &world))
        found = &world;
    if (!found)
        return;
    float slack = sqrtf(noise.doppler_sigma_mps * noise.doppler_sigma_mps + found->covariance[0][0]);
    float share = radar_noise_share(&s->radar, &in->u.radar, in->stamp_ns, found->velocity_mps, slack,
                                    noise.azimuth_sigma_rad);
    core_fault(c, &s->faults, FAULT_INTERFERENCE, share > most_noise, in->stamp_ns, share, most_noise);
}

/* Speed of the vehicle's x axis as the scan has it, with its sigma. */
static float speed_ahead(const source_run *s, const radar_ego *ego, float *sigma)
{
    const float x = s->r_body_sensor[0][0], y = s->r_body_sensor[1][0];
    *sigma = sqrtf(x * x * ego->covariance[0][0] + y * y * ego->covariance[1][1] +
                   2.0f * x * y * ego->covariance[0][1]);
    return x * ego->velocity_mps[0] + y * ego->velocity_mps[1];
}

/* Without a gyro nothing else tells that the vehicle stands and does not turn. */
static bool rests(fusion *c, source_run *s, const frame *in, const radar_ego *ego)
{
    float sigma, ahead = speed_ahead(s, ego, &sigma);
    if (!c->f.model.gyro_missing[2] || !(sigma <= vague_mps))
        return false;
    s->speed.crept_mps += creep_gain * (ahead - s->speed.crept_mps);
    bool still = fabsf(s->speed.crept_mps) <= creep_mps && fabsf(ahead) <= moves_sigmas * sigma;
    if (!still && s->speed.still_since_ns != INT64_MIN && !s->out.banned)
        vehicle_wake(c, fminf(fabsf(ahead), wakes_mps));
    core_keep_since(&s->speed.still_since_ns, still, in->stamp_ns);
    return still && seconds_between(s->speed.still_since_ns, in->stamp_ns) >= rest_after_s;
}

/* Fuses that; false: it moves, or what the scan says of it does not fit. */
static bool fuse_rest(fusion *c, source_run *s, const frame *in, const radar_ego *ego)
{
    float nis;
    if (!rests(c, s, in, ego) || vehicle_rest(c, s, in, &nis) == DECISION_REJECTED)
        return false;
    s->used++;
    return true;
}

void radar_fuse(fusion *c, source_run *s, const frame *in)
{
    const radar_settings *set = &s->set->of.radar;
    measurement m;
    projection j;
    vec3 velocity;
    radar_ego ego;
    bool far = false;
    radar_velocity(c, s, &m, velocity);
    covariance_project(&c->f.p, &m, &j);
    radar_expectation expected = {.velocity_mps = {velocity[0], velocity[1]},
                                  .variance = {j.s[0][0], j.s[1][1]}};
    radar_noise noise = {(float)set->doppler_sigma_mps * s->noise_scale, (float)set->azimuth_sigma_rad,
                         (int)set->min_static};
    bool moving = c->map.view || hypotf(velocity[0], velocity[1]) > least_speed_mps;
    bool found = moving && estimate(in, expected, noise, &ego, &far);
    watch_noise(c, s, in, found ? &ego : NULL);
    if (!moving) {
        core_refuse(c, s, in, QUANTITY_EGO_VELOCITY, DECISION_IGNORED, REASON_FEW_STATIC);
        return;
    }
    core_fault(c, &s->faults, FAULT_FEW_STATIC, !found, in->stamp_ns, (float)ego.inliers,
               (float)set->min_static);
    if (!found) {
        core_refuse(c, s, in, QUANTITY_EGO_VELOCITY, DECISION_IGNORED, REASON_FEW_STATIC);
        return;
    }
    if (!far && fuse_rest(c, s, in, &ego))
        return;
    float weight = s->down_weighted ? 9.0f : 1.0f;
    for (int k = 0; k < 2; k++) {
        m.innovation[k] = ego.velocity_mps[k] - velocity[k];
        for (int l = 0; l < 2; l++)
            m.noise[k][l] = ego.covariance[k][l] * weight;
        m.lasting[k] = lasting_share * lasting_share * m.noise[k][k];
    }
    m.repeats = 2.0f * lasting_s / fmaxf(1.0f / fmaxf((float)s->set->fuse_rate_hz, 1.0f), s->interval_s);
    verdict_decision decision = core_fuse(c, s, in, &m, (fuse_how){.quantity = QUANTITY_EGO_VELOCITY});
    if (!far)
        core_relock_velocity(c, s, in, decision, m.innovation[0]);
    if (decision == DECISION_REJECTED)
        s->rejected++;
    else
        s->used++;
}
