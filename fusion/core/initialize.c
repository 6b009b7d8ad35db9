#include "fusion/core/initialize.h"

#include "fusion/core/core.h"
#include "fusion/core/height.h"
#include "fusion/gnss/gnss.h"
#include "fusion/gnss/gnss_contradiction.h"
#include "fusion/gnss/gnss_error.h"
#include "fusion/gnss/track.h"
#include "fusion/inertial/inertial.h"
#include "fusion/integrity/bank.h"
#include "fusion/motion/odometry.h"
#include "fusion/motion/rest.h"
#include "fusion/motion/vehicle.h"

#include <math.h>
#include <string.h>

/* Without a velocity, the heading comes from a displacement of at least this many sigmas and metres. */
static const double chord_sigmas = 8.0, chord_m = 15.0;
/* A search for a chord starts anew after this: roads bend, s. */
static const double chord_within_s = 60.0;
/* Heading from a chord, and the least that a course leaves open (side slip, receiver smoothing), rad, one
 * sigma. */
static const double chord_heading_sigma = 0.20, course_heading_sigma = 0.035;
/* Neither may be true: positions wander, a velocity is made of positions or of reflections, and a vehicle
 * backs out. So the heading is covered with half a turn until what came after has agreed for this long, s.
 * Too small: a heading from a receiver that strays is believed; too large: a good one is, late. */
static const float chord_doubt_s = 60.0f, velocity_doubt_s = 10.0f;
/* Specific force averaged over at least this many samples levels a vehicle at rest; how well, rad. */
enum { LEVEL_SAMPLES = 20 };
/* A first velocity is late by the receiver's latency at an acceleration that nobody knows yet: m/s, one
 * sigma. Too small: a start in mid-manoeuvre contradicts the wheels; too large: a slow start. */
static const float first_velocity_sigma = 0.5f;
static const float rest_tilt_sigma = 0.02f, rest_speed_mps = 0.3f;
/* A heading less sure than this (rad) is none: the filter is linear only near the truth. What was travelled
 * with it may be off by this share. */
static const float lost_heading_sigma = 0.6f;
static const double stray_share = 0.3;

static void smooth_inertial(fusion *c, const source_run *s, const frame *in)
{
    mat3 turn;
    vec3 a;
    glm_mat3_copy((vec3 *)(uintptr_t)s->r_body_sensor, turn);
    for (int i = 0; i < 3; i++)
        a[i] = in->u.imu.accel_mps2[i];
    if (!isfinite(a[0] + a[1] + a[2]))
        return;
    glm_mat3_mulv(turn, a, a);
    float gain = c->start.samples < 100 ? 1.0f / (float)(c->start.samples + 1) : 0.01f;
    for (int i = 0; i < 3; i++)
        c->start.up_b[i] += gain * (a[i] - c->start.up_b[i]);
    c->start.samples++;
}

static bool at_rest(const fusion *c)
{
    return c->start.samples >= LEVEL_SAMPLES && fabsf(c->start.speed_mps) < rest_speed_mps;
}

float initialize_tilt_sigma(const fusion *c)
{
    return at_rest(c) ? rest_tilt_sigma : (float)(c->set.filter.tilt_sigma_deg * RADIANS_PER_DEGREE);
}

void initialize_begin(fusion *c)
{
    c->running = true;
    c->resets++;
    c->reset_m = NAN;
    bank_restart(c);
    c->bank.begun_ns = c->f.stamp_ns;
    c->track.agrees = false;
    odometry_break(c);
}

void initialize_attitude(const fusion *c, double heading, double r_enu_ecef[3][3], double q[4])
{
    double roll = 0.0, pitch = 0.0, q_enu[4], enu[3][3], body[3][3];
    if (at_rest(c)) {
        roll = atan2((double)c->start.up_b[1], (double)c->start.up_b[2]);
        pitch = -atan2((double)c->start.up_b[0], hypot((double)c->start.up_b[1], (double)c->start.up_b[2]));
    }
    quat_from_euler(roll, pitch, 1.5707963267948966 - heading, q_enu);
    quat_to_rows(q_enu, body);
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            enu[i][j] = r_enu_ecef[j][i];
    }
    rows_mul(enu, body, body);
    quat_from_rows(body, q);
}

/* Variances of the attitude's tilt and heading, turned from ENU into ECEF; the mount's share is correlated
 * with the mount, for it is the vehicle's heading that is known. */
static void attitude_covariance(fusion *c, float tilt_var, float heading_var)
{
    covariance *p = &c->f.p;
    double vehicle[3][3];
    vehicle_rotation(&c->f, vehicle);
    float mount_var[2];
    for (int k = 0; k < 2; k++)
        mount_var[k] = covariance_at(p, STATE_MOUNT + k, STATE_MOUNT + k);
    for (int i = 0; i < 3; i++) {
        float *row = covariance_row(p, STATE_ATTITUDE + i);
        double axis_i[2] = {vehicle[i][1], vehicle[i][2]}; /* vehicle's y and z in ECEF */
        for (int j = 0; j < 3; j++) {
            double up = c->f.r_enu_ecef[2][i] * c->f.r_enu_ecef[2][j];
            double sum = up * (double)heading_var + ((i == j) - up) * (double)tilt_var;
            for (int k = 0; k < 2; k++)
                sum += axis_i[k] * vehicle[j][k + 1] * (double)mount_var[k];
            row[STATE_ATTITUDE + j] = (float)sum;
        }
        for (int k = 0; k < 2; k++) { /* attitude error of b = vehicle's less mount's */
            float cross = -(float)axis_i[k] * mount_var[k];
            row[STATE_MOUNT + k] = cross;
            covariance_row(p, STATE_MOUNT + k)[STATE_ATTITUDE + i] = cross;
        }
    }
}

void initialize_covariance(fusion *c, float position_var, float velocity_var, float tilt_var,
                           float heading_var)
{
    c->heading_lost_ns = INT64_MIN;
    for (int i = 0; i < 9; i++)
        covariance_reset(&c->f.p, i, i < 3 ? position_var : i < 6 ? velocity_var : 0.0f);
    attitude_covariance(c, tilt_var, heading_var);
}

/* Starts the filter from a fix, a course and a speed. */
static void start(fusion *c, source_run *s, const frame *in, double heading, double heading_sigma,
                  const float enu[3], float velocity_sigma)
{
    double q[4], v[3], up = isfinite(enu[2]) ? (double)enu[2] : 0.0, lever[3], r[3][3];
    const double local_v[3] = {(double)enu[0], (double)enu[1], up};
    double local[3][3];
    enu_axes(in->u.gnss.latitude_rad, in->u.gnss.longitude_rad, local);
    rows_mulv_transposed(local, local_v, v);
    initialize_attitude(c, heading, local, q);
    filter_place(&c->f, in->stamp_ns, c->start.fix_ecef_m, v, q);
    double at[3] = {(double)s->lever_m[0], (double)s->lever_m[1], (double)s->lever_m[2]};
    vehicle_rotation(&c->f, r);
    rows_mulv(r, at, lever);
    for (int i = 0; i < 3; i++)
        c->f.position_ecef_m[i] -= lever[i];

    float sigma = gnss_sigma(s, &in->u.gnss) * fmaxf(s->noise_scale, 1.0f);
    float tilt = initialize_tilt_sigma(c);
    gnss_stamp_latency(c, s, in);
    float late = covariance_at(&c->f.p, s->first_state + GNSS_LATENCY, s->first_state + GNSS_LATENCY);
    float fix_var = sigma * sigma + late * (enu[0] * enu[0] + enu[1] * enu[1]);
    initialize_covariance(c, 900.0f * fix_var, velocity_sigma * velocity_sigma, tilt * tilt,
                          (float)(heading_sigma * heading_sigma));
    initialize_begin(c);
    gnss_anchor(c, s, in); /* from far wider to what the fix is worth, correlated with its errors */
    s->tried_ns = in->stamp_ns;
}

/* Wheels say how far the vehicle has come. A displacement that is not as long is of a receiver that wanders,
 * or of a way that has bent; a velocity, of a vehicle that stands, is none. Whom nothing contradicts but
 * wheels for this long, s, is believed all the same, for they may be stuck. */
static const double agrees_share = 0.25, denied_most_s = 120.0;
static const double denied_mps = 0.5, denied_sigmas = 3.0; /* latency while it accelerates, and noise */

/* Wheels contradict that the vehicle has come, or moves, by what the receiver says. */
static bool wheels_deny(fusion *c, int64_t now_ns, double receiver, double wheels, double noise)
{
    start_state *st = &c->start;
    bool denied = isfinite(st->speed_mps) && fabs(receiver - wheels) > agrees_share * receiver + noise;
    core_keep_since(&st->denied_ns, denied, now_ns);
    return denied && seconds_between(st->denied_ns, now_ns) < denied_most_s;
}

/* Who contradict each other for this long, s, keep the pose from starting, and are told: either may lie. Too
 * short: a start on reflections raises it; too long: nobody knows why there is no pose. */
static const double told_after_s = 5.0;

static void tell_denied(fusion *c, source_run *receiver, int64_t now_ns, bool denied, float off_sigmas,
                        float limit_sigmas)
{
    bool told = denied && seconds_between(c->start.denied_ns, now_ns) >= told_after_s;
    core_fault(c, &receiver->faults, FAULT_BIASED, told, now_ns, off_sigmas, limit_sigmas);
    for (size_t i = 0; i < c->source_count; i++) {
        source_run *s = &c->source[i];
        if (s->set->kind == SOURCE_WHEEL && s->seen_ns != INT64_MIN)
            core_fault(c, &s->faults, FAULT_BIASED, told, now_ns, off_sigmas, limit_sigmas);
    }
}

/* Heading, its sigma and the velocity, from the fix's own velocity. */
static bool from_velocity(fusion *c, source_run *s, const frame *in)
{
    float enu[3], sigma;
    if (!gnss_velocity(s, &in->u.gnss, enu, &sigma))
        return false;
    float speed = hypotf(enu[0], enu[1]);
    if (!(speed >= (float)c->set.filter.init_heading_speed_mps))
        return false;
    float wheels = fabsf(c->start.speed_mps);
    double noise = denied_mps + denied_sigmas * (double)sigma;
    bool denied = wheels_deny(c, in->stamp_ns, (double)speed, (double)wheels, noise);
    tell_denied(c, s, in->stamp_ns, denied, fabsf(speed - wheels) / sigma,
                ((float)(agrees_share * (double)speed + noise)) / sigma);
    if (denied)
        return false;
    double heading = atan2((double)enu[0], (double)enu[1]);
    if (c->start.speed_mps < -0.5f)
        heading += 3.14159265358979323846; /* it reverses */
    sigma = hypotf(sigma, first_velocity_sigma);
    if (isfinite(c->start.speed_mps)) { /* the wheels know it better */
        for (int i = 0; i < 2; i++)
            enu[i] *= fabsf(c->start.speed_mps) / speed;
    }
    start(c, s, in, heading, hypot((double)(sigma / speed), course_heading_sigma), enu, sigma);
    bank_doubt_heading(c, velocity_doubt_s);
    return true;
}

/* No part of the track. */
#define NO_TRACK UINT32_MAX

static void begin_chord(fusion *c, int64_t stamp_ns)
{
    start_state *st = &c->start;
    double heading;
    memcpy(st->anchor_ecef_m, st->fix_ecef_m, sizeof st->anchor_ecef_m);
    st->anchor_ns = stamp_ns;
    st->way_m = 0.0;
    st->anchor_part = track_at(&c->track, stamp_ns, st->anchor_at_m, &heading) ? c->track.part : NO_TRACK;
}

/* How far the vehicle has come since then by wheels and a yaw rate, m, and how far its forward axis is turned
 * from there, counter-clockwise, rad; false: nobody says a yaw rate. */
static bool track_since(const fusion *c, int64_t now_ns, double *length_m, double *turn_rad)
{
    const start_state *st = &c->start;
    double at[2], heading;
    if (st->anchor_part != c->track.part || !track_at(&c->track, now_ns, at, &heading))
        return false;
    const double d[2] = {at[0] - st->anchor_at_m[0], at[1] - st->anchor_at_m[1]};
    *length_m = hypot(d[0], d[1]);
    *turn_rad = heading - atan2(d[1], d[0]);
    return true;
}

/* The same from two positions far enough apart. */
static bool from_chord(fusion *c, source_run *s, const frame *in)
{
    start_state *st = &c->start;
    double local[3][3], d[3], enu[3];
    double age = seconds_between(st->anchor_ns, in->stamp_ns);
    if (st->anchor_ns == INT64_MIN || age > chord_within_s) {
        begin_chord(c, in->stamp_ns);
        return false;
    }
    for (int i = 0; i < 3; i++)
        d[i] = st->fix_ecef_m[i] - st->anchor_ecef_m[i];
    enu_axes(in->u.gnss.latitude_rad, in->u.gnss.longitude_rad, local);
    rows_mulv(local, d, enu);
    double length = hypot(enu[0], enu[1]), least = fmax(chord_m, chord_sigmas * (double)st->fix_sigma_m);
    double way = st->way_m, turn = 0.0;
    bool tracked = track_since(c, in->stamp_ns, &way, &turn);
    if (!tracked && (1.0 - agrees_share) * way > fmax(length, least)) /* it has bent */
        begin_chord(c, in->stamp_ns);
    if (length < least || age < 0.5 || wheels_deny(c, in->stamp_ns, length, way, 0.0))
        return false;
    double speed = isfinite(st->speed_mps) ? fabs((double)st->speed_mps) : length / age;
    double heading = atan2(enu[0], enu[1]) - turn;
    const float v[3] = {(float)(sin(heading) * speed), (float)(cos(heading) * speed), NAN};
    start(c, s, in, heading, chord_heading_sigma, v, (float)fmax(0.2 * speed, 0.5));
    bank_doubt_heading(c, chord_doubt_s);
    return true;
}

/* What a start begins from. */
static void take_fix(fusion *c, const source_run *s, const frame_gnss *g)
{
    start_state *st = &c->start;
    geodetic_to_ecef(g->latitude_rad, g->longitude_rad, height_at_start(c, g), st->fix_ecef_m);
    st->fix_source = s->index;
    st->fix_sigma_m = gnss_claim(s, g);
}

void initialize_turned(fusion *c, source_run *s, const frame *in, double heading, double sigma)
{
    const double speed = c->track.speed_mps;
    const float v[3] = {(float)(sin(heading) * speed), (float)(cos(heading) * speed), NAN};
    float off_m = fmaxf(s->place.off_m, s->place.apart_m);
    core_give_up(c, in->stamp_ns);
    bank_owe(c, off_m);
    gnss_owe(s, off_m, true);
    s->out.banned = s->out.suspect = false;
    take_fix(c, s, &in->u.gnss);
    start(c, s, in, heading, sigma, v, (float)fmax(0.1 * fabs(speed), 0.5));
    bank_doubt_heading(c, chord_doubt_s);
}

/* Of the turn about the vertical. */
static float heading_variance(const fusion *c, const covariance *p)
{
    return (float)covariance_along(p, STATE_ATTITUDE, c->f.r_enu_ecef[2]);
}

float initialize_heading_variance(const fusion *c)
{
    return heading_variance(c, &c->f.p);
}

bool initialize_is_lost(const fusion *c, const covariance *p)
{
    return !(heading_variance(c, p) <= lost_heading_sigma * lost_heading_sigma);
}

/* Nobody drives faster than this in reverse gear, m/s: the pose is turned round. Too small: who backs out in
 * a hurry is turned round; too large: a pose that is turned round is found only on fast roads. */
static const float reverse_most_mps = 8.0f;

static bool is_turned_round(const fusion *c)
{
    vec3 velocity;
    vehicle_from_ecef(&c->f, c->f.velocity_ecef_mps, velocity);
    return velocity[0] < -reverse_most_mps;
}

void initialize_watch_heading(fusion *c, int64_t now_ns)
{
    if (initialize_is_lost(c, &c->f.p) || is_turned_round(c))
        c->heading_lost_ns = now_ns;
}

bool initialize_heading_lost(const fusion *c)
{
    return c->heading_lost_ns != INT64_MIN;
}

bool initialize_realign(fusion *c, source_run *s, const frame *in)
{
    float enu[3], sigma;
    if (!initialize_heading_lost(c) || !gnss_velocity(s, &in->u.gnss, enu, &sigma))
        return false;
    float speed = hypotf(enu[0], enu[1]);
    if (!(speed >= (float)c->set.filter.init_heading_speed_mps))
        return false;
    double q[4], v[3], local[3][3];
    const double local_v[3] = {(double)enu[0], (double)enu[1], 0.0};
    memcpy(local, c->f.r_enu_ecef, sizeof local);
    rows_mulv_transposed(local, local_v, v);
    initialize_attitude(c, atan2((double)enu[0], (double)enu[1]), local, q);
    bank_restart(c);
    odometry_break(c);
    const double here[3] = {c->f.position_ecef_m[0], c->f.position_ecef_m[1], c->f.position_ecef_m[2]};
    filter_place(&c->f, in->stamp_ns, here, v, q);
    float spread = 0.0f, strayed = (float)(stray_share * c->since_absolute_m);
    for (int i = 0; i < 3; i++)
        spread = fmaxf(spread, covariance_at(&c->f.p, i, i));
    float tilt = (float)(c->set.filter.tilt_sigma_deg * RADIANS_PER_DEGREE);
    sigma = hypotf(sigma, first_velocity_sigma);
    double course = hypot((double)(sigma / speed), course_heading_sigma);
    initialize_covariance(c, spread + strayed * strayed, sigma * sigma, tilt * tilt,
                          (float)(course * course));
    if (c->inertial_source < 0)
        inertial_reset(c);
    c->resets++;
    c->reset_m = NAN;
    return true;
}

/* Wheels that are silent for longer have not counted what was driven, s. */
static const double wheel_gap_s = 1.0;

static void count_way(start_state *st, const frame *in)
{
    double dt = st->wheel_ns == INT64_MIN ? 0.0 : seconds_between(st->wheel_ns, in->stamp_ns);
    if (isfinite(st->speed_mps) && dt > 0.0 && dt < wheel_gap_s)
        st->way_m += dt * fabs((double)st->speed_mps);
    st->speed_mps = in->u.wheel.speed_mps;
    st->wheel_ns = in->stamp_ns;
}

void initialize_look(fusion *c, source_run *s, const frame *in)
{
    start_state *st = &c->start;
    rest_hear(c, s, in);
    if (in->kind == FRAME_IMU)
        smooth_inertial(c, s, in);
    if (in->kind == FRAME_WHEEL && isfinite(in->u.wheel.speed_mps))
        count_way(st, in);
    if (in->kind == FRAME_LANDMARKS && initialize_by_marks(c, s, in))
        return;
    if (in->kind != FRAME_GNSS || in->u.gnss.fix == GNSS_FIX_NONE) {
        core_refuse(c, s, in, QUANTITY_FRAME, DECISION_IGNORED, REASON_NOT_INITIALIZED);
        return;
    }
    take_fix(c, s, &in->u.gnss);
    if (!from_velocity(c, s, in) && !from_chord(c, s, in))
        core_refuse(c, s, in, QUANTITY_FRAME, DECISION_IGNORED, REASON_NOT_INITIALIZED);
}
